"""picus-verify as a hook of a CodeDeploy deployment, on Lambda's Runtime API."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.access import EVERY_SCOPE
from harness.certificates import Authority
from harness.client import Client
from harness.fault_proxy import EMPTY, HTML, OTHER_API, Reply, error_reply
from harness.faulty_server import FaultyServer, Forward
from harness.hook_reports import CUT, CodeDeploy
from harness.http_server import Answer, Request
from harness.lambda_process import LambdaProcess
from harness.otlp_receiver import OtlpReceiver, Span
from harness.ports import free_port
from harness.process import PicusProcess
from harness.runtime_api import RuntimeApi
from harness.sts import ROLE, Sts

EVERY = " ".join(EVERY_SCOPE)
EXECUTION = "eyJ-the-execution"
EVENT = json.dumps(
    {"DeploymentId": "d-ABCDEF123", "LifecycleEventHookExecutionId": EXECUTION}
).encode()
Run = Callable[..., LambdaProcess]


def report(status: str) -> dict[str, str]:
    return {
        "deploymentId": "d-ABCDEF123",
        "lifecycleEventHookExecutionId": EXECUTION,
        "status": status,
    }


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    running = RuntimeApi()
    yield running
    running.stop()


@pytest.fixture
def codedeploy() -> Iterator[CodeDeploy]:
    running = CodeDeploy()
    yield running
    running.stop()


@pytest.fixture
def run(
    program: Path, tmp_path: Path, api: RuntimeApi, picus_server: PicusProcess
) -> Iterator[Run]:
    """Starts the hook: `run(codedeploy.url, PICUS_VERIFY_URL=…)`. It has to live to the end."""
    with contextlib.ExitStack() as stack:

        def start(codedeploy: str, **env: str) -> LambdaProcess:
            known = {
                "PICUS_VERIFY_URL": picus_server.url,
                "PICUS_VERIFY_PATIENCE": "0s",
                "AWS_ENDPOINT_URL_CODEDEPLOY": codedeploy,
            }
            function = LambdaProcess(program, tmp_path, api, known | env)
            stack.callback(function.stop)
            return function

        yield start


def test_a_good_server_is_reported_as_succeeded(
    run: Run, api: RuntimeApi, codedeploy: CodeDeploy, items: Client
) -> None:
    hook = run(codedeploy.url)
    invocation = api.invoke(EVENT)
    assert (invocation.kind, invocation.body) == ("response", b'{"status":"Succeeded"}')
    assert codedeploy.reports == [report("Succeeded")]
    for check in ("ready", "put", "delete", "clean-up"):
        assert hook.log_line(event="check", check=check)["result"] == "ok"
    verified = hook.log_line(event="verified", deployment="d-ABCDEF123", result="Succeeded")
    assert verified["aws_request_id"] == invocation.request_id
    hook.log_line(event="result-reported")
    assert not [line for line in hook.err.lines() if EXECUTION in line]
    assert items.list().json() == []


def test_a_run_is_a_span_to_which_the_requests_belong(
    run: Run, api: RuntimeApi, codedeploy: CodeDeploy, picus_server: PicusProcess
) -> None:
    receiver = OtlpReceiver()
    run(codedeploy.url, PICUS_OTLP_ENDPOINT=receiver.url)
    invocation = api.invoke(EVENT)
    report, span = receiver.wait_for(lambda spans: len(spans) == 2)
    receiver.stop()
    assert (report.name, report.kind) == (f"CodeDeploy.{report['rpc.method']}", "CLIENT")
    assert (report.trace, report.parent) == (span.trace, span.id)
    assert (span.name, span.kind, span.failed) == ("picus-verify", "SERVER", False)
    assert span["faas.invocation_id"] == invocation.request_id
    assert span.resource["service.name"] == "picus-verify"
    for method in ("POST", "GET", "DELETE"):
        line = picus_server.log_line(method=method, trace_id=span.trace)
        assert line["trace"].endswith(f";Parent={span.id};Sampled=1")


def test_a_bad_server_is_reported_as_failed_and_the_log_says_why(
    run: Run,
    api: RuntimeApi,
    codedeploy: CodeDeploy,
    faulty: Callable[..., FaultyServer],
    items: Client,
) -> None:
    def fault(request: Request, forward: Forward) -> Answer:
        return forward(request.without("idempotency-key"))

    hook = run(codedeploy.url, PICUS_VERIFY_URL=faulty(fault).url)
    answer = json.loads(api.invoke(EVENT).body)
    reason = "idempotent retry: the retry created a second item"
    assert answer == {"status": "Failed", "reason": reason}
    assert codedeploy.reports == [report("Failed")]
    assert hook.log_line(event="verified", result="Failed")["reason"] == reason
    assert items.list().json() == []


def test_a_deadline_in_the_middle_ends_in_a_report_and_nothing_is_left(
    run: Run,
    api: RuntimeApi,
    codedeploy: CodeDeploy,
    faulty: Callable[..., FaultyServer],
    items: Client,
) -> None:
    def stuck(request: Request, forward: Forward) -> Answer:
        if request.target == "/picus/list?limit=1":
            server.over.wait()
        return forward(request)

    server = faulty(stuck)
    run(codedeploy.url, PICUS_VERIFY_URL=server.url)
    api.wait_until_waiting()
    invocation = api.submit(EVENT, seconds=6)
    assert invocation.posted.wait(6)
    reason = json.loads(invocation.body)["reason"]
    assert reason == (
        "list page: GET /picus/list?limit=1: no response before the end of the time for all checks"
    )
    assert codedeploy.reports == [report("Failed")]
    assert items.list().json() == []


def test_a_report_that_fails_is_tried_again(run: Run, api: RuntimeApi) -> None:
    codedeploy = CodeDeploy(
        error_reply(400, "ThrottlingException"), Reply(500, b"{}"), Reply(503, b"{}")
    )
    hook = run(codedeploy.url)
    assert api.invoke(EVENT).body == b'{"status":"Succeeded"}'
    codedeploy.stop()
    assert codedeploy.reports == [report("Succeeded")]
    assert codedeploy.calls == 4
    hook.log_line(event="codedeploy-call-failed", code="ThrottlingException")


@pytest.mark.parametrize("page", [HTML, OTHER_API, EMPTY])
def test_a_page_of_something_else_is_no_report(run: Run, api: RuntimeApi, page: Reply) -> None:
    codedeploy = CodeDeploy(page)
    hook = run(codedeploy.url)
    assert api.invoke(EVENT).body == b'{"status":"Succeeded"}'
    codedeploy.stop()
    assert (codedeploy.calls, codedeploy.reports) == (2, [report("Succeeded")])
    detail = hook.log_line(event="codedeploy-call-failed")["detail"]
    assert detail.startswith(f"The service at {codedeploy.url} is not CodeDeploy: ")


def test_a_report_whose_answer_was_lost_counts_where_codedeploy_has_it(
    run: Run, api: RuntimeApi
) -> None:
    codedeploy = CodeDeploy(CUT)
    run(codedeploy.url)
    assert api.invoke(EVENT).body == b'{"status":"Succeeded"}'
    codedeploy.stop()
    assert (codedeploy.calls, codedeploy.reports) == (2, [report("Succeeded")])


@pytest.mark.parametrize(
    ("faults", "secret", "told"),
    [
        ([error_reply(400, "AccessDeniedException")], None, "AccessDeniedException: made up"),
        (
            [error_reply(400, "LifecycleEventAlreadyCompletedException")],
            None,
            "LifecycleEventAlreadyCompletedException: made up",
        ),
        ([], "another secret", "InvalidSignatureException: made up"),
    ],
)
def test_a_hook_that_cannot_report_says_so_and_fails_its_invocation(
    run: Run, api: RuntimeApi, faults: list[Reply], secret: str | None, told: str
) -> None:
    codedeploy = CodeDeploy(*faults, secret_key=secret) if secret else CodeDeploy(*faults)
    hook = run(codedeploy.url)
    invocation = api.invoke(EVENT)
    assert (invocation.kind, invocation.error_type) == ("error", "Function.Failed")
    assert hook.log_line(event="result-not-reported", deployment="d-ABCDEF123")["detail"] == told
    api.wait_until_waiting(2)
    codedeploy.stop()
    assert codedeploy.reports == []


def test_a_codedeploy_that_is_away_is_tried_until_the_deadline(
    run: Run, api: RuntimeApi, receiver: OtlpReceiver
) -> None:
    hook = run(f"http://127.0.0.1:{free_port()}", PICUS_OTLP_ENDPOINT=receiver.url)
    api.wait_until_waiting()
    assert api.invoke(EVENT, seconds=2).kind == "error"
    hook.log_line(event="result-not-reported")

    def is_third_retry(span: Span) -> bool:
        return span.attributes.get("http.request.resend_count") == 3

    # The delays before these are so short that there is time for them whatever they are.
    receiver.wait_for(lambda spans: any(map(is_third_retry, spans)), "third retry")


def test_a_hook_without_a_url_reports_that_as_the_reason(
    run: Run, api: RuntimeApi, codedeploy: CodeDeploy
) -> None:
    hook = run(codedeploy.url, PICUS_VERIFY_URL="")
    api.invoke(EVENT)
    assert codedeploy.reports == [report("Failed")]
    assert hook.log_line(event="verified")["reason"] == (
        "configuration: there is no URL: give one, or set PICUS_VERIFY_URL"
    )


@pytest.mark.parametrize("event", [b"{}", b"[]", b"no", b'{"DeploymentId":"d-1"}'])
def test_an_event_of_nobody_s_is_an_error_of_its_invocation(
    run: Run, api: RuntimeApi, codedeploy: CodeDeploy, event: bytes
) -> None:
    hook = run(codedeploy.url)
    invocation = api.invoke(event)
    assert invocation.kind == "error"
    assert b"The event is not from a CodeDeploy hook: " in invocation.body
    hook.log_line(event="event-not-understood")
    assert codedeploy.calls == 0


def test_one_hook_serves_one_deployment_after_the_other(
    run: Run, api: RuntimeApi, codedeploy: CodeDeploy, items: Client
) -> None:
    run(codedeploy.url)
    for number in range(3):
        event = {"DeploymentId": f"d-{number}", "LifecycleEventHookExecutionId": EXECUTION}
        assert api.invoke(json.dumps(event).encode()).body == b'{"status":"Succeeded"}'
    assert [taken["deploymentId"] for taken in codedeploy.reports] == ["d-0", "d-1", "d-2"]
    assert items.list().json() == []


@pytest.fixture
def closed(
    picus: Path, tmp_path: Path, sts: Sts, authority: Authority
) -> Iterator[Callable[..., PicusProcess]]:
    """Starts a server that demands tokens of STS: `closed(grants=…)`."""
    with contextlib.ExitStack() as stack:

        def start(**members: object) -> PicusProcess:
            access = json.dumps({"issuers": [sts.entry(**members)]})
            env = {"PICUS_AUTH": access, "SSL_CERT_FILE": str(authority.bundle)}
            server = PicusProcess(picus, tmp_path / "closed", env=env)
            stack.callback(server.stop)
            return server

        yield start


@pytest.mark.parametrize(
    "case",
    [
        ({"grants": {ROLE: EVERY}}, ""),
        ({"grants": {ROLE: "items:read"}}, "put: POST /picus/put returned 403 insufficient-scope"),
        ({"grants": {}}, "returned 403"),
        ({"grants": {ROLE: EVERY}, "audience": ["another"]}, "returned 401"),
    ],
)
def test_a_server_that_demands_tokens_is_verified_with_one_of_the_hooks_role(
    run: Run,
    api: RuntimeApi,
    codedeploy: CodeDeploy,
    sts: Sts,
    authority: Authority,
    closed: Callable[..., PicusProcess],
    case: tuple[dict[str, object], str],
) -> None:
    members, reason = case
    server = closed(**members)
    bundle = {name: str(authority.bundle) for name in ("SSL_CERT_FILE", "AWS_CA_BUNDLE")}
    hook = run(
        codedeploy.url,
        PICUS_VERIFY_URL=server.url,
        PICUS_VERIFY_TOKEN="aws",
        **bundle,
        **sts.env,
    )
    answer = json.loads(api.invoke(EVENT).body)
    assert codedeploy.reports == [report("Failed" if reason else "Succeeded")]
    assert reason in answer.get("reason", "")
    written = "\n".join([*hook.err.lines(), *server.err.lines(), json.dumps(answer)])
    assert sts.made
    assert not [token for token in sts.made if token in written]
