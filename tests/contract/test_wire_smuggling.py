"""Requests that two servers could read in two ways are refused, and nothing in them is executed."""

from __future__ import annotations

import contextlib

import pytest

from harness.client import Client, to_json, unique
from harness.shapes import RAW_SOCKETS
from harness.wire import Wire, chunk, get, put

pytestmark = [pytest.mark.transport, pytest.mark.needs(RAW_SOCKETS)]

POST = b"POST /picus/put HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def expect_refusal(client: Client, text: bytes, *keys: str) -> None:
    """400, closed, nothing behind it answered, none of the keys there."""
    smuggled = unique("smuggled")
    with Wire(client) as wire:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.send(text + put(smuggled))
        answer = wire.answer()
        assert (answer.status, answer.code) == (400, "bad-request")
        assert answer["Connection"] == "close"
        wire.expect_end()
    for key in (smuggled, *keys):
        assert client.get(key).status == 404, key
    assert client.request("GET", "/livez").status == 200


LENGTHS = {
    "length and chunked": b"Content-Length: %d\r\n" + CHUNKED,
    "chunked and length": CHUNKED + b"Content-Length: %d\r\n",
    "two different lengths": b"Content-Length: %d\r\nContent-Length: 5\r\n",
    "two equal lengths": b"Content-Length: %d\r\nContent-Length: %d\r\n",
    "a list of lengths": b"Content-Length: %d, %d\r\n",
    "a plus sign": b"Content-Length: +%d\r\n",
    "a minus sign": b"Content-Length: -%d\r\n",
    "hexadecimal": b"Content-Length: 0x%d\r\n",
    "a fraction": b"Content-Length: %d.0\r\n",
    "a space within": b"Content-Length: %d 0\r\n",
    "empty": b"Content-Length:\r\n",
    "beyond 64 bits": b"Content-Length: 1844674407370955161%d\r\n",
    "quotes": b'Content-Length: "%d"\r\n',
    "gzip, chunked": b"Transfer-Encoding: gzip, chunked\r\n",
    "gzip": b"Transfer-Encoding: gzip\r\n",
    "identity": b"Transfer-Encoding: identity\r\n",
    "identity and length": b"Transfer-Encoding: identity\r\nContent-Length: %d\r\n",
    "chunked, identity": b"Transfer-Encoding: chunked, identity\r\n",
    "chunked twice": CHUNKED + CHUNKED,
    "chunked, chunked": b"Transfer-Encoding: chunked, chunked\r\n",
    "xchunked": b"Transfer-Encoding: xchunked\r\n",
    "chunked in quotes": b'Transfer-Encoding: "chunked"\r\n',
    "chunked with a parameter": b"Transfer-Encoding: chunked;q=1\r\n",
    "no coding": b"Transfer-Encoding:\r\n",
    "a vertical tab before chunked": b"Transfer-Encoding: \x0bchunked\r\n",
    "a space before the colon": b"Content-Length : %d\r\n",
    "a tab before the colon": b"Transfer-Encoding\t: chunked\r\n",
    "a folded length": b"Content-Length:\r\n %d\r\n",
    "a folded coding": b"Transfer-Encoding:\r\n chunked\r\n",
    "a folded other header": b"X-A: b\r\n\tc\r\nContent-Length: %d\r\n",
    "a bare line feed": b"X-A: b\nContent-Length: %d\r\n",
    "a bare carriage return": b"X-A: b\rContent-Length: %d\r\n",
    "a carriage return too many": b"Content-Length: %d\r\r\n",
    "a NUL in a value": b"X-A: a\x00b\r\nContent-Length: %d\r\n",
    "a NUL in a name": b"X-\x00A: b\r\nContent-Length: %d\r\n",
    "a control character": b"X-A: a\x01b\r\nContent-Length: %d\r\n",
    "no name": b": value\r\nContent-Length: %d\r\n",
    "no colon": b"nonsense\r\nContent-Length: %d\r\n",
    "a space in a name": b"X A: b\r\nContent-Length: %d\r\n",
    "a bracket in a name": b"X(A): b\r\nContent-Length: %d\r\n",
    "a space first": b" X-A: b\r\nContent-Length: %d\r\n",
    "a byte above 127 in a name": b"X-\xe9: b\r\nContent-Length: %d\r\n",
}


@pytest.mark.parametrize("framing", LENGTHS.values(), ids=LENGTHS)
def test_a_head_that_can_be_read_in_two_ways_is_400(client: Client, framing: bytes) -> None:
    key = unique()
    body = to_json({"id": key})
    text = framing.replace(b"%d", str(len(body)).encode())
    if b"chunked" in framing.lower():
        body = chunk(body) + b"0\r\n\r\n"
    expect_refusal(client, POST + HOST + text + b"\r\n" + body, key)
    # The framing first, in case the first header is looked at in another way.
    if not framing.startswith((b" ", b"\t")):
        expect_refusal(client, POST + text + HOST + b"\r\n" + body, key)


STARTS = {
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /livez HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "a host with a path": b"GET /livez HTTP/1.1\r\nHost: localhost/x\r\n\r\n",
    "a host with a user": b"GET /livez HTTP/1.1\r\nHost: a@localhost\r\n\r\n",
    "a list of hosts": b"GET /livez HTTP/1.1\r\nHost: localhost, evil.example\r\n\r\n",
    "two spaces": b"GET  /livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tab": b"GET\t/livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the target": b"GET /li vez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space at the end": b"GET /livez HTTP/1.1 \r\n" + HOST + b"\r\n",
    "no version": b"GET /livez\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/2.0": b"GET /livez HTTP/2.0\r\n" + HOST + b"\r\n",
    "HTTP/1.2": b"GET /livez HTTP/1.2\r\n" + HOST + b"\r\n",
    "http/1.1": b"GET /livez http/1.1\r\n" + HOST + b"\r\n",
    "HTTP/1.10": b"GET /livez HTTP/1.10\r\n" + HOST + b"\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a bare line feed after the request line": b"GET /livez HTTP/1.1\n" + HOST + b"\r\n",
    "bare line feeds only": b"GET /livez HTTP/1.1\nHost: localhost\n\n",
    "a NUL in the target": b"GET /li\x00vez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a relative target": b"GET livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a star with GET": b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
    "an authority": b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "another scheme": b"GET ftp://localhost/livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /livez#x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a bracket in the method": b"G[T /livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space first": b" GET /livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a folded first header": b"GET /livez HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "chunks in HTTP/1.0": b"POST /picus/put HTTP/1.0\r\n" + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n\r\n",
    "a bare CR in the request line": b"GET /livez\r HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("text", STARTS.values(), ids=STARTS)
def test_what_is_not_an_http_request_is_400(client: Client, text: bytes) -> None:
    expect_refusal(client, text)


CHUNKS = {
    "a size with 0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "a plus sign": b"+2\r\n{}\r\n0\r\n\r\n",
    "a minus sign": b"-2\r\n{}\r\n0\r\n\r\n",
    "a space first": b" 2\r\n{}\r\n0\r\n\r\n",
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "an extension without a size": b";a\r\n{}\r\n0\r\n\r\n",
    "not hexadecimal": b"g\r\n{}\r\n0\r\n\r\n",
    "beyond 64 bits": b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "a number of 17 digits": b"00000000000000002\r\n{}\r\n0\r\n\r\n",
    "endless zeros": b"0" * 100_000 + b"2\r\n{}\r\n0\r\n\r\n",
    "a space behind the size": b"2 \r\n{}\r\n0\r\n\r\n",
    "an extension without a semicolon": b"2 a=b\r\n{}\r\n0\r\n\r\n",
    "an extension without a name": b"2;=b\r\n{}\r\n0\r\n\r\n",
    "an extension without its value": b"2;a=\r\n{}\r\n0\r\n\r\n",
    "an open quote in an extension": b'2;a="b\r\n{}\r\n0\r\n\r\n',
    "a trailer that is no field": b"2\r\n{}\r\n0\r\nnonsense\r\n\r\n",
    "a trailer without a name": b"2\r\n{}\r\n0\r\n: a\r\n\r\n",
    "a space before a trailer's colon": b"2\r\n{}\r\n0\r\nA : b\r\n\r\n",
    "a folded trailer": b"2\r\n{}\r\n0\r\nA: b\r\n c\r\n\r\n",
    "a request line as a trailer": b"2\r\n{}\r\n0\r\nGET /livez HTTP/1.1\r\n\r\n",
    "a bare line feed after the size": b"2\n{}\r\n0\r\n\r\n",
    "a bare line feed after the data": b"2\r\n{}\n0\r\n\r\n",
    "data longer than its size": b"2\r\n{} }\r\n0\r\n\r\n",
    "no line end after the data": b"2\r\n{}0\r\n\r\n",
    "a bare line feed in an extension": b"2;a\nb\r\n{}\r\n0\r\n\r\n",
    "a bare line feed at the end": b"2\r\n{}\r\n0\n\n",
    "a bare line feed in the trailers": b"2\r\n{}\r\n0\r\nA: b\n\r\n",
    "a bare carriage return": b"2\r{}\r\n0\r\n\r\n",
    "endless extensions": b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n",
    "endless trailers": b"2\r\n{}\r\n0\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
}


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_chunks_that_can_be_read_in_two_ways_are_400(client: Client, chunks: bytes) -> None:
    key = unique()
    text = chunks.replace(b"{}", b"  ")
    head = POST + HOST + CHUNKED + b"\r\n"
    expect_refusal(client, head + chunk(to_json({"id": key})) + text, key)


def test_a_get_with_a_length_does_not_hide_a_request_in_its_body(client: Client) -> None:
    key = unique()
    hidden = put(key)
    with Wire(client) as wire:
        wire.send(get("/livez", f"Content-Length: {len(hidden)}") + hidden + get("/readyz"))
        assert wire.answer().json() == {"status": "alive"}
        assert wire.answer().json() == {"status": "ready"}
    assert client.get(key).status == 404


def test_a_chunked_get_does_not_hide_a_request_in_its_chunks(client: Client) -> None:
    key = unique()
    hidden = chunk(put(key)) + b"0\r\n\r\n"
    with Wire(client) as wire:
        wire.send(get("/livez", "Transfer-Encoding: chunked") + hidden + get("/readyz"))
        assert wire.answer().json() == {"status": "alive"}
        assert wire.answer().json() == {"status": "ready"}
    assert client.get(key).status == 404


def test_a_request_before_the_malformed_one_is_answered(client: Client) -> None:
    key = unique()
    with Wire(client) as wire:
        wire.send(put(key) + b"GET /livez HTTP/1.1\r\nX : y\r\n\r\n")
        assert wire.answer().status == 201
        answer = wire.answer()
        assert answer.status == 400
        wire.expect_end()
    assert client.get(key).status == 200
