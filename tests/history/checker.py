"""Whether what clients were told about one key can have happened in some order.

A history is linearizable if each operation can be given one moment between its request and its
response so that, carried out one after the other at these moments, all give the results that the
clients got. An operation whose outcome is unknown may have happened at any time after its request,
or never.

The search follows the history in time. It keeps every configuration that is possible so far: what
the key holds, and which of the operations under way have happened. An operation is made to happen
only when its response requires it, or that of another one.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

State = str | None  # what the item says; None: there is no item


class Kind(Enum):
    GET = "get"
    CREATE = "put"
    REPLACE = "put If-Match: *"
    SWAP = "put If-Match: etag"
    BULK = "bulk put, on_conflict=replace"
    DELETE = "delete"
    DELETE_IF = "delete If-Match: etag"


@dataclass(frozen=True)
class Operation:
    """What a client asked, and what it was told. Times in nanoseconds of one clock."""

    kind: Kind
    begin: int
    end: int | None = None  # none: the outcome is unknown
    value: State = None  # that it writes; of GET: that it read
    expected: State = None  # of SWAP and DELETE_IF
    result: str = ""  # done, taken, missing, changed, created, replaced
    # A call of it lost its response: of two removals both may have been told that they did it.
    repeated: bool = False


@dataclass(frozen=True)
class Configuration:
    state: State
    happened: frozenset[int]  # of the operations under way, and of those with unknown outcome


def outcome(operation: Operation, state: State) -> tuple[str, State]:
    """What the operation does to a key that holds `state`, and what it tells."""
    is_it = state is not None and state == operation.expected
    by_kind: dict[Kind, tuple[str, State]] = {
        Kind.GET: ("done" if state == operation.value else "another value", state),
        Kind.CREATE: ("done", operation.value) if state is None else ("taken", state),
        Kind.REPLACE: ("missing", None) if state is None else ("done", operation.value),
        Kind.SWAP: ("done", operation.value) if is_it else ("changed", state),
        Kind.BULK: ("created" if state is None else "replaced", operation.value),
        Kind.DELETE: ("missing" if state is None else "done", None),
        Kind.DELETE_IF: ("done", None) if is_it else ("changed", state),
    }
    if operation.kind is Kind.DELETE_IF and state is None:
        return "missing", None
    return by_kind[operation.kind]


def states_after(operation: Operation, state: State) -> list[State]:
    """What the key may hold after the operation happens; none: it cannot happen now."""
    result, after = outcome(operation, state)
    if operation.end is None or result == operation.result:
        return [after]
    both_removed = operation.kind in (Kind.DELETE, Kind.DELETE_IF) and operation.repeated
    return [None] if both_removed and operation.result == "done" and state is None else []


class Frontier:
    """Configurations without those that can do nothing which another one cannot do too.

    Who has used up fewer operations of unknown outcome can do whatever the others can: those may as
    well never happen."""

    def __init__(self, unknown: frozenset[int]) -> None:
        self._unknown = unknown
        self._sets: dict[tuple[State, frozenset[int]], list[frozenset[int]]] = {}

    def add(self, one: Configuration) -> bool:
        """Whether it is a new one that is worth being kept."""
        kept = self._sets.setdefault((one.state, one.happened - self._unknown), [])
        if any(fewer <= one.happened for fewer in kept):
            return False
        kept[:] = [more for more in kept if not one.happened <= more]
        kept.append(one.happened)
        return True

    def __iter__(self) -> Iterator[Configuration]:
        for (state, _), sets in self._sets.items():
            for happened in sets:
                yield Configuration(state, happened)


def make_happen(
    wanted: int,
    before: Iterable[Configuration],
    under_way: dict[int, Operation],
    unknown: frozenset[int],
) -> Frontier:
    """The configurations in which the wanted operation has happened, maybe after others."""
    found = Frontier(unknown)
    seen = Frontier(unknown)
    # Those first that have used up the fewest operations of unknown outcome.
    ticket = itertools.count()
    waiting = [(len(one.happened & unknown), next(ticket), one) for one in before]
    heapq.heapify(waiting)
    while waiting:
        _, _, now = heapq.heappop(waiting)
        if wanted in now.happened:
            found.add(Configuration(now.state, now.happened - {wanted}))
            continue
        if not seen.add(now):
            continue
        for number, operation in under_way.items():
            if number in now.happened:
                continue
            for state in states_after(operation, now.state):
                if state == now.state and number in unknown:
                    continue  # it changes nothing, and nobody was told anything
                then = Configuration(state, now.happened | {number})
                heapq.heappush(waiting, (len(then.happened & unknown), next(ticket), then))
    return found


def first_violation(operations: Iterable[Operation], initial: State = None) -> Operation | None:
    """The operation whose response cannot be explained, the first by time; nothing: all can."""
    numbered = dict(enumerate(operations))
    unknown = frozenset(n for n, operation in numbered.items() if operation.end is None)
    events = [(operation.begin, 0, number) for number, operation in numbered.items()]
    events += [
        (operation.end, 1, number)
        for number, operation in numbered.items()
        if operation.end is not None
    ]
    possible = [Configuration(initial, frozenset())]
    under_way: dict[int, Operation] = {}
    for _, is_end, number in sorted(events):
        if not is_end:
            under_way[number] = numbered[number]
            continue
        possible = list(make_happen(number, possible, under_way, unknown))
        if not possible:
            return numbered[number]
        del under_way[number]
    return None
