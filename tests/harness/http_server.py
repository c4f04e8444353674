"""An HTTP server on a free port of this machine, in which a function answers."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """As the client sent it. Names of headers are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def without(self, header: str) -> Request:
        kept = {name: value for name, value in self.headers.items() if name != header}
        return replace(self, headers=kept)

    def having(self, header: str, value: str) -> Request:
        return replace(self, headers=self.headers | {header: value})


@dataclass(frozen=True)
class Answer:
    """As the client gets it. Names of headers are in lower case."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    missing: int = 0  # so many bytes are promised that do not come

    def having(self, header: str, value: str) -> Answer:
        return replace(self, headers=self.headers | {header: value})


# Nothing: the connection ends without an answer.
Respond = Callable[[Request], Answer | None]


class HttpServer:
    """Calls `respond` on a thread for each connection."""

    def __init__(self, respond: Respond, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._scheme = "https" if tls else "http"
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.respond = respond
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    respond: Respond

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or does not trust the certificate, is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        headers = {name.lower(): str(value) for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        method, target, _ = self.requestline.split(" ")
        answer = self.server.respond(Request(method, target, headers, body))
        if answer is None:
            self.close_connection = True
            return
        lines = [f"HTTP/1.1 {answer.status} Status"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.status not in (204, 304):
            lines.append(f"Content-Length: {len(answer.body) + answer.missing}")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body)
        self.close_connection = self.close_connection or answer.missing > 0
