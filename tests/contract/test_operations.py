"""PICUS_OPERATIONS: a server, or a function, that offers only some of the operations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.client import Client, unique
from harness.shapes import ONE_PROGRAM, PREFLIGHT, Server

pytestmark = pytest.mark.transport

# What is asked for each operation, and the answer where it is offered.
REQUESTS = {
    "get": [
        ("GET", "/picus/get/k", 404),
        ("HEAD", "/picus/get/k", 404),
        ("GET", "/picus/get?key=k", 404),
    ],
    "put": [("POST", "/picus/put", 400)],
    "list": [("GET", "/picus/list", 200), ("HEAD", "/picus/list", 200)],
    "delete": [("DELETE", "/picus/k", 404), ("DELETE", "/picus?key=k", 404)],
}
ALWAYS = ("/", "/livez", "/readyz", "/readyz/store", "/openapi.json")


def limited(start: Callable[..., Server], operations: str) -> Client:
    return start(env={"PICUS_OPERATIONS": operations}).client


# One of two programs that share the work has not the rights of the other.
@pytest.mark.needs(ONE_PROGRAM)
@pytest.mark.parametrize("offered", REQUESTS)
def test_only_what_is_offered_is_answered(start: Callable[..., Server], offered: str) -> None:
    client = limited(start, offered)
    for operation, requests in REQUESTS.items():
        for method, target, status in requests:
            answer = client.request(method, target)
            if operation == offered:
                assert answer.status == status, (method, target)
                assert method == "HEAD" or status == 200 or answer.code != "method-not-allowed"
            else:
                assert answer.status in (404, 405), (method, target)
                assert method == "HEAD" or answer.code in ("not-found", "method-not-allowed")
    for path in ALWAYS:
        assert client.request("GET", path).status == 200


@pytest.mark.needs(PREFLIGHT)
def test_a_path_tells_the_methods_that_are_left(start: Callable[..., Server]) -> None:
    client = limited(start, "delete, list")
    for path, allow in {
        "/picus/list": "GET, HEAD, DELETE, OPTIONS",
        "/picus/put": "DELETE, OPTIONS",
        "/picus/get": "DELETE, OPTIONS",
        "/picus/k": "DELETE, OPTIONS",
        "/picus": "DELETE, OPTIONS",
    }.items():
        assert client.request("POST", path)["Allow"] == allow
        assert client.request("OPTIONS", path)["Allow"] == allow
    assert client.request("OPTIONS", "/picus/get/k").status == 404


@pytest.mark.needs(ONE_PROGRAM)
def test_a_key_that_is_the_name_of_an_operation_can_be_deleted_still(
    start: Callable[..., Server],
) -> None:
    first = start()
    name = unique()
    first.client.created({"id": "get", "name": name})
    assert first.client.delete("get").status == 200
    assert limited(start, "delete").delete("get").status == 404
