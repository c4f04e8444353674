"""A kept-alive connection that is fast enough for load, and tells exactly how an exchange ended."""

from __future__ import annotations

import json
import select
import socket
import ssl
import urllib.parse
from dataclasses import dataclass

from harness.client import path_of

WAIT_SECONDS = 60
NDJSON = ("Content-Type", "application/x-ndjson")
REPLACE = ("If-Match", "*")


class CutError(Exception):
    """The connection ended before the answer was whole; `received` bytes of it had come."""

    def __init__(self, received: int, why: str) -> None:
        super().__init__(f"cut after {received} bytes of the answer: {why}")
        self.received = received


@dataclass(frozen=True)
class Reply:
    """An answer, with the names of its headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"

    @property
    def code(self) -> str:
        """The problem's code; empty where the answer is no problem."""
        return str(json.loads(self.body)["code"]) if self.status >= 400 and self.body else ""


def connect(url: str, trust: ssl.SSLContext | None = None) -> socket.socket:
    """To `http://HOST:PORT`, `https://HOST:PORT` or `unix:/PATH`. Without `trust`, see
    SSL_CERT_FILE."""
    if url.startswith("unix:"):
        local = socket.socket(socket.AF_UNIX)
        local.settimeout(WAIT_SECONDS)
        try:
            local.connect(url.removeprefix("unix:"))
        except BaseException:
            local.close()
            raise
        return local
    parts = urllib.parse.urlsplit(url)
    tcp = socket.create_connection((parts.hostname or "", parts.port or 80), WAIT_SECONDS)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if parts.scheme == "https":
        trust = trust or ssl.create_default_context()
        return trust.wrap_socket(tcp, server_hostname=parts.hostname)
    return tcp


class Session:
    """One connection. For one thread."""

    def __init__(self, url: str, trust: ssl.SSLContext | None = None) -> None:
        self.socket = connect(url, trust)
        self.served = 0  # exchanges that ended well
        self._buffer = b""
        self._received = 0

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def closed_by_peer(self) -> bool:
        """Whether the end has come by now, as a careful client asks before its next request."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def exchange(
        self, method: str, target: str, body: bytes = b"", *headers: tuple[str, str]
    ) -> Reply:
        """A request and its whole answer. Raises CutError."""
        self.send(method, target, body, *headers)
        return self.reply(method)

    def send(self, method: str, target: str, body: bytes = b"", *headers: tuple[str, str]) -> None:
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        self._received = 0
        try:
            self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        except ConnectionError as error:
            raise CutError(0, str(error)) from error

    def reply(self, method: str = "GET") -> Reply:
        """The answer to what was sent. Raises CutError."""
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {}
        for line in head[1:]:
            name, value = line.split(": ", 1)
            headers[name.lower()] = value
        status = int(head[0].split(" ")[1])
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif "content-length" in headers:
            body = self._take(int(headers["content-length"]))
        else:
            assert headers["transfer-encoding"] == "chunked", head
            body = self._chunks()
        self.served += 1
        return Reply(status, headers, body)

    def _more(self) -> None:
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError as error:
            raise CutError(self._received, str(error)) from error
        if not data:
            raise CutError(self._received, "closed")
        self._received += len(data)
        self._buffer += data

    def _until(self, end: bytes) -> bytes:
        while (at := self._buffer.find(end)) < 0:
            self._more()
        data, self._buffer = self._buffer[:at], self._buffer[at + len(end) :]
        return data

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self._until(b"\r\n"), 16):
            parts.append(self._take(size))
            self._take(2)
        self._take(2)
        return b"".join(parts)

    def put(self, body: bytes, *headers: tuple[str, str]) -> Reply:
        return self.exchange("POST", "/picus/put", body, *headers)

    def bulk(self, body: bytes, on_conflict: str = "fail") -> Reply:
        return self.exchange("POST", f"/picus/put?on_conflict={on_conflict}", body, NDJSON)

    def get(self, key: str) -> Reply:
        return self.exchange("GET", f"/picus/get/{path_of(key)}")

    def delete(self, key: str) -> Reply:
        return self.exchange("DELETE", f"/picus/{path_of(key)}")


def item_text(key: str, **members: object) -> bytes:
    """An item as the server gives it back, byte for byte."""
    return json.dumps({"id": key, **members}, separators=(",", ":")).encode()


def idempotent(key: str) -> tuple[str, str]:
    return ("Idempotency-Key", key)


def listed(url: str) -> dict[str, bytes]:
    """Every item by its key, as the list gives it. Each has to be there once."""
    with Session(url) as session:
        reply = session.exchange(
            "GET", "/picus/list", b"", ("Accept", "application/x-ndjson"), ("Connection", "close")
        )
    assert reply.status == 200, reply
    lines = reply.body.splitlines()
    items = {json.loads(line)["id"]: line for line in lines}
    assert len(items) == len(lines), "an item is in the list twice"
    return items
