"""Clients that stop in the middle take nothing from others."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Callable, Iterator

import pytest

from harness.client import Client, serves, to_json
from harness.shapes import FAST, OPTIONS, OWN_PROCESS, RAW_SOCKETS, Server
from harness.wire import Wire, chunk, get, request

pytestmark = [pytest.mark.transport, pytest.mark.needs(RAW_SOCKETS, OPTIONS)]

BULK = "Content-Type: application/x-ndjson"


def unfinished_put(client: Client) -> Wire:
    """The server asked for the body, which never comes."""
    wire = Wire(client)
    wire.send(request("POST", "/picus/put", "Expect: 100-continue", "Content-Length: 100"))
    assert wire.answer().status == 100
    return wire


def unfinished_bulk_put(client: Client) -> Wire:
    wire = Wire(client)
    head = request("POST", "/picus/put", BULK, "Transfer-Encoding: chunked", "Expect: 100-continue")
    wire.send(head)
    assert wire.answer().status == 100
    wire.send(chunk(b'{"id":"never'))
    return wire


def heard(client: Client) -> Wire:
    """A kept connection that has had one response."""
    wire = Wire(client)
    wire.send(get("/picus/list?limit=1"))
    assert wire.answer().status == 200
    return wire


def unread_list(client: Client) -> Wire:
    """The server has begun to send, and the client does not read on."""
    wire = Wire(client, receive_buffer=4096)
    wire.send(get("/picus/list"))
    assert wire.socket.recv(16) == b"HTTP/1.1 200 OK\r"
    return wire


def has_place(client: Client) -> bool:
    """Whether a list begins. To be sent the whole one, a client would have to read fast."""
    with client.stream("GET", "/picus/list") as response:
        return response.status == 200


def fill(client: Client, megabytes: int) -> None:
    """More than the buffers of a connection hold."""
    item = to_json({"t": "x" * 100_000}) + b"\n"
    report = client.bulk(item * (megabytes * 10)).json()
    assert report["created"] == megabytes * 10, report


def test_bodies_that_do_not_arrive_keep_nobody_out(start: Callable[..., Server]) -> None:
    client = start("--max-in-flight", "1", "--max-streams", "1").client
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(unfinished_put(client)) for _ in range(8)]
        held += [stack.enter_context(unfinished_bulk_put(client)) for _ in range(8)]
        serves(client, "between")
        for wire in held[:8]:
            wire.send(to_json({}).ljust(100))
            assert wire.answer().status == 201
        for number, wire in enumerate(held[8:]):
            wire.send(chunk(f'{number}"}}'.encode()) + b"0\r\n\r\n")
            assert wire.answer().json()["created"] == 1


def test_past_the_limit_of_connections_the_longest_silent_one_goes_first(
    start: Callable[..., Server],
) -> None:
    client = start("--max-connections", "4", "--threads", "1").client
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(heard(client))
        silent = [stack.enter_context(Wire(client)) for _ in range(3)]
        partial = stack.enter_context(Wire(client))
        partial.send(b"GET /livez HTTP/1.1\r\n")
        silent[0].expect_end()
        for wire in (*silent[1:], partial):
            stack.enter_context(heard(client))
            wire.expect_end()
        # Who has already asked for something goes last.
        kept.send(get("/livez"))
        assert kept.answer().status == 200


@pytest.mark.needs(OWN_PROCESS)
def test_a_request_that_has_arrived_is_answered_before_its_connection_counts_as_silent(
    start: Callable[..., Server],
) -> None:
    server = start("--max-connections", "4", "--threads", "1")
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(heard(server.client)) for _ in range(4)]
        with server.process.standing_still():
            # The server sees the new connection before the request, and needs room for it.
            newcomer = stack.enter_context(Wire(server.client, shake=False))
            kept[0].send(get("/livez"))
        assert kept[0].answer().status == 200
        kept[1].expect_end()
        newcomer.send(get("/livez"))
        assert newcomer.answer().status == 200


def test_a_flood_of_silent_connections_shuts_nobody_out(start: Callable[..., Server]) -> None:
    client = start("--max-connections", "20", "--threads", "1").client
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(Wire(client))
        serves(client, "between")


def test_past_the_limit_of_connections_without_a_silent_one_only_health_is_answered(
    start: Callable[..., Server],
) -> None:
    client = start("--max-connections", "4", "--threads", "1").client
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(unfinished_put(client)) for _ in range(4)]
        for path in ("/livez", "/readyz", "/"):
            assert client.request("GET", path).status == 200
        for answer in (client.get("x"), client.list(), client.put({"id": "x"}), client.delete("x")):
            assert (answer.status, answer.code) == (503, "overloaded")
            assert answer.json()["retryable"] is True
            assert int(answer["Retry-After"]) >= 1
            assert answer["Connection"] == "close"
        held[0].send(to_json({}).ljust(100))
        assert held[0].answer().status == 201
        serves(client, "between")


def test_a_flood_of_unfinished_bodies_does_not_shut_health_out(
    start: Callable[..., Server],
) -> None:
    client = start("--max-connections", "4", "--threads", "1").client
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            wire = stack.enter_context(Wire(client))
            wire.send(request("POST", "/picus/put", "Content-Length: 100"))
        for path in ("/livez", "/readyz", "/"):
            assert client.request("GET", path).status == 200


def test_clients_that_stay_after_a_503_do_not_shut_health_out(
    start: Callable[..., Server],
) -> None:
    client = start("--max-connections", "4", "--threads", "1").client
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(unfinished_put(client))
        for _ in range(100):
            wire = stack.enter_context(Wire(client))
            wire.send(request("POST", "/picus/put", "Content-Length: 100"))
            assert wire.answer().status == 503
        for path in ("/livez", "/readyz", "/"):
            assert client.request("GET", path).status == 200


def test_a_new_connection_that_is_silent_is_closed_when_a_head_would_be(
    start: Callable[..., Server],
) -> None:
    client = start("--header-timeout", "1s").client
    with Wire(client) as wire, Wire(client) as kept:
        kept.send(get("/livez"))
        assert kept.answer().status == 200
        wire.expect_end()
        kept.send(get("/livez"))
        assert kept.answer().status == 200


@pytest.mark.needs(FAST)
def test_lists_that_nobody_reads_keep_only_whole_lists_out(start: Callable[..., Server]) -> None:
    client = start("--max-in-flight", "1", "--max-streams", "2").client
    fill(client, 8)
    with unread_list(client), unread_list(client):
        serves(client, "between")
        refused = client.list()
        assert (refused.status, refused.code) == (503, "overloaded")
        assert int(refused["Retry-After"]) >= 1
        assert client.request("HEAD", "/picus/list").status == 200


@pytest.mark.needs(FAST)
def test_a_list_that_is_read_too_slowly_is_closed(start: Callable[..., Server]) -> None:
    options = ("--write-timeout", "500ms", "--response-min-rate", "1GiB", "--max-streams", "1")
    client = start(*options).client
    fill(client, 8)
    with unread_list(client) as slow, contextlib.suppress(ConnectionResetError):
        # Always some progress, and far from the rate.
        while slow.socket.recv(65536):
            if client.list("?limit=1").status == 200 and has_place(client):
                return  # its place is free again
        pytest.fail("a slow reader was sent the whole list")
    while not has_place(client):  # it was reset, and its place is free soon
        pass


@pytest.mark.parametrize(
    ("kind", "begin", "more"),
    [
        pytest.param(BULK, b"", chunk(b"x\n" * 30_000), id="lines-that-are-no-items"),
        pytest.param(BULK, b"", chunk(b"x") * 10_000, id="chunks-of-a-byte"),
        pytest.param(
            "Content-Type: application/json", chunk(b"["), chunk(b"1," * 30_000), id="array"
        ),
    ],
)
def test_a_bulk_put_that_is_sent_as_fast_as_it_is_read_keeps_nobody_out(
    start: Callable[..., Server], kind: str, begin: bytes, more: bytes
) -> None:
    client = start("--threads", "1").client
    served = threading.Event()
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", kind, "Transfer-Encoding: chunked") + begin)

        def flood() -> None:
            while not served.is_set():
                wire.send(more)

        sender = threading.Thread(target=flood)
        sender.start()
        try:
            serves(client, "between")
            for _ in range(20):
                assert client.request("GET", "/livez").status == 200
        finally:
            served.set()
            sender.join()
            wire.abandon()


@pytest.fixture
def bounded(start: Callable[..., Server]) -> Iterator[Server]:
    """A server whose memory for bodies is taken by one line that does not end."""
    server = start("--max-body-memory", "1MiB", "--deadline", "3s", "--body-timeout", "10m")
    with Wire(server.client) as wire:
        wire.send(request("POST", "/picus/put", BULK, "Content-Length: 2000000"))
        wire.send(b" " * 1_040_000)
        # A bulk put waits for the memory that these requests take meanwhile.
        while server.client.put(to_json({}).ljust(50_000)).status != 503:
            pass
        yield server


def test_past_the_memory_for_bodies_a_larger_body_is_503_and_a_small_one_is_served(
    bounded: Server,
) -> None:
    client = bounded.client
    refused = client.put(to_json({"id": "large"}).ljust(50_000))
    assert (refused.status, refused.code) == (503, "overloaded")
    assert int(refused["Retry-After"]) >= 1
    serves(client, "small")


def test_a_bulk_put_waits_for_memory_and_writes_what_it_can(bounded: Server) -> None:
    small = [to_json({"id": f"{n}", "t": "x" * 1000}) for n in range(20)]
    large = to_json({"id": "large", "t": "x" * 100_000})
    report = bounded.client.bulk(b"\n".join([*small[:10], large, *small[10:]])).json()
    assert (report["created"], report["failed"]) == (20, 1)
    (error,) = report["errors"]
    assert (error["line"], error["code"]) == (11, "overloaded")


def test_the_begin_of_a_gzip_body_takes_no_memory_from_others(
    start: Callable[..., Server],
) -> None:
    # As much as 16 decoders take.
    client = start("--max-body-memory", "1MiB", "--threads", "1").client
    whole = gzip.compress(to_json({"id": "late"}))
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(Wire(client)) for _ in range(32)]
        for wire in held:
            fields = ("Content-Encoding: gzip", f"Content-Length: {len(whole)}")
            wire.send(request("POST", "/picus/put", *fields) + whole[:-1])
        serves(client, "between")  # on the one thread, after them
        assert client.put(to_json({"id": "large"}).ljust(50_000)).status == 201
        assert client.put(whole, {"Content-Encoding": "gzip"}).status == 201
        held[0].send(whole[-1:])
        assert held[0].answer().status == 409


def test_a_body_that_falls_silent_is_408_whatever_came_before(start: Callable[..., Server]) -> None:
    client = start("--body-timeout", "500ms", "--body-min-rate", "1KiB").client
    with Wire(client) as wire:
        head = request("POST", "/picus/put", "Content-Length: 1000000")
        wire.send(head + b" " * 999_000)  # would buy a quarter of an hour by its rate
        assert wire.answer().code == "request-timeout"
        wire.expect_end()
