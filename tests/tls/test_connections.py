"""What clients of a TLS address can do to the server, and how connections end."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable

import pytest

from harness.certificates import Authority
from harness.client import Client, to_json
from harness.session import listed
from harness.tls_socket import TlsSocket
from harness.wire import Wire, get, put
from tls.conftest import Serve, first_message, raw_socket
from upgrade.listening import urls_of
from upgrade.load import acknowledged, load

Start = Callable[..., Client]
# As many handshakes may be under way at a time.
HANDSHAKES = 256


def plain(client: Client) -> Client:
    """The same address for a client that does not know of TLS."""
    return Client(client.url.replace("https:", "http:"))


def unfinished(client: Client) -> socket.socket:
    """A client that has sent half of its first message."""
    raw, message = first_message(client)
    raw.sendall(message[: len(message) // 2])
    return raw


def tls_of(wire: Wire) -> TlsSocket:
    assert isinstance(wire.socket, TlsSocket)
    return wire.socket


def read_to_the_end(wire: Wire) -> None:
    while wire.socket.recv(65536):
        pass


def ends_without_a_word(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("text", [get("/livez") * 2, put("x"), b"\x80\x01 not HTTP", b"G"])
def test_a_plain_request_gets_one_plain_400(client: Client, text: bytes) -> None:
    with Wire(plain(client)) as wire:
        wire.send(text)
        answer = wire.answer()
        assert (answer.status, answer.code) == (400, "bad-request")
        assert "https" in answer.json()["detail"]
        assert answer["Connection"] == "close"
        wire.expect_end()


def test_a_request_may_come_byte_by_byte_and_several_in_one_record(client: Client) -> None:
    with Wire(client) as wire:
        for byte in tls_of(wire).encrypted(get("/livez")):
            tls_of(wire).raw.sendall(bytes([byte]))
        assert wire.answer().status == 200
        wire.send(get("/livez") * 20)
        assert [wire.answer().status for _ in range(20)] == [200] * 20


def test_bodies_larger_than_a_record_arrive_both_ways(client: Client) -> None:
    text = "x" * 300_000
    assert client.put({"id": "large", "text": text}).status == 201
    assert client.get("large").json()["text"] == text
    lines = b"".join(to_json({"id": f"line-{n}", "text": "y" * 1000}) + b"\n" for n in range(2000))
    assert client.bulk(lines).json()["created"] == 2000
    assert len(client.list().json()) >= 2001


@pytest.mark.parametrize("cut", [1, 5, 30, -1])
def test_a_record_that_is_cut_off_ends_the_connection(client: Client, cut: int) -> None:
    with Wire(client) as wire:
        record = tls_of(wire).encrypted(put(f"cut-{cut}"))
        tls_of(wire).raw.sendall(record[:cut])
        tls_of(wire).raw.shutdown(socket.SHUT_WR)
        wire.expect_end()
    assert client.get(f"cut-{cut}").status == 404


@pytest.mark.parametrize(
    ("change", "alert"),
    [
        (lambda record: record[:-1] + bytes([record[-1] ^ 1]), "BAD_RECORD_MAC"),
        (lambda record: record[:3] + b"\xff\xff" + record[5:], "record overflow"),
        (lambda record: b"\x63" + record[1:], "UNEXPECTED_MESSAGE"),
    ],
)
def test_a_record_that_is_wrong_is_reported_and_has_no_effect(
    client: Client, change: Callable[[bytes], bytes], alert: str
) -> None:
    with Wire(client) as wire:
        tls_of(wire).raw.sendall(change(tls_of(wire).encrypted(put("wrong"))))
        with pytest.raises(ssl.SSLError, match=f"(?i){alert}"):
            wire.answer()
    assert client.get("wrong").status == 404


def test_a_handshake_that_drips_is_closed_in_time(start: Start) -> None:
    client = start("--header-timeout", "1s")
    slow, message = first_message(client)
    with slow:
        slow.settimeout(0.05)
        for byte in message[:-1]:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                slow.sendall(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                assert ends_without_a_word(slow)
                break
        else:
            pytest.fail("the whole message was awaited")
    assert client.request("GET", "/livez").status == 200


def test_a_record_that_drips_does_not_extend_the_time_for_the_head(start: Start) -> None:
    client = start("--header-timeout", "1s")
    with Wire(client) as wire:
        wire.socket.settimeout(0.05)
        record = tls_of(wire).encrypted(get("/livez", "X-Slow: " + "x" * 1000))
        for byte in record[:-1]:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                tls_of(wire).raw.sendall(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                assert wire.socket.recv(1) == b""  # close_notify
                return
    pytest.fail("the whole record was awaited")


def test_clients_that_do_not_finish_their_handshakes_keep_nobody_out(start: Start) -> None:
    client = start("--threads", "1", "--header-timeout", "60s")
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(unfinished(client)) for _ in range(300)]
        # The first ones made room for the others.
        room = len(slow) - HANDSHAKES
        for first in slow[:room]:
            assert ends_without_a_word(first)
        for other in slow[room:]:
            other.setblocking(False)
            with pytest.raises(BlockingIOError):
                other.recv(1)
        assert client.request("GET", "/livez").status == 200
        assert client.put({"id": "between"}).status == 201


def test_an_idle_connection_ends_with_close_notify(start: Start) -> None:
    with Wire(start("--idle-timeout", "1s")) as wire:
        wire.send(get("/livez"))
        assert wire.answer().status == 200
        assert wire.socket.recv(1) == b""  # without close_notify it would raise SSLEOFError


def test_a_client_that_ended_its_sending_gets_its_response(client: Client) -> None:
    for cut in (False, True):
        with Wire(client) as wire:
            wire.send(get("/livez"))
            if cut:  # without close_notify
                tls_of(wire).raw.shutdown(socket.SHUT_WR)
            else:
                wire.end_sending()
            assert wire.answer().status == 200
            wire.expect_end()


def test_a_response_that_is_aborted_does_not_look_complete(
    serve: Serve, authority: Authority
) -> None:
    process = serve(*authority.issue().options, "--drain-timeout", "300ms")
    client = Client(process.url, authority.client())
    item = to_json({"text": "x" * 100_000}) + b"\n"
    assert client.bulk(item * 100).json()["created"] == 100
    with Wire(client, receive_buffer=4096) as wire:
        wire.send(get("/picus/list", version="1.0"))
        wire.head()
        process.stop()
        with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
            read_to_the_end(wire)


def test_a_drain_waits_neither_for_idle_connections_nor_for_unfinished_handshakes(
    serve: Serve, authority: Authority
) -> None:
    process = serve(*authority.issue().options, "--header-timeout", "120s")
    client = Client(process.url, authority.client())
    with contextlib.ExitStack() as stack:
        idle, fresh = stack.enter_context(Wire(client)), stack.enter_context(Wire(client))
        slow, silent = (
            stack.enter_context(unfinished(client)),
            stack.enter_context(raw_socket(client)),
        )
        idle.send(get("/livez"))
        assert idle.answer().status == 200
        process.terminate()
        assert idle.socket.recv(1) == b""  # close_notify
        fresh.send(get("/readyz"))
        assert fresh.answer().status == 503
        process.finish()
        assert process.log_line(event="stopped")["requests"] == "all completed"
        assert ends_without_a_word(slow)
        assert ends_without_a_word(silent)


def test_a_handover_under_load_loses_no_request(
    serve: Serve, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    files = authority.issue().options[2:]
    old = serve("--listen", "tls:127.0.0.1:0,127.0.0.1:0", *files, "--access-log", "off")
    urls = urls_of(old, 2)
    listen = ",".join(url.replace("https://", "tls:").removeprefix("http://") for url in urls)
    with load(urls, fresh=3, kept=3) as (tally, clients):
        for _ in range(2):
            tally.wait_for(150)
            new = serve("--listen", listen, *files, "--access-log", "off")
            assert urls_of(new, 2) == urls
            old.terminate()
            old.finish()
            old = new
        tally.wait_for(150)
    for url in urls:
        assert listed(url) == acknowledged(clients)
