"""What a server with a table and tokens counts."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.client import Client
from harness.dynamodb import CREDENTIALS, DynamoDbLocal
from harness.fault_proxy import FaultProxy, answer, error_reply, once, reset_in_request
from harness.http_server import Answer, HttpServer
from harness.process import PicusProcess
from harness.table_server import TableServer
from metrics.scrape import ADMIN, REQUESTS, admin_url, parse, scrape, scraped, value

OPERATIONS = "db_client_operation_duration_seconds_count"
ATTEMPTS = "picus_aws_attempts_total"
CAPACITY = "picus_dynamodb_consumed_capacity_units_total"
CHECKS = "picus_auth_requests_total"


def test_calls_capacity_and_checks_of_tokens_are_counted(
    picus: Path, dynamodb: DynamoDbLocal, tmp_path: Path
) -> None:
    access = tmp_path / "access.json"
    command = [str(picus), "token", "add", "reader", "--auth-file", str(access)]
    command += ["--scopes", "items:read items:write"]
    token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    table = dynamodb.create_table()
    options = (*dynamodb.options(table), *ADMIN, "--auth-file", str(access))
    server = PicusProcess(picus, tmp_path / "table", *options, env=CREDENTIALS)
    try:
        client, bearer = Client(server.url), {"Authorization": f"Bearer {token}"}
        before = scraped(admin_url(server), REQUESTS, 0)
        assert client.put({"id": "a"}, headers=bearer).status == 201
        assert client.put({"id": "a"}, headers=bearer).status == 409
        for _ in range(3):
            assert client.get("a", headers=bearer).status == 200
        assert client.get("a").status == 401
        assert client.get("a", headers={"Authorization": "Bearer nonsense"}).status == 401
        assert client.delete("a", headers=bearer).status == 403
        samples = scraped(admin_url(server), REQUESTS, 8)
        costs = [
            (line["status"], line.get("capacity"))
            for line in (server.log_line(event="request", status=s) for s in (201, 200, 401))
        ]
    finally:
        server.stop()
        dynamodb.delete_table(table)

    def grown(name: str, **labels: str) -> float:
        return value(samples, name, **labels) - value(before, name, **labels)

    assert grown(OPERATIONS, db_operation_name="GetItem", db_collection_name=table) == 3
    # A put whose response was late meets its own item, and so its condition fails.
    assert grown(OPERATIONS, db_operation_name="PutItem") == 2
    assert grown(OPERATIONS, db_operation_name="PutItem", error_type="condition_failed") >= 1
    assert grown(ATTEMPTS, rpc_method="GetItem", result="ok") == 3
    assert grown(ATTEMPTS, rpc_method="PutItem", result="ok") == 2
    assert grown(ATTEMPTS) >= 5
    assert grown(CAPACITY, kind="read") in (1.5, 3)
    assert grown(CAPACITY, kind="write") >= 1
    # The line of a request has its own part.
    assert costs in ([(201, 1), (200, cost), (401, None)] for cost in (0.5, 1))
    assert {
        result: grown(CHECKS, result=result)
        for result in ("allowed", "no_token", "invalid_token", "insufficient_scope")
    } == {"allowed": 5, "no_token": 1, "invalid_token": 1, "insufficient_scope": 1}
    assert grown(CHECKS) == 8


def test_each_attempt_is_counted_by_its_result(
    picus: Path, dynamodb: DynamoDbLocal, tmp_path: Path
) -> None:
    options = (*ADMIN, "--access-log", "off")
    server = TableServer(picus, tmp_path, dynamodb, FaultProxy(dynamodb.port), *options)
    url = admin_url(server.process)
    try:
        fine = value(parse(scrape(url)), ATTEMPTS, result="ok")  # what the start asked for
        for result, fault in (
            ("throttled", answer(error_reply(400, "ProvisionedThroughputExceededException"))),
            ("server", answer(error_reply(500, "InternalServerError"))),
            ("connection", reset_in_request(1)),
        ):
            server.proxy.strike(once(fault))
            assert server.client.get("nobody").status == 404  # with the next attempt
            scraped(url, ATTEMPTS, 1, rpc_method="GetItem", result=result)
        scraped(url, ATTEMPTS, fine + 3, result="ok")
        server.proxy.refuse()
        for _ in range(5):  # so many failures in a row open it
            assert server.client.get("nobody").status == 503
        scraped(url, "picus_aws_breaker_open", 1)
        server.proxy.accept()
        server.wait_until_well()
        scraped(url, "picus_aws_breaker_open", 0)
    finally:
        server.stop()


def test_the_time_is_shown_for_which_credentials_are_valid(
    picus: Path, dynamodb: DynamoDbLocal, tmp_path: Path
) -> None:
    document = {
        "AccessKeyId": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": "secret",
        "Token": "token",
        "Expiration": (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    source = HttpServer(lambda _: Answer(body=json.dumps(document).encode()))
    table = dynamodb.create_table()
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{source.url}/"}
    options = (*dynamodb.options(table), *ADMIN, "--access-log", "off")
    server = PicusProcess(picus, tmp_path / "table", *options, env=env)
    try:
        assert Client(server.url).get("absent").status == 404
        samples = scraped(admin_url(server), REQUESTS, 1)
        assert 3500 < value(samples, "picus_aws_credentials_expiry_seconds") <= 3600
    finally:
        server.stop()
        source.stop()
        dynamodb.delete_table(table)
