"""The trace that an invocation belongs to goes on to DynamoDB."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from harness.dynamodb import DynamoDbLocal
from harness.lambda_events import ALB, FUNCTION_URL, HttpRequest, event_of
from harness.lambda_process import LambdaProcess
from harness.runtime_api import RuntimeApi
from harness.trace_spy import XRAY, TraceSpy


@pytest.fixture
def spy(dynamodb: DynamoDbLocal) -> Iterator[TraceSpy]:
    running = TraceSpy(dynamodb.port)
    yield running
    running.stop()


def get_event(source: str) -> bytes:
    return json.dumps(event_of(source, HttpRequest("GET", "/picus/get/k", [], b""))).encode()


def test_calls_of_an_invocation_carry_its_trace_and_no_other(
    api: RuntimeApi, run: Callable[..., LambdaProcess], spy: TraceSpy
) -> None:
    function = run(api, PICUS_ENDPOINT_URL=spy.url)
    for trace in (XRAY, None):
        invocation = api.invoke(get_event(FUNCTION_URL), trace=trace)
        line = function.log_line(aws_request_id=invocation.request_id, route="/picus/get/{key}")
        assert line.get("trace") == trace
    assert spy.seen == [("GetItem", XRAY), ("GetItem", None)]
    function.stop()


def test_the_invocations_trace_counts_before_that_of_the_load_balancer(
    api: RuntimeApi, run: Callable[..., LambdaProcess], spy: TraceSpy
) -> None:
    function = run(api, PICUS_ENDPOINT_URL=spy.url)
    event = get_event(ALB)
    (balancers,) = {json.loads(event)["headers"]["x-amzn-trace-id"]}
    for trace in (XRAY, None):
        invocation = api.invoke(event, trace=trace)
        line = function.log_line(aws_request_id=invocation.request_id, route="/picus/get/{key}")
        assert line["trace"] == (trace or balancers)
        root = line["trace"].partition(";")[0]
        assert root == "Root=1-" + line["trace_id"][:8] + "-" + line["trace_id"][8:]
    assert spy.seen == [("GetItem", XRAY), ("GetItem", balancers)]
    function.stop()
