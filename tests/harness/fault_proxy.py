"""Stands between Picus and DynamoDB, and does harm when told to."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

PATIENCE_SECONDS = 60
AMZ_JSON = "application/x-amz-json-1.0"


@dataclass(frozen=True)
class Reply:
    """An answer of DynamoDB's, or one that is made up."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def wire(self) -> bytes:
        headers = {
            "Content-Type": AMZ_JSON,
            "x-amzn-RequestId": "FAULTPROXY",
            "x-amz-crc32": str(zlib.crc32(self.body)),
            "Content-Length": str(len(self.body)),
            **self.headers,
        }
        lines = [f"HTTP/1.1 {self.status} Status"] + [f"{n}: {v}" for n, v in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def error_reply(status: int, code: str) -> Reply:
    document = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "made up"}
    return Reply(status, json.dumps(document).encode())


class Page(Reply):
    """What a web server sends that is no DynamoDB."""

    def wire(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Status", *(f"{n}: {v}" for n, v in self.headers.items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""])
        return head.encode() + self.body


HTML = Page(200, b"<!DOCTYPE html><title>Welcome</title>", {"Content-Type": "text/html"})
OTHER_API = Page(200, b'{"status":"ok"}', {"Content-Type": "application/json"})
EMPTY = Page(200, b"")


class CutError(Exception):
    """The connection is to be ended now. `reset`: without ceremony."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


class Exchange:
    """A request on its way, of which only the first byte was read."""

    def __init__(
        self,
        client: socket.socket,
        first: bytes,
        upstream: http.client.HTTPConnection,
        calm: threading.Event,
    ) -> None:
        self._client = client
        self._received = first
        self._upstream = upstream
        self._calm = calm

    def receive(self, size: int) -> None:
        """Reads that many bytes of the request, or all if it has fewer."""
        while len(self._received) < size and not self._complete():
            data = self._client.recv(min(65536, size - len(self._received)))
            if not data:
                raise CutError(reset=False)
            self._received += data

    def _complete(self) -> bool:
        head, end, body = self._received.partition(b"\r\n\r\n")
        return bool(end) and len(body) >= int(self._headers(head).get("content-length", 0))

    @staticmethod
    def _headers(head: bytes) -> dict[str, str]:
        pairs = [line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:]]
        return {name.lower(): value.strip() for name, _, value in pairs}

    def request(self) -> tuple[dict[str, str], bytes]:
        """Headers (names in lower case) and body, as they came."""
        self.receive(1 << 30)
        head, _, body = self._received.partition(b"\r\n\r\n")
        return self._headers(head), body

    def forward(self) -> Reply:
        """What DynamoDB answers. After this the call has taken effect."""
        headers, body = self.request()
        del headers["host"]
        self._upstream.request("POST", "/", body, headers)
        response = self._upstream.getresponse()
        return Reply(response.status, response.read())

    def forward_anew(self) -> Reply:
        """As forward(), over a connection of its own: the client's may have ended."""
        upstream = http.client.HTTPConnection(
            self._upstream.host, self._upstream.port, timeout=PATIENCE_SECONDS
        )
        with contextlib.closing(upstream):
            self._upstream = upstream
            return self.forward()

    def send(self, data: bytes) -> None:
        self._client.sendall(data)

    def hold(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Waits; cuts the connection if the fault has ended meanwhile."""
        if self._calm.wait(seconds):
            raise CutError(reset=True)


Fault = Callable[[Exchange], None]


def healthy(exchange: Exchange) -> None:
    exchange.send(exchange.forward().wire())


def delay(seconds: float) -> Fault:
    def fault(exchange: Exchange) -> None:
        reply = exchange.forward()
        exchange.hold(seconds)
        exchange.send(reply.wire())

    return fault


def reset_in_request(after: int) -> Fault:
    """The call takes no effect."""

    def fault(exchange: Exchange) -> None:
        exchange.receive(after)
        raise CutError(reset=True)

    return fault


def end_in_answer(after: int, *, reset: bool) -> Fault:
    """The call takes effect; of its answer come that many bytes."""

    def fault(exchange: Exchange) -> None:
        exchange.send(exchange.forward().wire()[:after])
        raise CutError(reset=reset)

    return fault


def stall_in_answer(after: int) -> Fault:
    """As end_in_answer, but the connection stays open."""

    def fault(exchange: Exchange) -> None:
        exchange.send(exchange.forward().wire()[:after])
        exchange.hold()

    return fault


def black_hole(exchange: Exchange) -> None:
    """Takes everything in; the call takes no effect."""
    exchange.receive(1 << 30)
    exchange.hold()


def answer(reply: Reply) -> Fault:
    """Answers by itself; the call takes no effect."""

    def fault(exchange: Exchange) -> None:
        exchange.receive(1 << 30)
        exchange.send(reply.wire())

    return fault


def wrong_crc(exchange: Exchange) -> None:
    """The call takes effect, and its answer was damaged."""
    reply = exchange.forward()
    exchange.send(Reply(reply.status, reply.body, {"x-amz-crc32": "1"}).wire())


def sometimes(fault: Fault, every: int = 2) -> Fault:
    """Strikes every so many requests, the first of them included."""
    lock = threading.Lock()
    count = 0

    def chosen(exchange: Exchange) -> None:
        nonlocal count
        with lock:
            strikes = count % every == 0
            count += 1
        (fault if strikes else healthy)(exchange)

    return chosen


def once(fault: Fault) -> Fault:
    return sometimes(fault, every=1 << 30)


class FaultProxy:
    """An endpoint on a port of its own."""

    host = "127.0.0.1"

    def __init__(self, port_behind: int, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self._behind = port_behind
        self._tls = tls
        self._lock = threading.Lock()
        self._fault: Fault = healthy
        self._calm = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = self._bind()
        self._accepting = False
        self.accept()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def accept(self, tls: ssl.SSLContext | None = None) -> None:
        """Takes connections, from now on with another certificate if there is one."""
        self._tls = tls or self._tls
        if not self._accepting:
            self._accepting = True
            self._listener.listen(128)
            self._spawn(self._accept, self._listener)

    def refuse(self) -> None:
        """Takes no connections any more, and ends those that are open."""
        if self._accepting:
            self._accepting = False
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = self._bind()  # nobody else is to have the port meanwhile
        self.cut()

    def _bind(self) -> socket.socket:
        """A socket that refuses connections as long as it does not listen."""
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((self.host, self.port))
        self.port = bound.getsockname()[1]
        return bound

    def cut(self) -> None:
        """Ends the open connections."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def strike(self, fault: Fault) -> None:
        """What happens to requests from now on. What an earlier fault holds up is cut."""
        with self._lock:
            self._fault = fault
            self._calm.set()
            self._calm = threading.Event()

    def heal(self) -> None:
        self.strike(healthy)

    def stop(self) -> None:
        self.heal()
        self.refuse()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()
        self._listener.close()

    def _spawn(self, run: Callable[[socket.socket], None], connection: socket.socket) -> None:
        thread = threading.Thread(target=run, args=(connection,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # refuse() closed it
                return
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        reset = False
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self._open.add(connection)
            self._serve_requests(connection)
        except CutError as cut:
            reset = cut.reset
        except OSError:
            reset = True
        with self._lock:
            self._open.discard(connection)
        if reset:
            linger = struct.pack("ii", 1, 0)
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()

    def _serve_requests(self, connection: socket.socket) -> None:
        upstream = http.client.HTTPConnection(self.host, self._behind, timeout=PATIENCE_SECONDS)
        with contextlib.closing(upstream):
            while first := connection.recv(1):
                with self._lock:
                    fault = self._fault
                    exchange = Exchange(connection, first, upstream, self._calm)
                fault(exchange)
