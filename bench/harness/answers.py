"""One request at a time over a raw socket: answers are compared, and replayed, byte for byte."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from http import HTTPStatus


class WrongAnswerError(Exception):
    """A server did not answer as it must; its speed would say nothing."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    raw: bytes
    """Head and body as they came."""


def exchange(
    port: int, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> Answer:
    """Sends one request to 127.0.0.1 and reads the answer: with a Content-Length, or no body."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return receive(connection)


def receive(connection: socket.socket) -> Answer:
    """The only answer that is due on a connection: with a Content-Length, or without a body."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += _some(connection)
    head, _, body = raw.partition(b"\r\n\r\n")
    status_line, *fields = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    status = int(status_line.split()[1])
    size = 0 if status == HTTPStatus.NOT_MODIFIED else int(headers.get("content-length", "0"))
    while len(body) < size:
        more = _some(connection)
        body += more
        raw += more
    return Answer(status, headers, body, raw)


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise WrongAnswerError("the server closed the connection in the middle of an answer")
    return received


def expect(answer: Answer, status: int, body: bytes | None = None) -> Answer:
    """The answer, if it is the right one."""
    if answer.status != status or (body is not None and answer.body != body):
        raise WrongAnswerError(f"wanted {status}, got {answer.status}: {answer.body[:300]!r}")
    return answer
