"""Whom the listeners of our load balancer send a request to. The contract runs there as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.balancer import Balancer
from harness.client import Answer, Client, unique
from harness.dynamodb import CREDENTIALS, DynamoDbLocal
from harness.process import PicusProcess, parse_log

Ask = Callable[[str, str, str], Answer]


@pytest.fixture(scope="module")
def blue(balancer: Balancer) -> Iterator[PicusProcess]:
    server = balancer.start({})
    yield server
    balancer.end(server)


@pytest.fixture(scope="module")
def green(
    balancer: Balancer,
    blue: PicusProcess,  # noqa: ARG001
    picus: Path,
    dynamodb: DynamoDbLocal,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PicusProcess]:
    options = dynamodb.options(balancer.table)
    place = tmp_path_factory.mktemp("green") / "server"
    server = PicusProcess(picus, place, *options, env=CREDENTIALS)
    balancer.place_green(server.url)
    yield server
    server.stop()


@pytest.fixture
def ask(balancer: Balancer) -> Ask:
    """`ask("production", "GET", "/livez")`"""
    client = Client(balancer.gateway)

    def ask_one(listener: str, method: str, target: str) -> Answer:
        body = b"{}" if method == "POST" else None
        return client.request(method, target, body, {"Host": balancer.at[listener]})

    return ask_one


def answered(server: PicusProcess) -> set[str]:
    """The ids of the requests that it has logged."""
    lines = [parse_log(line) for line in server.err.lines()]
    return {str(line["request_id"]) for line in lines if line.get("event") == "request"}


@pytest.mark.parametrize("listener", ["production", "test"])
@pytest.mark.parametrize(("method", "target"), [("GET", "/picus/list"), ("POST", "/picus/put")])
def test_reads_and_writes_go_to_blue_and_those_of_the_test_listener_to_green(
    ask: Ask, blue: PicusProcess, green: PicusProcess, listener: str, method: str, target: str
) -> None:
    own, other = (blue, green) if listener == "production" else (green, blue)
    answer = ask(listener, method, target)
    own.log_line(event="request", request_id=answer["X-Request-Id"])
    assert answer["X-Request-Id"] not in answered(other)


@pytest.mark.parametrize("listener", ["production", "test"])
@pytest.mark.parametrize("spelling", ["/picus/{}", "/picus?key={}"])
def test_deletions_go_to_the_function(
    ask: Ask, blue: PicusProcess, green: PicusProcess, listener: str, spelling: str
) -> None:
    key = unique()
    Client(blue.url).created({"id": key})
    gone = ask(listener, "DELETE", spelling.format(key))
    assert (gone.status, gone.json()["deleted"]) == (200, True)
    assert gone["X-Request-Id"] not in answered(blue) | answered(green)
    assert Client(green.url).get(key).code == "not-found"


def test_a_deletion_of_anything_else_is_the_servers(ask: Ask, blue: PicusProcess) -> None:
    answer = ask("production", "DELETE", "/livez")
    assert answer.status == 405
    blue.log_line(event="request", request_id=answer["X-Request-Id"])
