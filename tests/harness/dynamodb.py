"""DynamoDB Local: a process for the whole session, a table for each server."""

from __future__ import annotations

import http.client
import itertools
import json
import shutil
from pathlib import Path
from typing import Any

from harness.loopback_program import LoopbackProgram

JARS = Path(__file__).resolve().parents[2] / "build" / "dynamodb-local"
REGION = "eu-west-1"
# DynamoDB Local wants a signature that looks like one, and checks nothing of it.
AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential=local/20200101/{REGION}/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0"
)
# What lets Picus use it: any keys will do.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


class RefusedError(AssertionError):
    """An answer that is not 200."""

    def __init__(self, operation: str, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{operation}: {status}: {answer}")
        self.code = str(answer.get("__type", "")).rpartition("#")[2]


def ask(host: str, port: int, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """One call of DynamoDB's API."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "X-Amz-Date": "20200101T000000Z",
        "Authorization": AUTHORIZATION,
    }
    try:
        connection.request("POST", "/", json.dumps(parameters), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    finally:
        connection.close()
    if response.status != 200:
        raise RefusedError(operation, response.status, answer)
    assert isinstance(answer, dict)
    return answer


class DynamoDbLocal(LoopbackProgram):
    """In memory, on a free port of this machine."""

    def __init__(self, directory: Path) -> None:
        assert JARS.is_dir(), "DynamoDB Local is not there: run `scripts/setup quick`"
        self._numbers = itertools.count(1)
        super().__init__(directory, "dynamodb-local")

    def command(self) -> list[str]:
        java = shutil.which("java")
        assert java, "there is no java: run `scripts/setup quick`"
        # It runs for minutes only: the second compiler takes more time than its code saves.
        command = [java, "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        command += [f"-Djava.library.path={JARS}"]
        command += ["-cp", f"{JARS}/*", "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"]
        return [*command, "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(self.port)]

    def greet(self) -> None:
        self.ask("ListTables")

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return ask(self.host, self.port, operation, parameters)

    def create_table(self, key: str = "id", name: str = "") -> str:
        """An empty table with this key attribute; its name, which is made up if none is given."""
        name = name or f"picus-{next(self._numbers)}"
        self.ask(
            "CreateTable",
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def delete_table(self, name: str) -> None:
        self.ask("DeleteTable", TableName=name)

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items as they are stored."""
        found: list[dict[str, Any]] = []
        parameters: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
        while True:
            page = self.ask("Scan", **parameters)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def options(self, table: str) -> tuple[str, ...]:
        """What `picus` has to be told to use the table."""
        place = ("--table", table, "--region", REGION, "--endpoint-url", self.url)
        return ("--store", "dynamodb", *place)
