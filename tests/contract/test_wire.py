"""HTTP/1.1 as bytes: connections, framing, and forms of requests."""

from __future__ import annotations

import contextlib
import gzip

import pytest

from harness.client import Client, path_of, to_json, unique
from harness.shapes import RAW_SOCKETS
from harness.wire import Wire, chunk, get, get_item, put, request

pytestmark = [pytest.mark.transport, pytest.mark.needs(RAW_SOCKETS)]

MIB = 1024 * 1024


def test_a_connection_is_kept_alive_from_request_to_request(client: Client) -> None:
    key = unique()
    with Wire(client) as wire:
        for _ in range(3):
            wire.send(get("/livez"))
            assert wire.answer().status == 200
        wire.send(put(key))
        assert wire.answer().status == 201
        wire.send(get_item(unique()))
        assert wire.answer().status == 404
        wire.send(get_item(key))
        assert wire.answer().status == 200
        wire.send(request("HEAD", "/picus/list"))
        assert wire.answer("HEAD").status == 200
        wire.send(get("/picus/list?limit=1"))
        assert wire.answer().status == 200


CLOSE = ["close", "Close", "foo, close", "close, foo", "close, keep-alive", "keep-alive, close"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("value", CLOSE)
def test_connection_close_closes_after_the_answer(client: Client, value: str, version: str) -> None:
    with Wire(client) as wire:
        wire.send(get("/livez", f"Connection: {value}", version=version) + get("/livez"))
        answer = wire.answer()
        assert answer.status == 200
        assert answer["Connection"] == "close"
        wire.expect_end()


def test_pipelined_requests_are_answered_in_order(client: Client) -> None:
    keys = [unique() for _ in range(10)]
    parts = []
    for key in keys:
        parts += [
            put(key),
            get_item(key),
            request("DELETE", f"/picus/{path_of(key)}"),
            get_item(key),
        ]
    with Wire(client) as wire:
        wire.send(b"".join(parts))
        for key in keys:
            assert wire.answer().status == 201
            assert wire.answer().json() == {"id": key}
            assert wire.answer().json() == {"id": key, "deleted": True}
            assert wire.answer().status == 404


def test_many_pipelined_gets_are_answered_in_order(client: Client) -> None:
    keys = [unique() for _ in range(50)]
    client.bulk(b"".join(to_json({"id": key}) + b"\n" for key in keys))
    with Wire(client) as wire:
        wire.send(b"".join(get_item(key) for key in keys) * 20)
        for key in keys * 20:
            assert wire.answer().json() == {"id": key}


def test_a_pipelined_request_after_a_list_waits_for_its_end(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(get("/picus/list") + get("/livez"))
        assert isinstance(wire.answer().json(), list)
        assert wire.answer().json() == {"status": "alive"}


def test_an_error_of_the_api_does_not_end_the_connection(client: Client) -> None:
    bad = [
        (get("/nowhere"), 404),
        (request("PATCH", "/picus/put", body=b"ignored"), 405),
        (request("POST", "/picus/put", body=b"{"), 400),
        (request("POST", "/picus/put", body=b"7"), 422),
        (request("POST", "/nowhere", body=b"x" * 1000), 404),
        (get("/picus/list?limit=0"), 400),
        (get("/livez", "Origin: http://evil.example"), 403),
    ]
    with Wire(client) as wire:
        for text, status in bad * 2:
            wire.send(text)
            assert wire.answer().status == status


def test_a_request_may_arrive_split_at_every_byte(client: Client) -> None:
    key = unique()
    text = put(key)
    for at in range(1, len(text)):
        with Wire(client) as wire:
            wire.send(text[:at])
            wire.send(text[at:] + get("/livez"))
            assert wire.answer().status in (201, 409)
            assert wire.answer().status == 200


def test_a_request_may_arrive_byte_by_byte(client: Client) -> None:
    key = unique()
    body = to_json({"id": key, "text": "ä"})
    chunks = b"".join(chunk(body[i : i + 3]) for i in range(0, len(body), 3)) + b"0\r\n\r\n"
    head = request("POST", "/picus/put", "Transfer-Encoding: chunked")
    with Wire(client) as wire:
        for byte in put(unique()) + head + chunks + get_item(key):
            wire.send(bytes([byte]))
        assert wire.answer().status == 201
        assert wire.answer().status == 201
        assert wire.answer().json() == {"id": key, "text": "ä"}


def test_http_1_0_is_answered_and_closed(client: Client) -> None:
    for headers in ((), ("Connection: close",)):
        with Wire(client) as wire:
            wire.send(get("/livez", *headers, version="1.0"))
            answer = wire.answer()
            assert (answer.status, answer["Connection"]) == (200, "close")
            wire.expect_end()


def test_http_1_0_without_a_host_is_answered(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(b"GET /livez HTTP/1.0\r\n\r\n")
        assert wire.answer().json() == {"status": "alive"}


def test_http_1_0_is_kept_alive_when_it_asks(client: Client) -> None:
    with Wire(client) as wire:
        for _ in range(3):
            wire.send(get("/livez", "Connection: keep-alive", version="1.0"))
            answer = wire.answer()
            assert (answer.status, answer["Connection"].lower()) == (200, "keep-alive")


def test_http_1_0_gets_a_list_without_chunks_to_the_end_of_the_connection(client: Client) -> None:
    client.created({"id": unique()})
    with Wire(client) as wire:
        wire.send(get("/picus/list", "Connection: keep-alive", version="1.0"))
        answer = wire.answer()
        assert answer.get("Transfer-Encoding") is None
        assert answer.json()


def test_http_1_0_may_put(client: Client) -> None:
    key = unique()
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", body=to_json({"id": key}), version="1.0"))
        assert wire.answer().status == 201
    assert client.get(key).status == 200


@pytest.mark.parametrize("spelling", ["100-continue", "100-Continue"])
def test_expect_100_continue_is_honoured(client: Client, spelling: str) -> None:
    key = unique()
    text = put(key, f"Expect: {spelling}")
    head, body = text.split(b"\r\n\r\n")
    with Wire(client) as wire:
        wire.send(head + b"\r\n\r\n")
        assert wire.answer().status == 100
        wire.send(body)
        assert wire.answer().status == 201
        wire.send(get_item(key))
        assert wire.answer().status == 200


def test_a_body_that_is_too_long_is_refused_when_its_first_byte_is_there(client: Client) -> None:
    """Before that it may be an array, of any length."""
    with Wire(client) as wire:
        wire.send(
            request("POST", "/picus/put", "Expect: 100-continue", f"Content-Length: {MIB + 65}")
        )
        assert wire.answer().status == 100
        wire.send(b"{")
        assert wire.answer().status == 413


def test_expect_100_continue_may_be_followed_by_the_body_at_once(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(put(unique(), "Expect: 100-continue"))
        answer = wire.answer()
        if answer.status == 100:
            answer = wire.answer()
        assert answer.status == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (("Content-Length: 2", "Content-Encoding: br"), 415),
        (("Content-Length: 2", "Origin: http://evil.example"), 403),
        (("Content-Length: 2", "If-Match: nonsense"), 400),
        (("Content-Length: 2", "Idempotency-Key:"), 400),
    ],
)
def test_a_body_that_would_be_refused_is_refused_before_it_is_sent(
    client: Client, headers: tuple[str, ...], status: int
) -> None:
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", "Expect: 100-continue", *headers))
        assert wire.answer().status == status


def test_expect_100_continue_of_a_404_does_not_ask_for_the_body(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(request("POST", "/nowhere", "Expect: 100-continue", "Content-Length: 5"))
        assert wire.answer().status == 404


def test_a_refusal_does_not_wait_for_the_rest_of_the_body(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(request("POST", "/nope", "Content-Length: 3") + b"{")
        assert wire.answer().status == 404
        wire.send(b" }" + get("/livez"))
        assert wire.answer().status == 200


def test_a_refusal_before_the_end_of_a_chunked_body_says_that_the_connection_closes(
    client: Client,
) -> None:
    """How much follows is not known: a client that reuses the connection would lose a request."""
    with Wire(client) as wire:
        wire.send(request("POST", "/nope", "Transfer-Encoding: chunked") + chunk(b"{}"))
        answer = wire.answer()
        assert (answer.status, answer["Connection"]) == (404, "close")
        wire.send(b"0\r\n\r\n")
        wire.expect_end()
    with Wire(client) as wire:
        whole = request("POST", "/nope", "Transfer-Encoding: chunked") + chunk(b"{}") + chunk(b"")
        wire.send(whole + get("/livez"))
        answer = wire.answer()
        assert (answer.status, answer.get("Connection")) == (404, None)
        assert wire.answer().status == 200


def test_another_expectation_is_refused(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(get("/livez", "Expect: the-unexpected"))
        assert wire.answer().status == 400


@pytest.mark.parametrize("trailers", [b"", b"X-Sum: 1\r\n", b"A: b\r\nContent-Length: 5\r\n"])
@pytest.mark.parametrize("extension", ["", ";a", ";a=b", ' ; a="b;c"', ";" + "x" * 100])
def test_a_chunked_request_may_have_extensions_and_trailers(
    client: Client, extension: str, trailers: bytes
) -> None:
    key = unique()
    body = to_json({"id": key})
    head = request("POST", "/picus/put", "Transfer-Encoding: chunked")
    parts = chunk(body[:3], extension) + chunk(body[3:], extension)
    with Wire(client) as wire:
        wire.send(head + parts + b"0" + extension.encode() + b"\r\n" + trailers + b"\r\n")
        assert wire.answer().status == 201
        wire.send(get_item(key))
        assert wire.answer().status == 200


def test_chunk_sizes_may_have_leading_zeros_and_letters_of_any_case(client: Client) -> None:
    key = unique()
    body = to_json({"id": key}).ljust(0x1A)
    assert len(body) > 0x1A
    head = request("POST", "/picus/put", "Transfer-Encoding: chunked")
    with Wire(client) as wire:
        wire.send(head + b"001A\r\n" + body[:0x1A] + b"\r\n" + chunk(body[0x1A:]) + b"000\r\n\r\n")
        assert wire.answer().status == 201


def test_the_name_chunked_may_be_in_any_case(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", "transfer-encoding: CHUNKED") + chunk(b"{}"))
        wire.send(b"0\r\n\r\n")
        assert wire.answer().status == 201


def test_header_names_may_be_in_any_case_and_values_have_space_around(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(b"GET /livez HTTP/1.1\r\nhOsT:localhost\r\nx-REQUEST-id:\t abc \t\r\n\r\n")
        assert wire.answer()["X-Request-Id"] == "abc"


def test_empty_lines_before_a_request_are_passed_over(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(b"\r\n" + get("/livez") + b"\r\n\r\n" + get("/livez"))
        assert [wire.answer().status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost/livez",
        "HTTP://localhost:80/livez",
        "http://127.0.0.1/livez?x",
        "https://localhost/livez",
    ],
)
def test_a_target_in_absolute_form_is_taken_by_its_path(client: Client, target: str) -> None:
    with Wire(client) as wire:
        wire.send(get(target))
        assert wire.answer().json() == {"status": "alive"}


def test_the_host_of_an_absolute_target_counts_instead_of_the_header(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(get("http://evil.example/livez", "Host: localhost"))
        assert wire.answer().code == "host-not-allowed"


def test_options_of_a_star_is_204(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(request("OPTIONS", "*"))
        answer = wire.answer("OPTIONS")
        assert answer.status == 204
        assert "GET" in answer["Allow"]


def test_a_204_a_304_and_an_answer_to_head_have_no_body_on_the_wire(client: Client) -> None:
    key = unique()
    etag = client.created({"id": key}).etag
    with Wire(client) as wire:
        for text, method, status in (
            (request("OPTIONS", "/picus/put"), "OPTIONS", 204),
            (get_item(key, f"If-None-Match: {etag}"), "GET", 304),
            (request("HEAD", f"/picus/get/{key}"), "HEAD", 200),
            (request("HEAD", f"/picus/get/{unique()}"), "HEAD", 404),
            (request("HEAD", "/picus/list"), "HEAD", 200),
            (request("HEAD", "/nowhere"), "HEAD", 404),
        ):
            # Any byte of a body would spoil the answer that follows.
            wire.send(text + get("/livez"))
            answer = wire.answer(method)
            assert answer.status == status
            if status == 204:
                assert answer.get("Content-Length") is None
                assert answer.get("Transfer-Encoding") is None
            assert wire.answer().json() == {"status": "alive"}


def test_a_client_that_ends_its_sending_still_gets_its_answers(client: Client) -> None:
    key = unique()
    with Wire(client) as wire:
        wire.send(put(key) + get_item(key))
        wire.end_sending()
        assert wire.answer().status == 201
        assert wire.answer().status == 200
        wire.expect_end()


def test_a_put_whose_body_breaks_off_puts_nothing(client: Client) -> None:
    key = unique()
    with Wire(client) as wire:
        wire.send(put(key)[:-1])
        wire.end_sending()
        answer = wire.expect_cut()
        assert b" 201 " not in answer
    assert client.get(key).status == 404


def test_a_chunked_put_without_its_last_chunk_puts_nothing(client: Client) -> None:
    key = unique()
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", "Transfer-Encoding: chunked"))
        wire.send(chunk(to_json({"id": key})))
        wire.end_sending()
        assert b" 201 " not in wire.expect_cut()
    assert client.get(key).status == 404


def test_a_client_that_goes_away_in_the_middle_of_a_list_harms_nobody(client: Client) -> None:
    client.bulk(b"".join(to_json({"id": unique(), "t": "x" * 5000}) + b"\n" for _ in range(500)))
    for _ in range(5):
        with Wire(client) as wire:
            wire.send(get("/picus/list"))
            assert wire.head()[0] == 200
    assert client.request("GET", "/readyz").status == 200


def test_a_body_that_is_refused_early_does_not_hide_the_answer(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", f"Content-Length: {8 * MIB}"))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.send(b" " * (8 * MIB))
        assert wire.answer().status == 413


@pytest.mark.parametrize("path", ["/nowhere", "/picus/put", "/picus/put?unknown=1"])
def test_a_client_that_sends_all_of_a_long_body_before_it_reads_gets_the_refusal(
    client: Client, path: str
) -> None:
    with Wire(client) as wire:
        wire.send(request("POST", path, f"Content-Length: {48 * MIB}"))
        for _ in range(48):
            wire.send(b"x" * MIB)
        assert wire.answer().status in (400, 404, 413)
        wire.expect_end()


@pytest.mark.parametrize("kind", ["array", "gzip"])
def test_a_bulk_put_that_is_not_read_further_is_answered_although_the_client_sends_on(
    client: Client, kind: str
) -> None:
    key = unique()
    begin = to_json([{"id": key}])[:-1] + b",]"
    fields = ["Transfer-Encoding: chunked"]
    if kind == "gzip":
        fields.append("Content-Encoding: gzip")
        begin = gzip.compress(begin) + b"x"
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", *fields) + chunk(begin))
        for _ in range(32):
            wire.send(chunk(b"x" * MIB))
        answer = wire.answer()
        assert (answer.status, answer["Connection"]) == (200, "close")
        assert (answer.json()["created"], answer.json()["failed"]) == (1, 1)
    assert client.get(key).status == 200


def test_a_request_id_comes_back_also_from_requests_that_cannot_be_understood(
    client: Client,
) -> None:
    with Wire(client) as wire:
        wire.send(get("/livez", "X-Request-Id: broken-1", "Content-Length: x"))
        answer = wire.answer()
        assert (answer.status, answer["X-Request-Id"]) == (400, "broken-1")
        assert answer.json()["request_id"] == "broken-1"
