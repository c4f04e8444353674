"""Clients that write, and remember what a store may and must hold afterwards."""

from __future__ import annotations

import contextlib
import json
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from harness.session import REPLACE, CutError, Reply, Session, idempotent, item_text

# From a few bytes to what LMDB keeps on pages of its own.
SIZES = (0, 10, 100, 1000, 5000, 60_000)
WEIGHTS = (20, 30, 30, 10, 6, 1)

Value = bytes | None  # an item's text; nothing where there is none


class Moments:
    """Counts what clients do, so that others can wait for the n-th thing."""

    def __init__(self) -> None:
        self.over = threading.Event()  # the clients are to stop
        self._count = 0
        self._changed = threading.Condition()

    def pass_one(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_for(self, more: int, seconds: float = 60) -> None:
        with self._changed:
            wanted = self._count + more
            assert self._changed.wait_for(lambda: self._count >= wanted, seconds), self._count

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, seconds)


@dataclass
class Repeatable:
    """A put with an Idempotency-Key."""

    key: str
    body: bytes
    id: str | None  # nothing: the server makes it, and its answer has not come
    acknowledged: bool = False


@dataclass
class Writer:
    """A client with keys that nobody else writes. What it knows outlives the server."""

    name: str
    rng: random.Random
    moments: Moments
    # By key, what may be there: one value, or two where an answer did not come.
    items: dict[str, set[Value]] = field(default_factory=dict)
    repeatable: list[Repeatable] = field(default_factory=list)
    number: int = 0
    written: int = 0  # acknowledged

    def write_until_cut(self, url: str) -> None:
        """Writes, until the server is no more, or the moments are over."""
        gone = contextlib.suppress(CutError, ConnectionRefusedError, ConnectionResetError)
        with gone, Session(url) as session:
            while not self.moments.over.is_set():
                self.write(session)
                self.written += 1

    def go_on_for(self, more: int) -> None:
        """Waits until so many more of its writes are acknowledged."""
        wanted = self.written + more
        self.moments.wait_until(lambda: self.written >= wanted)

    def write(self, session: Session) -> None:
        choose = self.rng.random()
        if choose < 0.15:
            self.bulk(session)
        elif choose < 0.3:
            self.put_repeatable(session)
        else:
            self.change_one(session)

    def change_one(self, session: Session) -> None:
        key = self.any_key()
        if self.items.get(key, {None}) == {None}:
            text = self.new_text(key)
            with self.in_flight({key: text}):
                reply = session.put(text)
                assert reply.status == 201, reply
        elif self.rng.random() < 0.5:
            with self.in_flight({key: None}):
                reply = session.delete(key)
                assert reply.status == 200, reply
        else:
            text = self.new_text(key)
            with self.in_flight({key: text}):
                reply = session.put(text, REPLACE)
                assert reply.status == 200, reply

    def bulk(self, session: Session) -> None:
        keys = {self.any_key() for _ in range(self.rng.randint(1, 40))}
        texts: dict[str, Value] = {key: self.new_text(key) for key in keys}
        body = b"".join(text + b"\n" for text in texts.values() if text)
        with self.in_flight(texts):
            reply = session.bulk(body, "replace")
            report = json.loads(reply.body)
            assert report["created"] + report["replaced"] == len(keys), reply

    def put_repeatable(self, session: Session) -> None:
        self.number += 1
        own_id = f"{self.name}-repeatable-{self.number}" if self.rng.random() < 0.5 else None
        members: dict[str, object] = {"n": self.number, "by": self.name}
        body = item_text(own_id, **members) if own_id else json.dumps(members).encode()
        put = Repeatable(f"{self.name}.{self.number}", body, own_id)
        self.repeatable.append(put)
        self.moments.pass_one()
        reply = session.put(body, idempotent(put.key))
        assert reply.status == 201, reply
        assert "idempotency-replayed" not in reply.headers
        put.id = json.loads(reply.body)["id"]
        put.acknowledged = True
        self.moments.pass_one()

    @contextlib.contextmanager
    def in_flight(self, values: dict[str, Value]) -> Iterator[None]:
        """What is written in the block may be there as long as the block has not ended well."""
        for key, value in values.items():
            self.items.setdefault(key, {None}).add(value)
        self.moments.pass_one()
        yield
        for key, value in values.items():
            self.items[key] = {value}
        self.moments.pass_one()

    def any_key(self) -> str:
        return f"{self.name}-{self.rng.randrange(60)}"

    def new_text(self, key: str) -> bytes:
        self.number += 1
        size = self.rng.choices(SIZES, WEIGHTS)[0]
        return item_text(key, n=self.number, text=self.name[0] * size)

    def settle(self, found: dict[str, bytes]) -> None:
        """What was found has to be allowed, and is what has to be there from now on."""
        for key, allowed in self.items.items():
            value = found.get(key)
            assert value in allowed, f"{key}: {value!r:.200} is none of {allowed!r:.400}"
            self.items[key] = {value}
        for put in self.repeatable:
            if put.acknowledged:
                assert put.id in found, f"{put.key} was acknowledged as {put.id}"

    def repeat(self, session: Session, found: dict[str, bytes]) -> None:
        """Sends the latest repeatable puts again: they have to be the same items as before."""
        for put in self.repeatable[-5:]:
            reply: Reply = session.put(put.body, idempotent(put.key))
            assert reply.status == 201, reply
            key = json.loads(reply.body)["id"]
            assert put.id in (None, key), f"{put.key} was {put.id}, and is {key} now"
            assert ("idempotency-replayed" in reply.headers) == (key in found), put
            put.id, put.acknowledged = key, True

    def expected(self) -> dict[str, bytes | None]:
        """All that has to be there; the text of repeatable puts is not told."""
        values: dict[str, bytes | None] = {}
        for key, allowed in self.items.items():
            (value,) = allowed
            if value is not None:
                values[key] = value
        values.update({put.id: None for put in self.repeatable if put.id})
        return values


def writers(count: int, rng: random.Random) -> tuple[list[Writer], Moments]:
    moments = Moments()
    made = [Writer(f"{n}w", random.Random(rng.random()), moments) for n in range(count)]
    return made, moments


@contextlib.contextmanager
def writing(all_writers: list[Writer], urls: list[str]) -> Iterator[None]:
    """The writers write while the block runs, spread over the servers, and until these end."""
    over = all_writers[0].moments.over
    over.clear()
    with ThreadPoolExecutor(len(all_writers)) as pool:
        futures: list[Future[None]] = [
            pool.submit(writer.write_until_cut, urls[n % len(urls)])
            for n, writer in enumerate(all_writers)
        ]
        try:
            yield
        except BaseException:
            over.set()
            raise
    for future in futures:
        future.result()


def verify(all_writers: list[Writer], url: str, found: dict[str, bytes]) -> int:
    """The store behind `url` holds what it has to, and nothing else; how many items that is."""
    for writer in all_writers:
        writer.settle(found)
    with Session(url) as session:
        for writer in all_writers:
            writer.repeat(session, found)
        expected: dict[str, bytes | None] = {}
        for writer in all_writers:
            expected |= writer.expected()
        return compare(session, expected)


def compare(session: Session, expected: dict[str, bytes | None]) -> int:
    accept = ("Accept", "application/x-ndjson")
    lines = session.exchange("GET", "/picus/list", b"", accept).body.splitlines()
    now = {json.loads(line)["id"]: line for line in lines}
    assert len(now) == len(lines), "an item is in the list twice"
    assert set(now) == set(expected)
    for key, text in expected.items():
        assert text is None or now[key] == text, key
    return len(now)
