"""Today's program on stores that older versions wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.client import Client
from harness.command import check
from harness.fixtures import Serve
from harness.version import VERSION
from upgrade.old_store import KEYS_OF_RETRIES, RETRIED, Kept, items_of, unpack, versions

OLD = [version for version in versions() if version != VERSION]


@pytest.fixture(params=OLD)
def kept(request: pytest.FixtureRequest, data: Path) -> dict[str, Kept]:
    return unpack(request.param, data)


def test_the_first_version_is_among_them() -> None:
    assert "0.1.0" in OLD


def test_every_item_is_there_with_its_text_and_its_etag(
    kept: dict[str, Kept], serve: Serve
) -> None:
    assert items_of(Client(serve().url)) == kept


def test_the_check_finds_no_problem(kept: dict[str, Kept], picus: Path, data: Path) -> None:
    assert check(picus, data) == len(kept)


def test_a_retry_of_a_put_that_the_old_version_took_is_replayed(
    kept: dict[str, Kept], serve: Serve
) -> None:
    client = Client(serve().url)
    for key, text in zip(KEYS_OF_RETRIES, RETRIED, strict=True):
        headers = {"Idempotency-Key": key}
        if "replaced" in text:
            headers["If-Match"] = "*"
        again = client.put(text, headers)
        assert again.status in (200, 201)
        assert again["Idempotency-Replayed"] == "true"
        other = client.put(text.replace("}", ',"more":1}'), headers)
        assert (other.status, other.code) == (422, "idempotency-mismatch")
    assert items_of(client) == kept


def test_its_etags_guard_what_is_written_next(kept: dict[str, Kept], serve: Serve) -> None:
    server = serve()
    client = Client(server.url)
    etag = kept["moon"].etag
    assert client.put('{"id":"moon"}', {"If-Match": '"other"'}).status == 412
    assert client.put('{"id":"moon","seen":true}', {"If-Match": etag}).status == 200
    assert client.delete("bulk-000", {"If-Match": kept["bulk-000"].etag}).status == 200
    assert client.created({"id": "new"}).status == 201
    server.stop()
    after = items_of(Client(serve().url))
    assert set(after) == set(kept) - {"bulk-000"} | {"new"}
    assert after["moon"].text == '{"id":"moon","seen":true}'
    unchanged = set(kept) - {"bulk-000", "moon"}
    assert {key: after[key] for key in unchanged} == {key: kept[key] for key in unchanged}
