"""A disk without room: writes say so, reads go on, and room that is made is used."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crash.disk import Disk
from harness.client import Client
from harness.command import check, run
from harness.fixtures import Serve
from harness.session import REPLACE, Session, item_text, listed

pytestmark = pytest.mark.privileged
CLIENTS = 4
PAD = "x" * 2000
REFUSED = 3  # the exit code: the store cannot be opened


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    small = Disk(tmp_path / "disk", "6m")
    yield small
    small.close()


@pytest.fixture
def data(disk: Disk) -> Path:
    return disk.path / "data"


@pytest.fixture
def program(disk: Disk, picus: Path) -> Path:
    """Picus, where the disk can be seen."""
    return disk.inside(picus)


def fill(url: str, name: str) -> dict[str, bytes]:
    """Puts items until there is no room; those that were acknowledged."""
    put: dict[str, bytes] = {}
    with Session(url) as session:
        while True:
            key = f"{name}-{len(put)}"
            text = item_text(key, pad=PAD)
            reply = session.put(text)
            if reply.status != 201:
                assert (reply.status, reply.code) == (507, "store-full")
                return put
            put[key] = text


def fill_at_once(url: str, turn: int = 0) -> dict[str, bytes]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        filled = list(pool.map(lambda n: fill(url, f"{turn}-{n}"), range(CLIENTS)))
    return {key: text for part in filled for key, text in part.items()}


def delete_half(url: str, items: dict[str, bytes]) -> None:
    """A delete writes changed pages anew: one that finds no room for them waits for the others."""
    wanted = list(items)[::2]
    with Session(url) as session:
        while wanted:
            refused = []
            for key in wanted:
                reply = session.delete(key)
                if reply.status == 200:
                    del items[key]
                else:
                    assert (reply.status, reply.code) == (507, "store-full")
                    refused.append(key)
            assert len(refused) < len(wanted) / 2, "deletes have to make room"
            wanted = refused


def test_a_full_disk_refuses_writes_and_loses_nothing(
    program: Path, data: Path, serve: Serve
) -> None:
    server = serve(binary=program)
    client = Client(server.url)
    items = fill_at_once(server.url)
    assert len(items) > 1000

    refused = client.put({"id": "more", "pad": PAD * 10})
    assert (refused.status, refused.code) == (507, "store-full")
    key = next(iter(items))
    refused = client.put({"id": key, "pad": PAD * 10}, {"If-Match": "*"})
    assert (refused.status, refused.code) == (507, "store-full")
    assert client.get("more").status == 404
    assert client.get(key).body == items[key]
    assert client.request("GET", "/readyz").status == 200
    assert listed(server.url) == items
    assert check(program, data) == len(items)


def test_deleting_items_makes_room_for_others(program: Path, data: Path, serve: Serve) -> None:
    server = serve(binary=program)
    items: dict[str, bytes] = {}
    for turn in range(3):
        before = len(items)
        put = fill_at_once(server.url, turn)
        assert len(put) > 300
        items |= put
        assert len(items) > before
        delete_half(server.url, items)
        assert listed(server.url) == items
        assert check(program, data) == len(items)
    with Session(server.url) as session:
        for key in items:
            items[key] = item_text(key, replaced=True)
            assert session.put(items[key], REPLACE).status == 200
    server.stop()
    assert check(program, data) == len(items)
    assert listed(serve(binary=program).url) == items


def test_a_store_on_a_disk_without_room_is_refused_in_a_sentence(
    program: Path, disk: Disk, data: Path
) -> None:
    (disk.contents / "data").mkdir()
    with (disk.contents / "other").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    done = run(program, "serve", "--data", data, "--listen", "127.0.0.1:0")
    assert done.returncode == REFUSED, done
    assert f"There is no space for {data}/items.mdb-lock: free some disk space." in done.stderr


def test_a_disk_that_others_filled_is_used_again_when_they_leave(
    program: Path, disk: Disk, data: Path, serve: Serve
) -> None:
    server = serve(binary=program)
    items: dict[str, bytes] = {}
    with Session(server.url) as session:
        for n in range(100):
            items[f"{n}"] = item_text(f"{n}", pad=PAD)
            assert session.put(items[f"{n}"]).status == 201
        other = disk.contents / "other"
        with other.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        items |= fill_at_once(server.url)
        assert listed(server.url) == items
        delete_half(server.url, items)
        assert listed(server.url) == items
        other.unlink()
        before = len(items)
        items |= fill_at_once(server.url, turn=1)
        assert len(items) > before + 1000
    server.kill()
    assert check(program, data) == len(items)
    assert listed(serve(binary=program).url) == items


def test_a_bulk_put_tells_which_lines_found_no_room(
    program: Path, data: Path, serve: Serve
) -> None:
    server = serve(binary=program)
    texts = [item_text(f"{n:05d}", pad=PAD) for n in range(5000)]
    with Session(server.url) as session:
        reply = session.bulk(b"\n".join(texts))
        assert reply.status == 200
        report = json.loads(reply.body)
        assert report["created"] > 500
        assert report["created"] + report["failed"] == len(texts)
        assert {error["code"] for error in report["errors"]} == {"store-full"}
        found = listed(server.url)
        assert len(found) == report["created"]
        refused = {error["line"] for error in report["errors"]}
        for number, text in enumerate(texts[: max(refused)], start=1):
            assert (text in found.values()) == (number not in refused)

        reply = session.bulk(b"\n".join(texts[-1000:]))
        assert (reply.status, reply.code) == (507, "store-full")
        assert listed(server.url) == found
    assert check(program, data) == len(found)


@pytest.mark.parametrize("through", ["data", "url"])
def test_an_import_that_found_no_room_can_be_repeated_when_there_is_some(
    program: Path, data: Path, serve: Serve, through: str
) -> None:
    server = serve(binary=program)
    place = ["--data", str(data)] if through == "data" else ["--url", server.url]
    old = {f"old-{n}": item_text(f"old-{n}", pad=PAD) for n in range(500)}
    with Session(server.url) as session:
        assert json.loads(session.bulk(b"\n".join(old.values())).body)["created"] == len(old)
    new = {f"{n:05d}": item_text(f"{n:05d}", pad=PAD) for n in range(1400)}
    text = "".join(line.decode() + "\n" for line in new.values())

    done = run(program, "import", "-", *place, "--on-conflict", "skip", stdin=text)
    assert done.returncode == 1, done.stderr
    assert "no space" in done.stderr
    found = listed(server.url)
    assert old.items() <= found.items()
    assert found.items() <= (old | new).items()
    assert len(found) < len(old | new)
    assert check(program, data) == len(found)

    with Session(server.url) as session:
        for key in old:
            assert session.delete(key).status == 200
    done = run(program, "import", "-", *place, "--on-conflict", "skip", stdin=text)
    assert done.returncode == 0, done.stderr
    assert listed(server.url) == new
    assert check(program, data) == len(new)
