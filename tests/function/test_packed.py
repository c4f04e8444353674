"""The zip, started for each request by ministack's load balancer, APIs and function URL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.client import Client, path_of
from harness.dynamodb import DynamoDbLocal
from harness.lambda_ministack import LambdaHost
from harness.shapes import PACKED, MinistackShape

ODD = 'a/b ?#&+="ä日本'  # without %: ministack's load balancer decodes queries, AWS's does not


@pytest.fixture(params=PACKED, ids=lambda shape: shape.name)
def packed(
    request: pytest.FixtureRequest,
    picus: Path,
    tmp_path: Path,
    dynamodb: DynamoDbLocal,
    lambda_host: LambdaHost,
) -> Iterator[Client]:
    kind: type[MinistackShape] = request.param
    shape = kind(picus, tmp_path, dynamodb, lambda_host)
    yield shape.start().client
    shape.close()


def test_an_item_lives_and_dies_through_a_real_data_plane(packed: Client) -> None:
    assert packed.request("GET", "/livez").json() == {"status": "alive"}
    made = packed.created({"id": ODD, "n": 1.5})
    query = f"?key={path_of(ODD)}"
    got = packed.request("GET", f"/picus/get{query}")
    assert (got.json()["id"], got.etag) == (ODD, made.etag)
    unmodified = packed.request("GET", f"/picus/get{query}", headers={"If-None-Match": made.etag})
    assert (unmodified.status, unmodified.body) == (304, b"")
    assert packed.put({"id": ODD}).status == 409
    assert packed.put({"id": ODD}, {"If-Match": made.etag}).status == 200
    assert [item["id"] for item in packed.list().json()] == [ODD]
    assert packed.request("DELETE", f"/picus{query}").status == 200
    assert packed.get("plain").code == "not-found"
