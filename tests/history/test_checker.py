"""The checker finds each kind of violation, and nothing where there is none."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from history.checker import Kind, Operation, State, first_violation, outcome


def told(
    kind: Kind,
    begin: int,
    end: int | None,
    result: str = "done",
    *,
    value: State = None,
    expected: State = None,
) -> Operation:
    return Operation(kind, begin, end, value, expected, result)


def read(begin: int, end: int, value: State) -> Operation:
    return Operation(Kind.GET, begin, end, value, result="done")


A = told(Kind.CREATE, 0, 10, value="a")

VIOLATIONS: dict[str, list[Operation]] = {
    "a read of what nobody wrote": [A, read(20, 30, "b")],
    "an acknowledged write is not there": [A, read(20, 30, None)],
    "a read goes back": [
        A,
        told(Kind.REPLACE, 20, 90, value="b"),
        read(30, 40, "b"),
        read(50, 60, "a"),
    ],
    "two creations of one key": [A, told(Kind.CREATE, 20, 30, value="b")],
    "two removals of one item": [A, told(Kind.DELETE, 20, 30), told(Kind.DELETE, 40, 50)],
    "a removal of nothing": [told(Kind.DELETE, 0, 10)],
    "a removed item is there again": [A, told(Kind.DELETE, 20, 30), read(40, 50, "a")],
    "a lost update": [
        A,
        told(Kind.SWAP, 20, 40, value="b", expected="a"),
        told(Kind.SWAP, 30, 50, value="c", expected="a"),
    ],
    "an old ETag holds": [
        A,
        told(Kind.REPLACE, 20, 30, value="b"),
        told(Kind.SWAP, 40, 50, value="c", expected="a"),
    ],
    "a removal takes the next item along": [
        A,
        told(Kind.DELETE, 20, 30),
        told(Kind.CREATE, 40, 50, value="b"),
        read(60, 70, None),
    ],
    "a repetition overwrites": [
        A,
        told(Kind.REPLACE, 20, 90, value="b"),
        read(30, 40, "b"),
        told(Kind.SWAP, 50, 60, value="c", expected="b"),
        read(100, 110, "b"),
    ],
    "what failed was seen": [
        A,
        told(Kind.SWAP, 20, 60, "changed", value="b", expected="x"),
        read(30, 40, "b"),
    ],
    "a taken key is free": [told(Kind.CREATE, 0, 10, "taken", value="b")],
    "a bulk put counts wrong": [A, told(Kind.BULK, 20, 30, "created", value="b")],
    "an unknown write happens twice": [
        A,
        told(Kind.REPLACE, 20, None, value="b"),
        read(30, 40, "b"),
        told(Kind.REPLACE, 50, 60, value="c"),
        read(70, 80, "c"),
        read(90, 100, "b"),
    ],
    "an unknown write happens before it is sent": [
        A,
        read(20, 30, "b"),
        told(Kind.REPLACE, 40, None, value="b"),
    ],
}

HISTORIES: dict[str, list[Operation]] = {
    "nothing": [],
    "one after the other": [
        A,
        read(20, 30, "a"),
        told(Kind.SWAP, 40, 50, value="b", expected="a"),
        told(Kind.SWAP, 60, 70, "changed", value="c", expected="a"),
        told(Kind.DELETE_IF, 80, 90, "changed", expected="a"),
        told(Kind.DELETE_IF, 100, 110, expected="b"),
        told(Kind.DELETE, 120, 130, "missing"),
        told(Kind.BULK, 140, 150, "created", value="d"),
        told(Kind.BULK, 160, 170, "replaced", value="e"),
        read(180, 190, "e"),
    ],
    "side by side in the other order": [
        told(Kind.DELETE, 0, 50),
        told(Kind.CREATE, 10, 40, value="a"),
        read(60, 70, None),
    ],
    "reads see both sides of a write": [
        A,
        told(Kind.REPLACE, 20, 90, value="b"),
        read(30, 40, "a"),
        read(50, 60, "b"),
    ],
    "an unknown write never happens": [
        A,
        told(Kind.REPLACE, 20, None, value="b"),
        read(30, 40, "a"),
    ],
    "an unknown write happens late": [
        A,
        told(Kind.REPLACE, 20, None, value="b"),
        read(30, 40, "a"),
        told(Kind.REPLACE, 50, 60, value="c"),
        read(70, 80, "b"),
    ],
    "a repeated removal finds that another was quicker": [
        A,
        told(Kind.DELETE, 20, 30),
        replace(told(Kind.DELETE, 20, 50), repeated=True),
        read(60, 70, None),
    ],
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_is_found(name: str) -> None:
    assert first_violation(VIOLATIONS[name]) is not None


@pytest.mark.parametrize("name", HISTORIES)
def test_what_can_have_happened_is_no_violation(name: str) -> None:
    assert first_violation(HISTORIES[name]) is None


def made_up(rng: random.Random, count: int) -> list[Operation]:
    """What eight clients would be told by a store that carries out one thing after the other."""
    state: State = None
    history: list[Operation] = []
    free_at = [0] * 8
    for moment in range(100, 100 + 100 * count, 100):
        client = rng.choice([n for n in range(8) if free_at[n] < moment])
        begin = rng.randint(free_at[client], moment)
        end = moment + rng.randint(1, 400)
        free_at[client] = end + 1
        asked = Operation(
            rng.choice(list(Kind)),
            begin,
            end,
            value=f"v{rng.randint(0, 5)}",
            expected=rng.choice([state, "v0"]),
        )
        unknown = asked.kind is not Kind.GET and rng.random() < 0.05
        if unknown and rng.random() < 0.5:  # and it did not happen
            history.append(replace(asked, end=None))
            continue
        if asked.kind is Kind.GET:
            asked = replace(asked, value=state)
        result, state = outcome(asked, state)
        history.append(replace(asked, result=result, end=None if unknown else end))
    return history


@pytest.mark.parametrize("seed", range(30))
def test_histories_of_a_store_that_does_one_thing_after_the_other_pass(seed: int) -> None:
    assert first_violation(made_up(random.Random(seed), 150)) is None


def test_nearly_every_wrong_read_is_found() -> None:
    """A value that was not there at any time of the read."""
    found = 0
    for seed in range(50):
        history = made_up(random.Random(seed), 60)
        reads = [n for n, one in enumerate(history) if one.kind is Kind.GET]
        number = reads[len(reads) // 2]
        history[number] = replace(history[number], value="never written")
        found += first_violation(history) is not None
    assert found == 50
