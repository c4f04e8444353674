"""Real data through everything: Debian's iso-codes, fourteen thousand entries in many scripts."""

from __future__ import annotations

import gzip
import http.client
import json
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.client import path_of
from harness.shapes import FAST, OWN_PROCESS, PLAIN_HTTP, STREAMING, Server
from real import iso_codes

Item = dict[str, Any]
Items = dict[str, Item]


@pytest.fixture(scope="session")
def items() -> Items:
    """The data set by id."""
    every = list(iso_codes.items())
    by_id = {item["id"]: item for item in every}
    assert len(by_id) == len(every) > 14_000
    return by_id


@pytest.fixture(scope="session")
def lines(items: Items) -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items.values())


@pytest.fixture(scope="session")
def source(lines: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set as a compressed file."""
    path = tmp_path_factory.mktemp("iso-codes") / "iso-codes.ndjson.gz"
    path.write_bytes(gzip.compress(lines.encode()))
    return path


def by_id(ndjson: str) -> Items:
    every = [json.loads(line) for line in ndjson.splitlines()]
    found = {item["id"]: item for item in every}
    assert len(found) == len(every), "an item came twice"
    return found


def run(picus: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [picus, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done
    return done


def fetch_all(server: Server, ids: list[str]) -> Items:
    """Every item by a get of its own, on one connection."""
    connection = http.client.HTTPConnection(server.client.host, server.client.port, timeout=60)
    found: Items = {}
    for key in ids:
        connection.request("GET", f"/picus/get/{path_of(key)}")
        response = connection.getresponse()
        assert response.status == 200, key
        found[key] = json.loads(response.read())
    connection.close()
    return found


def test_the_data_set_has_letters_of_many_scripts(items: Items) -> None:
    """Else the tests below would prove less than they say."""
    letters = {c for item in items.values() for c in str(item) if ord(c) > 0x7F}
    kinds = {unicodedata.name(c, "?").split()[0] for c in letters}
    assert {"LATIN", "REGIONAL", "COMBINING"} <= kinds
    if any(iso_codes.translations(name) for name in iso_codes.CODES):
        assert {"ARABIC", "CJK", "CYRILLIC", "GEORGIAN", "GREEK", "HEBREW", "THAI"} <= kinds


@pytest.mark.needs(STREAMING, FAST, PLAIN_HTTP)
def test_what_a_bulk_put_brings_is_listed_and_fetched_item_by_item(
    start: Callable[..., Server], items: Items, lines: str
) -> None:
    server = start()
    answer = server.client.bulk(lines)
    assert answer.status == 200
    result = answer.json()
    assert (result["created"], result["failed"], result["errors"]) == (len(items), 0, [])

    listed = server.client.list(headers={"Accept": "application/x-ndjson"})
    assert by_id(listed.body.decode()) == items
    array = json.loads(server.client.list().body)
    assert {item["id"]: item for item in array} == items
    assert fetch_all(server, list(items)) == items


@pytest.mark.needs(OWN_PROCESS, PLAIN_HTTP)
def test_import_and_export_through_a_server_keep_every_item(
    start: Callable[..., Server], picus: Path, items: Items, source: Path, tmp_path: Path
) -> None:
    server = start()
    run(picus, "import", "--url", server.url, source)
    target = tmp_path / "out.ndjson"
    run(picus, "export", "--url", server.url, "--output", target)
    assert by_id(target.read_text(encoding="utf-8")) == items

    gone = [key for key in items if key.startswith("iso_3166-1:")]
    assert len(gone) > 200
    for key in gone:
        assert server.client.delete(key).json() == {"id": key, "deleted": True}
        assert server.client.get(key).code == "not-found"
    left = {key: item for key, item in items.items() if key not in gone}
    assert by_id(run(picus, "export", "--url", server.url).stdout) == left

    # What is missing comes back, what is there stays as it is.
    run(picus, "import", "--url", server.url, source)
    assert by_id(run(picus, "export", "--url", server.url).stdout) == items


def test_import_and_export_of_a_data_directory_keep_every_item(
    picus: Path, items: Items, source: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    first = run(picus, "import", "--create", "--data", data, source)
    again = run(picus, "import", "--data", data, source)
    assert str(len(items)) in (first.stdout + first.stderr).replace(",", "")
    assert first.stderr != again.stderr or first.stdout != again.stdout
    exported = run(picus, "export", "--data", data).stdout
    assert by_id(exported) == items
    run(picus, "check", "--data", data)

    copy = tmp_path / "copy"
    (tmp_path / "exported.ndjson").write_text(exported, encoding="utf-8")
    run(picus, "import", "--create", "--data", copy, tmp_path / "exported.ndjson")
    assert run(picus, "export", "--data", copy).stdout == exported
