"""Which error wins where a request has two faults: a property over every pair of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from harness.client import Client, path_of, to_json, unique
from harness.shapes import LOOPBACK, WRITTEN_METHODS

pytestmark = [pytest.mark.transport, pytest.mark.needs(WRITTEN_METHODS)]

TOO_LARGE = b" " * (1024 * 1024 + 1)


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def having(self, name: str, value: str) -> Request:
        return replace(self, headers=self.headers | {name: value})

    def asking(self, parameter: str) -> Request:
        mark = "&" if "?" in self.target else "?"
        return replace(self, target=f"{self.target}{mark}{parameter}")


def elsewhere(request: Request) -> Request:
    path, mark, query = request.target.partition("?")
    return replace(request, target=f"/nowhere/{path_of(path)}{mark}{query}")


@dataclass(frozen=True)
class Fault:
    name: str
    status: int
    code: str
    add: Callable[[Request], Request]
    has_body: bool = False  # only a request with a body can have it
    needs: tuple[str, ...] = ()


# The order of the contract.
FAULTS = [
    Fault(
        *("host", 403, "host-not-allowed", lambda r: r.having("Host", "evil.example")),
        needs=(LOOPBACK,),
    ),
    Fault("origin", 403, "cross-origin", lambda r: r.having("Origin", "http://evil.example")),
    Fault("path", 404, "not-found", elsewhere),
    Fault("method", 405, "method-not-allowed", lambda r: replace(r, method="PATCH")),
    Fault("parameter", 400, "invalid-parameter", lambda r: r.asking("ttl=1")),
    Fault("large", 413, "body-too-large", lambda r: replace(r, body=TOO_LARGE), has_body=True),
    Fault("body", 400, "invalid-json", lambda r: replace(r, body=b"{"), has_body=True),
]
REQUESTS = {
    "put": Request("POST", "/picus/put", body=b"{}"),
    "get": Request("GET", "/picus/get/{key}"),
    "get by query": Request("GET", "/picus/get?key={key}"),
    "list": Request("GET", "/picus/list?limit=1"),
    "delete": Request("DELETE", "/picus/{key}"),
}


def cases() -> list[object]:
    found: list[object] = []
    for name, request in REQUESTS.items():
        fitting = [fault for fault in FAULTS if request.body is not None or not fault.has_body]
        for first, second in itertools.combinations_with_replacement(fitting, 2):
            if (first.name, second.name) == ("large", "body"):
                continue  # one body cannot be both
            needs = [pytest.mark.needs(*first.needs, *second.needs)]
            marks = needs if first.needs or second.needs else []
            name_of_case = f"{name}: {first.name} and {second.name}"
            found.append(pytest.param(request, first, second, marks=marks, id=name_of_case))
    return found


@pytest.mark.parametrize(("request_", "first", "second"), cases())
def test_the_first_fault_in_the_order_of_the_contract_wins(
    client: Client, request_: Request, first: Fault, second: Fault
) -> None:
    key = unique()
    client.created({"id": key})
    faulty = first.add(second.add(replace(request_, target=request_.target.format(key=key))))
    answer = client.request(faulty.method, faulty.target, faulty.body, faulty.headers)
    assert (answer.status, answer.code) == (first.status, first.code)
    assert client.get(key).json() == {"id": key}


def test_a_body_that_is_malformed_and_too_large_is_too_large(client: Client) -> None:
    answer = client.put(b"{" + to_json("x" * len(TOO_LARGE)))
    assert (answer.status, answer.code) == (413, "body-too-large")
