"""`picus import` killed on its way, and run again: nothing is missing, nothing is there twice."""

from __future__ import annotations

import json
import random
import subprocess
import time
from pathlib import Path

import pytest

from harness.command import check, run
from harness.fixtures import Serve
from harness.session import Session, item_text, listed

KILLS = 8
WITH_ID = 40_000
WITHOUT_ID = 4_000


def lines(rng: random.Random) -> list[bytes]:
    """Items with ids in no order, and items without one, of which some are equal."""
    made = [
        item_text(f"item-{n:06d}", n=n, text="x" * rng.choice((0, 50, 300))) for n in range(WITH_ID)
    ]
    made += [json.dumps({"anonymous": n // 2}).encode() for n in range(WITHOUT_ID)]
    rng.shuffle(made)
    return made


def import_and_kill(picus: Path, place: list[str], text: bytes, size: int) -> None:
    """An import that is killed when it has read about `size` bytes: a pipe holds few more."""
    command = [str(picus), "import", "-", *place, "--on-conflict", "skip"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin
        process.stdin.write(text[:size])
        process.stdin.flush()
        process.kill()


def finish_import(picus: Path, place: list[str], text: bytes) -> None:
    done = run(picus, "import", "-", *place, "--on-conflict", "skip", stdin=text.decode())
    assert done.returncode == 0, done.stderr


def assert_all_there(url: str, made: list[bytes]) -> None:
    found = listed(url)
    anonymous = sorted(
        item["anonymous"] for item in map(json.loads, found.values()) if "anonymous" in item
    )
    assert anonymous == sorted(n // 2 for n in range(WITHOUT_ID))
    identified = {line for line in found.values() if b'"anonymous"' not in line}
    assert identified == {line for line in made if b'"anonymous"' not in line}
    assert len(found) == len(made)


@pytest.mark.parametrize("layout", ["lines", "array"])
def test_an_import_killed_again_and_again_is_complete_in_the_end(
    picus: Path, data: Path, serve: Serve, rng: random.Random, layout: str
) -> None:
    made = lines(rng)
    text = b"\n".join(made) if layout == "lines" else b"[" + b",\n".join(made) + b"]"
    place = ["--create", "--data", str(data)]
    before = 0
    for size in sorted(rng.randrange(len(text) // 20, len(text)) for _ in range(KILLS)):
        import_and_kill(picus, place, text, size)
        items = check(picus, data)
        assert before <= items <= len(made)
        before = items
    assert before > 0
    finish_import(picus, place, text)
    assert check(picus, data) == len(made)
    assert_all_there(serve().url, made)


@pytest.mark.parametrize("through", ["data", "url"])
def test_a_server_serves_on_when_an_import_beside_it_is_killed(
    picus: Path, data: Path, serve: Serve, rng: random.Random, through: str
) -> None:
    """The import may have died with the lock of the writers in its hands."""
    made = lines(rng)
    text = b"".join(line + b"\n" for line in made)
    server = serve()
    place = ["--data", str(data)] if through == "data" else ["--url", server.url]
    with Session(server.url) as session:
        for n, size in enumerate(rng.randrange(len(text) // 20, len(text)) for _ in range(KILLS)):
            import_and_kill(picus, place, text, size)
            own = item_text("own", n=n)
            began = time.monotonic()
            assert session.put(own).status == 201
            assert time.monotonic() - began < 5
            assert session.get("own").body == own
            assert session.delete("own").status == 200
    finish_import(picus, place, text)
    assert check(picus, data) == len(made)
    assert_all_there(server.url, made)
