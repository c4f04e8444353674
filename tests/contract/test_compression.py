"""gzip, when the client accepts it and it pays."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.client import Client, parse_exactly, to_json, unique
from harness.shapes import COMPRESSION, Server

pytestmark = [pytest.mark.transport, pytest.mark.needs(COMPRESSION)]

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def large(client: Client) -> str:
    """The key of an item that is worth to be compressed."""
    key = unique()
    client.created({"id": key, "text": "all work and no play " * 1000})
    return key


@pytest.mark.parametrize(
    "accepted",
    ["gzip", "GZIP", "deflate, gzip", "gzip;q=0.5", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*", "x-gzip"],
)
def test_a_large_answer_is_compressed_for_who_accepts_it(
    client: Client, large: str, accepted: str
) -> None:
    plain = client.get(large)
    packed = client.get(large, {"Accept-Encoding": accepted})
    assert packed.status == 200
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 10
    assert packed["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "accepted",
    [
        None,
        "",
        "identity",
        "br, deflate",
        "gzip;q=0",
        "gzip; q=0.000",
        "*;q=0",
        "*, gzip;q=0",
        "identity;q=1, gzip;q=0.5",
        "gzipped",
    ],
)
def test_it_is_not_compressed_for_who_does_not(
    client: Client, large: str, accepted: str | None
) -> None:
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    answer = client.get(large, headers)
    assert answer.get("Content-Encoding") is None
    assert answer.json()["id"] == large


def test_a_small_answer_is_not_compressed(client: Client) -> None:
    key = unique()
    client.created({"id": key})
    for answer in (client.get(key, GZIP), client.request("GET", "/livez", headers=GZIP)):
        assert answer.get("Content-Encoding") is None


def test_the_etag_is_the_same_compressed_or_not(client: Client, large: str) -> None:
    etag = client.get(large).etag
    assert client.get(large, GZIP).etag == etag
    assert client.get(large, GZIP | {"If-None-Match": etag}).status == 304
    assert client.put({"id": large}, {"If-Match": etag}).status == 200


def test_caches_are_told_that_the_encoding_varies(client: Client, large: str) -> None:
    for headers in ({}, GZIP):
        names = ",".join(client.get(large, headers).headers.get_all("Vary", []))
        assert "accept-encoding" in names.lower()


def test_head_has_the_headers_of_a_compressed_get(client: Client, large: str) -> None:
    got = client.get(large, GZIP)
    headed = client.head(large, GZIP)
    assert headed["Content-Encoding"] == "gzip"
    assert headed["Content-Length"] == got["Content-Length"] == str(len(got.body))


def test_openapi_json_is_compressed(client: Client) -> None:
    answer = client.request("GET", "/openapi.json", headers=GZIP)
    assert answer["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body))["openapi"].startswith("3.1")


def in_order(items: list[Any]) -> list[Any]:
    """A list has no promised order."""
    return sorted(items, key=lambda item: str(item["id"]))


@pytest.mark.parametrize("count", [0, 1, 3000])
@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_a_list_is_compressed_as_a_stream(
    start: Callable[..., Server], accept: str, count: int
) -> None:
    client = start().client
    client.bulk(b"".join(to_json({"id": f"{n:05}", "t": "x" * 50}) + b"\n" for n in range(count)))
    plain = client.list(headers={"Accept": accept})
    packed = client.list(headers={"Accept": accept} | GZIP)
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Transfer-Encoding"] == "chunked"
    unpacked = gzip.decompress(packed.body)
    if accept == "application/json":
        assert len(parse_exactly(plain.body)) == count
        assert in_order(parse_exactly(unpacked)) == in_order(parse_exactly(plain.body))
    else:
        assert unpacked.count(b"\n") == count
        assert sorted(unpacked.splitlines()) == sorted(plain.body.splitlines())


def test_a_large_problem_or_report_may_be_compressed_and_is_the_same(client: Client) -> None:
    plain = client.bulk(b"{}\n" + b"bad\n" * 200)
    packed = client.bulk(b"{}\n" + b"bad\n" * 200, headers=GZIP)
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
