"""The function writes the metrics of each invocation for CloudWatch."""

from __future__ import annotations

import json
from collections.abc import Callable

from harness.lambda_events import FUNCTION_URL, HttpRequest, event_of
from harness.lambda_process import LambdaProcess
from harness.runtime_api import RuntimeApi
from metrics.emf import lines_of, metrics_of


def event(method: str, path: str, body: bytes = b"") -> bytes:
    return json.dumps(event_of(FUNCTION_URL, HttpRequest(method, path, [], body))).encode()


def test_each_invocation_has_a_line_of_its_own(
    api: RuntimeApi, run: Callable[..., LambdaProcess]
) -> None:
    function = run(api, PICUS_METRICS="emf", PICUS_ENVIRONMENT_NAME="test")
    api.invoke(event("POST", "/picus/put", b'{"id":"emf"}'))
    api.invoke(event("GET", "/picus/get/emf"))
    api.invoke(event("GET", "/picus/get/emf"))
    function.out.wait_for(
        lambda _: len(lines_of(function.out.lines())) == 3, 30, "line for each invocation"
    )
    lines = lines_of(function.out.lines())
    function.stop()
    everything, get = ("picus", "test"), ("picus", "test", "/picus/get/{key}")
    put = metrics_of(lines[:1])
    assert put[everything, "Requests"] == (1, 1)
    assert put[everything, "StoreDuration"][0] == 1
    assert put[everything, "ConsumedWrite"][1] >= 1
    for line in lines[1:]:
        found = metrics_of([line])
        assert found[get, "Requests"] == found[everything, "Requests"] == (1, 1)
        assert found[get, "Errors5xx"] == (1, 0)
        assert found[get, "Duration"][0] == 1
        assert found[everything, "ConsumedRead"][1] in (0.5, 1)
        assert found[everything, "ConsumedWrite"][1] == 0
