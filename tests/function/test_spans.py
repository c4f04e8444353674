"""The span of an invocation leaves after its response, and before the next event is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable

from harness.http_server import Answer
from harness.lambda_events import FUNCTION_URL, HttpRequest, event_of
from harness.lambda_process import LambdaProcess
from harness.otlp_receiver import OtlpReceiver, Post
from harness.runtime_api import RuntimeApi
from harness.trace_spy import XRAY

ARN = "arn:aws:lambda:eu-west-1:1:function:picus"
W3C = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def get_event(*headers: tuple[str, str]) -> bytes:
    request = HttpRequest("GET", "/picus/get/k", list(headers), b"")
    return json.dumps(event_of(FUNCTION_URL, request)).encode()


def test_an_invocation_is_a_span_with_its_calls(
    api: RuntimeApi, run: Callable[..., LambdaProcess], receiver: OtlpReceiver
) -> None:
    function = run(api, PICUS_OTLP_ENDPOINT=receiver.url, PICUS_TRACE_SAMPLE="1")
    for number, cold in ((1, True), (2, False)):
        invocation = api.invoke(get_event())
        (call, own) = receiver.wait_for_spans(2 * number)[-2:]
        assert (own.name, own.kind, own.parent) == ("picus", "SERVER", "")
        assert (call.name, call.parent, call.trace) == ("DynamoDB.GetItem", own.id, own.trace)
        assert own["faas.coldstart"] is cold
        assert own["faas.trigger"] == "http"
        assert own["faas.invocation_id"] == invocation.request_id
        assert (own["aws.lambda.invoked_arn"], own["cloud.account.id"]) == (ARN, "1")
        assert own["http.route"] == "/picus/get/{key}"
        assert own["url.scheme"] == "https"
        assert own.resource["faas.name"] == "picus"
    function.stop()


def test_the_caller_does_not_wait_for_its_span(
    api: RuntimeApi, run: Callable[..., LambdaProcess], receiver: OtlpReceiver
) -> None:
    seen: list[tuple[bool, int]] = []

    def look(_: Post) -> Answer:
        seen.append((invocation.posted.wait(30), api.nexts))
        return Answer()

    receiver.reply = look
    function = run(api, PICUS_OTLP_ENDPOINT=receiver.url, PICUS_TRACE_SAMPLE="1")
    invocation = api.submit(get_event())
    receiver.wait_for(lambda spans: len(spans) == 2)
    api.wait_until_waiting(2)
    assert seen == [(True, 1)]  # posted, and the next event is not asked for
    function.stop()


def test_spans_that_were_not_accepted_follow_with_the_next_invocation(
    api: RuntimeApi, run: Callable[..., LambdaProcess], receiver: OtlpReceiver
) -> None:
    replies = iter([Answer(503, {"Retry-After": "0"})])
    receiver.reply = lambda _: next(replies, Answer())
    function = run(api, PICUS_OTLP_ENDPOINT=receiver.url, PICUS_TRACE_SAMPLE="1")
    api.invoke(get_event())
    api.wait_until_waiting(2)
    api.invoke(get_event())
    received = receiver.wait_for(lambda spans: len(spans) == 4)
    assert len({span.trace for span in received}) == 2
    function.stop()


def test_a_receiver_that_hangs_costs_a_second_after_the_response(
    api: RuntimeApi, run: Callable[..., LambdaProcess], receiver: OtlpReceiver
) -> None:
    receiver.reply = lambda _: Answer() if receiver.over.wait(300) else Answer(503)
    function = run(api, PICUS_OTLP_ENDPOINT=receiver.url, PICUS_TRACE_SAMPLE="1")
    for nexts in (2, 3):
        assert api.invoke(get_event()).kind == "response"
        api.wait_until_waiting(nexts)
    function.stop()


def test_only_a_receiver_that_is_x_ray_gets_lambdas_own_trace(
    api: RuntimeApi, run: Callable[..., LambdaProcess], receiver: OtlpReceiver
) -> None:
    function = run(api, PICUS_OTLP_ENDPOINT=receiver.url, PICUS_TRACE_SAMPLE="0")
    invocation = api.invoke(get_event(("traceparent", W3C)), trace=XRAY)
    (_, own) = receiver.wait_for(lambda spans: len(spans) == 2)
    assert (own.trace, own.parent) == (W3C[3:35], W3C[36:52])
    line = function.log_line(aws_request_id=invocation.request_id, event="request")
    assert (line["trace"], line["trace_id"], line["span_id"]) == (XRAY, own.trace, own.id)
    function.stop()
