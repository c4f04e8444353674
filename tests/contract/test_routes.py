"""Which paths there are, and which methods they take."""

from __future__ import annotations

import re

import pytest

from harness.client import Client, path_of, unique
from harness.shapes import BARE_ANSWERS, HEAD_LENGTH, PREFLIGHT, WRITTEN_METHODS

READ = {"GET", "HEAD", "OPTIONS"}
ALLOWED = {
    "/": READ,
    "/livez": READ,
    "/readyz": READ,
    "/openapi.json": READ,
    "/picus/put": {"POST", "DELETE", "OPTIONS"},  # DELETE: of the item whose key is `put`
    "/picus/list": READ | {"DELETE"},
    "/picus/get/some-key": READ,
    "/picus/get": READ | {"DELETE"},  # GET: of the item that `?key=` names
    "/picus/some-key": {"DELETE", "OPTIONS"},
    "/picus": {"DELETE", "OPTIONS"},
}
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


def test_readyz_says_ready(client: Client) -> None:
    answer = client.request("GET", "/readyz")
    assert (answer.status, answer.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/openapi.json"])
def test_head_of_a_plain_route_has_the_headers_of_get_and_no_body(
    client: Client, path: str
) -> None:
    got = client.request("GET", path)
    headed = client.request("HEAD", path)
    assert headed.status == 200
    for name in ("Content-Type", "Cache-Control", "ETag"):
        assert headed.get(name) == got.get(name), name


@pytest.mark.needs(HEAD_LENGTH)
@pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/openapi.json"])
def test_head_of_a_plain_route_tells_its_length(client: Client, path: str) -> None:
    length = client.request("HEAD", path)["Content-Length"]
    assert length == client.request("GET", path)["Content-Length"]


@pytest.mark.needs(PREFLIGHT)
@pytest.mark.parametrize("path", ALLOWED)
def test_options_of_a_known_path_is_204_with_allow(client: Client, path: str) -> None:
    answer = client.request("OPTIONS", path)
    assert answer.status == 204
    assert allow_of(answer["Allow"]) == ALLOWED[path]


@pytest.mark.needs(PREFLIGHT, BARE_ANSWERS)
def test_an_answer_without_a_body_tells_no_type_of_it(client: Client) -> None:
    assert client.request("OPTIONS", "/livez").get("Content-Type") is None


@pytest.mark.parametrize("path", ALLOWED)
@pytest.mark.parametrize("method", METHODS)
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


def test_a_query_does_not_change_the_route(client: Client) -> None:
    assert client.request("GET", "/livez?probe=1&x").status == 200
    key = unique()
    client.created({"id": key})
    assert client.get(key, query="?anything=goes").status == 200


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
