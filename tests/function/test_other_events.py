"""What is no HTTP request fails its invocation, so that nobody takes it for processed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from function.other_events import AUTHORIZERS, BUS, HOOKS, KEY, MESSAGES, REQUESTS, SOCKETS, Event
from harness.dynamodb import DynamoDbLocal
from harness.lambda_events import FUNCTION_URL, HttpRequest, event_of
from harness.lambda_process import LambdaProcess, variables_of
from harness.runtime_api import Invocation, RuntimeApi

REASONS = (
    dict.fromkeys(AUTHORIZERS, "authorizer")
    | dict.fromkeys(SOCKETS, "WebSocket")
    | dict.fromkeys((*MESSAGES, *BUS, *HOOKS), "it is not from a load balancer")
)
EVENTS = AUTHORIZERS | SOCKETS | MESSAGES | BUS | HOOKS


@pytest.fixture(scope="module")
def served(
    bootstrap: Path,
    dynamodb: DynamoDbLocal,
    table: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RuntimeApi]:
    """A function on a custom domain, with the item that some events would delete."""
    api = RuntimeApi()
    variables = variables_of(dynamodb, table) | {"PICUS_BASE_PATH": "/store"}
    function = LambdaProcess(bootstrap, tmp_path_factory.mktemp("others"), api, variables)
    put = HttpRequest("POST", "/picus/put", [], json.dumps({"id": KEY}).encode())
    assert json.loads(invoke(api, event_of(FUNCTION_URL, put)).body)["statusCode"] == 201
    yield api
    function.stop()
    api.stop()


def invoke(api: RuntimeApi, event: Event) -> Invocation:
    return api.invoke(json.dumps(event).encode())


def is_there(api: RuntimeApi) -> bool:
    got = invoke(api, event_of(FUNCTION_URL, HttpRequest("GET", f"/picus/get/{KEY}", [], b"")))
    return bool(json.loads(got.body)["statusCode"] == 200)


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(EVENTS) >= 60


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_is_no_request_fails_its_invocation(served: RuntimeApi, name: str) -> None:
    failed = invoke(served, EVENTS[name])
    assert (failed.kind, failed.error_type) == ("error", "Function.Failed"), failed.body
    assert REASONS[name] in json.loads(failed.body)["errorMessage"]
    assert is_there(served)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_answered_whatever_else_is_in_its_event(served: RuntimeApi, name: str) -> None:
    event, status = REQUESTS[name]
    answered = invoke(served, event)
    assert answered.kind == "response"
    assert json.loads(answered.body)["statusCode"] == status
    assert is_there(served)
