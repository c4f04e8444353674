"""A store to damage, made once."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.client import Client
from harness.process import PicusProcess

ITEMS = 2000


@dataclass(frozen=True)
class Original:
    """A closed store, and what it has."""

    data: Path
    items: dict[str, bytes]

    def states(self, key: str) -> tuple[bytes, ...]:
        """What the item was at some time: a page may come back as it was."""
        return self.items[key], json.dumps(
            {"id": key, "was": "other"}, separators=(",", ":")
        ).encode()

    def copy(self, to: Path) -> Path:
        to.mkdir(mode=0o700)
        shutil.copyfile(self.data / "items.mdb", to / "items.mdb")
        return to


def texts(rng: random.Random) -> dict[str, bytes]:
    items = {}
    for number in range(ITEMS):
        key = f"{'ab'[number % 2]}-{rng.randrange(10**9):09}-{number}"
        size = rng.choice((10, 100, 400, 1500, 6000 if number % 20 == 0 else 300))
        text = json.dumps({"id": key, "n": number, "text": "x" * size}, separators=(",", ":"))
        items[key] = text.encode()
    return items


@pytest.fixture(scope="session")
def original(picus: Path, tmp_path_factory: pytest.TempPathFactory) -> Original:
    directory = tmp_path_factory.mktemp("original")
    items = texts(random.Random(1))
    server = PicusProcess(picus, directory / "data")
    client = Client(server.url)
    lines = list(items.values())
    for begin in range(0, len(lines), 250):
        assert client.bulk(b"\n".join(lines[begin : begin + 250])).json()["failed"] == 0
    for key in list(items)[::50]:  # free pages and old states
        assert client.put({"id": key, "was": "other"}, {"If-Match": "*"}).status == 200
        assert client.put(items[key], {"If-Match": "*"}).status == 200
    server.stop()
    return Original(directory / "data", items)
