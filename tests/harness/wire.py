"""A raw connection: bytes out, bytes in, and a strict reader of answers."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import struct

from harness.client import Answer, Client, check_answer, path_of, to_json
from harness.tls_socket import TlsSocket

WAIT_SECONDS = 30


def get(path: str, *headers: str, version: str = "1.1") -> bytes:
    """A GET request as text; `Host` is there unless a header brings its own."""
    return request("GET", path, *headers, version=version)


def request(
    method: str, path: str, *headers: str, body: bytes | None = None, version: str = "1.1"
) -> bytes:
    lines = [f"{method} {path} HTTP/{version}"]
    if not any(header.lower().startswith("host:") for header in headers):
        lines.append("Host: localhost")
    lines += headers
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def put(key: str, *headers: str) -> bytes:
    return request("POST", "/picus/put", *headers, body=to_json({"id": key}))


def get_item(key: str, *headers: str) -> bytes:
    return get(f"/picus/get/{path_of(key)}", *headers)


def chunk(data: bytes, extension: str = "") -> bytes:
    return f"{len(data):x}{extension}\r\n".encode() + data + b"\r\n"


class Wire:
    """One connection to the server of `client`, with TLS where the client has it."""

    socket: socket.socket | TlsSocket

    def __init__(
        self, client: Client, receive_buffer: int | None = None, *, shake: bool = True
    ) -> None:
        """`shake`: a TLS handshake is done at once, not before the first bytes are sent."""
        raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:  # counts for the window only where it is set before
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(WAIT_SECONDS)
        raw.connect((client.host, client.port or 80))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = (
            TlsSocket(raw, client.trust, client.host, shake=shake) if client.trust else raw
        )
        self._raw = raw
        self._buffer = b""
        self._ended = False

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def abandon(self) -> None:
        """When it is closed, the server discards what has arrived and was not read."""
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def end_sending(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self) -> bool:
        """Receives what comes next; false at the end."""
        if not self._ended:
            data = self.socket.recv(65536)
            self._ended = not data
            self._buffer += data
        return not self._ended

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            assert self._more(), f"ended after {self._buffer!r}"
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            assert self._more(), f"ended after {self._buffer!r}"
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def head(self) -> tuple[int, http.client.HTTPMessage]:
        """Status and headers of the next answer; its body is not read."""
        status_line = self._line()
        assert status_line.startswith(b"HTTP/1.1 "), status_line
        lines = []
        while line := self._line():
            assert b"\n" not in line
            assert b"\r" not in line
            lines.append(line + b"\r\n")
        headers = http.client.parse_headers(io.BytesIO(b"".join([*lines, b"\r\n"])))
        return int(status_line.split(b" ")[1]), headers

    def answer(self, method: str = "GET") -> Answer:
        """The next answer, to its last byte and no further."""
        status, headers = self.head()
        body = b""
        if method == "HEAD" or status in (100, 204, 304):
            pass
        elif headers.get("Transfer-Encoding") == "chunked":
            body = self._chunks()
        elif "Content-Length" in headers:
            body = self._take(int(headers["Content-Length"]))
        else:
            assert headers["Connection"] == "close"
            while self._more():
                pass
            body, self._buffer = self._buffer, b""
        answer = Answer(status, headers, body)
        if status >= 200 and headers.get("Connection") != "close":
            check_answer(answer, method)
        return answer

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self._line(), 16):
            parts.append(self._take(size))
            assert self._take(2) == b"\r\n"
        assert self._line() == b"", "no trailers are sent"
        return b"".join(parts)

    def expect_end(self) -> None:
        """The server has to close the connection, having sent nothing more."""
        self._read_to_the_end()
        assert self._buffer == b"", f"unexpected bytes: {self._buffer!r}"

    def expect_cut(self) -> bytes:
        """The server has to end the connection, be it by a reset; what came before that."""
        try:
            self._read_to_the_end()
        except ConnectionResetError:
            self._ended = True
        return self._buffer

    def _read_to_the_end(self) -> None:
        """Over TLS, one without close_notify too: that of a connection that makes room."""
        try:
            while self._more():
                pass
        except ssl.SSLError as error:
            if error.reason != "UNEXPECTED_EOF_WHILE_READING":
                raise

    def closed(self) -> bool:
        """Whether the server has closed it by now, without waiting."""
        self.socket.setblocking(False)
        try:
            return not self._more()
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True
        finally:
            self.socket.settimeout(WAIT_SECONDS)
