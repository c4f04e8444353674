"""Clients that do everything to a few keys at once, and write down what they were told."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from harness.session import NDJSON, REPLACE, CutError, Reply, Session
from history.checker import Kind, Operation, State, first_violation

PATIENCE_SECONDS = 60
RESULTS: dict[Kind, dict[int, str]] = {
    Kind.GET: {200: "done", 404: "done"},
    Kind.CREATE: {201: "done", 409: "taken"},
    Kind.REPLACE: {200: "done", 412: "missing"},
    Kind.SWAP: {200: "done", 412: "changed"},
    Kind.DELETE: {200: "done", 404: "missing"},
    Kind.DELETE_IF: {200: "done", 404: "missing", 412: "changed"},
}
UNKNOWN = {500, 503, 504}
WEIGHTS = {
    Kind.GET: 30,
    Kind.CREATE: 20,
    Kind.REPLACE: 12,
    Kind.SWAP: 20,
    Kind.BULK: 8,
    Kind.DELETE: 12,
    Kind.DELETE_IF: 8,
}


@dataclass
class Records:
    """By key, what was done; by the trace of a request, which of them it was."""

    by_key: dict[str, list[Operation]] = field(default_factory=dict)
    by_trace: dict[str, tuple[str, int]] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, key: str, trace: str, operation: Operation) -> None:
        with self.changed:
            self.changed.notify_all()
            of_key = self.by_key.setdefault(key, [])
            self.by_trace[trace] = (key, len(of_key))
            of_key.append(operation)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_SECONDS)

    def count(self) -> int:
        return sum(len(of_key) for of_key in self.by_key.values())

    def unknown(self) -> int:
        return sum(one.end is None for of_key in self.by_key.values() for one in of_key)

    def note_repetitions(self, struck: Iterable[str]) -> None:
        """Calls of the requests with these traces may have taken effect besides the last one.

        What that may mean: of two removals both are told that they did it; and a put to a free key,
        which has nothing to hold on to, happens again if the key is free again (decision 64)."""
        for trace in struck:
            key, number = self.by_trace.get(trace, ("", 0))
            if not key:
                continue
            of_key = self.by_key[key]
            of_key[number] = replace(of_key[number], repeated=True)
            one = of_key[number]
            if one.kind in (Kind.CREATE, Kind.BULK):
                of_key.append(Operation(Kind.CREATE, one.begin, None, one.value))

    def assert_linearizable(self) -> None:
        for key, of_key in self.by_key.items():
            violation = first_violation(of_key)
            if violation is not None:
                lines = "\n".join(map(str, sorted(of_key, key=lambda one: one.begin)))
                raise AssertionError(f"{key}: {violation} cannot be explained by\n{lines}")


class Worker:
    """One client."""

    def __init__(
        self, number: int, rng: random.Random, keys: list[str], url: Callable[[], str],
        records: Records,
    ) -> None:  # fmt: skip
        self._number = number
        self._rng = rng
        self._keys = keys
        self._url = url
        self._records = records
        self._count = 0
        self._session: Session | None = None
        self._etags: dict[tuple[str, State], str] = {}  # content to tag
        self._last: dict[str, State] = {}  # what it saw last

    def run(self, count: int) -> None:
        kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
        for _ in range(count):
            self.do(self._rng.choices(kinds, weights)[0], self._rng.choice(self._keys))
        if self._session:
            self._session.close()

    def do(self, kind: Kind, key: str) -> None:
        self._count += 1
        expected = self._last.get(key)
        if kind in (Kind.SWAP, Kind.DELETE_IF) and (key, expected) not in self._etags:
            kind = Kind.GET
        # Now and then what was there before: a compare-and-set must not take it for the same.
        value: State = f"{self._number}-{self._count}"
        if expected and self._rng.random() < 0.2:
            value = self._rng.choice([v for k, v in self._etags if k == key] or [value])
        trace = f"{self._number + 1:08x}{self._count:024x}"
        asked = Operation(kind, time.monotonic_ns(), None, value, expected)
        reply = self._send(kind, key, value, expected, trace)
        self._records.add(key, trace, self._told(asked, key, reply))

    def _send(
        self, kind: Kind, key: str, value: State, expected: State, trace: str
    ) -> Reply | None:
        headers = [("traceparent", f"00-{trace}-{self._number + 1:016x}-01")]
        method, target = "POST", "/picus/put"
        body = json.dumps({"id": key, "v": value}).encode()
        if kind is Kind.GET:
            method, target, body = "GET", f"/picus/get/{key}", b""
        if kind in (Kind.DELETE, Kind.DELETE_IF):
            method, target, body = "DELETE", f"/picus/{key}", b""
        if kind in (Kind.SWAP, Kind.DELETE_IF):
            headers.append(("If-Match", self._etags[key, expected]))
        if kind is Kind.REPLACE:
            headers.append(REPLACE)
        if kind is Kind.BULK:
            target += "?on_conflict=replace"
            headers.append(NDJSON)
        return self._exchange(method, target, body, headers)

    def _exchange(
        self, method: str, target: str, body: bytes, headers: list[tuple[str, str]]
    ) -> Reply | None:
        """Nothing: the server went away, and whether it had done it nobody knows."""
        try:
            if self._session is None:
                self._session = Session(self._url())
            reply = self._session.exchange(method, target, body, *headers)
        except (CutError, ConnectionError, TimeoutError):
            if self._session:
                self._session.close()
            self._session = None
            return None
        if reply.closes:
            self._session.close()
            self._session = None
        return reply

    def _told(self, asked: Operation, key: str, reply: Reply | None) -> Operation:
        if reply is None or reply.status in UNKNOWN:
            return asked
        told = replace(asked, end=time.monotonic_ns())
        if asked.kind is Kind.BULK:
            report = json.loads(reply.body)
            if reply.status != 200 or report["failed"]:
                assert reply.status in (200, 422), reply
                return asked
            return replace(told, result="created" if report["created"] else "replaced")
        told = replace(told, result=RESULTS[asked.kind][reply.status])
        if asked.kind is Kind.GET:
            told = replace(told, value=json.loads(reply.body)["v"] if reply.status == 200 else None)
        if "etag" in reply.headers and told.result == "done":
            self._etags[key, told.value] = reply.headers["etag"]
            self._last[key] = told.value
        return told


def run_workload(
    rng: random.Random,
    url: Callable[[], str],
    *,
    keys: int = 10,
    clients: int = 8,
    each: int = 120,
    meanwhile: Callable[[Records], None] = lambda _: None,
) -> Records:
    """`meanwhile` runs beside the clients, and is to end before they do."""
    records = Records()
    names = [f"k{n}" for n in range(keys)]
    workers = [Worker(n, random.Random(rng.random()), names, url, records) for n in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(worker.run, each) for worker in workers]
        meanwhile(records)
        for one in running:
            one.result()
    return records
