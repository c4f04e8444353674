"""The function and Lambda's Runtime API: freezes, refusals, deadlines, the end."""

from __future__ import annotations

import http.client
import json
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from harness.client import Answer as ClientAnswer
from harness.client import check_problem, unique
from harness.dynamodb import DynamoDbLocal
from harness.fault_proxy import Exchange, FaultProxy, error_reply, healthy
from harness.fault_proxy import answer as fault_answer
from harness.lambda_events import ALB, FUNCTION_URL, HttpAnswer, HttpRequest, answer_of, event_of
from harness.lambda_process import LambdaProcess
from harness.process import parse_log
from harness.runtime_api import Invocation, RuntimeApi

Run = Callable[..., LambdaProcess]


def event(method: str, target: str, body: bytes = b"", source: str = FUNCTION_URL) -> bytes:
    headers = [("host", "items.example"), ("content-type", "application/json")]
    return json.dumps(event_of(source, HttpRequest(method, target, headers, body))).encode()


def answer(invocation: Invocation, source: str = FUNCTION_URL) -> HttpAnswer:
    assert invocation.kind == "response"
    return answer_of(source, invocation.body)


def problem(answered: HttpAnswer) -> str:
    """The code of a problem that is as the contract wants it."""
    headers = http.client.HTTPMessage()
    for name, value in answered.headers:
        headers[name] = value
    check_problem(ClientAnswer(answered.status, headers, answered.body))
    return str(json.loads(answered.body)["code"])


def put(api: RuntimeApi, key: str) -> Invocation:
    return api.invoke(event("POST", "/picus/put", json.dumps({"id": key}).encode()))


@pytest.mark.usefixtures("function")
def test_an_item_goes_in_and_comes_out(api: RuntimeApi) -> None:
    key = unique()
    assert answer(put(api, key)).status == 201
    got = answer(api.invoke(event("GET", f"/picus/get/{key}")))
    assert (got.status, json.loads(got.body)) == (200, {"id": key})


@pytest.mark.usefixtures("function")
def test_connections_that_a_freeze_killed_are_made_anew(api: RuntimeApi) -> None:
    for round_number in range(1, 4):
        api.wait_until_waiting(2 * round_number - 1)
        api.drop_connections()
        assert answer(api.invoke(event("GET", "/livez"))).status == 200


@pytest.mark.usefixtures("function")
def test_an_answer_that_meets_a_dead_connection_is_posted_again_once(api: RuntimeApi) -> None:
    key = unique()
    body = json.dumps({"id": key}).encode()
    assert answer(api.invoke(event("POST", "/picus/put", body), cut_posts=1)).status == 201
    # It was the answer that went out twice, not the put.
    assert answer(put(api, key)).status == 409


def test_it_ends_with_one_clear_line_when_the_runtime_api_is_gone(
    api: RuntimeApi, run: Run
) -> None:
    function = run(api)
    api.wait_until_waiting()
    api.stop()
    assert function.wait() == 1
    lines = [parse_log(line) for line in function.err.lines()]
    assert [line["event"] for line in lines] == ["stopped"]
    assert lines[0]["level"] == "error"
    assert "the Runtime API cannot be reached" in lines[0]["detail"]


def test_it_ends_when_its_answer_reaches_nobody(api: RuntimeApi, run: Run) -> None:
    function = run(api)
    api.submit(event("GET", "/livez"), cut_posts=99)
    assert function.wait() == 1
    assert parse_log(function.err.lines()[-1])["event"] == "stopped"


def test_an_answer_that_lambda_finds_too_large_is_logged_and_the_next_event_served(
    api: RuntimeApi, function: LambdaProcess
) -> None:
    refused = api.invoke(event("GET", "/livez"), status=413)
    line = function.log_line(event="response-refused")
    assert (line["level"], line["status"]) == ("error", 413)
    assert line["aws_request_id"] == refused.request_id
    assert answer(api.invoke(event("GET", "/livez"))).status == 200


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_an_invocation_waits_for_its_response(
    api: RuntimeApi, run: Run, dynamodb: DynamoDbLocal, sent: signal.Signals
) -> None:
    arrived, is_sent = threading.Event(), threading.Event()

    def hold(exchange: Exchange) -> None:
        arrived.set()
        assert is_sent.wait(30)
        healthy(exchange)

    proxy = FaultProxy(dynamodb.port)
    proxy.strike(hold)
    function = run(api, PICUS_ENDPOINT_URL=proxy.url)
    invocation = api.submit(event("GET", f"/picus/get/{unique()}"))
    assert arrived.wait(30)
    function.process.send_signal(sent)
    is_sent.set()
    assert invocation.posted.wait(30)
    assert answer(invocation).status == 404
    assert function.wait() == -sent
    proxy.stop()


def test_a_signal_between_two_invocations_ends_it_at_once(api: RuntimeApi, run: Run) -> None:
    function = run(api)
    assert answer(api.invoke(event("GET", "/livez"))).status == 200
    api.wait_until_waiting(2)
    function.process.send_signal(signal.SIGTERM)
    assert function.wait() == -signal.SIGTERM


def test_an_error_of_the_runtime_api_ends_it(api: RuntimeApi, run: Run) -> None:
    function = run(api)
    api.submit(event("GET", "/livez"), status=500)
    assert function.wait() == 1
    assert "500" in parse_log(function.err.lines()[-1])["detail"]


@pytest.mark.usefixtures("function")
def test_a_deadline_that_has_passed_is_504(api: RuntimeApi) -> None:
    late = answer(api.invoke(event("GET", f"/picus/get/{unique()}"), seconds=-10))
    assert (late.status, problem(late)) == (504, "deadline-exceeded")
    assert answer(api.invoke(event("GET", "/livez"), seconds=-10)).status == 200


def test_log_lines_say_which_invocation_they_belong_to_and_are_out_before_the_answer(
    api: RuntimeApi, function: LambdaProcess
) -> None:
    trace = "Root=1-67891233-abcdef012345678912345678;Parent=0123456789abcdef;Sampled=1"
    for sent in (trace, None):
        invocation = api.invoke(event("GET", "/livez"), trace=sent)
        line = function.log_line(event="request", aws_request_id=invocation.request_id)
        assert line.get("trace") == sent
        assert (line["route"], line["status"], line["method"]) == ("/livez", 200, "GET")


def test_a_log_line_tells_the_requests_of_lambda_and_of_dynamodb_apart(
    api: RuntimeApi, run: Run, dynamodb: DynamoDbLocal
) -> None:
    proxy = FaultProxy(dynamodb.port)
    proxy.strike(fault_answer(error_reply(400, "AccessDeniedException")))
    function = run(api, PICUS_ENDPOINT_URL=proxy.url)
    invocation = api.invoke(event("GET", f"/picus/get/{unique()}"))
    line = function.log_line(event="dynamodb-call-failed")
    assert line["aws_request_id"] == invocation.request_id
    assert line["service_request_id"] == "FAULTPROXY"
    proxy.stop()


def test_payloads_and_keys_are_not_logged(api: RuntimeApi, function: LambdaProcess) -> None:
    secret = unique("secret")
    put(api, secret)
    api.invoke(event("GET", f"/picus/get/{secret}"))
    api.invoke(event("DELETE", f"/picus?key={secret}"))
    api.invoke(f'{{"unknown":"{secret}"}}'.encode())
    last = api.invoke(event("GET", "/livez"))
    function.log_line(aws_request_id=last.request_id)
    assert not [line for line in function.err.lines() if "secret" in line]


def test_access_lines_and_lower_levels_can_be_left_out(api: RuntimeApi, run: Run) -> None:
    function = run(api, PICUS_ACCESS_LOG="off")
    api.invoke(event("GET", "/livez"))
    api.invoke(b"{}")
    function.log_line(event="event-not-understood")
    assert len(function.err.lines()) == 1
    function.stop()


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"PICUS_TABLE": ""}, "PICUS_TABLE"),
        ({"PICUS_OPERATIONS": "read"}, "PICUS_OPERATIONS"),
        ({"AWS_REGION": ""}, "AWS_REGION"),
        ({"PICUS_ENDPOINT_URL": "here"}, "endpoint-url"),
    ],
)
def test_a_wrong_configuration_is_told_to_lambda_and_ends_it(
    api: RuntimeApi, run: Run, env: dict[str, str], named: str
) -> None:
    function = run(api, **env)
    assert function.wait() == 1
    assert api.init_error
    told: dict[str, Any] = json.loads(api.init_error)
    assert told["errorType"] == "Runtime.InvalidConfiguration"
    assert named in told["errorMessage"]
    lines = [parse_log(line) for line in function.err.lines()]
    assert [line["event"] for line in lines] == ["configuration"]
    assert named in lines[0]["detail"]
    assert api.nexts == 0


def test_outside_of_lambda_it_says_what_it_is(run: Run) -> None:
    function = run(None)
    assert function.wait() == 1
    (line,) = function.err.lines()
    assert "AWS_LAMBDA_RUNTIME_API" in parse_log(line)["detail"]


def test_a_store_that_is_out_of_reach_is_503_and_no_reason_to_end(
    api: RuntimeApi, run: Run
) -> None:
    function = run(api, PICUS_ENDPOINT_URL="http://127.0.0.1:1")
    refused = answer(api.invoke(event("GET", "/picus/get/k")))
    assert (refused.status, problem(refused)) == (503, "store-unavailable")
    assert answer(api.invoke(event("GET", "/livez"))).status == 200
    function.stop()


def test_operations_that_are_not_offered_are_404_or_405(api: RuntimeApi, run: Run) -> None:
    function = run(api, PICUS_OPERATIONS="delete")
    statuses = {
        ("GET", "/picus/get/k"): 404,
        ("GET", "/picus/list"): 405,
        ("POST", "/picus/put"): 405,
        ("DELETE", f"/picus/{unique()}"): 404,
        ("GET", "/"): 200,
        ("GET", "/livez"): 200,
        ("GET", "/readyz"): 200,
    }
    for (method, target), status in statuses.items():
        assert answer(api.invoke(event(method, target))).status == status, target
    assert answer(api.invoke(event("GET", "/livez", source=ALB)), ALB).status == 200
    function.stop()
