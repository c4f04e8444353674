"""GET and HEAD /picus/list. What counts items has a store of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from harness.client import Answer, Client, parse_exactly, to_json, unique
from harness.shapes import (
    BESIDE,
    REPEATED_PARAMETERS,
    SAME_TEXT,
    STREAMING,
    WRITTEN_QUERIES,
    Server,
    Shape,
)

pytestmark = pytest.mark.meaning

NDJSON = {"Accept": "application/x-ndjson"}
LINK = re.compile(r'<(/picus/list\?limit=\d+&cursor=[A-Za-z0-9_-]+)>; rel="next"')
COUNT, FEW = 2500, 250
TWICE = pytest.mark.needs(REPEATED_PARAMETERS)
MALFORMED = pytest.param("%", marks=pytest.mark.needs(WRITTEN_QUERIES))


def text_of(number: int) -> dict[str, Any]:
    return {"id": f"item {number:05} ä/{number}", "n": number, "text": "é" * (number % 50)}


EXPECTED = [text_of(n) for n in range(COUNT)]


@pytest.fixture
def expected(shape: Shape) -> list[dict[str, Any]]:
    """The items of a filled store, in order."""
    return EXPECTED[: FEW if shape.one_store else COUNT]


def fill(server: Server, items: list[dict[str, Any]]) -> Client:
    report = server.client.bulk(b"".join(to_json(item) + b"\n" for item in items)).json()
    assert report["created"] == len(items), report
    return server.client


@pytest.fixture(scope="module")
def filled_once(shape: Shape) -> Iterator[Client]:
    server = shape.start()
    try:
        yield fill(server, EXPECTED)
    finally:
        shape.stop(server)


@pytest.fixture
def filled(
    shape: Shape,
    start: Callable[..., Server],
    expected: list[dict[str, Any]],
    request: pytest.FixtureRequest,
) -> Client:
    """A store with the expected items. Only for tests that change nothing."""
    if shape.one_store:  # others write to it too
        return fill(start(), expected)
    client: Client = request.getfixturevalue("filled_once")
    return client


@pytest.fixture
def empty(start: Callable[..., Server]) -> Client:
    return start().client


def in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: item["id"])


def ndjson(answer: Answer) -> list[Any]:
    assert answer["Content-Type"] == "application/x-ndjson"
    assert answer.body == b"" or answer.body.endswith(b"\n")
    return [parse_exactly(line) for line in answer.body.splitlines()]


def next_of(answer: Answer) -> str | None:
    link = answer.get("Link")
    if link is None:
        return None
    found = LINK.fullmatch(link)
    assert found, link
    return found[1]


def walk(client: Client, limit: int, headers: dict[str, str] | None = None) -> Iterator[Answer]:
    target: str | None = f"/picus/list?limit={limit}"
    while target:
        answer = client.request("GET", target, headers=headers)
        assert answer.status == 200
        yield answer
        target = next_of(answer)


def test_a_list_is_every_item_in_one_array(filled: Client, expected: list[dict[str, Any]]) -> None:
    answer = filled.list()
    assert answer.status == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert in_order(answer.json()) == expected


@pytest.mark.needs(STREAMING)
def test_a_list_is_chunked(filled: Client) -> None:
    answer = filled.list()
    assert answer["Transfer-Encoding"] == "chunked"
    assert answer.get("Content-Length") is None
    assert answer.get("Link") is None


def test_a_list_as_ndjson_has_one_item_a_line(
    filled: Client, expected: list[dict[str, Any]]
) -> None:
    answer = filled.list(headers=NDJSON)
    assert answer.body.count(b"\n") == len(expected)
    assert in_order(ndjson(answer)) == expected


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html", "application/json"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("Application/X-NDJSON", "application/x-ndjson"),
        ("application/x-ndjson;q=0.9, application/json;q=0.1", "application/x-ndjson"),
        ("application/json, application/x-ndjson;q=0.5", "application/json"),
        ("application/x-ndjson;q=0", "application/json"),
        ("application/x-ndjson;q=0.5, */*", "application/json"),
        ("text/html, application/x-ndjson", "application/x-ndjson"),
    ],
)
def test_accept_chooses_the_form(client: Client, accept: str, kind: str) -> None:
    client.created({"id": unique()})
    headers = {"Accept": accept}
    assert client.list("?limit=1", headers)["Content-Type"] == kind
    assert client.request("HEAD", "/picus/list", headers=headers)["Content-Type"] == kind


def test_caches_are_told_that_the_form_varies(client: Client) -> None:
    answer = client.list("?limit=1")
    names = ",".join(answer.headers.get_all("Vary", []))
    assert "accept" in {name.strip().lower() for name in names.split(",")}


def test_head_answers_the_headers_and_nothing_else(filled: Client) -> None:
    for headers in ({}, NDJSON):
        got = filled.list(headers=headers)
        headed = filled.request("HEAD", "/picus/list", headers=headers)
        assert headed.status == 200
        for name in ("Content-Type", "Cache-Control"):
            assert headed[name] == got[name]


@pytest.mark.parametrize("limit", [7, 500, 1000])
def test_pages_give_every_item_exactly_once(
    filled: Client, expected: list[dict[str, Any]], limit: int
) -> None:
    items = []
    for answer in walk(filled, limit):
        page = answer.json()
        assert 1 <= len(page) <= limit or (not page and next_of(answer) is None)
        items += page
    assert in_order(items) == expected


def test_pages_as_ndjson_give_every_item_exactly_once(
    filled: Client, expected: list[dict[str, Any]]
) -> None:
    items = [item for answer in walk(filled, 600, NDJSON) for item in ndjson(answer)]
    assert in_order(items) == expected


def test_the_link_keeps_the_limit_and_the_last_page_has_none(
    filled: Client, expected: list[dict[str, Any]]
) -> None:
    answers = list(walk(filled, 1000))
    for answer in answers[:-1]:
        assert "limit=1000&" in (answer.get("Link") or "")
        assert answer.json()
    assert answers[-1].get("Link") is None
    assert sum(len(answer.json()) for answer in answers) == len(expected)


def test_a_page_may_be_read_again_with_another_limit(filled: Client) -> None:
    target = next_of(filled.list("?limit=10"))
    assert target
    once = filled.request("GET", target)
    again = filled.request("GET", target)
    assert once.body == again.body
    wider = filled.request("GET", target.replace("limit=10&", "limit=20&")).json()
    assert wider[:10] == once.json()
    assert len(wider) == 20


@pytest.mark.parametrize(
    "limit", ["0", "1001", "-1", "+1", "1.0", "1e2", "", "x", "0x10", "99999999999999999999", "%"]
)
def test_a_limit_is_a_whole_number_from_1_to_1000(client: Client, limit: str) -> None:
    for method in ("GET", "HEAD"):
        answer = client.request(method, f"/picus/list?limit={limit}")
        assert answer.status == 400
        assert method == "HEAD" or answer.code == "invalid-parameter"


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("?limit=1&limit=2", marks=TWICE),
        pytest.param("?limit=1&limit=1", marks=TWICE),
        "?cursor=",
    ],
)
def test_a_parameter_that_makes_no_sense_is_400(client: Client, query: str) -> None:
    answer = client.list(query)
    assert answer.status == 400
    assert answer.code in ("invalid-parameter", "invalid-cursor")


def test_a_cursor_without_a_limit_is_400(filled: Client) -> None:
    target = next_of(filled.list("?limit=10"))
    assert target
    answer = filled.request("GET", target.replace("limit=10&", ""))
    assert (answer.status, answer.code) == (400, "invalid-parameter")


@pytest.mark.parametrize(
    "cursor",
    ["x", "AAAA", "AAAAAAAAAAAAAAAA", MALFORMED, "%00", "ä", "=", "x" * 4000, "null", "..%2F.."],
)
def test_a_forged_cursor_is_400(client: Client, cursor: str) -> None:
    cursor = cursor.replace("ä", "%C3%A4")
    answer = client.list(f"?limit=10&cursor={cursor}")
    assert answer.status == 400
    assert answer.code == ("invalid-parameter" if cursor == "%" else "invalid-cursor")


def test_a_cursor_with_one_letter_changed_is_400(filled: Client) -> None:
    target = next_of(filled.list("?limit=10"))
    assert target
    begin = target.index("cursor=") + len("cursor=")
    for i in range(begin, len(target)):
        other = "A" if target[i] != "A" else "B"
        answer = filled.request("GET", target[:i] + other + target[i + 1 :])
        assert (answer.status, answer.code) == (400, "invalid-cursor")
    for cut in (target[:-1], target + "A", target + "AAAA"):
        assert filled.request("GET", cut).code == "invalid-cursor"


def test_a_list_of_nothing_is_an_empty_array(empty: Client) -> None:
    answer = empty.list()
    assert (answer.status, answer.body) == (200, b"[]")
    page = empty.list("?limit=1")
    assert (page.status, page.body) == (200, b"[]")
    assert page.get("Link") is None
    assert ndjson(empty.list(headers=NDJSON)) == []
    assert ndjson(empty.list("?limit=5", NDJSON)) == []


def test_a_page_is_full_or_followed_by_nothing(empty: Client) -> None:
    for n in range(4):
        empty.created({"id": str(n)})
    for limit in (1, 2, 3, 4, 5, 1000):
        pages = [answer.json() for answer in walk(empty, limit)]
        assert sorted(item["id"] for page in pages for item in page) == ["0", "1", "2", "3"]
        assert all(pages), f"an empty page with limit={limit}"


def test_an_item_that_stays_unchanged_appears_once_while_others_come_and_go(empty: Client) -> None:
    stay = {f"stay-{n:03}" for n in range(60)}
    empty.bulk(b"".join(to_json({"id": key}) + b"\n" for key in stay))
    empty.bulk(b"".join(to_json({"id": f"m-{n:03}"}) + b"\n" for n in range(60)))
    seen: list[str] = []
    for turn, answer in enumerate(walk(empty, 7)):
        page = [item["id"] for item in answer.json()]
        seen += page
        for key in page[-2:]:
            if key not in stay:
                assert empty.delete(key).status == 200
        empty.created({"id": f"m-{turn:03}-new"})
        empty.created({"id": f"zz-{turn % 20:03}-{turn}"})
    assert sorted(key for key in seen if key in stay) == sorted(stay)


def test_a_page_goes_on_after_its_last_item_was_deleted(empty: Client) -> None:
    empty.bulk(b"".join(to_json({"id": f"{n:02}"}) + b"\n" for n in range(20)))
    first = empty.list("?limit=5")
    target = next_of(first)
    assert target
    for item in first.json():
        empty.delete(item["id"])
    rest = [item["id"] for item in empty.request("GET", target.replace("=5&", "=1000&")).json()]
    assert len(rest) == 15
    assert not set(rest) & {item["id"] for item in first.json()}


def test_a_list_put_again_restores_the_store(start: Callable[..., Server]) -> None:
    source = start().client
    items = [text_of(n) for n in range(50)] + [{"id": "x", "n": Decimal("1E+100"), "z": None}]
    body = b"".join(to_json(item) + b"\n" for item in items[:50])
    source.bulk(body)
    source.created('{"id":"x","n":1E+100,"z":null}')
    listed = source.list(headers=NDJSON)
    target = start().client
    assert target.bulk(listed.body).json()["created"] == 51
    assert in_order(target.list().json()) == in_order(items)


@pytest.mark.needs(SAME_TEXT)
def test_a_list_put_again_restores_the_etags(start: Callable[..., Server]) -> None:
    source, target = start().client, start().client
    source.created('{"id":"x","n":1E+100,"z":null,"a":[1.50]}')
    target.bulk(source.list(headers=NDJSON).body)
    assert target.get("x").etag == source.get("x").etag


@pytest.mark.needs(BESIDE)
def test_a_cursor_works_on_another_server_of_the_deployment(start: Callable[..., Server]) -> None:
    one = start()
    one.client.bulk(b"".join(to_json({"id": f"{n:02}"}) + b"\n" for n in range(20)))
    target = next_of(one.client.list("?limit=5"))
    assert target
    two = start(data=one.data)
    assert two.client.request("GET", target).json() == one.client.request("GET", target).json()


def test_a_page_of_large_items_ends_early_rather_than_late(empty: Client) -> None:
    text = "x" * 300_000
    keys = [f"{n:02}" for n in range(30)]
    for key in keys:
        empty.created({"id": key, "text": text})
    pages = [answer.json() for answer in walk(empty, 1000)]
    assert sorted(item["id"] for page in pages for item in page) == keys
