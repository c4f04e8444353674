"""Sizes, times and numbers past which a connection or a request is refused."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import pytest

from harness.client import Client, to_json, unique
from harness.shapes import OPTIONS, OWN_PROCESS, RAW_SOCKETS, Server
from harness.wire import Wire, chunk, get, request

pytestmark = [pytest.mark.transport, pytest.mark.needs(RAW_SOCKETS)]

HEAD_BYTES = 16 * 1024
TARGET_BYTES = 8 * 1024


def head_of(size: int, many: bool = False) -> bytes:
    """A GET /livez whose head has so many bytes."""
    headers = [f"X-{i:03}: {'y' * 80}" for i in range(100)] if many else []
    rest = size - len(get("/livez", *headers, "X-Pad: "))
    return get("/livez", *headers, "X-Pad: " + "z" * rest)


@pytest.mark.parametrize("many", [False, True], ids=["one header", "many headers"])
def test_a_head_of_16_kib_is_read_and_a_larger_one_431(client: Client, many: bool) -> None:
    fits, too_large = head_of(HEAD_BYTES, many), head_of(HEAD_BYTES + 1, many)
    assert (len(fits), len(too_large)) == (HEAD_BYTES, HEAD_BYTES + 1)
    with Wire(client) as wire:
        wire.send(fits)
        assert wire.answer().status == 200
        wire.send(too_large)
        answer = wire.answer()
        assert (answer.status, answer.code) == (431, "headers-too-large")
        assert answer["Connection"] == "close"
        assert "16384" in answer.json()["detail"]
        wire.expect_end()


def test_a_head_that_never_ends_is_431(client: Client) -> None:
    with Wire(client) as wire:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 100_000)
        assert wire.answer().status == 431


def test_a_long_target_is_read_and_a_longer_one_414(client: Client) -> None:
    fits = "/livez?" + "x" * (TARGET_BYTES - len("/livez?"))
    with Wire(client) as wire:
        wire.send(get(fits))
        assert wire.answer().status == 200
        wire.send(get(fits + "x"))
        answer = wire.answer()
        assert (answer.status, answer.code) == (414, "uri-too-long")
        assert answer["Connection"] == "close"
        assert "8192" in answer.json()["detail"]
        wire.expect_end()


def test_empty_lines_before_a_request_are_skipped_up_to_a_limit(client: Client) -> None:
    """RFC 9112, 2.2, wants at least one ignored; a flood of them was held in memory without end."""
    with Wire(client) as wire:
        for count in (1, 8):
            wire.send(b"\r\n" * count + get("/livez"))
            assert wire.answer().status == 200
        wire.send(b"\r\n" * 9 + get("/livez"))
        answer = wire.answer()
        assert (answer.status, answer.code) == (400, "bad-request")
        wire.expect_end()


@pytest.mark.needs(OWN_PROCESS)
def test_a_flood_of_empty_lines_ends_at_once(start: Callable[..., Server]) -> None:
    server = start()
    with Wire(server.client) as wire:
        sent = 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while sent < 256 * 1024 * 1024:
                wire.send(b"\r\n" * 32768)
                sent += 65536
        assert sent < 64 * 1024 * 1024, "nobody stopped the flood"
    assert server.process.memory_kib("VmHWM") < 100 * 1024


def test_a_target_that_never_ends_is_414(client: Client) -> None:
    with Wire(client) as wire:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.send(b"GET /" + b"x" * 1_000_000)
        assert wire.answer().code == "uri-too-long"


def test_a_body_of_1_mib_is_read_and_one_byte_more_413(client: Client) -> None:
    key = unique()
    body = to_json({"id": key}).ljust(1024 * 1024)
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", body=body + b" "))
        assert wire.answer().code == "body-too-large"
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", body=body))
        assert wire.answer().status == 201


@pytest.mark.needs(OPTIONS)
def test_the_limit_of_the_head_can_be_set(start: Callable[..., Server]) -> None:
    client = start("--header-limit", "2KiB").client
    with Wire(client) as wire:
        wire.send(head_of(2048))
        assert wire.answer().status == 200
        wire.send(head_of(2049))
        assert wire.answer().status == 431


@pytest.mark.needs(OPTIONS)
@pytest.mark.parametrize("begin", [b"G", get("/livez")[:-2]], ids=["one byte", "all but the end"])
def test_a_head_that_takes_too_long_is_408(start: Callable[..., Server], begin: bytes) -> None:
    client = start("--header-timeout", "1s").client
    began = time.monotonic()
    with Wire(client) as wire:
        wire.send(begin)
        answer = wire.answer()
        assert (answer.status, answer.code) == (408, "request-timeout")
        assert answer.json()["retryable"] is True
        assert answer["Connection"] == "close"
        assert 1 <= time.monotonic() - began < 10
        wire.expect_end()


@pytest.mark.needs(OPTIONS)
def test_a_head_that_drips_is_408_all_the_same(start: Callable[..., Server]) -> None:
    client = start("--header-timeout", "1s").client
    with Wire(client) as wire:
        wire.socket.settimeout(0.05)
        data = b""
        for byte in get("/livez", "X-Slow: " + "x" * 500):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                wire.send(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                data = wire.socket.recv(4096)
                break
        assert data.startswith(b"HTTP/1.1 408 ")


@pytest.mark.needs(OPTIONS)
def test_an_idle_connection_is_closed_without_an_answer(start: Callable[..., Server]) -> None:
    client = start("--idle-timeout", "1s").client
    began = time.monotonic()
    with Wire(client) as fresh, Wire(client) as used:
        used.send(get("/livez"))
        assert used.answer().status == 200
        used.expect_end()
        assert 1 <= time.monotonic() - began < 10
        fresh.expect_end()


@pytest.mark.needs(OPTIONS)
@pytest.mark.parametrize("framing", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_a_body_that_takes_too_long_is_408(start: Callable[..., Server], framing: str) -> None:
    client = start("--body-timeout", "300ms").client
    begin = b'{"id"' if "Length" in framing else chunk(b'{"id"')
    began = time.monotonic()
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", framing) + begin)
        answer = wire.answer()
        assert (answer.status, answer.code) == (408, "request-timeout")
        assert 0.3 <= time.monotonic() - began < 10
        wire.expect_end()


@pytest.mark.needs(OPTIONS)
def test_a_body_may_take_longer_if_it_keeps_to_the_rate(start: Callable[..., Server]) -> None:
    client = start("--body-timeout", "2s", "--body-min-rate", "1KiB").client
    count = 60
    with Wire(client) as wire:
        began = time.monotonic()
        kind = "Content-Type: application/x-ndjson"
        wire.send(request("POST", "/picus/put", kind, "Transfer-Encoding: chunked"))
        # Each line comes when the server asks for more at the latest: 4 KiB every 50 ms.
        pace = threading.Event()
        for n in range(count):
            wire.send(chunk(to_json({"id": f"{n}", "pad": "x" * 4096}) + b"\n"))
            pace.wait(0.05)
        wire.send(b"0\r\n\r\n")
        answer = wire.answer()
        assert time.monotonic() - began > 2
        assert answer.json()["created"] == count


@pytest.mark.needs(OPTIONS)
def test_a_bulk_put_that_stalls_is_408_and_what_it_stored_stays(
    start: Callable[..., Server],
) -> None:
    client = start("--body-timeout", "300ms").client
    with Wire(client) as wire:
        kind = "Content-Type: application/x-ndjson"
        head = request("POST", "/picus/put", kind, "Transfer-Encoding: chunked")
        wire.send(head + chunk(to_json({"id": "a"}) + b"\n"))
        assert wire.answer().code == "request-timeout"
        wire.expect_end()
    assert client.get("a").status in (200, 404)
    assert client.request("GET", "/readyz").status == 200


@pytest.mark.needs(OPTIONS, OWN_PROCESS)
def test_a_client_that_does_not_read_is_cut(start: Callable[..., Server]) -> None:
    server = start("--write-timeout", "300ms")
    client = server.client
    text = b"".join(to_json({"id": f"{n}", "t": "x" * 10_000}) + b"\n" for n in range(3000))
    assert client.bulk(text).json()["created"] == 3000
    with Wire(client) as wire:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.send(get("/picus/list", "X-Request-Id: stuck"))
        began = time.monotonic()
        assert client.request("GET", "/livez").status == 200
        server.process.log_line(request_id="stuck")  # once the server has given up
        data = wire.expect_cut()
        assert time.monotonic() - began < 20
        assert not data.endswith(b"0\r\n\r\n")
