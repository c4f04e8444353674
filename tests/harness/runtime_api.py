"""Lambda's Runtime API, as it meets one execution environment, with the faults that it can have."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from harness import leaks

PREFIX = "/2018-06-01/runtime"
ANSWER_SECONDS = 60
MAX_RESPONSE = 6 * 1024 * 1024 + 100
TOO_LARGE = b'{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes)."}'


@dataclass
class Invocation:
    """One call of the function, and what it posted."""

    event: bytes
    request_id: str
    deadline_ms: int
    trace: str | None
    status: int = 202  # what its post is answered
    cut_posts: int = 0  # so many of its posts find a dead connection
    posted: threading.Event = field(default_factory=threading.Event)
    kind: Literal["response", "error", ""] = ""
    body: bytes = b""
    error_type: str | None = None


class RuntimeApi:
    """On a free port of this machine. Invocations are handed out in their order."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._queue: deque[Invocation] = deque()
        self._taken: dict[str, Invocation] = {}
        self._changed = threading.Condition()
        self._generation = 0
        self._connections: set[socket.socket] = set()
        self.waiting = 0  # calls of `next` that have no invocation yet
        self.nexts = 0  # calls of `next` so far
        self.init_error: bytes | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def submit(
        self,
        event: bytes,
        *,
        seconds: float = 30,
        trace: str | None = None,
        status: int = 202,
        cut_posts: int = 0,
    ) -> Invocation:
        """Queues an invocation that has so many seconds."""
        deadline = int((time.time() + seconds) * 1000)
        name = f"00000000-0000-4000-8000-{next(self._numbers):012}"
        invocation = Invocation(event, name, deadline, trace, status, cut_posts)
        with self._changed:
            self._queue.append(invocation)
            self._changed.notify_all()
        return invocation

    def invoke(self, event: bytes, **options: Any) -> Invocation:
        """Queues it, and waits for what the function posts."""
        invocation = self.submit(event, **options)
        assert invocation.posted.wait(ANSWER_SECONDS), "the function posted nothing"
        return invocation

    def wait_until_waiting(self, nexts: int = 1) -> None:
        """Until the function has asked `nexts` times for its next event and waits for it."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: self.waiting > 0 and self.nexts >= nexts, ANSWER_SECONDS
            )
        assert done, "the function does not wait for an event"

    def drop_connections(self) -> None:
        """What a freeze does to connections: they end, and the function is not told in time."""
        with self._changed:
            self._generation += 1
            dropped = list(self._connections)
            self._changed.notify_all()
        for connection in dropped:
            reset(connection)

    def stop(self) -> None:
        """Nobody listens any more, and connections end."""
        self._server.shutdown()
        self._server.server_close()
        self.drop_connections()

    # For the handlers.

    def hold(self, connection: socket.socket) -> None:
        with self._changed:
            self._connections.add(connection)

    def let_go(self, connection: socket.socket) -> None:
        with self._changed:
            self._connections.discard(connection)

    def take(self) -> Invocation | None:
        """The next invocation; nothing where the connection was dropped meanwhile."""
        with self._changed:
            generation = self._generation
            self.waiting += 1
            self.nexts += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._queue or self._generation != generation)
            self.waiting -= 1
            if self._generation != generation:
                return None
            invocation = self._queue.popleft()
            self._taken[invocation.request_id] = invocation
            return invocation

    def find(self, request_id: str) -> Invocation | None:
        with self._changed:
            return self._taken.get(request_id)


def reset(connection: socket.socket) -> None:
    """Ends it so that the peer finds out when it sends."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that was cut is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.api.hold(self.connection)

    def finish(self) -> None:
        self.server.api.let_go(self.connection)
        super().finish()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)

    def do_GET(self) -> None:
        assert self.path == f"{PREFIX}/invocation/next"
        invocation = self.server.api.take()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:1:function:picus",
            "Content-Type": "application/json",
        }
        if invocation.trace:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace
        self._answer(200, invocation.event, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        leaks.search(body, "what a function posts")
        if self.path == f"{PREFIX}/init/error":
            self.server.api.init_error = body
            self._answer(202, b'{"status":"OK"}')
            return
        _, request_id, kind = self.path.removeprefix(PREFIX + "/").split("/")
        invocation = self.server.api.find(request_id)
        if invocation is None or invocation.posted.is_set():
            self._answer(400, b'{"errorType":"InvalidRequestID"}')
            return
        if invocation.cut_posts:
            invocation.cut_posts -= 1
            self.close_connection = True
            reset(self.connection)
            return
        assert kind in ("response", "error")
        invocation.kind = "response" if kind == "response" else "error"
        invocation.body = body
        invocation.error_type = self.headers.get("Lambda-Runtime-Function-Error-Type")
        if len(body) > MAX_RESPONSE:
            invocation.status = 413
        self._answer(invocation.status, TOO_LARGE if invocation.status == 413 else b"{}")
        invocation.posted.set()
