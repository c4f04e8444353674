"""Items in a DynamoDB table: making it, serving it, and moving items in and out."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.conftest import Done, Run, Serve
from harness.client import Client, unique
from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.fault_proxy import EMPTY, HTML, OTHER_API, FaultProxy, Page, Reply, answer
from harness.process import PicusProcess

Picus = Callable[..., Done]


@pytest.fixture
def table(dynamodb: DynamoDbLocal) -> Iterator[str]:
    """An empty one."""
    name = dynamodb.create_table()
    yield name
    dynamodb.delete_table(name)


@pytest.fixture
def settings(dynamodb: DynamoDbLocal) -> dict[str, str]:
    """All that Picus has to know but the table's name."""
    return {"AWS_REGION": REGION, "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.url, **CREDENTIALS}


def items(count: int) -> str:
    return "".join(f'{{"id":"item-{n:06d}","n":{n}}}\n' for n in range(count))


def test_a_table_is_made_and_described(
    run: Run, dynamodb: DynamoDbLocal, settings: dict[str, str]
) -> None:
    name = unique("table")
    made = run("table", "create", "--table", name, "--key-attribute", "key", env=settings)
    assert (made.returncode, made.stderr) == (0, "")
    told = run("table", "describe", "--table", name, env=settings)
    assert told.returncode == 0
    assert json.loads(told.stdout) == {
        "table": name,
        "status": "ACTIVE",
        "key": [{"AttributeName": "key", "KeyType": "HASH"}],
        "attributes": [{"AttributeName": "key", "AttributeType": "S"}],
        "items": 0,
        "bytes": 0,
    }
    assert made.stdout == told.stdout
    billing = dynamodb.ask("DescribeTable", TableName=name)["Table"]["BillingModeSummary"]
    assert billing["BillingMode"] == "PAY_PER_REQUEST"

    again = run("table", "create", "--table", name, env=settings)
    assert again.returncode == 1
    assert again.stderr.startswith(
        f"picus: --table: there is already a table named {name} in {REGION} "
    )
    dynamodb.delete_table(name)


def test_a_table_that_is_not_there_is_told(run: Run, settings: dict[str, str]) -> None:
    for command in (("table", "describe"), ("export",), ("serve", "--listen", "127.0.0.1:0")):
        done = run(*command, "--table", "nowhere", env=settings)
        assert (done.returncode, done.stdout) == (3, "")
        (told,) = [line for line in done.stderr.splitlines() if not line.startswith("{")]
        assert told.startswith("picus: --table: ")
        assert "nowhere" in told
        assert "picus table create" in told


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (HTML, "it sent a response with the status 200 and the Content-Type text/html."),
        (
            OTHER_API,
            "it sent a response with the status 200 and the Content-Type application/json.",
        ),
        (EMPTY, "it sent a response with the status 200 and no Content-Type."),
        (Page(404, b"gone"), "it sent a response with the status 404 and no Content-Type."),
        (Page(302, b"", {"Location": "https://login.example/"}), "it sent a response with the "),
        (Reply(200, b"[]"), "its response to "),
    ],
)
def test_what_is_no_dynamodb_is_told_in_one_sentence(
    run: Run, settings: dict[str, str], page: Reply, reason: str
) -> None:
    web = FaultProxy(port_behind=0)
    web.strike(answer(page))
    settings["AWS_ENDPOINT_URL_DYNAMODB"] = web.url
    for command in (("serve", "--listen", "127.0.0.1:0"), ("export",), ("import", "-")):
        done = run(*command, "--table", "items", env=settings)
        assert (done.returncode, done.stdout) == (3, "")
        (told,) = [line for line in done.stderr.splitlines() if not line.startswith("{")]
        sentence = f"picus: --table: The service at {web.url} is not DynamoDB: {reason}"
        assert told.startswith(sentence)
    described = run("table", "describe", "--table", "items", env=settings)
    assert described.returncode == 3
    assert "is not DynamoDB: " in described.stderr
    web.stop()


def test_a_table_with_another_key_is_told(
    run: Run, dynamodb: DynamoDbLocal, settings: dict[str, str]
) -> None:
    name = dynamodb.create_table(key="other")
    done = run("serve", "--listen", "127.0.0.1:0", "--table", name, env=settings)
    assert (done.returncode, done.stdout) == (3, "")
    assert "--key-attribute" in done.stderr
    dynamodb.delete_table(name)


def test_what_is_imported_into_a_table_is_exported(
    run: Run, table: str, settings: dict[str, str], tmp_path: Path
) -> None:
    env = settings | {"PICUS_TABLE": table}
    (tmp_path / "in").write_text(items(500))
    done = run("import", "in", env=env)
    assert done.returncode == 0, done.stderr
    assert "500 created, 0 replaced, 0 skipped, 0 failed" in done.stderr
    exported = run("export", env=env)
    assert exported.returncode == 0
    assert sorted(exported.stdout.splitlines()) == items(500).splitlines()

    (tmp_path / "in").write_text(items(499) + '{"id":"item-000499","n":"new"}\n')
    again = run("import", "in", env=env)
    assert again.returncode == 1
    assert "0 created, 0 replaced, 499 skipped, 1 failed" in again.stderr
    assert "in:500: already-exists: " in again.stderr
    replaced = run("import", "in", "--on-conflict", "replace", env=env)
    assert replaced.returncode == 0
    assert '{"id":"item-000499","n":"new"}' in run("export", env=env).stdout


def test_a_table_and_a_directory_exchange_their_items(
    run: Run, table: str, settings: dict[str, str], data: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").write_text(items(50) + '{"id":"\u00e4","n":[1.50,{"x":null}],"b":true}\n')
    assert run("import", "in", "--create", "--data", data).returncode == 0
    (tmp_path / "moved").write_text(run("export", "--data", data).stdout)
    assert run("import", "moved", "--table", table, env=settings).returncode == 0
    (tmp_path / "back").write_text(run("export", "--table", table, env=settings).stdout)
    other = tmp_path / "other"
    assert run("import", "back", "--create", "--data", other).returncode == 0

    def values(path: Path) -> list[object]:
        lines = run("export", "--data", path).stdout.splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda item: str(item["id"]))

    assert values(other) == values(data)


def test_the_log_says_which_table_is_served(
    serve: Serve, dynamodb: DynamoDbLocal, table: str
) -> None:
    server = serve(*dynamodb.options(table), env=CREDENTIALS)
    started = server.log_line(event="started")
    assert started["store"] == "dynamodb"
    assert started["place"] == f"{table} in {REGION} at {dynamodb.url}"


def test_healthcheck_asks_a_server_on_a_table(
    run: Run, serve: Serve, dynamodb: DynamoDbLocal, table: str
) -> None:
    server = serve(*dynamodb.options(table), env=CREDENTIALS)
    assert run("healthcheck", server.url).returncode == 0


def test_nothing_is_written_to_a_data_directory(
    serve: Serve, dynamodb: DynamoDbLocal, table: str, data: Path
) -> None:
    server = serve(*dynamodb.options(table), env=CREDENTIALS)
    assert Client(server.url).put({"id": "a"}).status == 201
    assert not data.exists()


def test_listeners_are_handed_over_where_a_directory_is_named(
    picus: Path, serve: Serve, dynamodb: DynamoDbLocal, table: str, tmp_path: Path
) -> None:
    handover = tmp_path / "run"
    handover.mkdir(mode=stat.S_IRWXU)
    options = (*dynamodb.options(table), "--handover", str(handover))
    first = serve(*options, env=CREDENTIALS)
    Client(first.url).created({"id": "a"})
    address = first.url.removeprefix("http://")
    second = PicusProcess(
        picus, tmp_path / "second", "--listen", address, *options, env=CREDENTIALS
    )
    first.stop()
    assert second.url == first.url
    assert Client(second.url).get("a").status == 200
    second.stop()


def test_variables_of_aws_are_weaker_than_those_of_picus(run: Run) -> None:
    env = {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-2",
        "AWS_ENDPOINT_URL": "http://all.example",
        "PICUS_TABLE": "items",
    }
    told = run("serve", "--check-config", env=env)
    assert told.returncode == 0, told.stderr
    assert "region = eu-west-1 " in told.stdout
    assert "# AWS_REGION" in told.stdout
    assert "endpoint-url = http://all.example " in told.stdout
    env["AWS_ENDPOINT_URL_DYNAMODB"] = "http://dynamodb.example"
    env["PICUS_REGION"] = "eu-west-3"
    told = run("serve", "--check-config", env=env)
    assert "region = eu-west-3 " in told.stdout
    assert "endpoint-url = http://dynamodb.example " in told.stdout
