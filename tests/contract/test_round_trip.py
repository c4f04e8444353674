"""What get and list give, put and bulk put take, at every limit of an item."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.client import Client, parse_exactly
from harness.limits import LIMITS
from harness.shapes import FAST, STREAMING, Server

# An answer of 1 MiB is more than some sources of events carry.
pytestmark = [pytest.mark.meaning, pytest.mark.needs(STREAMING, FAST)]


def put(client: Client, text: str) -> None:
    assert client.put(text).status == 201


def bulk_put(client: Client, text: str) -> None:
    report = client.bulk(text + "\r\n").json()
    assert (report["created"], report["failed"]) == (1, 0), report


def array_put(client: Client, text: str) -> None:
    report = client.put(f"[ {text} ]").json()
    assert (report["created"], report["failed"]) == (1, 0), report


WAYS_IN = {"put": put, "bulk put": bulk_put, "array": array_put}


@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize("limit", LIMITS)
def test_what_get_gives_is_taken_again(client: Client, limit: str, way: str) -> None:
    first = client.put(LIMITS[limit].fits)
    assert first.status == 201, first
    key = first.json()["id"]
    given = client.get(key)
    for _ in range(2):
        assert client.delete(key).status == 200
        WAYS_IN[way](client, given.body.decode())
        again = client.get(key)
        assert again.json() == given.json()
    client.delete(key)


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_past_a_limit_is_refused_by_every_way_in(client: Client, limit: str) -> None:
    wanted = LIMITS[limit]
    answer = client.put(wanted.beyond)
    assert (answer.status, answer.code) == wanted.refusal
    report = client.bulk(wanted.beyond).json()
    assert [error["code"] for error in report["errors"]] == [wanted.refusal[1]]
    report = client.put(f"[{wanted.beyond}]").json()
    assert [error["code"] for error in report["errors"]] == [wanted.refusal[1]]


def test_what_list_gives_is_taken_again(start: Callable[..., Server]) -> None:
    client = start().client
    for number, limit in enumerate(LIMITS.values()):
        client.bulk(limit.fits.replace('"key"', f'"{number}"'))
    lines = client.list(headers={"Accept": "application/x-ndjson"}).body
    items = [parse_exactly(line) for line in lines.splitlines()]
    assert len(items) == len(LIMITS)
    for body in (lines, client.list().body):
        for given in items:
            client.delete(given["id"])
        kind = "application/x-ndjson" if body is lines else "application/json"
        report = client.put(body, {"Content-Type": kind}).json()
        assert (report["created"], report["failed"]) == (len(LIMITS), 0), report
        for given in items:
            assert client.get(given["id"]).json() == given
