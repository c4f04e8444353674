"""What holds when the way to DynamoDB, or DynamoDB itself, fails."""

from __future__ import annotations

import concurrent.futures
import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.client import Answer, Client, to_json, unique
from harness.dynamodb import DynamoDbLocal
from harness.fault_proxy import (
    EMPTY,
    HTML,
    OTHER_API,
    Exchange,
    Fault,
    FaultProxy,
    Reply,
    answer,
    black_hole,
    delay,
    end_in_answer,
    error_reply,
    healthy,
    once,
    reset_in_request,
    sometimes,
    stall_in_answer,
    wrong_crc,
)
from harness.table_server import TableServer
from harness.waiting import wait_until

DEADLINE_SECONDS = 2
# For a machine that has much else to do. What is looked for are requests that hang.
MARGIN_SECONDS = 8

INTERNAL_ERROR = answer(error_reply(500, "InternalServerError"))
THROTTLED = answer(error_reply(400, "ProvisionedThroughputExceededException"))

# Each with the codes that a request may be answered with while it lasts.
UNAVAILABLE = {"store-unavailable"}
LATE = {"deadline-exceeded", "store-unavailable"}
FAULTS: dict[str, tuple[Fault, set[str]]] = {
    "reset-before-a-request": (reset_in_request(1), UNAVAILABLE),
    "reset-in-a-request": (reset_in_request(300), UNAVAILABLE),
    "reset-before-an-answer": (end_in_answer(0, reset=True), UNAVAILABLE),
    "reset-in-an-answer": (end_in_answer(60, reset=True), UNAVAILABLE),
    "truncated-head": (end_in_answer(30, reset=False), UNAVAILABLE),
    "truncated-body": (end_in_answer(-1, reset=False), UNAVAILABLE),
    "internal-error": (INTERNAL_ERROR, UNAVAILABLE),
    "throttled": (THROTTLED, {"throttled"}),
    "wrong-crc": (wrong_crc, UNAVAILABLE),
    "html-page": (answer(HTML), UNAVAILABLE),
    "another-api": (answer(OTHER_API), UNAVAILABLE),
    "empty-page": (answer(EMPTY), UNAVAILABLE),
    "truncated-json": (answer(Reply(200, b'{"Item":{"id":')), UNAVAILABLE),
    "stalled-head": (stall_in_answer(30), LATE),
    "stalled-body": (stall_in_answer(-1), LATE),
    "slow": (delay(60), LATE),
    "black-hole": (black_hole, LATE),
}


@pytest.fixture
def server(picus: Path, dynamodb: DynamoDbLocal, tmp_path: Path) -> Iterator[TableServer]:
    proxy = FaultProxy(dynamodb.port)
    running = TableServer(picus, tmp_path, dynamodb, proxy, "--deadline", f"{DEADLINE_SECONDS}s")
    yield running
    running.stop()


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest) -> Fault:
    return FAULTS[request.param][0]


def in_time(ask: Callable[[], Answer]) -> Answer:
    began = time.monotonic()
    told = ask()
    assert time.monotonic() - began < DEADLINE_SECONDS + MARGIN_SECONDS, told
    return told


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(in_time, calls))


def requests(client: Client) -> list[Callable[[], Answer]]:
    """One of each kind."""
    return [
        lambda: client.get("a"),
        lambda: client.put({"id": unique()}),
        lambda: client.put({"n": 1}, {"Idempotency-Key": unique()}),
        lambda: client.delete("a"),
        lambda: client.list("?limit=1"),
        client.list,
    ]


@pytest.mark.parametrize("name", FAULTS)
def test_every_request_is_answered_in_time_with_the_right_code(
    server: TableServer, name: str
) -> None:
    fault, codes = FAULTS[name]
    server.client.created({"id": "a"})
    server.proxy.strike(fault)
    for told in at_once(requests(server.client)):
        assert told.status == (504 if told.code == "deadline-exceeded" else 503)
        assert told.code in codes
        assert told.json()["retryable"] is True
    server.proxy.heal()
    server.wait_until_well()


def test_what_takes_too_long_is_504(server: TableServer) -> None:
    server.proxy.strike(black_hole)
    assert in_time(lambda: server.client.get("a")).code == "deadline-exceeded"


def test_an_attempt_that_has_no_time_does_not_hide_why_the_one_before_it_failed(
    server: TableServer,
) -> None:
    # The next one begins just before the deadline; where the first one was slow, there is none.
    late = {"x-amz-retry-after": f"{DEADLINE_SECONDS * 1000 - 60}"}
    throttled = replace(error_reply(400, "ProvisionedThroughputExceededException"), headers=late)
    faults = iter([answer(throttled)])

    def throttled_at_first(exchange: Exchange) -> None:
        next(faults, black_hole)(exchange)

    server.proxy.strike(throttled_at_first)
    told = in_time(lambda: server.client.get("a"))
    assert (told.status, told.code) == (503, "throttled")


def store_state(server: TableServer) -> Answer:
    return server.client.request("GET", "/readyz/store")


def test_a_refused_connection_is_503_and_told_until_it_is_taken_again(
    server: TableServer,
) -> None:
    server.proxy.refuse()
    for told in at_once(requests(server.client)):
        assert (told.status, told.code) == (503, "store-unavailable")
    wait_until(lambda: store_state(server).status == 503, "not well")
    told = store_state(server)
    assert told.code == "store-unavailable"
    assert told.json()["detail"].startswith("unreachable: ")
    # No other process would be better off: neither traffic nor life depends on the table.
    for path in ("/readyz", "/livez"):
        assert server.client.request("GET", path).status == 200
    server.proxy.accept()
    server.wait_until_well()


def test_a_table_that_is_gone_is_told_and_does_not_count_for_traffic(
    server: TableServer, dynamodb: DynamoDbLocal
) -> None:
    dynamodb.delete_table(server.table)
    try:
        wait_until(lambda: store_state(server).status == 503, "not well")
        assert store_state(server).json()["detail"].startswith("missing: ")
        assert server.client.request("GET", "/readyz").status == 200
    finally:
        dynamodb.create_table(name=server.table)


def test_a_dead_table_does_not_tie_up_the_server(server: TableServer) -> None:
    server.proxy.strike(black_hole)
    answers = at_once([lambda: server.client.get("a")] * 60)
    assert {told.code for told in answers} <= LATE
    assert in_time(lambda: server.client.request("GET", "/livez")).status == 200
    server.proxy.heal()
    server.wait_until_well()


def test_a_put_that_is_repeated_makes_one_item_and_none_is_lost(
    server: TableServer, fault: Fault
) -> None:
    keys = [unique() for _ in range(24)]

    def put(key: str) -> Answer:
        return server.client.put({"n": key}, {"Idempotency-Key": key})

    server.proxy.strike(sometimes(fault, every=3))
    first = at_once([partial(put, key) for key in keys])
    assert {told.status for told in first} <= {201, 503, 504}
    server.proxy.heal()
    server.wait_until_well()

    second = at_once([partial(put, key) for key in keys])
    assert {told.status for told in second} == {201}
    for before, now in zip(first, second, strict=True):
        if before.status == 201:
            assert now["Idempotency-Replayed"] == "true"
            assert now.json() == before.json()
    assert server.ids() == sorted(told.json()["id"] for told in second)


def test_a_write_that_meets_a_fault_once_has_its_effect_once(
    server: TableServer, fault: Fault
) -> None:
    client = server.client
    server.proxy.strike(once(fault))
    etag = client.created({"id": "a", "n": 1}).etag
    server.proxy.strike(once(fault))
    assert client.put({"id": "a", "n": 2}, {"If-Match": etag}).status == 200
    server.proxy.strike(once(fault))
    assert client.get("a").json() == {"id": "a", "n": 2}
    server.proxy.strike(once(fault))
    assert client.delete("a").status == 200
    assert server.ids() == []


@pytest.mark.parametrize("direction", ["request", "answer"])
def test_a_reset_at_any_byte_loses_and_doubles_nothing(server: TableServer, direction: str) -> None:
    for at in range(1, 1200, 53):
        fault = reset_in_request(at) if direction == "request" else end_in_answer(at, reset=True)
        server.proxy.strike(once(fault))
        server.client.created({"id": f"{at}", "text": "x" * 300})
    assert server.ids() == sorted(f"{at}" for at in range(1, 1200, 53))


def test_a_burst_of_throttling_is_ridden_out(server: TableServer) -> None:
    server.proxy.strike(sometimes(THROTTLED, every=2))
    assert server.client.put({"id": "a"}).status == 201
    assert server.client.get("a").status == 200


def test_what_a_bulk_put_counts_as_created_is_there(server: TableServer) -> None:
    lines = b"".join(to_json({"id": f"{n:03}"}) + b"\n" for n in range(200))
    server.proxy.strike(sometimes(end_in_answer(0, reset=True), every=5))
    told = server.client.bulk(lines)
    server.proxy.heal()
    assert told.status == 200
    result = told.json()
    assert result["created"] + result["failed"] == 200
    failed = {f"{int(error['line']) - 1:03}" for error in result["errors"]}
    assert len(failed) == result["failed"]
    stored = server.ids()
    assert len(stored) == len(set(stored))
    assert {f"{n:03}" for n in range(200)} - failed <= set(stored)


def internal_error_behind_the_first_pages(exchange: Exchange) -> None:
    _, body = exchange.request()
    (INTERNAL_ERROR if b"ExclusiveStartKey" in body else healthy)(exchange)


def test_a_list_that_breaks_off_is_not_taken_for_the_whole(
    server: TableServer, dynamodb: DynamoDbLocal
) -> None:
    # Past Picus, whose deadline is short for them. A segment has some pages of these items.
    count = 200
    text = {"S": "x" * 10_000}
    for begin in range(0, count, 20):
        items = [{"id": {"S": f"{n}"}, "t": text} for n in range(begin, begin + 20)]
        puts = [{"PutRequest": {"Item": item}} for item in items]
        written = dynamodb.ask("BatchWriteItem", RequestItems={server.table: puts})
        assert written["UnprocessedItems"] == {}
    server.proxy.strike(internal_error_behind_the_first_pages)
    with server.client.stream("GET", "/picus/list") as response:
        assert response.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            response.read()
    server.proxy.heal()
    server.wait_until_well()
    assert len(server.client.list().json()) == count
