"""Picus on DynamoDB and its rivals there: the same routes, the same table."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.answers import WrongAnswerError
from harness.bench import Bench
from harness.processes import Server, free_port

TABLE = "items"
GUNICORN_THREADS = 16
CREDENTIAL = "Credential=key/20260101/eu-west-1/dynamodb/aws4_request"
"""Of a request that nobody signed: neither DynamoDB Local nor the fixed answers look at it."""


@dataclass(frozen=True)
class Rivals:
    """What `scripts/setup bench` installed."""

    sources: Path
    installed: Path

    @property
    def python(self) -> Path:
        return self.installed / "venv" / "bin" / "python"

    @property
    def node(self) -> Path:
        return self.installed / "node" / "bin" / "node"


def rivals(bench: Bench) -> Rivals:
    installed = bench.sources.parent / "build" / "rivals"
    if not (installed / "complete").exists():
        raise RuntimeError("the rivals are not installed: run `scripts/setup bench`")
    return Rivals(bench.sources / "rivals", installed)


def aws_environment(endpoint_port: int) -> dict[str, str]:
    """What every AWS SDK and Picus are configured by."""
    return {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{endpoint_port}",
        "TABLE": TABLE,
    }


def start_endpoint(bench: Bench, items: int, item_bytes: int, with_meta: bool) -> Server:
    """A DynamoDB with fixed answers, on the load's core."""
    command = [str(bench.tools / "bench_dynamodb"), str(items), str(item_bytes)]
    if with_meta:
        command.append("meta")
    return Server(command, bench.load_core, bench.scratch / "bench_dynamodb.log")


def start_local(bench: Bench) -> Server:
    """DynamoDB Local with an empty table, on the load's core."""
    jars, port = bench.sources.parent / "build" / "dynamodb-local", free_port()
    command = ["java", "-Xmx768m", "-XX:+UseSerialGC", f"-Djava.library.path={jars}"]
    command += ["-cp", f"{jars}/*", "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"]
    command += ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    server = Server(command, bench.load_core, bench.scratch / "dynamodb-local.log", port)
    try:
        create_table(port)
    except BaseException:
        server.stop()
        raise
    return server


def create_table(port: int) -> None:
    """It takes its first call as soon as it listens, and some seconds to answer it."""
    parameters = {
        "TableName": TABLE,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.CreateTable",
        "Authorization": f"AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=host, Signature=0",
    }
    connection.request("POST", "/", json.dumps(parameters), headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"no table could be made: {said!r}")


def start_picus(bench: Bench, endpoint_port: int, *more: str) -> Server:
    command = [str(bench.picus), "serve", "--listen", "127.0.0.1:0", "--table", TABLE, *more]
    log = bench.scratch / "picus.log"
    return Server(command, bench.server_core, log, environment=aws_environment(endpoint_port))


def start_flask(bench: Bench, endpoint_port: int) -> Server:
    found, port = rivals(bench), free_port()
    command = [str(found.python), "-m", "gunicorn", "--chdir", str(found.sources / "flask")]
    command += ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "--keep-alive", "75"]
    command += ["--workers", "1", "--threads", str(GUNICORN_THREADS), "app:app"]
    environment = aws_environment(endpoint_port)
    environment |= {"THREADS": str(GUNICORN_THREADS), "PYTHONDONTWRITEBYTECODE": "1"}
    return Server(command, bench.server_core, bench.scratch / "flask.log", port, environment)


def start_express(bench: Bench, endpoint_port: int) -> Server:
    found = rivals(bench)
    command = [str(found.node), str(found.installed / "express" / "server.mjs")]
    environment = aws_environment(endpoint_port) | {"NODE_ENV": "production"}
    return Server(
        command, bench.server_core, bench.scratch / "express.log", environment=environment
    )


def start_go(bench: Bench, endpoint_port: int) -> Server:
    command = [str(rivals(bench).installed / "go" / "server")]
    environment = aws_environment(endpoint_port) | {"LISTEN": "127.0.0.1:0"}
    return Server(command, bench.server_core, bench.scratch / "go.log", environment=environment)


def ask(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    """The status and the JSON of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body or None)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def check_equal(port: int, item: dict[str, Any], items: list[dict[str, Any]], body: bytes) -> None:
    """Every service has to give the same answers on this table, but for the order of members."""
    key = item["id"]
    expected: list[tuple[tuple[int, Any], tuple[int, Any]]] = [
        (ask(port, "GET", f"/picus/get/{key}"), (200, item)),
        (ask(port, "GET", "/picus/list"), (200, items)),
        (ask(port, "DELETE", f"/picus/{key}"), (200, {"id": key, "deleted": True})),
    ]
    for got, wanted in expected:
        if got != wanted:
            raise WrongAnswerError(f"wanted {wanted!r}, got {got!r}")
    status, created = ask(port, "POST", "/picus/put", body)
    if status != 201 or list(created) != ["id"] or not created["id"]:
        raise WrongAnswerError(f"a put was answered {status} {created!r}")
