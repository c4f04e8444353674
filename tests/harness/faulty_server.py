"""Stands before a Picus server, and breaks what it is told to break of the contract."""

from __future__ import annotations

import http.client
import ssl
import threading
import urllib.parse
from collections.abc import Callable

from harness.http_server import Answer, HttpServer, Request

PATIENCE_SECONDS = 30
OWN_HEADERS = ("connection", "content-length", "transfer-encoding", "date", "host", "keep-alive")


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


class FaultyServer(HttpServer):
    """`seen` has every request that came."""

    def __init__(self, behind: str, fault: Fault = healthy, tls: ssl.SSLContext | None = None):
        self.forward = forward_to(behind)
        self.fault = fault
        self.seen: list[Request] = []
        self.over = threading.Event()  # ends what a fault holds up
        super().__init__(self._respond, tls)

    def stop(self) -> None:
        self.over.set()
        super().stop()

    def _respond(self, request: Request) -> Answer | None:
        self.seen.append(request)
        return self.fault(request, self.forward)
