"""The trace that a request belongs to goes on to DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.client import Client
from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.process import PicusProcess
from harness.trace_spy import XRAY, TraceSpy

W3C = "00-67891233abcdef012345678912345678-0123456789abcdef-01"


@pytest.fixture
def spy(dynamodb: DynamoDbLocal) -> Iterator[TraceSpy]:
    running = TraceSpy(dynamodb.port)
    yield running
    running.stop()


@pytest.fixture
def server(
    picus: Path, tmp_path: Path, dynamodb: DynamoDbLocal, spy: TraceSpy
) -> Iterator[PicusProcess]:
    table = dynamodb.create_table()
    place = ("--table", table, "--region", REGION, "--endpoint-url", spy.url)
    running = PicusProcess(picus, tmp_path / "logs", *place, env=CREDENTIALS)
    spy.seen.clear()  # of the start
    yield running
    running.stop()
    dynamodb.delete_table(table)


@pytest.mark.parametrize("header", [("X-Amzn-Trace-Id", XRAY), ("traceparent", W3C)])
def test_every_call_of_a_request_carries_its_trace(
    server: PicusProcess, spy: TraceSpy, header: tuple[str, str]
) -> None:
    client = Client(server.url)
    headers = dict([header])
    client.created({"id": "k"}, headers)
    assert client.get("k", headers).status == 200
    assert client.list(headers=headers).status == 200
    assert client.bulk(b'{"id":"l"}\n', headers=headers).status == 200
    assert client.delete("k", headers).status == 200
    wanted = ("PutItem", "GetItem", "Scan", "PutItem", "GetItem", "DeleteItem")
    assert spy.seen == [(operation, XRAY) for operation in wanted]
    line = server.log_line(method="DELETE")
    assert line["trace"] == XRAY
    assert line["trace_id"] == "67891233abcdef012345678912345678"
    assert "span_id" not in line  # no spans are recorded


def test_a_request_without_a_trace_has_none(server: PicusProcess, spy: TraceSpy) -> None:
    assert Client(server.url).get("k").status == 404
    assert spy.seen == [("GetItem", None)]
    line = server.log_line(route="/picus/get/{key}")
    assert not {"trace", "trace_id"} & line.keys()
