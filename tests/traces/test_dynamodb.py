"""The spans of a server on a table are its requests, and the attempts of their calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.client import Client, unique
from harness.dynamodb import REGION, DynamoDbLocal
from harness.fault_proxy import Exchange, Fault, FaultProxy, answer, error_reply, healthy, once
from harness.otlp_receiver import OtlpReceiver, Span
from harness.table_server import TableServer

INTERNAL_ERROR = answer(error_reply(500, "InternalServerError"))


@dataclass
class Noting:
    """A Fault that notes the trace of each call before another fault."""

    then: Fault = healthy
    seen: list[str] = field(default_factory=list)

    def __call__(self, exchange: Exchange) -> None:
        headers, _ = exchange.request()
        self.seen.append(headers["x-amzn-trace-id"])
        self.then(exchange)


@pytest.fixture(scope="module")
def server(
    picus: Path,
    tmp_path_factory: pytest.TempPathFactory,
    dynamodb: DynamoDbLocal,
    shared: OtlpReceiver,
) -> Iterator[TableServer]:
    options = ("--otlp-endpoint", shared.url, "--trace-sample", "1")
    directory = tmp_path_factory.mktemp("traced")
    running = TableServer(picus, directory, dynamodb, FaultProxy(dynamodb.port), *options)
    yield running
    running.stop()


def asked(
    server: TableServer, shared: OtlpReceiver, method: str, path: str, spans: int
) -> list[Span]:
    """The spans of a request: the request itself, then its attempts."""
    name = unique("request")
    headers = {"X-Request-Id": name}
    body = b'{"id":"one"}' if method == "POST" else None
    status = server.client.request(method, path, body, headers).status
    found = shared.trace_of(name, spans)
    assert found[0]["http.response.status_code"] == status
    for attempt in found[1:]:
        assert (attempt.parent, attempt.kind) == (found[0].id, "CLIENT")
        assert (attempt["rpc.system"], attempt["db.system.name"]) == ("aws-api", "aws.dynamodb")
        assert attempt["aws.dynamodb.table_names"] == [server.table]
        assert attempt["cloud.region"] == REGION
        assert attempt.name == "DynamoDB." + attempt["db.operation.name"]
    return found


def test_each_call_is_a_span_and_carries_it(server: TableServer, shared: OtlpReceiver) -> None:
    note = Noting()
    server.proxy.strike(note)
    request, put = asked(server, shared, "POST", "/picus/put", 2)
    root = f"Root=1-{request.trace[:8]}-{request.trace[8:]}"
    assert note.seen == [f"{root};Parent={put.id};Sampled=1"]
    assert (put.name, put.failed) == ("DynamoDB.PutItem", False)
    assert put["aws.request_id"] == "FAULTPROXY"
    assert "CapacityUnits" in put["aws.dynamodb.consumed_capacity"][0]
    assert not {"http.request.resend_count", "error.type"} & put.attributes.keys()
    assert request.resource["cloud.region"] == REGION
    assert request.resource["cloud.provider"] == "aws"
    _, get = asked(server, shared, "GET", "/picus/get/one", 2)
    assert get["aws.dynamodb.consistent_read"] is True
    _, get = asked(server, shared, "GET", "/picus/get/one?consistency=eventual", 2)
    assert "aws.dynamodb.consistent_read" not in get.attributes
    _, look, remove = asked(server, shared, "DELETE", "/picus/one", 3)
    assert [look.name, remove.name] == ["DynamoDB.GetItem", "DynamoDB.DeleteItem"]
    assert look.end <= remove.begin


def test_a_scan_has_its_counts(server: TableServer, shared: OtlpReceiver) -> None:
    server.proxy.heal()
    for key in ("a", "b", "c"):
        server.client.created({"id": key})
    _, scan = asked(server, shared, "GET", "/picus/list", 2)
    assert scan.name == "DynamoDB.Scan"
    assert (scan["aws.dynamodb.count"], scan["aws.dynamodb.scanned_count"]) == (3, 3)
    assert scan["aws.dynamodb.limit"] == 256


def test_each_attempt_is_a_span_of_its_own(server: TableServer, shared: OtlpReceiver) -> None:
    server.proxy.strike(once(INTERNAL_ERROR))
    request, first, second = asked(server, shared, "GET", "/picus/get/nobody", 3)
    assert (first.failed, first["error.type"]) == (True, "InternalServerError")
    assert (second.failed, second["http.request.resend_count"]) == (False, 1)
    assert not request.failed
    assert first.end <= second.begin


def test_a_request_that_the_server_fails_is_an_error(
    server: TableServer, shared: OtlpReceiver
) -> None:
    server.proxy.strike(INTERNAL_ERROR)
    request, *attempts = asked(server, shared, "GET", "/picus/get/nobody", 5)
    assert (request.failed, request["error.type"]) == (True, "store-unavailable")
    assert [one.attributes.get("http.request.resend_count", 0) for one in attempts] == [0, 1, 2, 3]
    server.proxy.heal()
    server.wait_until_well()


def test_a_condition_that_does_not_hold_is_no_error(
    server: TableServer, shared: OtlpReceiver
) -> None:
    server.proxy.heal()
    server.client.put({"id": "one"})
    request, put = asked(server, shared, "POST", "/picus/put", 2)
    assert request["http.response.status_code"] == 409
    assert (put.failed, put["error.type"]) == (False, "ConditionalCheckFailedException")


def test_a_trace_that_is_not_recorded_goes_on_as_such(server: TableServer) -> None:
    note = Noting()
    server.proxy.strike(note)
    headers = {"traceparent": f"00-{'12' * 16}-{'34' * 8}-00"}
    Client(server.process.url).get("nobody", headers)
    line = server.process.log_line(trace_id="12" * 16)
    assert note.seen == [f"Root=1-12121212-{'12' * 12};Parent={line['span_id']};Sampled=0"]
