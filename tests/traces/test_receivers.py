"""Receivers that are slow, full, broken or away cost no request anything. Losses are counted."""

from __future__ import annotations

import time
from email.utils import formatdate
from pathlib import Path

import pytest

from harness.certificates import Authority
from harness.client import Client, unique
from harness.http_server import Answer
from harness.otlp_receiver import OtlpReceiver, Post, rejecting
from harness.ports import free_port
from harness.process import PicusProcess, parse_log
from harness.wire import Wire, get
from metrics.scrape import ADMIN, admin_url, scraped
from traces.conftest import Start

EVERYTHING = ("--trace-sample", "1")
MOST_WAITING = 4096 + 512  # in the queue, and in the batch that is sent


def requests(server: PicusProcess, count: int) -> None:
    client = Client(server.url)
    for _ in range(count):
        assert client.request("GET", "/livez").status == 200


def pipelined(wire: Wire, count: int) -> None:
    wire.send(get("/livez") * count)
    for _ in range(count):
        assert wire.answer().status == 200


def dropped(server: PicusProcess) -> int:
    """After the server has ended."""
    lines = [parse_log(line) for line in server.err.lines()]
    return sum(line["spans"] for line in lines if line.get("event") == "spans-dropped")


def test_spans_leave_within_seconds_and_in_batches(start: Start, receiver: OtlpReceiver) -> None:
    server = start("--otlp-endpoint", receiver.url, *EVERYTHING)
    requests(server, 1500)
    received = receiver.wait_for(lambda spans: len(spans) == 1500)
    assert len({span.id for span in received}) == 1500
    posts = receiver.posts
    assert all(len(post.spans) <= 512 for post in posts)
    assert all(post.path == "/v1/traces" for post in posts)
    # On this machine it is not worth its time; test_xray.py has the other case.
    assert not any("content-encoding" in post.headers for post in posts)
    assert len(posts) < 150
    server.stop()
    assert dropped(server) == 0


def test_what_is_left_is_sent_before_the_server_ends(start: Start, receiver: OtlpReceiver) -> None:
    server = start("--otlp-endpoint", receiver.url, *EVERYTHING)
    requests(server, 3)
    server.stop()
    assert len(receiver.spans) == 3
    assert dropped(server) == 0


def test_a_receiver_that_hangs_holds_nothing_up(start: Start) -> None:
    def hang(_: Post) -> Answer:
        receiver.over.wait(300)  # longer than anything waits for the end of the server
        return Answer(503)

    receiver = OtlpReceiver(hang)
    server = start("--otlp-endpoint", receiver.url, *EVERYTHING)
    requests(server, 1)
    receiver.wait_for_posts(1)
    with Wire(Client(server.url)) as wire:
        pipelined(wire, 300)
    server.stop()
    receiver.stop()
    assert len(receiver.posts) == 1  # one at a time
    assert dropped(server) == 301


def test_a_receiver_that_is_busy_gets_the_same_spans_again(start: Start) -> None:
    at_once = {"Retry-After": "0"}
    replies = iter([None, *(Answer(status, at_once) for status in (429, 503, 504))])
    receiver = OtlpReceiver(lambda _: next(replies, Answer()))
    server = start("--otlp-endpoint", receiver.url, *EVERYTHING)
    requests(server, 1)
    receiver.wait_for(lambda spans: len(spans) == 1)
    posts = receiver.posts
    assert [post.spans for post in posts[1:]] == [posts[0].spans] * 4
    server.stop()
    receiver.stop()
    assert dropped(server) == 0


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_receiver_that_wants_a_batch_too_late_does_not_get_it(start: Start, form: str) -> None:
    later = "3600" if form == "seconds" else formatdate(time.time() + 3600, usegmt=True)
    receiver = OtlpReceiver(lambda _: Answer(429, {"Retry-After": later}))
    server = start("--otlp-endpoint", receiver.url, *EVERYTHING, *ADMIN)
    requests(server, 1)
    scraped(admin_url(server), "picus_otlp_dropped_total", 1)
    server.stop()
    receiver.stop()
    assert dropped(server) == 1


def test_a_receiver_that_refuses_loses_only_that_batch(start: Start) -> None:
    replies = iter([Answer(400, body=b"bad spans")])
    receiver = OtlpReceiver(lambda _: next(replies, Answer()))
    server = start("--otlp-endpoint", receiver.url, *EVERYTHING, *ADMIN)
    requests(server, 1)
    scraped(admin_url(server), "picus_otlp_dropped_total", 1)
    line = server.log_line(event="spans-dropped")
    assert (line["spans"], line["level"]) == (1, "warning")
    assert line["detail"] == "the receiver returned 400: bad spans"
    requests(server, 1)
    server.stop()
    receiver.stop()
    assert [len(post.spans) for post in receiver.posts] == [1, 1]
    assert dropped(server) == 1


def test_spans_that_a_receiver_rejects_are_counted(start: Start) -> None:
    receiver = OtlpReceiver(lambda post: rejecting(len(post.spans), "too old"))
    server = start("--otlp-endpoint", receiver.url, *EVERYTHING)
    requests(server, 3)
    assert "too old" in server.log_line(event="spans-dropped")["detail"]
    server.stop()
    receiver.stop()
    assert dropped(server) == 3


def test_a_receiver_with_tls_is_verified(
    start: Start, authority: Authority, tmp_path: Path
) -> None:
    receiver = OtlpReceiver(tls=authority.server())
    trusting = start(
        "--otlp-endpoint", receiver.url, "--ca-bundle", str(authority.bundle), *EVERYTHING
    )
    requests(trusting, 1)
    trusting.stop()
    assert len(receiver.spans) == 1
    strangers = Authority(tmp_path, "stranger")
    doubting = start(
        "--otlp-endpoint", receiver.url, "--ca-bundle", str(strangers.bundle), *EVERYTHING
    )
    requests(doubting, 1)
    doubting.stop()
    receiver.stop()
    assert len(receiver.spans) == 1
    assert dropped(doubting) == 1


def test_a_receiver_that_is_away_costs_bounded_memory_and_gets_spans_once_it_is_back(
    start: Start,
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = start("--otlp-endpoint", address, *EVERYTHING, *ADMIN)
    client = Client(server.url)
    with Wire(client) as wire:
        pipelined(wire, 200)
        before = server.memory_kib()
        for _ in range(10):
            pipelined(wire, 500)
    assert server.memory_kib() - before < 8 * 1024
    receiver = OtlpReceiver(port=port)
    receiver.wait_for_posts(2)  # the second batch has left the queue, which was full before
    name = unique("request")
    client.request("GET", "/livez", headers={"X-Request-Id": name})
    receiver.trace_of(name, 1)
    missed = 5201 - len(receiver.spans)
    assert missed >= 5200 - MOST_WAITING
    scraped(admin_url(server), "picus_otlp_dropped_total", missed)
    server.stop()
    receiver.stop()
    assert dropped(server) == missed


@pytest.mark.parametrize(
    ("options", "env", "reason"),
    [
        (("--otlp-endpoint", "127.0.0.1:4318"), {}, "--otlp-endpoint: "),
        (("--trace-sample", "2"), {}, "a number from 0 to 1"),
        ((), {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf"),
        ((), {"OTEL_TRACES_SAMPLER": "always_on"}, "parentbased_traceidratio"),
    ],
)
def test_a_server_that_cannot_trace_as_asked_does_not_start(
    start: Start, options: tuple[str, ...], env: dict[str, str], reason: str
) -> None:
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    with pytest.raises(AssertionError, match="exit code 2") as failure:
        start(*options, env=endpoint | env)
    assert reason in str(failure.value)
