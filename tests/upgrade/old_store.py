"""Stores that older versions wrote, kept in tests/upgrade/stores.

    PYTHONPATH=tests .venv/bin/python -m upgrade.old_store PICUS

makes that of the version that PICUS is: VERSION.mdb.gz, and VERSION.json with the text and the
ETag of each item.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.client import Client
from harness.process import PicusProcess

STORES = Path(__file__).resolve().parent / "stores"
FILE = "items.mdb"

# Repeated on a store that an older version wrote, these have to be answered as they were.
KEYS_OF_RETRIES = ("order-2718", "order-3141", "order-1618")
RETRIED = (
    '{"total":12.50}',
    '{"id":"order","total":99999999999999999999999999999999999999}',
    '{"id":"replaced","n":2}',
)


def deep(levels: int) -> Any:
    value: Any = {"leaf": [1.5e-7, True, None, "\u0000\u2028é🌑"]}
    for _ in range(levels):
        value = {"d": value}
    return value


def fill(client: Client) -> None:
    """Puts items of every kind that a store tells apart."""
    client.created('{"id":"moon","name":"Luna","radius_km":1737.40,"visits":9007199254740993}')
    client.created({"id": "tief/ä ☾", **deep(29)})
    client.created({"id": "k" * 511})
    client.created(
        '{"id":"numbers","n":[0,-0,1E-130,9.9999999999999999999999999999999999999E+125]}'
    )
    client.created('{"id":"replaced","n":1}')
    for key, text in zip(KEYS_OF_RETRIES, RETRIED, strict=True):
        headers = {"Idempotency-Key": key}
        if "replaced" in text:
            headers["If-Match"] = "*"
        assert client.put(text, headers).status in (200, 201)
    client.created('{"id":"gone"}')
    assert client.delete("gone").status == 200
    lines = [json.dumps({"id": f"bulk-{n:03}", "n": n, "text": "x" * (20 * n)}) for n in range(40)]
    lines.append(json.dumps({"id": "pages", "text": "y" * 20_000}))
    assert client.bulk("\n".join(lines)).json()["created"] == len(lines)


@dataclass(frozen=True)
class Kept:
    """What get answered for an item."""

    text: str
    etag: str


def items_of(client: Client) -> dict[str, Kept]:
    found = {}
    for item in client.list().json():
        got = client.get(item["id"])
        assert got.status == 200
        found[item["id"]] = Kept(got.body.decode(), got.etag)
    return found


def versions() -> list[str]:
    return sorted(path.name.removesuffix(".mdb.gz") for path in STORES.glob("*.mdb.gz"))


def unpack(version: str, data: Path) -> dict[str, Kept]:
    """Makes a data directory of the kept store. The items that it has."""
    data.mkdir(mode=0o700)
    (data / FILE).write_bytes(gzip.decompress((STORES / f"{version}.mdb.gz").read_bytes()))
    told = json.loads((STORES / f"{version}.json").read_text(encoding="utf-8"))
    return {key: Kept(**kept) for key, kept in told.items()}


def main(picus: Path) -> None:
    told = subprocess.run([picus, "--version"], check=True, capture_output=True, text=True).stdout
    version = told.split()[1]
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        server = PicusProcess(picus, data)
        client = Client(server.url)
        fill(client)
        items = items_of(client)
        server.stop()
        packed = gzip.compress((data / FILE).read_bytes(), compresslevel=9, mtime=0)
    STORES.mkdir(exist_ok=True)
    (STORES / f"{version}.mdb.gz").write_bytes(packed)
    text = json.dumps({key: vars(kept) for key, kept in items.items()}, indent=1, sort_keys=True)
    (STORES / f"{version}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
