"""Whom DynamoDB lets in: signatures judged with botocore, rights judged by ministack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from aws.refusals import refusal_of
from harness.client import Client
from harness.fault_proxy import FaultProxy
from harness.ministack import REGION, Ministack
from harness.process import PicusProcess
from harness.signature_gate import Gate
from harness.waiting import wait_until

TABLE = "items"
ROOT_KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
Start = Callable[..., PicusProcess]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministack]:
    """Enforces the rights of roles."""
    running = Ministack(tmp_path_factory.mktemp("ministack"), AUTH="true")
    caller(running, "dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield running
    running.stop()


def caller(cloud: Ministack, service: str) -> Any:
    session = botocore.session.Session()
    return session.create_client(service, region_name=REGION, endpoint_url=cloud.url, **ROOT_KEYS)


def assume(cloud: Ministack, role: str, actions: list[str]) -> dict[str, str]:
    """The credentials of a role that may do this and nothing else."""
    everyone = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    rights = {
        "Effect": "Allow",
        "Action": actions,
        "Resource": f"arn:aws:dynamodb:*:*:table/{TABLE}",
    }
    iam = caller(cloud, "iam")
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=policy(everyone))
    iam.put_role_policy(RoleName=role, PolicyName="items", PolicyDocument=policy(rights))
    arn = made["Role"]["Arn"]
    taken = caller(cloud, "sts").assume_role(RoleArn=arn, RoleSessionName="picus")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def keys(cloud: Ministack) -> dict[str, str]:
    """A session with all the rights that docs/dynamodb.md names for a server."""
    names = ("GetItem", "PutItem", "DeleteItem", "Scan")
    return assume(cloud, "server", [f"dynamodb:{name}" for name in names])


@pytest.fixture
def gate(keys: dict[str, str]) -> Gate:
    return Gate(
        REGION,
        keys["AWS_ACCESS_KEY_ID"],
        keys["AWS_SECRET_ACCESS_KEY"],
        keys["AWS_SESSION_TOKEN"],
    )


@pytest.fixture
def proxy(cloud: Ministack, gate: Gate) -> Iterator[FaultProxy]:
    running = FaultProxy(cloud.port)
    running.strike(gate)
    yield running
    running.stop()


def place(proxy: FaultProxy) -> tuple[str, ...]:
    return ("--table", TABLE, "--region", REGION, "--endpoint-url", proxy.url)


@pytest.fixture
def start(picus: Path, tmp_path: Path, proxy: FaultProxy) -> Iterator[Start]:
    """Starts a server with these credentials, which has to end well."""
    started: list[PicusProcess] = []

    def start_one(keys: dict[str, str]) -> PicusProcess:
        started.append(PicusProcess(picus, tmp_path / "logs", *place(proxy), env=keys))
        return started[-1]

    yield start_one
    for process in started:
        process.stop()


def refusal(picus: Path, proxy: FaultProxy, keys: dict[str, str]) -> str:
    """What a server says that cannot start."""
    told = refusal_of(picus, place(proxy), keys)
    assert told.startswith("picus: --table: ")
    return told


def test_what_is_signed_right_passes(start: Start, keys: dict[str, str]) -> None:
    client = Client(start(keys).url)
    etag = client.created({"id": "a", "text": "\u00e4"}).etag
    assert client.get("a").json() == {"id": "a", "text": "\u00e4"}
    assert client.put({"id": "a"}, {"If-Match": etag}).status == 200
    assert client.list().json() == [{"id": "a"}]
    assert client.delete("a").status == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "InvalidSignatureException"),
        ({"AWS_SESSION_TOKEN": ""}, "UnrecognizedClientException"),
        ({"AWS_SESSION_TOKEN": "another"}, "UnrecognizedClientException"),
        ({"AWS_ACCESS_KEY_ID": "unknown"}, "UnrecognizedClientException"),
    ],
)
def test_a_server_that_is_not_let_in_says_why(
    picus: Path, proxy: FaultProxy, keys: dict[str, str], change: dict[str, str], code: str
) -> None:
    said = refusal(picus, proxy, keys | change)
    assert code in said
    assert "credentials were refused" in said


def test_a_server_of_another_region_is_not_let_in(
    picus: Path, proxy: FaultProxy, gate: Gate, keys: dict[str, str]
) -> None:
    proxy.strike(replace(gate, region="eu-central-1"))
    assert "InvalidSignatureException" in refusal(picus, proxy, keys)


def test_a_body_that_was_changed_on_its_way_is_refused(
    picus: Path, proxy: FaultProxy, gate: Gate, keys: dict[str, str]
) -> None:
    proxy.strike(replace(gate, damage_body=True))
    assert "InvalidSignatureException" in refusal(picus, proxy, keys)


def test_a_server_without_credentials_names_where_it_looked(picus: Path, proxy: FaultProxy) -> None:
    said = refusal(picus, proxy, {"AWS_EC2_METADATA_DISABLED": "true"})
    for provider in ("AWS_ACCESS_KEY_ID", "profile", "container"):
        assert provider in said


def test_a_session_that_expires_is_503_until_it_counts_again(
    start: Start, proxy: FaultProxy, gate: Gate, keys: dict[str, str]
) -> None:
    server = start(keys)
    client = Client(server.url)
    proxy.strike(replace(gate, expired=True))
    answer = client.get("nobody")
    assert (answer.status, answer.code) == (503, "store-unavailable")
    line = server.log_line(event="dynamodb-call-failed", code="ExpiredTokenException")
    assert line["level"] == "warning"
    assert "expired" in line["advice"]
    assert keys["AWS_SECRET_ACCESS_KEY"] not in "".join(server.err.lines())
    assert keys["AWS_SESSION_TOKEN"] not in "".join(server.err.lines())
    proxy.strike(gate)
    wait_until(lambda: client.get("nobody").status == 404, "reading")


def test_a_role_with_too_few_rights_is_503_and_the_log_says_what_to_do(
    start: Start, cloud: Ministack, proxy: FaultProxy
) -> None:
    proxy.heal()
    server = start(assume(cloud, "reader", ["dynamodb:GetItem"]))
    client = Client(server.url)
    assert client.get("nobody").status == 404
    # A delete first reads what is there.
    caller(cloud, "dynamodb").put_item(TableName=TABLE, Item={"id": {"S": "kept"}})
    for answer in (client.put({"id": "a"}), client.delete("kept"), client.list()):
        assert (answer.status, answer.code) == (503, "store-unavailable")
    line = server.log_line(event="dynamodb-call-failed", operation="PutItem")
    assert (line["level"], line["code"]) == ("warning", "AccessDeniedException")
    assert "dynamodb:PutItem" in line["detail"]
    assert line["advice"] == "allow the role this action on the table"
    assert client.get("nobody").status == 404
