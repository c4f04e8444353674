"""A function whose role may do one thing is ready, and does it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from harness.dynamodb import DynamoDbLocal
from harness.fault_proxy import Exchange, FaultProxy, error_reply, healthy
from harness.lambda_events import ALB, HttpRequest, answer_of, event_of
from harness.lambda_process import LambdaProcess
from harness.runtime_api import RuntimeApi

PROBES = 4  # three failures in a row make it unready


class OnlyDeletes:
    """A Fault that refuses all calls but one kind, and counts them all."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, exchange: Exchange) -> None:
        self.calls += 1
        headers, _ = exchange.request()
        if headers["x-amz-target"].endswith(".DeleteItem"):
            healthy(exchange)
        else:
            exchange.send(error_reply(400, "AccessDeniedException").wire())


@pytest.fixture
def role() -> OnlyDeletes:
    return OnlyDeletes()


@pytest.fixture
def proxy(dynamodb: DynamoDbLocal, role: OnlyDeletes) -> Iterator[FaultProxy]:
    running = FaultProxy(dynamodb.port)
    running.strike(role)
    yield running
    running.stop()


def ask(api: RuntimeApi, method: str, target: str) -> int:
    event = json.dumps(event_of(ALB, HttpRequest(method, target, [], b""))).encode()
    return answer_of(ALB, api.invoke(event).body).status


def test_the_right_to_delete_is_enough_to_ask_for_the_store(
    api: RuntimeApi,
    run: Callable[..., LambdaProcess],
    proxy: FaultProxy,
    role: OnlyDeletes,
) -> None:
    function = run(api, PICUS_ENDPOINT_URL=proxy.url, PICUS_OPERATIONS="delete")
    ready = 0
    while role.calls < PROBES:  # at most one a second goes out, whoever asks
        ready = ask(api, "GET", "/readyz/store")
    assert ready == 200
    assert ask(api, "DELETE", "/picus/k") == 404
    function.stop()
