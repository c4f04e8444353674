"""The HTTP side of a source of Lambda events: what clients reach a function through."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness.lambda_events import HttpAnswer, HttpRequest, answer_of, event_of
from harness.runtime_api import RuntimeApi


class Gateway:
    """On a free port of this machine. One request at a time, as one environment takes them."""

    def __init__(self, source: str, api: RuntimeApi) -> None:
        self.source = source
        self.api = api
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.gateway = self
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def forward(self, request: HttpRequest) -> HttpAnswer:
        event = json.dumps(event_of(self.source, request), ensure_ascii=False).encode()
        invocation = self.api.invoke(event)
        assert invocation.kind == "response", invocation.body
        return answer_of(self.source, invocation.body)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    gateway: Gateway

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that was cut is no news; what else goes wrong is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _serve(self) -> None:
        method, target, _ = self.requestline.split(" ")
        headers = [(name, str(value)) for name, value in self.headers.items()]
        self._send(
            method, self.server.gateway.forward(HttpRequest(method, target, headers, self._body()))
        )

    def _send(self, method: str, answer: HttpAnswer) -> None:
        lines = [f"HTTP/1.1 {answer.status} Status"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines.append(f"Date: {self.date_time_string()}")
        bodiless = method == "HEAD" or answer.status in (204, 304)
        if bodiless:
            assert answer.body == b""
        else:
            lines.append(f"Content-Length: {len(answer.body)}")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
