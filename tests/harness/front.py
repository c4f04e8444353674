"""Sends deletions to the function and all else to the server, as the load balancer's rules do."""

from __future__ import annotations

import contextlib
import socket
import threading
import urllib.parse

PATIENCE_SECONDS = 60
DELETIONS = (b"DELETE /picus/", b"DELETE /picus?", b"DELETE /picus ")


def address_of(url: str) -> tuple[str, int]:
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


class Front:
    """On a free port of this machine. A connection stays where its first request belongs."""

    def __init__(self, server: str, function: str) -> None:
        self._server = address_of(server)
        self._function = address_of(function)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # stop() closed it
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE_SECONDS)
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n" not in head:
                data = client.recv(1 << 16)
                if not data:
                    return
                head += data
            behind = self._function if head.startswith(DELETIONS) else self._server
            with socket.create_connection(behind, PATIENCE_SECONDS) as upstream:
                upstream.sendall(head)
                there = threading.Thread(target=self._copy, args=(client, upstream), daemon=True)
                there.start()
                self._copy(upstream, client)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        """Until one side has ended; an answer may come before all of its request was sent."""
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
