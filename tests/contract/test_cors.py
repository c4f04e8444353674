"""Web pages of origins that --cors-origin names may use the API, and those of no other may."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.client import Answer, Client, path_of, to_json, unique
from harness.shapes import LOOPBACK, OPTIONS, PREFLIGHT, RAW_SOCKETS, STREAMING, Server
from harness.wire import Wire, get, request

pytestmark = pytest.mark.transport

APP = "https://app.example.com"
LOCAL = "http://localhost:3000"
ALLOWED = {"PICUS_CORS_ORIGIN": f"{APP}, {LOCAL}"}
FROM_APP = {"Origin": APP, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
METHODS = {"GET", "HEAD", "POST", "DELETE"}
# What a client of this API sends.
HEADERS = {
    *("content-type", "content-encoding", "if-match", "if-none-match", "idempotency-key"),
    *("authorization", "x-request-id", "traceparent", "tracestate"),
}
EXPOSED = {
    "etag",
    "location",
    "link",
    "x-request-id",
    "idempotency-replayed",
    "retry-after",
    "www-authenticate",
}


@pytest.fixture
def client(start: Callable[..., Server]) -> Client:
    return start(env=ALLOWED).client


def words(text: str) -> set[str]:
    return {word.strip().lower() for word in text.split(",")}


def cors_fields(answer: Answer) -> list[str]:
    return [name for name in answer.headers if name.lower().startswith("access-control")]


def assert_readable(answer: Answer, origin: str = APP) -> None:
    """By a page of this origin, and kept from others in caches."""
    assert answer.headers.get_all("Access-Control-Allow-Origin") == [origin]
    assert words(answer["Access-Control-Expose-Headers"]) == EXPOSED
    assert answer.get("Access-Control-Allow-Credentials") is None
    assert "origin" in words(", ".join(answer.headers.get_all("Vary", [])))


def test_a_page_of_an_allowed_origin_reads_every_response(client: Client) -> None:
    key = unique()
    made = client.put({"id": key, "n": 1}, FROM_APP)
    tagged = FROM_APP | {"If-None-Match": made.etag}
    answers = {
        201: made,
        200: client.get(key, FROM_APP),
        304: client.get(key, tagged),
        409: client.put({"id": key}, FROM_APP),
        412: client.put({"id": key}, FROM_APP | {"If-Match": '"other"'}),
        400: client.put("{", FROM_APP),
        422: client.put("[1]", FROM_APP | {"Content-Type": "text/plain"}),
        404: client.get(unique(), FROM_APP),
        405: client.request("POST", "/picus/list", headers=FROM_APP),
    }
    for status, answer in answers.items():
        assert answer.status == status
        assert_readable(answer)
    for answer in (
        client.list("?limit=1", FROM_APP),
        client.list("", FROM_APP),
        client.head(key, FROM_APP),
        client.request("GET", "/livez", headers=FROM_APP),
        client.request("GET", "/nowhere", headers=FROM_APP),
        client.request("GET", "/openapi.json", headers=FROM_APP),
        client.bulk(to_json({"id": unique()}), headers=FROM_APP),
        client.delete(key, FROM_APP),
    ):
        assert_readable(answer)
    assert_readable(client.get(key, {"Origin": LOCAL}), LOCAL)


@pytest.mark.needs(PREFLIGHT)
def test_a_page_of_no_allowed_origin_is_refused_and_cannot_read_it(client: Client) -> None:
    key = unique()
    for origin in (
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://evil.app.example.com",
        "https://APP.example.com",
        "https://app.example.com/",
        "http://localhost:30000",
        "null",
        f"{APP}, {LOCAL}",
    ):
        answer = client.put({"id": key}, {"Origin": origin})
        assert (answer.status, answer.code) == (403, "cross-origin")
        assert not cors_fields(answer), origin
        assert "--cors-origin" in answer.json()["detail"]
        if origin != "null":
            assert f'"{origin}"' in answer.json()["detail"]
    for site in ("cross-site", "same-site"):
        answer = client.put({"id": key}, {"Sec-Fetch-Site": site})
        assert (answer.status, answer.code) == (403, "cross-origin")
        assert "--cors-origin" in answer.json()["detail"]
    assert client.get(key).status == 404


@pytest.mark.needs(PREFLIGHT)
def test_a_response_to_a_program_has_vary_alone(client: Client) -> None:
    for answer in (client.request("GET", "/livez"), client.list("?limit=1"), client.get(unique())):
        assert not cors_fields(answer)
        assert "origin" in words(", ".join(answer.headers.get_all("Vary", [])))


@pytest.mark.needs(PREFLIGHT)
def test_a_preflight_names_what_a_page_may_send(client: Client) -> None:
    asked = FROM_APP | {
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "if-match",
    }
    # Where the path is wrong the page is to read the 404, not a failure of the network.
    for target in ("/picus/put", "/picus/a%2Fb", "/picus/list?limit=1", "/", "/nowhere"):
        answer = client.request("OPTIONS", target, headers=asked)
        assert answer.status == 204
        assert_readable(answer)
        assert words(answer["Access-Control-Allow-Methods"]) == {m.lower() for m in METHODS}
        assert words(answer["Access-Control-Allow-Headers"]) == HEADERS
        assert 600 <= int(answer["Access-Control-Max-Age"]) <= 86400


@pytest.mark.needs(PREFLIGHT)
def test_a_preflight_of_another_origin_is_403(client: Client) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    answer = client.request("OPTIONS", f"/picus/{path_of(unique())}", headers=asked)
    assert answer.status == 403
    assert not cors_fields(answer)


@pytest.mark.needs(PREFLIGHT)
def test_an_options_that_is_no_preflight_answers_as_without_a_page(client: Client) -> None:
    for headers in (FROM_APP, {"Access-Control-Request-Method": "GET"}):
        known = client.request("OPTIONS", "/picus/list", headers=headers)
        assert known.status == 204
        assert "GET" in words(known["Allow"].upper()) or "get" in words(known["Allow"])
        assert known.get("Access-Control-Allow-Methods") is None
        assert client.request("OPTIONS", "/nowhere", headers=headers).status == 404


@pytest.mark.needs(STREAMING)
def test_a_compressed_response_varies_by_both(client: Client) -> None:
    client.created({"id": unique(), "text": "a" * 4000})
    answer = client.list("", FROM_APP | {"Accept-Encoding": "gzip"})
    varied = words(", ".join(answer.headers.get_all("Vary", [])))
    assert varied == {"accept", "origin", "accept-encoding"}


@pytest.mark.needs(LOOPBACK)
def test_the_rule_for_hosts_stands_before_that_for_origins(client: Client) -> None:
    key = unique()
    answer = client.put({"id": key}, FROM_APP | {"Host": "evil.example"})
    assert (answer.status, answer.code) == (403, "host-not-allowed")
    # The page's developer is to read what is missing.
    assert_readable(answer)
    assert "--allow-host" in answer.json()["detail"]
    assert '"evil.example"' in answer.json()["detail"]
    assert client.get(key).status == 404


@pytest.mark.needs(RAW_SOCKETS)
@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (get("/livez", f"Origin: {APP}", "Content-Length: x"), 400),
        (get("/livez", f"Origin: {APP}", "Expect: cake"), 400),
        (get("/" + "x" * 8192, f"Origin: {APP}"), 414),
        (request("POST", "/picus/put", f"Origin: {APP}", "Transfer-Encoding: cake"), 400),
    ],
    ids=["length", "expectation", "target", "encoding"],
)
def test_a_request_whose_head_was_read_is_refused_readably(
    client: Client, raw: bytes, status: int
) -> None:
    with Wire(client) as wire:
        wire.send(raw)
        answer = wire.answer()
        assert answer.status == status
        assert_readable(answer)


@pytest.mark.needs(RAW_SOCKETS)
def test_an_origin_that_occurs_twice_is_400_and_unreadable(client: Client) -> None:
    with Wire(client) as wire:
        wire.send(get("/livez", f"Origin: {APP}", f"Origin: {APP}"))
        answer = wire.answer()
        assert (answer.status, answer.code) == (400, "bad-request")
        assert not cors_fields(answer)


@pytest.mark.needs(OPTIONS)
def test_the_option_may_be_repeated_and_wins_over_the_variable(
    start: Callable[..., Server],
) -> None:
    options = ("--cors-origin", "https://a.example", "--cors-origin", "https://b.example:8443")
    client = start(*options, env=ALLOWED).client
    for origin in ("https://a.example", "https://b.example:8443"):
        assert_readable(client.list("?limit=1", {"Origin": origin}), origin)
    assert client.list("?limit=1", {"Origin": APP}).status == 403
