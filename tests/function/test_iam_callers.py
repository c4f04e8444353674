"""What IAM has decided about a request counts where PICUS_AUTH_EVENT_IAM says so."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.access import configuration
from harness.lambda_events import (
    ALB,
    ALB_MULTI_VALUE,
    FUNCTION_URL,
    HTTP_API_1,
    HTTP_API_2,
    REST_API,
    HttpRequest,
    JsonObject,
    answer_of,
    event_of,
)
from harness.lambda_process import LambdaProcess
from harness.runtime_api import RuntimeApi

CALLER = "arn:aws:sts::111122223333:assumed-role/testers/anna"
SIGNED = (
    "Authorization",
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261129/eu-west-1/s/aws4_request",
)
IN_IDENTITY, IN_AUTHORIZER = (REST_API, HTTP_API_1), (HTTP_API_2, FUNCTION_URL)

NOBODY: list[JsonObject] = [
    {"authorizer": None, "identity": None},
    {"authorizer": {}},
    {"userArn": CALLER},
]


def context(source: str) -> JsonObject:
    """Where each source tells of the caller, and where it does not."""
    if source in IN_IDENTITY:
        return {"identity": {"sourceIp": "203.0.113.9", "userArn": CALLER}}
    return {"authorizer": {"iam": {"userArn": CALLER, "accountId": "111122223333"}}}


def asked(api: RuntimeApi, source: str, extra: JsonObject) -> int:
    event = event_of(source, HttpRequest("DELETE", "/picus/nothing", [SIGNED], b""))
    event["requestContext"] |= extra
    return answer_of(source, api.invoke(json.dumps(event).encode()).body).status


def test_whom_iam_lets_in_needs_no_token(
    api: RuntimeApi, run: Callable[..., LambdaProcess]
) -> None:
    function = run(api, PICUS_AUTH=configuration(), PICUS_AUTH_EVENT_IAM="trust")
    for source in (*IN_IDENTITY, *IN_AUTHORIZER):
        assert asked(api, source, context(source)) == 404, source
        other = context(FUNCTION_URL if source in IN_IDENTITY else REST_API)
        assert asked(api, source, other) == 401, source
        for nobody in NOBODY:
            assert asked(api, source, nobody) == 401, source
    for source in (ALB, ALB_MULTI_VALUE):
        for extra in (context(REST_API), context(HTTP_API_2)):
            assert asked(api, source, extra) == 401, source
    line = function.log_line(event="request", status=404)
    assert line["principal"] == f"iam {CALLER}"
    function.stop()


@pytest.mark.parametrize("env", [{}, {"PICUS_AUTH_EVENT_IAM": "off"}])
def test_it_is_off_unless_it_is_wanted(
    api: RuntimeApi, run: Callable[..., LambdaProcess], env: dict[str, str]
) -> None:
    function = run(api, PICUS_AUTH=configuration(), **env)
    for source in (*IN_IDENTITY, *IN_AUTHORIZER):
        assert asked(api, source, context(source)) == 401, source
    function.stop()
