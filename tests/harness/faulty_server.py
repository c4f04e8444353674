"""Stands before a Picus server, and breaks what it is told to break of the contract."""

from __future__ import annotations

import http.client
import ssl
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_SECONDS = 30
OWN_HEADERS = ("connection", "content-length", "transfer-encoding", "date", "host", "keep-alive")


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

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    missing: int = 0  # so many bytes are promised that do not come

    def having(self, header: str, value: str) -> Answer:
        return replace(self, headers=self.headers | {header: value})


Forward = Callable[[Request], Answer]
# What answers in the server's place. Nothing: the connection ends without an answer.
Fault = Callable[[Request, Forward], Answer | None]


def healthy(request: Request, forward: Forward) -> Answer:
    return forward(request)


def forward_to(url: str) -> Forward:
    """To the server at this URL, and back."""
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname, url

    def forward(request: Request) -> Answer:
        connection = http.client.HTTPConnection(
            str(parts.hostname), parts.port, timeout=PATIENCE_SECONDS
        )
        try:
            connection.putrequest(
                request.method, request.target, skip_host=True, skip_accept_encoding=True
            )
            connection.putheader("Host", parts.netloc)
            for name, value in request.headers.items():
                if name not in OWN_HEADERS:
                    connection.putheader(name, value)
            if request.body:
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            response = connection.getresponse()
            headers = {n.lower(): v for n, v in response.getheaders()}
            kept = {name: value for name, value in headers.items() if name not in OWN_HEADERS}
            return Answer(response.status, kept, response.read())
        finally:
            connection.close()

    return forward


class FaultyServer:
    """On a free port of this machine. `seen` has every request that came."""

    def __init__(self, behind: str, fault: Fault = healthy, tls: ssl.SSLContext | None = None):
        self.forward = forward_to(behind)
        self.fault = fault
        self.seen: list[Request] = []
        self.over = threading.Event()  # ends what a fault holds up
        self._scheme = "https" if tls else "http"
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.faulty = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    faulty: FaultyServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


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
        request = Request(method, target, headers, body)
        faulty = self.server.faulty
        faulty.seen.append(request)
        answer = faulty.fault(request, faulty.forward)
        if answer is None:
            self.close_connection = True
            return
        lines = [f"HTTP/1.1 {answer.status} Status"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.status not in (204, 304):
            lines.append(f"Content-Length: {len(answer.body) + answer.missing}")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body)
        self.close_connection = self.close_connection or answer.missing > 0
