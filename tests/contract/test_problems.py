"""Problems, request ids, and what is true of every answer. More of it is in harness/client.py."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from harness.client import VISIBLE_ASCII, Answer, Client, to_json, unique
from harness.shapes import NAMELESS, OWN_PROCESS, PREFLIGHT, Server

pytestmark = pytest.mark.transport

# Requests for each problem that a client can cause by one request to an untouched key.
PROBLEMS: dict[str, tuple[int, Callable[[Client], Answer]]] = {
    "invalid-json": (400, lambda c: c.put(b"{")),
    "duplicate-name": (400, lambda c: c.put(b'{"a":1,"a":2}')),
    "invalid-key": (400, lambda c: c.request("GET", "/picus/get?key=%00")),
    "invalid-cursor": (400, lambda c: c.list("?limit=1&cursor=x")),
    "invalid-parameter": (400, lambda c: c.list("?limit=x")),
    "bad-request": (400, lambda c: c.put(b"{}", {"If-Match": "x"})),
    "not-found": (404, lambda c: c.get(unique())),
    "method-not-allowed": (405, lambda c: c.request("PATCH", "/picus/put")),
    "precondition-failed": (412, lambda c: c.put({"id": unique()}, {"If-Match": "*"})),
    "body-too-large": (413, lambda c: c.put(b" " * (1024 * 1024 + 1))),
    "unsupported-encoding": (415, lambda c: c.put(b"{}", {"Content-Encoding": "br"})),
    "item-too-large": (413, lambda c: c.put({"a": "x" * 410_000})),
    "not-an-object": (422, lambda c: c.put(b"7")),
    "bulk-failed": (422, lambda c: c.put(b"[7]")),
    "invalid-id": (422, lambda c: c.put({"id": 1})),
    "invalid-number": (422, lambda c: c.put(b'{"n":1e400}')),
    "invalid-name": (422, lambda c: c.put({"": 1})),
    "reserved-name": (422, lambda c: c.put({"picus:x": 1})),
    "too-deep": (422, lambda c: c.put(b'{"a":' + b"[" * 32 + b"]" * 32 + b"}")),
}


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_problem_is_rfc_9457_with_its_code(client: Client, code: str) -> None:
    status, cause = PROBLEMS[code]
    answer = cause(client)
    assert (answer.status, answer.code) == (status, code)
    problem = answer.json()
    assert problem["type"] == f"urn:picus:problem:{code}"
    assert problem["retryable"] is False
    assert answer.get("Retry-After") is None
    assert answer.get("ETag") is None


def test_the_title_is_the_same_for_every_problem_of_a_code(client: Client) -> None:
    titles = {cause.json()["title"] for cause in (client.put(b"{"), client.put(b"x"))}
    assert len(titles) == 1
    others = {cause(client).json()["title"] for _, cause in PROBLEMS.values()}
    assert len(others) == len(PROBLEMS)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("invalid-parameter", "1000"),
        ("body-too-large", "1048576"),
        ("item-too-large", "409"),
        ("invalid-number", "1E+126"),
        ("too-deep", "32"),
        ("duplicate-name", '"a"'),
        ("reserved-name", "picus:"),
    ],
)
def test_the_detail_names_what_was_wrong_or_the_limit(client: Client, code: str, word: str) -> None:
    assert word in PROBLEMS[code][1](client).json()["detail"]


@pytest.mark.parametrize("own", ["x", "req-1", "a" * 128, "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~", "0"])
def test_a_request_id_of_visible_characters_comes_back(client: Client, own: str) -> None:
    headers = {"X-Request-Id": own}
    assert client.request("GET", "/livez", headers=headers)["X-Request-Id"] == own
    missing = client.get(unique(), headers)
    assert missing["X-Request-Id"] == own
    assert missing.json()["request_id"] == own
    assert client.request("GET", "/nowhere", headers=headers)["X-Request-Id"] == own


@pytest.mark.needs(PREFLIGHT)
def test_an_answer_to_options_has_the_request_id_too(client: Client) -> None:
    headers = {"X-Request-Id": "own"}
    assert client.request("OPTIONS", "/livez", headers=headers)["X-Request-Id"] == "own"


@pytest.mark.parametrize("own", ["", " ", "a b", "a" * 129, "a\tb", "\xc3\xa4"])
def test_another_request_id_is_replaced(client: Client, own: str) -> None:
    answer = client.request("GET", "/livez", headers={"X-Request-Id": own})
    assert answer.status == 200
    assert answer["X-Request-Id"] != own
    assert VISIBLE_ASCII.fullmatch(answer["X-Request-Id"])


def test_request_ids_that_the_server_makes_are_different(client: Client) -> None:
    ids = {client.request("GET", "/livez")["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20


@pytest.mark.needs(OWN_PROCESS)
def test_the_log_line_of_a_request_carries_its_id_and_its_facts(server: Server) -> None:
    name = unique("log")
    key = unique("secret-key")
    body = to_json({"id": key, "text": "secret-value"})
    answer = server.client.put(body, {"X-Request-Id": name})
    line = server.process.log_line(request_id=name)
    assert line["level"] == "info"
    assert line["method"] == "POST"
    assert line["route"] == "/picus/put"
    assert line["status"] == answer.status == 201
    assert line["bytes_in"] >= len(body)
    assert line["bytes_out"] >= len(answer.body)
    assert line["duration_us"] > 0
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", line["time"])


@pytest.mark.needs(OWN_PROCESS)
def test_the_log_line_of_a_problem_carries_its_code(server: Server) -> None:
    for code, (status, cause) in PROBLEMS.items():
        answer = cause(server.client)
        line = server.process.log_line(request_id=answer["X-Request-Id"])
        assert line["status"] == status
        assert code in line.values(), line


@pytest.mark.needs(OWN_PROCESS)
def test_the_log_never_tells_keys_bodies_or_values(start: Callable[..., Server]) -> None:
    server = start()
    client = server.client
    key = unique("private")
    headers = {"Idempotency-Key": unique("private"), "Authorization": "Bearer private-token"}
    client.put({"id": key, "private-name": "private-value"}, headers)
    client.put({"id": key, "private-name": "private-value"})
    client.put(b'{"private-name": private-value')
    client.put({"id": key, "private-n": 1, "x": {"": 1}})
    client.bulk(to_json({"id": key}) + b"\nprivate-line\n")
    client.get(key, headers, "?consistency=private")
    client.list("?limit=private&cursor=private")
    client.delete(key)
    last = client.request("GET", f"/picus/nowhere/{key}")
    server.process.log_line(request_id=last["X-Request-Id"])
    server.process.stop()
    assert not [line for line in server.process.err.lines() if "private" in line]


def test_items_and_their_lists_are_not_for_caches(client: Client) -> None:
    key = unique()
    for answer in (
        client.put({"id": key}),
        client.get(key),
        client.head(key),
        client.list("?limit=1"),
        client.request("HEAD", "/picus/list"),
        client.delete(key),
        client.bulk(b"{}"),
    ):
        assert answer["Cache-Control"] == "no-store"


def test_an_answer_tells_its_date(client: Client) -> None:
    answer = client.request("GET", "/livez")
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer["Date"])


@pytest.mark.needs(NAMELESS)
def test_an_answer_tells_no_software_versions(client: Client) -> None:
    answer = client.request("GET", "/livez")
    assert answer.get("Server") is None
    assert answer.get("X-Powered-By") is None


def test_an_answer_to_one_header_of_the_client_holds_no_text_of_it(client: Client) -> None:
    answer = client.put(b"{}", {"If-Match": "<script>alert(1)</script>"})
    assert b"script" not in answer.body
