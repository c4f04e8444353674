"""What every answer has, also those that the connection makes before the API sees a request."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from harness.client import Answer, Client, check_answer
from harness.shapes import OPTIONS, RAW_SOCKETS, Server, Shape
from harness.wire import Wire, get, request

pytestmark = [pytest.mark.transport, pytest.mark.needs(RAW_SOCKETS, OPTIONS)]

MIB = 1024 * 1024
APP = "https://app.example.com"
ALLOWED = {"PICUS_CORS_ORIGIN": APP}
ID = f"X-Request-Id: mine-1\r\nOrigin: {APP}"
# A client has so long to begin, on a busy machine too.
SLOW_HEAD = ("--header-timeout", "1s")
SLOW_BODY = ("--body-timeout", "100ms")


class Refused(NamedTuple):
    status: int
    code: str
    has_id: bool  # the lines with the request's id and its origin have arrived
    text: bytes
    options: tuple[str, ...] = ()  # of the server
    ends: bool = False  # the client ends its sending


def put(*headers: str) -> bytes:
    return request("POST", "/picus/put", ID, *headers)


LONG = b'{"a":"' + b"x" * (2 * MIB)
TWICE = ["Content-Length: 1"] * 2
BAD = (400, "bad-request")
REFUSED = {
    "no head": Refused(*BAD, False, b"\x16\x03\x01\x02\x00"),
    "a malformed line": Refused(*BAD, True, get("/livez", ID, "no colon")),
    "a bare line feed": Refused(*BAD, True, get("/livez", ID).replace(b"\r", b"")),
    "two lengths": Refused(*BAD, True, get("/livez", ID, *TWICE)),
    "no host": Refused(*BAD, True, get("/", ID).replace(b"Host", b"X-H")),
    "a bad host": Refused(*BAD, True, get("/", "Host: a b", ID)),
    "another version": Refused(*BAD, True, get("/", ID, version="1.2")),
    "a head that ends early": Refused(*BAD, True, get("/livez", ID)[:-2], ends=True),
    "a body that ends early": Refused(*BAD, True, put("Content-Length: 9"), ends=True),
    "a malformed chunk": Refused(*BAD, True, put("Transfer-Encoding: chunked") + b"x\r\n"),
    "a slow head": Refused(408, "request-timeout", True, get("/livez", ID)[:-2], SLOW_HEAD),
    "a slow body": Refused(408, "request-timeout", True, put("Content-Length: 9"), SLOW_BODY),
    "a long target": Refused(414, "uri-too-long", True, get("/" + "x" * 8192, ID)),
    "an endless target": Refused(414, "uri-too-long", False, b"GET /" + b"x" * 9000),
    "a long head": Refused(431, "headers-too-large", True, get("/", ID, "X: " + "y" * 16384)),
    "a long body": Refused(413, "body-too-large", True, put(f"Content-Length: {4 * MIB}") + LONG),
}


def check(answer: Answer, code: str, has_id: bool) -> None:
    check_answer(answer, "GET")
    assert answer.code == code
    assert answer["Cache-Control"] == "no-store"
    assert (answer["X-Request-Id"] == "mine-1") == has_id
    assert answer.get("Access-Control-Allow-Origin") == (APP if has_id else None)
    for name in ("X-Request-Id", "X-Content-Type-Options", "Cache-Control", "Content-Type", "Date"):
        assert len(answer.headers.get_all(name, [])) == 1, name


@pytest.fixture(scope="module")
def client(shape: Shape) -> Iterator[Client]:
    running = shape.start(env=ALLOWED)
    yield running.client
    shape.stop(running)


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_refusal_of_the_connection_has_what_every_answer_has(
    start: Callable[..., Server], client: Client, refused: Refused
) -> None:
    options = refused.options
    with Wire(start(*options, env=ALLOWED).client if options else client) as wire:
        wire.send(refused.text)
        if refused.ends:
            wire.end_sending()
        answer = wire.answer()
        assert answer.status == refused.status
        check(answer, refused.code, refused.has_id)
        assert answer["Connection"] == "close"
        wire.expect_end()


def test_a_503_past_the_limit_of_connections_has_what_every_answer_has(
    start: Callable[..., Server],
) -> None:
    client = start("--max-connections", "2", "--threads", "1", env=ALLOWED).client
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            held = stack.enter_context(Wire(client))
            held.send(put("Content-Length: 9", "Expect: 100-continue"))
            assert held.answer().status == 100
            held.send(b"{")
        assert client.request("GET", "/livez")["Cache-Control"] == "no-store"
        with Wire(client) as wire:
            wire.send(get("/picus/list", ID))
            answer = wire.answer()
            assert (answer.status, answer["Retry-After"]) == (503, "1")
            check(answer, "overloaded", has_id=True)


def test_a_refusal_of_a_head_request_has_no_body(client: Client) -> None:
    for head in (
        request("HEAD", "/livez", ID, "X: " + "y" * 16384),
        request("HEAD", "/" + "x" * 9000),
        request("HEAD", "/livez", ID, "no colon"),
    ):
        with Wire(client) as wire:
            wire.send(head)
            answer = wire.answer("HEAD")
            assert answer.status in (400, 414, 431)
            wire.expect_end()
