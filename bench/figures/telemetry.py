"""What does a scrape cost that has every series, and what do traces take from requests?"""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness.answers import WrongAnswerError, exchange, expect
from harness.bench import ITEM_BYTES, Bench
from harness.processes import Server, free_port
from harness.results import Figure, at_least, at_most
from harness.wrk import Requests, WrkResult, wrk

GET = "/picus/get/item-00000000"
SCRAPES = 200
SERIES_OF_REQUESTS = 141
"""The most that there can be, with the one that all others share."""
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW")
PATHS = (
    *("/", "/livez", "/readyz", "/readyz/store", "/openapi.json", "/docs", "/nowhere"),
    *("/picus/put", "/picus/get/a", "/picus/get", "/picus/list", "/picus/a", "/picus"),
)
HOSTS = ("127.0.0.1", "rebound.example", "not a host")
SAMPLED = 0.01
TRACE_ID = re.compile(rb'"event":"request".*"trace_id":"[0-9a-f]{18}([0-9a-f]{14})"')


def measure(bench: Bench) -> list[Figure]:
    return scrapes(bench) + traces(bench)


def scrapes(bench: Bench) -> list[Figure]:
    admin = free_port()
    with bench.start_picus(None, "--admin-listen", f"127.0.0.1:{admin}") as picus:
        expect(exchange(picus.port, "POST", "/picus/put", {}, bench.item(ITEM_BYTES)), 201)
        for method, path, host in itertools.product(METHODS, PATHS, HOSTS):
            ask(picus.port, f"{method} {path} HTTP/1.1\r\nHost: {host}")
        plain = [scrape(admin, {}) for _ in range(SCRAPES)]
        packed = [scrape(admin, {"Accept-Encoding": "gzip"}) for _ in range(SCRAPES)]
    text = plain[-1][1].decode()
    series = text.count("http_server_request_duration_seconds_count{")
    if series != SERIES_OF_REQUESTS:
        raise WrongAnswerError(f"{series} series of requests, not {SERIES_OF_REQUESTS}")
    if not gzip.decompress(packed[-1][1]).startswith(b"# HELP "):
        raise WrongAnswerError("a scrape is not the text of Prometheus")
    name = "scrape of every series"
    return [
        Figure(name, "ms", [ms for ms, _ in plain], goal=at_most(5, "ms")),
        Figure(f"{name}, with gzip", "ms", [ms for ms, _ in packed], goal=at_most(5, "ms")),
        Figure(f"{name}: size", "kB", [len(plain[-1][1]) / 1000], goal=at_most(500, "kB")),
        Figure(f"{name}: size with gzip", "kB", [len(packed[-1][1]) / 1000]),
    ]


def ask(port: int, head: str) -> None:
    """Whatever the response is."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
        while connection.recv(65536):
            pass


def scrape(port: int, headers: dict[str, str]) -> tuple[float, bytes]:
    """Milliseconds, from the connection to the last byte, and the body."""
    begin = time.monotonic()
    body = expect(exchange(port, "GET", "/metrics", headers), 200).body
    return (time.monotonic() - begin) * 1000, body


def traces(bench: Bench) -> list[Figure]:
    item, log = bench.item(ITEM_BYTES), bench.scratch / "traced.log"
    with receiver() as spans:
        options = ["--otlp-endpoint", spans.url, "--trace-sample", str(SAMPLED)]
        command = bench.picus_command(bench.folder("traced")) + options
        with bench.start_picus() as plain, Server(command, bench.server_core, log) as traced:
            for port in (plain.port, traced.port):
                expect(exchange(port, "POST", "/picus/put", {}, item), 201)
                expect(exchange(port, "GET", GET), 200, item)

            def load(port: int) -> WrkResult:
                return wrk(bench, Requests(port, GET), bench.scale.seconds)

            rounds = bench.interleaved(
                {"plain": lambda _: load(plain.port), "traced": lambda _: load(traced.port)}
            )
    requests, sampled = counted(log)
    log.unlink()
    if not sampled:
        raise WrongAnswerError("no request was traced")
    number = f"{requests:,}".replace(",", " ")
    how = "get of 1 KiB, 1 % of them traced, 64 connections"
    return [
        Figure(
            how,
            "gets/s",
            [each.requests_per_second for each in rounds["traced"]],
            "without traces",
            [each.requests_per_second for each in rounds["plain"]],
            at_least(0.97),
        ),
        Figure(
            f"{how}: p99",
            "µs",
            [each.p99_us for each in rounds["traced"]],
            "without traces",
            [each.p99_us for each in rounds["plain"]],
        ),
        Figure(
            f"spans lost, of {sampled} of {number} requests",
            "spans",
            [sampled - spans.received],
            goal=at_most(0, "spans"),
        ),
    ]


def counted(log: Path) -> tuple[int, int]:
    """How many requests the log has, and how many of them are traced: those whose trace id ends
    with a number of 56 bits among the last hundredth (docs/decisions/telemetry.md)."""
    least = round((1 - SAMPLED) * 2**56)
    requests = sampled = 0
    with log.open("rb") as lines:
        for line in lines:
            if found := TRACE_ID.search(line):
                requests += 1
                sampled += int(found[1], 16) >= least
    return requests, sampled


class Spans(ThreadingHTTPServer):
    """Accepts spans, and counts them."""

    daemon_threads = True
    received = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Spans

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received += sum(
            len(fields(scope, 2))
            for of_process in fields(body, 1)
            for scope in fields(of_process, 2)
        )
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def fields(message: bytes, wanted: int) -> list[bytes]:
    """The values of a field of a message of Protocol Buffers that has only messages and texts."""
    found, at = [], 0
    while at < len(message):
        tag, at = varint(message, at)
        size, at = varint(message, at)
        if tag >> 3 == wanted:
            found.append(message[at : at + size])
        at += size
    return found


def varint(message: bytes, at: int) -> tuple[int, int]:
    """A number, and where what follows it begins."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


@contextmanager
def receiver() -> Iterator[Spans]:
    server = Spans(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
