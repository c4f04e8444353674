"""Events that no HTTP client makes, and answers that would be too long."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.client import Client, check_problem, to_json, unique
from harness.dynamodb import DynamoDbLocal
from harness.lambda_events import (
    ALB,
    ALB_MULTI_VALUE,
    REST_API,
    SOURCES,
    HttpRequest,
    answer_of,
    event_of,
)
from harness.lambda_gateway import Gateway
from harness.lambda_process import LambdaProcess, variables_of
from harness.runtime_api import RuntimeApi

ELB = {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/p/0"}}


def invoke(api: RuntimeApi, event: Any) -> dict[str, Any]:
    text = event if isinstance(event, bytes) else json.dumps(event).encode()
    answer = json.loads(api.invoke(text).body)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        {"Records": [{"eventSource": "aws:sqs"}]},
        {"requestContext": {}},
        {"version": "2.0", "requestContext": {"http": None}},
    ],
    ids=lambda event: str(event)[:20],
)
def test_an_event_that_is_no_request_fails_with_a_log_line(
    api: RuntimeApi, function: LambdaProcess, event: Any
) -> None:
    text = event if isinstance(event, bytes) else json.dumps(event).encode()
    failed = api.invoke(text)
    assert (failed.kind, failed.error_type) == ("error", "Function.Failed")
    assert "not an HTTP request" in json.loads(failed.body)["errorMessage"]
    line = function.log_line(event="event-not-understood")
    assert (line["level"], line["source"]) == ("error", "unknown")
    assert line["aws_request_id"] == failed.request_id
    assert invoke(api, {"requestContext": ELB, "httpMethod": "GET", "path": "/livez"})


def test_an_event_of_more_than_24_mib_fails_and_the_next_is_served(
    api: RuntimeApi, function: LambdaProcess
) -> None:
    head = b'{"requestContext":{"elb":{}},"httpMethod":"GET","path":"/livez","headers":{},"body":"'
    for size, kind in ((24 << 20, "response"), ((24 << 20) + 1, "error")):
        sent = api.invoke(head.ljust(size - 2, b"x") + b'"}')
        assert sent.kind == kind, sent.body
    assert "24 MiB" in json.loads(sent.body)["errorMessage"]
    line = function.log_line(event="event-not-understood")
    assert line["aws_request_id"] == sent.request_id
    assert invoke(api, {"requestContext": ELB, "httpMethod": "GET", "path": "/livez"})


def test_the_paths_of_a_response_have_the_base_path_of_the_request(
    api: RuntimeApi, run: Callable[..., LambdaProcess]
) -> None:
    function = run(api, PICUS_BASE_PATH="/store")
    for prefix in ("/store", ""):
        key = unique()
        request = HttpRequest("POST", f"{prefix}/picus/put", [], to_json({"id": key}))
        event = event_of(REST_API, request)
        made = answer_of(REST_API, api.invoke(json.dumps(event).encode()).body)
        assert (made.status, dict(made.headers)["Location"]) == (201, f"{prefix}/picus/get/{key}")
        listed = HttpRequest("GET", f"{prefix}/picus/list?limit=1", [], b"")
        event = event_of(REST_API, listed)
        page = answer_of(REST_API, api.invoke(json.dumps(event).encode()).body)
    assert dict(page.headers)["Link"].startswith(f"<{prefix}/picus/list?limit=1&cursor=")
    function.stop()


@pytest.mark.parametrize(
    "members",
    [
        {"httpMethod": 1},
        {"path": None},
        {"path": "no-slash"},
        {"headers": []},
        {"headers": {"a": ["b"]}},
        {"multiValueHeaders": {"a": "b"}},
        {"queryStringParameters": "a=b"},
        {"body": 5},
        {"body": "!", "isBase64Encoded": True},
        {"isBase64Encoded": "yes"},
    ],
    ids=str,
)
def test_a_malformed_event_of_a_load_balancer_is_answered_in_its_form(
    api: RuntimeApi, function: LambdaProcess, members: dict[str, Any]
) -> None:
    event = {"requestContext": ELB, "httpMethod": "GET", "path": "/livez", "headers": {}}
    source = ALB_MULTI_VALUE if "multiValueHeaders" in members else ALB
    answer = answer_of(source, api.invoke(json.dumps(event | members).encode()).body)
    assert answer.status == 400
    assert json.loads(answer.body)["code"] == "bad-request"
    function.log_line(event="event-not-understood", source=source)


@pytest.mark.usefixtures("function")
def test_a_health_check_of_a_load_balancer_has_no_host(api: RuntimeApi) -> None:
    check = {
        "requestContext": ELB,
        "httpMethod": "GET",
        "path": "/livez",
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }
    answer = answer_of(ALB, api.invoke(json.dumps(check).encode()).body)
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "alive"})


@pytest.mark.usefixtures("function")
def test_a_body_in_base64_is_the_body(api: RuntimeApi) -> None:
    item = {"id": unique(), "text": "é\u0000日本"}
    event = {
        "requestContext": ELB,
        "httpMethod": "POST",
        "path": "/picus/put",
        "headers": {},
        "body": base64.b64encode(to_json(item)).decode(),
        "isBase64Encoded": True,
    }
    answer = answer_of(ALB, api.invoke(json.dumps(event).encode()).body)
    assert answer.status == 201
    assert json.loads(answer.body) == {"id": item["id"]}


# What follows is over HTTP, through each source; the gateway checks the limits of answers.


@pytest.fixture(scope="module", params=SOURCES)
def large(
    request: pytest.FixtureRequest,
    bootstrap: Path,
    dynamodb: DynamoDbLocal,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Client]]:
    """A table with items of up to 400 KB, and the source that leads to it."""
    table = dynamodb.create_table()
    api = RuntimeApi()
    directory = tmp_path_factory.mktemp("large")
    function = LambdaProcess(bootstrap, directory, api, variables_of(dynamodb, table))
    gateway = Gateway(request.param, api)
    client = Client(gateway.url)
    for number, size in enumerate([380_000, 5, 300_000, 90_000, 390_000] * 5):
        client.created(to_json({"id": f"large-{number}", "text": '"' * (size // 2)}))
    yield request.param, client
    gateway.stop()
    function.stop()
    api.stop()
    dynamodb.delete_table(table)


def test_a_list_that_would_not_fit_is_pages(large: tuple[str, Client]) -> None:
    _, client = large
    target, found, pages = "/picus/list", [], 0
    while target:
        page = client.request("GET", target)
        assert page.status == 200
        items = page.json()
        assert items, "a page that is not the last is never empty"
        found += [item["id"] for item in items]
        pages += 1
        target = (page.get("Link") or "<>").partition(">")[0].removeprefix("<")
    assert sorted(found) == sorted(f"large-{number}" for number in range(25))
    assert pages > 1


def test_an_export_has_the_items_of_all_pages(large: tuple[str, Client], picus: Path) -> None:
    _, client = large
    command = [str(picus), "export", "--url", client.url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [json.loads(line)["id"] for line in done.stdout.splitlines()]
    assert sorted(found) == sorted(f"large-{number}" for number in range(25))


def test_an_item_that_fits_comes_whole(large: tuple[str, Client]) -> None:
    _, client = large
    assert len(client.get("large-0").json()["text"]) == 190_000


def test_an_item_that_does_not_fit_is_a_problem_that_says_so(large: tuple[str, Client]) -> None:
    source, client = large
    key = unique("controls")
    # A text that DynamoDB counts with 170 KB, and JSON writes in 1020 KB.
    body = f'{{"id":"{key}","text":"' + "\\u0001" * 170_000 + '"}'
    assert client.put(body).status == 201
    got = client.get(key)
    if source in (ALB, ALB_MULTI_VALUE):
        assert (got.status, got.code) == (413, "item-too-large")
        assert "1000000 bytes" in got.json()["detail"]
        check_problem(got)
    else:
        assert got.status == 200, source
    assert client.delete(key).status == 200
    assert source != REST_API or client.get("large-0").status == 200
