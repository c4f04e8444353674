"""Clients that read and write all the time, and notice every request that goes wrong."""

from __future__ import annotations

import contextlib
import json
import random
import ssl
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.session import (
    NDJSON,
    REPLACE,
    CutError,
    Reply,
    Session,
    idempotent,
    item_text,
)

WAIT_SECONDS = 100


class Tally:
    """What all clients together saw."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._changed = threading.Condition()
        self.requests = 0
        self.failures: list[str] = []

    def answered(self) -> None:
        with self._changed:
            self.requests += 1
            self._changed.notify_all()

    def failed(self, what: str) -> None:
        with self._changed:
            self.requests += 1
            self.failures.append(what)
            self._changed.notify_all()

    def forgive(self, clients: Sequence[Client]) -> None:
        """What was under way may have failed: one request of each client."""
        with self._changed:
            before = [client.requests for client in clients]
            assert self._changed.wait_for(
                lambda: all(client.requests > n for client, n in zip(clients, before, strict=True)),
                WAIT_SECONDS,
            )
            assert len(self.failures) <= len(clients), self.failures
            self.failures.clear()

    def wait_for(self, more: int) -> None:
        """Until so many more requests were answered. A failed one ends the wait at once."""
        with self._changed:
            wanted = self.requests + more
            self._changed.wait_for(lambda: self.requests >= wanted or self.failures, WAIT_SECONDS)
            assert not self.failures, self.failures[:10]
            assert self.requests >= wanted, self.requests


class Client:
    """One client: a thread, and keys of its own."""

    kind = "fresh"

    def __init__(
        self,
        name: str,
        urls: Sequence[str],
        tally: Tally,
        *own: tuple[str, str],
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`own`: headers of all its requests."""
        self.name = name
        self.tally = tally
        self.items: dict[str, bytes] = {}  # what was acknowledged, and stands
        self._own = own
        self._urls = urls
        self._trust = trust
        self._rng = random.Random(name)
        self._number = 0
        self.requests = 0  # that came to an end

    def run(self) -> None:
        while not self.tally.over.is_set():
            self.act()
        self.leave()

    def act(self) -> None:
        """One request; the keys stay few, so that none of it is slow."""
        choose = self._rng.random()
        if choose < 0.25 or not self.items:
            self.put()
        elif choose < 0.3:
            self.bulk()
        elif choose < 0.4:
            self.replace()
        elif choose < 0.5 or len(self.items) > 100:
            self.delete()
        else:
            self.get()

    def put(self) -> None:
        key = self._new_key()
        text = item_text(key, n=self._number)
        if self._ask(201, "POST", "/picus/put", text, idempotent(key)):
            self.items[key] = text

    def bulk(self) -> None:
        texts = {key: item_text(key) for key in (self._new_key() for _ in range(5))}
        body = b"\n".join(texts.values())
        reply = self._ask(200, "POST", "/picus/put?on_conflict=replace", body, NDJSON)
        if reply:
            report = json.loads(reply.body)
            if report["created"] + report["replaced"] != len(texts):
                self.tally.failures.append(f"{self.name}: {report}")
            self.items |= texts

    def replace(self) -> None:
        key = self._any_key()
        del self.items[key]  # an answer that does not come leaves open what is there
        self._number += 1
        text = item_text(key, replaced=self._number)
        if self._ask(200, "POST", "/picus/put", text, REPLACE, idempotent(f"r{self._number}")):
            self.items[key] = text

    def delete(self) -> None:
        key = self._any_key()
        del self.items[key]
        self._ask(200, "DELETE", f"/picus/{key}")

    def get(self) -> None:
        key = self._any_key()
        reply = self._ask(200, "GET", f"/picus/get/{key}")
        # Not every store keeps the order of members.
        if reply and json.loads(reply.body) != json.loads(self.items[key]):
            self.tally.failures.append(f"{self.name}: {key} is {reply.body!r}")

    def leave(self) -> None:
        """Closes what is open."""

    def exchange(self, method: str, target: str, body: bytes, *headers: tuple[str, str]) -> Reply:
        """On a new connection, which closes after it."""
        with self._connect() as session:
            return session.exchange(method, target, body, *headers)

    def _ask(
        self, wanted: int, method: str, target: str, body: bytes = b"", *headers: tuple[str, str]
    ) -> Reply | None:
        try:
            reply = self.exchange(method, target, body, *self._own, *headers)
        except (CutError, OSError) as error:
            self.requests += 1
            self.tally.failed(f"{self.name}: {method} {target}: {error!r}")
            return None
        self.requests += 1
        if reply.status != wanted:
            self.tally.failed(f"{self.name}: {method} {target}: {reply}")
            return None
        self.tally.answered()
        return reply

    def _new_key(self) -> str:
        self._number += 1
        return f"{self.name}-{self._number}"

    def _any_key(self) -> str:
        return self._rng.choice(list(self.items))

    def _connect(self) -> Session:
        return Session(self._rng.choice(self._urls), self._trust)


class KeptClient(Client):
    """Keeps its connection until the server says that it closes it."""

    _session: Session | None = None

    def exchange(self, method: str, target: str, body: bytes, *headers: tuple[str, str]) -> Reply:
        session, self._session = self._session, None
        if session and session.closed_by_peer():
            session.close()
            session = None
        session = session or self._connect()
        # Between two requests a server may close at any time (RFC 9112, 9.3.1), but an orderly
        # drain first lets clients leave: a request without a response counts as lost.
        reply = session.exchange(method, target, body, *headers)
        if reply.closes:
            session.close()
        else:
            self._session = session
        return reply

    def leave(self) -> None:
        if self._session:
            self._session.close()


@contextlib.contextmanager
def load(
    urls: Sequence[str],
    fresh: int,
    kept: int,
    *own: tuple[str, str],
    name: str = "",
    trust: ssl.SSLContext | None = None,
) -> Iterator[tuple[Tally, list[Client]]]:
    """Clients at work while the block runs. `own`: headers of all their requests. Their keys begin
    with `name`."""
    tally = Tally()
    clients = [Client(f"{name}fresh-{n}", urls, tally, *own, trust=trust) for n in range(fresh)]
    clients += [KeptClient(f"{name}kept-{n}", urls, tally, *own, trust=trust) for n in range(kept)]
    with ThreadPoolExecutor(len(clients)) as pool:
        futures = [pool.submit(client.run) for client in clients]
        try:
            yield tally, clients
        finally:
            tally.over.set()
    for future in futures:
        future.result()
    assert not tally.failures, tally.failures[:10]


def acknowledged(clients: Sequence[Client]) -> dict[str, bytes]:
    return {key: text for client in clients for key, text in client.items.items()}
