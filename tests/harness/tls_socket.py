"""TLS on a client socket whose bytes a test can hold back or cut, and end one way at a time."""

from __future__ import annotations

import contextlib
import socket
import ssl


class TlsSocket:
    """The part of a socket that tests use. `ssl.SSLSocket` cannot end only what it sends."""

    def __init__(
        self, raw: socket.socket, context: ssl.SSLContext, name: str, *, shake: bool = True
    ) -> None:
        self.raw = raw
        # Python takes the end of the bytes for close_notify unless it is told not to.
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        self._received = ssl.MemoryBIO()
        self._to_send = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._received, self._to_send, server_hostname=name)
        self._shaken = False
        if shake:
            self.shake_hands()

    def shake_hands(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                self._receive()
            except ssl.SSLError:
                self.flush()  # the alert
                raise
        self._shaken = True
        self.flush()

    def encrypted(self, data: bytes = b"") -> bytes:
        """The bytes that would be sent now, with `data`; they are not."""
        if data:
            self.tls.write(data)
        return self._to_send.read()

    def flush(self) -> None:
        if data := self._to_send.read():
            self.raw.sendall(data)

    def sendall(self, data: bytes) -> None:
        if not self._shaken:
            self.shake_hands()
        for begin in range(0, len(data), 65536):
            self.raw.sendall(self.encrypted(data[begin : begin + 65536]))

    def recv(self, size: int) -> bytes:
        while True:
            try:
                return self.tls.read(size)
            except ssl.SSLWantReadError:
                self._receive()
            except ssl.SSLZeroReturnError:  # close_notify
                return b""

    def _receive(self) -> None:
        if data := self.raw.recv(65536):
            self._received.write(data)
        else:
            self._received.write_eof()

    def shutdown(self, how: int) -> None:
        """close_notify, then the end of the bytes."""
        assert how == socket.SHUT_WR
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        self.flush()
        self.raw.shutdown(how)

    def settimeout(self, seconds: float | None) -> None:
        self.raw.settimeout(seconds)

    def setblocking(self, flag: bool) -> None:
        self.raw.setblocking(flag)

    def setsockopt(self, level: int, name: int, value: int) -> None:
        self.raw.setsockopt(level, name, value)

    def close(self) -> None:
        self.raw.close()
