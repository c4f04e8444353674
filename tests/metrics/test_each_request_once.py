"""Each request is counted once, however it ends; and what is no request is not."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.certificates import Authority
from harness.client import Client
from harness.otlp_receiver import OtlpReceiver
from harness.process import PicusProcess, parse_log
from harness.wire import Wire, chunk, get, get_item, put, request
from metrics.scrape import ADMIN, REQUESTS, admin_url, scraped, value

ORIGIN = "https://app.example.com"
LABELS = ("http_request_method", "http_route", "http_response_status_code", "error_type")
GET, PUT, LIST = "/picus/get/{key}", "/picus/put", "/picus/list"
ITEM = b'{"t":"' + b"x" * 100_000 + b'"}\n'


@dataclass
class Load:
    """Clients of one server, with what they have asked for."""

    plain: Client
    tls: Client
    sent: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def count(self, method: str, route: str, status: int, error: str = "", times: int = 1) -> None:
        self.sent[method, route, str(status), error] += times

    @contextlib.contextmanager
    def wire(self, *, tls: bool = False) -> Iterator[Wire]:
        with Wire(self.tls if tls else self.plain) as wire:
            yield wire

    def one(self, text: bytes, method: str, route: str, status: int) -> None:
        """A request on a connection of its own."""
        with self.wire() as wire:
            wire.send(text)
            assert wire.answer(method).status == status, text
        self.count(method, route, status)


def ordinary_ones(load: Load) -> None:
    load.one(put("a"), "POST", PUT, 201)
    load.one(put("a"), "POST", PUT, 409)
    load.one(get_item("a", "Accept-Encoding: gzip"), "GET", GET, 200)
    load.one(get_item("a", "If-None-Match: *"), "GET", GET, 304)
    load.one(request("HEAD", "/picus/get/a"), "HEAD", GET, 200)
    load.one(request("HEAD", LIST), "HEAD", LIST, 200)
    load.one(get("/picus/get?key=b"), "GET", "/picus/get", 404)
    load.one(request("DELETE", "/picus?key=b"), "DELETE", "/picus", 404)
    load.one(get(LIST, version="1.0"), "GET", LIST, 200)
    load.one(get("/livez", version="1.0"), "GET", "/livez", 200)
    load.one(get("/nowhere"), "GET", "unknown", 404)
    load.one(request("PATCH", PUT), "PATCH", PUT, 405)
    load.one(get("/livez", "Host: rebound.example"), "GET", "/livez", 403)


def of_web_pages(load: Load) -> None:
    preflight = ("Access-Control-Request-Method: POST",)
    load.one(request("OPTIONS", PUT, f"Origin: {ORIGIN}", *preflight), "OPTIONS", PUT, 204)
    load.one(request("OPTIONS", PUT, "Origin: https://b.example", *preflight), "OPTIONS", PUT, 403)
    load.one(request("OPTIONS", LIST), "OPTIONS", LIST, 204)
    load.one(request("OPTIONS", "*"), "OPTIONS", "*", 204)
    load.one(get(LIST, f"Origin: {ORIGIN}"), "GET", LIST, 200)
    load.one(get(LIST, "Origin: https://b.example"), "GET", LIST, 403)


def refused_before_a_route(load: Load) -> None:
    load.one(b"BROKEN\r\n\r\n", "_OTHER", "unknown", 400)
    load.one(get(LIST, "Host: a", "Host: b"), "GET", "unknown", 400)
    load.one(get(LIST, "Transfer-Encoding: gzip"), "GET", "unknown", 400)
    load.one(get("http:///"), "GET", "unknown", 400)
    load.one(get(LIST, version="2.0"), "GET", "unknown", 400)
    load.one(get(LIST, f"X-Long: {'y' * 20_000}"), "GET", "unknown", 431)
    load.one(get("/" + "x" * 9000), "GET", "unknown", 414)
    load.one(request("POST", PUT, "Expect: wonders", body=b"{}"), "POST", "unknown", 400)


def with_an_expectation(load: Load) -> None:
    expect = "Expect: 100-continue"
    with load.wire() as wire:
        wire.send(request("POST", PUT, "Content-Length: 2", expect))
        assert wire.answer().status == 100
        wire.send(b"{}")
        assert wire.answer().status == 201
        load.count("POST", PUT, 201)
    refused = ("Content-Length: 2", expect)
    load.one(request("POST", PUT, "Content-Encoding: br", *refused), "POST", PUT, 415)
    load.one(request("POST", PUT, "If-Match: nonsense", *refused), "POST", PUT, 400)
    load.one(request("POST", "/nowhere", *refused), "POST", "unknown", 404)


def too_late(load: Load) -> None:
    """A head, a body, and what is no request: all at the same time, since they wait."""
    with load.wire() as head, load.wire() as body, load.wire() as empty:
        head.send(get(LIST)[:-2])
        body.send(request("POST", PUT, "Content-Length: 9") + b"{")
        empty.send(b"\r\n")
        assert head.answer().status == 408
        assert body.answer().status == 408
        empty.expect_end()
    load.count("GET", "unknown", 408)
    load.count("POST", PUT, 408)


def many_in_one_segment(load: Load) -> None:
    with load.wire() as wire:
        text = get_item("a") * 150 + put("b") + get_item("b") + request("HEAD", "/livez")
        text += request("BREW", "/livez") + request("DELETE", "/picus/b")
        wire.send(text + b"BROKEN\r\n\r\n")
        assert [wire.answer().status for _ in range(152)] == [200] * 150 + [201, 200]
        assert wire.answer("HEAD").status == 200
        assert [wire.answer().status for _ in range(3)] == [405, 200, 400]
        wire.expect_end()
    load.count("GET", GET, 200, times=151)
    load.count("POST", PUT, 201)
    load.count("HEAD", "/livez", 200)
    load.count("_OTHER", "/livez", 405)
    load.count("DELETE", "/picus/{key}", 200)
    load.count("_OTHER", "unknown", 400)


def half_closed(load: Load) -> None:
    with load.wire() as wire:
        wire.send(get_item("absent") * 2)
        wire.end_sending()
        assert [wire.answer().status for _ in range(2)] == [404, 404]
        wire.expect_end()
        load.count("GET", GET, 404, times=2)
    for text, route in ((get(LIST)[:-2], "unknown"), (put("c")[:-3], PUT)):
        with load.wire() as wire:
            wire.send(text)
            wire.end_sending()
            assert wire.answer().status == 400
            wire.expect_end()
        load.count(text.split(b" ")[0].decode(), route, 400)


def left_in_the_middle(load: Load) -> None:
    """Of its body, of a bulk put, and of a response."""
    bulk = ("Content-Type: application/x-ndjson", "Transfer-Encoding: chunked")
    many = request("POST", PUT, bulk[0], body=ITEM * 200)
    with load.wire() as wire:
        wire.send(request("POST", PUT, "Content-Length: 9", "Expect: 100-continue"))
        assert wire.answer().status == 100
        wire.abandon()
    load.count("POST", PUT, 400, "bad-request")
    with load.wire() as wire:
        wire.send(request("POST", PUT, *bulk, "Expect: 100-continue"))
        assert wire.answer().status == 100
        wire.send(chunk(ITEM * 3))
        wire.abandon()
    load.count("POST", PUT, 400, "bad-request")
    with load.wire() as wire:
        wire.send(many)
        assert wire.answer().json()["created"] == 200
    load.count("POST", PUT, 200)
    for version in ("1.1", "1.0"):
        with Wire(load.plain, receive_buffer=4096) as wire:
            wire.send(get(LIST, version=version))
            assert wire.head()[0] == 200
        load.count("GET", LIST, 200, "aborted")
    with load.wire() as wire:  # the response meets a closed socket, which the server cannot know
        wire.send(get_item("absent"))
    load.count("GET", GET, 404)


def over_tls(load: Load) -> None:
    with load.wire(tls=True) as wire:
        wire.send(get_item("a") * 3 + put("a"))
        assert [wire.answer().status for _ in range(4)] == [200, 200, 200, 409]
    load.count("GET", GET, 200, times=3)
    load.count("POST", PUT, 409)
    with load.wire(tls=True) as wire:
        wire.send(get(LIST)[:-2])
        wire.end_sending()
        assert wire.answer().status == 400
    load.count("GET", "unknown", 400)
    encrypted = Client(f"http://{load.tls.authority}")
    with Wire(encrypted) as wire:  # not encrypted
        wire.send(get(LIST))
        assert wire.answer().status == 400
    load.count("_OTHER", "unknown", 400)


def no_request(load: Load) -> None:
    for text in (b"", b"\r\n", b"\r\n\r\n"):  # old clients send an empty line after a body
        with load.wire() as wire:
            wire.send(get("/livez") + text)
            assert wire.answer().status == 200
            wire.end_sending()
            wire.expect_end()
        load.count("GET", "/livez", 200)
    with load.wire(), load.wire(tls=True):
        pass
    with socket.create_connection((load.tls.host, load.tls.port or 0)) as no_handshake:
        no_handshake.sendall(b"\x16\x03\x01\x00\x05hello")
        assert no_handshake.recv(1)[0] == 21  # an alert


SCENES = (
    ordinary_ones,
    of_web_pages,
    refused_before_a_route,
    with_an_expectation,
    too_late,
    many_in_one_segment,
    half_closed,
    left_in_the_middle,
    over_tls,
    no_request,
)


def test_a_request_is_counted_and_logged_once_and_is_one_span(
    picus: Path, tmp_path: Path, authority: Authority, receiver: OtlpReceiver
) -> None:
    pair = authority.issue("127.0.0.1")
    options = ("--listen", "127.0.0.1:0", *pair.options, *ADMIN, "--cors-origin", ORIGIN)
    times = ("--header-timeout", "1s", "--body-timeout", "1s")
    traces = ("--otlp-endpoint", receiver.url, "--trace-sample", "1")
    server = PicusProcess(picus, tmp_path / "data", *options, *times, *traces)
    try:
        tls = server.out.wait_for(lambda line: "listening on https" in line, 30, "TLS")
        secure = Client(tls.removeprefix("listening on "), authority.client())
        load = Load(Client(server.url), secure)
        for scene in SCENES:
            scene(load)
        # Once no connection is left, nothing more is counted.
        samples = scraped(admin_url(server), "picus_connections", 0)
    finally:
        server.stop()
    counted = Counter[tuple[str, ...]]()
    for sample in samples:
        if sample.name == REQUESTS:
            counted[tuple(sample.labels.get(name, "") for name in LABELS)] = int(sample.value)
    assert counted == load.sent, (counted - load.sent, load.sent - counted)
    assert value(samples, "http_server_active_requests") == 0
    handshakes = {
        r: value(samples, "picus_tls_handshakes_total", result=r) for r in ("ok", "failed")
    }
    assert handshakes == {"ok": 3, "failed": 1}
    lines = [one for one in map(parse_log, server.err.lines()) if one.get("event") == "request"]
    assert len(lines) == load.sent.total()
    # A head that is refused belongs to no trace.
    assert len(receiver.spans) == sum("trace_id" in line for line in lines)
    assert sum("trace_id" not in line for line in lines) == 13
