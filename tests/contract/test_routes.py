"""Which paths there are, and which methods they take."""

from __future__ import annotations

import re
from typing import Any

import pytest

from harness.client import Client, path_of, unique
from harness.shapes import (
    BARE_ANSWERS,
    HEAD_LENGTH,
    LOOPBACK,
    ONE_PROGRAM,
    PREFLIGHT,
    WRITTEN_METHODS,
    Shape,
)

pytestmark = pytest.mark.transport

READ = {"GET", "HEAD", "OPTIONS"}
ALLOWED = {
    "/": READ,
    "/livez": READ,
    "/readyz": READ,
    "/readyz/store": READ,
    "/openapi.json": READ,
    "/docs": READ,
    "/picus/put": {"POST", "DELETE", "OPTIONS"},  # DELETE: of the item whose key is `put`
    "/picus/list": READ | {"DELETE"},
    "/picus/get/some-key": READ,
    "/picus/get": READ | {"DELETE"},  # GET: of the item that `?key=` names
    "/picus/some-key": {"DELETE", "OPTIONS"},
    "/picus": {"DELETE", "OPTIONS"},
}
# Those that not every shape has.
NEEDS = {"/docs": LOOPBACK}
METHODS = [
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"),
    pytest.param("OPTIONS", marks=pytest.mark.needs(PREFLIGHT)),
    pytest.param("get", marks=pytest.mark.needs(WRITTEN_METHODS)),
]


def allow_of(value: str) -> set[str]:
    return set(re.split(r",\s*", value))


def test_root_says_healthy_and_the_version(client: Client) -> None:
    answer = client.request("GET", "/")
    assert answer.status == 200
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"status", "version"}
    assert body["status"] == "healthy"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", body["version"])


def test_livez_says_alive(client: Client) -> None:
    answer = client.request("GET", "/livez")
    assert (answer.status, answer.json()) == (200, {"status": "alive"})


def test_readyz_store_says_how_the_store_is_and_which(client: Client, shape: Shape) -> None:
    answer = client.request("GET", "/readyz/store")
    store = "lmdb" if set(shape.parts) <= {"container_host"} else "dynamodb"
    assert (answer.status, answer.json()) == (200, {"status": "ok", "store": store})


def test_readyz_says_ready(client: Client) -> None:
    answer = client.request("GET", "/readyz")
    assert (answer.status, answer.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/readyz/store", "/openapi.json"])
def test_head_of_a_plain_route_has_the_headers_of_get_and_no_body(
    client: Client, path: str
) -> None:
    got = client.request("GET", path)
    headed = client.request("HEAD", path)
    assert headed.status == 200
    for name in ("Content-Type", "Cache-Control", "ETag"):
        assert headed.get(name) == got.get(name), name


@pytest.mark.needs(HEAD_LENGTH)
@pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/readyz/store", "/openapi.json"])
def test_head_of_a_plain_route_tells_its_length(client: Client, path: str) -> None:
    length = client.request("HEAD", path)["Content-Length"]
    assert length == client.request("GET", path)["Content-Length"]


def marks_of(path: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.needs(NEEDS[path])] if path in NEEDS else []


@pytest.mark.needs(PREFLIGHT)
@pytest.mark.parametrize("path", [pytest.param(path, marks=marks_of(path)) for path in ALLOWED])
def test_options_of_a_known_path_is_204_with_allow(client: Client, path: str) -> None:
    answer = client.request("OPTIONS", path)
    assert answer.status == 204
    assert allow_of(answer["Allow"]) == ALLOWED[path]


@pytest.mark.needs(PREFLIGHT, BARE_ANSWERS)
def test_an_answer_without_a_body_tells_no_type_of_it(client: Client) -> None:
    assert client.request("OPTIONS", "/livez").get("Content-Type") is None


def asked(method: Any, path: str) -> Any:
    given = pytest.param(method) if isinstance(method, str) else method
    marks = [*given.marks, *marks_of(path)]
    # Where deletions are another program's, to that one this is no path at all.
    if (*given.values, path) == ("DELETE", "/picus/get/some-key"):
        marks.append(pytest.mark.needs(ONE_PROGRAM))
    return pytest.param(*given.values, path, marks=marks)


@pytest.mark.parametrize(
    ("method", "path"), [asked(method, path) for path in ALLOWED for method in METHODS]
)
def test_another_method_on_a_known_path_is_405_with_allow(
    client: Client, method: str, path: str
) -> None:
    if method in ALLOWED[path]:
        assert client.request(method, path).status != 405
        return
    answer = client.request(method, path)
    assert answer.status == 405
    assert method == "HEAD" or answer.code == "method-not-allowed"
    assert allow_of(answer["Allow"]) == ALLOWED[path]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/index.html",
        "/picus/",
        "/picus/get/",
        "/picus/get/a/b",
        "/picus/get//",
        "/picus/a/b",
        "/picus/list/",
        "/picus/put/",
        "/Picus/list",
        "//picus/list",
        "/./picus/list",
        "/picus/../livez",
        "/livez/",
        "/openapi.yaml",
        "/favicon.ico",
    ],
)
def test_everything_else_is_404(client: Client, path: str) -> None:
    answer = client.request("GET", path)
    assert answer.status == 404
    assert answer.code == "not-found"


@pytest.mark.parametrize(
    "method",
    ["POST", "DELETE", pytest.param("OPTIONS", marks=pytest.mark.needs(PREFLIGHT)), "PATCH"],
)
def test_an_unknown_path_is_404_for_every_method(client: Client, method: str) -> None:
    assert client.request(method, "/no/such/path").status == 404


def test_health_and_the_description_ignore_their_query(client: Client) -> None:
    for path in ("/", "/livez", "/readyz", "/readyz/store", "/openapi.json"):
        assert client.request("GET", f"{path}?probe=1&x").status == 200


UNKNOWN = [
    ("GET", "/picus/list?prefix=a", "limit, cursor and consistency"),
    ("GET", "/picus/list?limit=1&page=2", "limit, cursor and consistency"),
    ("GET", "/picus/list?limit=1&offset=2", "limit, cursor and consistency"),
    ("GET", "/picus/get/{key}?fields=n", "consistency"),
    ("GET", "/picus/get?key={key}&fields=n", "key and consistency"),
    ("POST", "/picus/put?ttl=60", "on_conflict"),
    ("DELETE", "/picus/{key}?dry_run=true", "none"),
    ("DELETE", "/picus?key={key}&dry_run=true", "key"),
]


@pytest.mark.parametrize(("method", "target", "known"), UNKNOWN)
def test_an_unknown_parameter_is_400_and_nothing_is_done(
    client: Client, method: str, target: str, known: str
) -> None:
    key, other = unique(), unique()
    client.created({"id": key})
    body = f'{{"id":"{other}"}}' if method == "POST" else None
    answer = client.request(method, target.format(key=key), body=body)
    assert (answer.status, answer.code) == (400, "invalid-parameter")
    unknown = target.rpartition("=")[0].replace("&", "?").rpartition("?")[2]
    detail = f"This request has no parameter {unknown}; its parameters: {known}."
    assert answer.json()["detail"] == detail
    assert client.get(key).status == 200
    assert client.get(other).status == 404


def test_a_delete_of_the_words_put_list_and_get_is_that_of_items(client: Client) -> None:
    for key in ("put", "list", "get"):
        client.created({"id": key})
        answer = client.request("DELETE", f"/picus/{key}")
        assert (answer.status, answer.json()) == (200, {"id": key, "deleted": True})
        assert client.get(key).status == 404


def test_openapi_json_is_served_with_a_tag_and_answers_304_to_it(client: Client) -> None:
    answer = client.request("GET", "/openapi.json")
    assert answer.status == 200
    assert answer["Content-Type"] == "application/json"
    again = client.request("GET", "/openapi.json", headers={"If-None-Match": answer.etag})
    assert again.status == 304
    assert again.etag == answer.etag


def test_a_body_with_a_get_is_read_over(client: Client) -> None:
    key = unique()
    client.created({"id": key})
    target = f"/picus/get/{path_of(key)}"
    assert client.request("GET", target, b'{"id":"other"}').status == 200
