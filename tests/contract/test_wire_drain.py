"""What a client sees of a server that is told to stop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import pytest

from harness.client import Answer, Client, to_json
from harness.shapes import OPTIONS, OWN_PROCESS, RAW_SOCKETS, Server
from harness.waiting import wait_until
from harness.wire import WAIT_SECONDS, Wire, chunk, get, get_item, put, request

pytestmark = [pytest.mark.transport, pytest.mark.needs(RAW_SOCKETS, OWN_PROCESS, OPTIONS)]

NDJSON = "Content-Type: application/x-ndjson"


def drain(server: Server) -> Answer:
    """Sends SIGTERM; the answer of /readyz as soon as that is not 200 any more."""
    server.process.terminate()
    server.process.log_line(event="draining")
    return server.client.request("GET", "/readyz")


def is_refused(client: Client) -> bool:
    """Whether nobody listens any more."""
    try:
        socket.create_connection((client.host, client.port or 80), WAIT_SECONDS).close()
    except ConnectionRefusedError:
        return True
    return False


def hurry(server: Server) -> None:
    """Ends the drain, which would take longer than a test, with a second SIGTERM."""
    server.process.terminate()
    server.process.finish()


def test_sigterm_makes_readyz_say_draining_while_requests_still_work(
    start: Callable[..., Server],
) -> None:
    server = start("--drain-delay", "10m")
    client = server.client
    client.created({"id": "before"})
    answer = drain(server)
    assert (answer.status, answer.code) == (503, "draining")
    assert answer.json()["retryable"] is True
    assert int(answer["Retry-After"]) >= 1
    for answer in (
        client.request("GET", "/livez"),
        client.request("GET", "/"),
        client.get("before"),
        client.put({"id": "during"}),
        client.list(),
        client.delete("before"),
    ):
        assert answer.status in (200, 201)
        assert answer["Connection"] == "close"
    hurry(server)


def test_a_kept_alive_connection_is_closed_after_the_next_answer(
    start: Callable[..., Server],
) -> None:
    server = start("--drain-delay", "10m")
    with Wire(server.client) as wire, Wire(server.client) as other:
        wire.send(put("a"))
        assert wire.answer().get("Connection") != "close"
        drain(server)
        wire.send(get_item("a"))
        answer = wire.answer()
        assert (answer.status, answer["Connection"]) == (200, "close")
        wire.expect_end()
        other.send(get("/livez"))
        assert other.answer()["Connection"] == "close"
    hurry(server)


def test_an_idle_connection_does_not_keep_the_server_from_stopping(
    start: Callable[..., Server],
) -> None:
    server = start("--drain-timeout", "10m")
    with Wire(server.client) as used:
        used.send(get("/livez"))
        used.answer()
        server.process.terminate()
        used.expect_end()
        server.process.finish()  # long before the end of the drain timeout


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_finished(
    start: Callable[..., Server], which: signal.Signals
) -> None:
    server = start("--drain-timeout", "60s")
    with Wire(server.client) as wire:
        expect = "Expect: 100-continue"
        wire.send(request("POST", "/picus/put", NDJSON, expect, "Transfer-Encoding: chunked"))
        assert wire.answer().status == 100
        wire.send(chunk(to_json({"id": "first"}) + b"\n"))
        server.process.process.send_signal(which)
        # The listener is gone once a connection is refused; the request goes on.
        wait_until(lambda: is_refused(server.client), "connections are refused")
        assert server.process.running()
        for n in range(100):
            wire.send(chunk(to_json({"id": f"{n}"}) + b"\n"))
        wire.send(b"0\r\n\r\n")
        answer = wire.answer()
        assert answer.json()["created"] == 101
        assert answer["Connection"] == "close"
        wire.expect_end()
    server.process.finish()
    again = start(data=server.data)
    assert len(again.client.list().json()) == 101


def test_a_list_in_flight_is_finished(start: Callable[..., Server]) -> None:
    server = start("--drain-timeout", "60s")
    text = b"".join(to_json({"id": f"{n}", "t": "x" * 10_000}) + b"\n" for n in range(2000))
    assert server.client.bulk(text).json()["created"] == 2000
    with server.client.stream("GET", "/picus/list") as response:
        first = response.read(100)
        server.process.terminate()
        body = first + response.read()
    assert body.count(b'"id"') == 2000
    assert body.endswith(b"]")
    server.process.finish()


def test_what_takes_longer_than_the_drain_timeout_is_cut(start: Callable[..., Server]) -> None:
    server = start("--drain-timeout", "300ms")
    with Wire(server.client) as wire:
        wire.send(request("POST", "/picus/put", "Expect: 100-continue", "Content-Length: 50"))
        assert wire.answer().status == 100
        server.process.terminate()
        assert b" 201 " not in wire.expect_cut()
    server.process.finish()


def test_a_second_sigterm_hurries(start: Callable[..., Server]) -> None:
    server = start("--drain-delay", "10m", "--drain-timeout", "10m")
    with Wire(server.client) as wire:
        wire.send(request("POST", "/picus/put", "Expect: 100-continue", "Content-Length: 50"))
        assert wire.answer().status == 100
        drain(server)
        server.process.terminate()
        wire.expect_cut()
    server.process.finish()


def test_a_stopped_server_has_everything_that_it_acknowledged(start: Callable[..., Server]) -> None:
    server = start()
    for n in range(20):
        server.client.created({"id": f"{n}"})
    server.process.stop()
    again = start(data=server.data)
    assert {item["id"] for item in again.client.list().json()} == {f"{n}" for n in range(20)}
