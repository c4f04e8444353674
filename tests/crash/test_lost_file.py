"""A store's file that is deleted, moved, replaced or changed under the running server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.client import Client
from harness.command import check
from harness.fixtures import Serve
from harness.process import PicusProcess, parse_log
from harness.session import item_text, listed

ITEMS = {f"{n}": item_text(f"{n}", pad="x" * 2000) for n in range(200)}


@dataclass(frozen=True)
class Harm:
    """What is done to the data directory, and what would undo it."""

    reason: str
    do: Callable[[Path], None]
    undo: Callable[[Path], None]
    readable: bool  # the server still has the whole file


def away(data: Path) -> Path:
    return data.with_name("away")


def move(data: Path) -> None:
    data.rename(away(data))


def move_back(data: Path) -> None:
    away(data).rename(data)


def delete(data: Path) -> None:
    shutil.rmtree(data)


def make(data: Path) -> None:
    data.mkdir()


def replace(data: Path) -> None:
    shutil.copyfile(data / "items.mdb", data / "copy")
    shutil.copyfile(data / "items.mdb", data / "keep")
    os.link(data / "items.mdb", away(data))
    (data / "copy").replace(data / "items.mdb")  # in one step: the server may look at any time


def put_back(data: Path) -> None:
    away(data).rename(data / "items.mdb")


def truncate(data: Path) -> None:
    shutil.copyfile(data / "items.mdb", away(data))
    os.truncate(data / "items.mdb", 4096 * 3)


def overwrite(data: Path) -> None:
    """With an older state, in place, as `cp` does; not shorter."""
    shutil.copyfile(data / "items.mdb", away(data))
    older = data.with_name("older").read_bytes()
    with (data / "items.mdb").open("r+b") as file:
        file.write(older)


def copy_back(data: Path) -> None:
    with (data / "items.mdb").open("r+b") as file:
        file.write(away(data).read_bytes())


HARMS = [
    pytest.param(Harm("deleted", move, move_back, readable=True), id="moved"),
    pytest.param(Harm("deleted", delete, make, readable=True), id="deleted"),
    pytest.param(Harm("replaced", replace, put_back, readable=True), id="replaced"),
    pytest.param(Harm("truncated", truncate, copy_back, readable=False), id="truncated"),
    pytest.param(Harm("overwritten", overwrite, copy_back, readable=False), id="overwritten"),
]


def fill(server: PicusProcess, data: Path) -> None:
    client = Client(server.url)
    texts = list(ITEMS.values())
    assert client.bulk(b"\n".join(texts[:100])).status == 200
    shutil.copyfile(data / "items.mdb", data.with_name("older"))
    assert client.bulk(b"\n".join(texts[100:])).status == 200
    assert client.put({"id": "0", "pad": "last"}, {"If-Match": "*"}).status == 200
    assert client.put(ITEMS["0"], {"If-Match": "*"}).status == 200


def assert_lost(server: PicusProcess, *, readable: bool) -> None:
    client = Client(server.url)
    for answer in (
        client.put({"id": "refused"}),
        client.put({"id": "1", "n": "refused"}, {"If-Match": "*"}),
        client.delete("2"),
        client.bulk(b'{"id":"refused"}\n'),
        client.request("GET", "/readyz"),
    ):
        assert (answer.status, answer.code) == (503, "store-unavailable")
    put, asked = client.put({"id": "refused"}), client.request("GET", "/readyz/store")
    assert (asked.status, asked.json()["detail"]) == (503, f"unreachable: {put.json()['detail']}")
    assert client.request("GET", "/livez").status == 200
    if readable:
        assert listed(server.url) == ITEMS
    else:
        assert client.get("1").status == 503
        assert client.list().status == 503


def assert_one_line(server: PicusProcess, data: Path, reason: str) -> None:
    server.log_line(event="store-lost")
    lines = [parse_log(line) for line in server.err.lines()]
    (line,) = [line for line in lines if line.get("event") == "store-lost"]
    assert line["reason"] == reason
    assert line["file"] == str(data / "items.mdb")


@pytest.mark.parametrize("noticed", ["without a request", "by a write"])
@pytest.mark.parametrize("harm", HARMS)
def test_a_server_that_lost_its_file_notices_and_writes_no_more(
    data: Path, serve: Serve, harm: Harm, noticed: str
) -> None:
    server = serve()
    fill(server, data)
    harm.do(data)
    if noticed == "without a request":
        server.log_line(event="store-lost")
    assert_lost(server, readable=harm.readable)
    harm.undo(data)
    server.log_line(event="store-lost")
    assert_lost(server, readable=harm.readable)
    assert_one_line(server, data, harm.reason)


def test_after_a_restart_the_store_under_the_path_is_served(
    picus: Path, data: Path, serve: Serve
) -> None:
    server = serve()
    fill(server, data)
    move(data)
    server.log_line(event="store-lost")
    other = serve()  # the path is free: a new store
    assert Client(other.url).put({"id": "new"}).status == 201
    assert_lost(server, readable=True)
    server.stop()
    other.stop()
    assert check(picus, data) == 1
    assert check(picus, away(data)) == len(ITEMS)
    assert listed(serve(on=away(data)).url) == ITEMS


def test_a_truncated_lock_file_is_named(data: Path, serve: Serve) -> None:
    server = serve()
    os.truncate(data / "items.mdb-lock", 0)
    with pytest.raises(ConnectionError):
        Client(server.url).put({"id": "refused"})
    assert server.wait() == 4
    (line,) = [one for one in map(parse_log, server.err.lines()) if one["event"] == "store-damaged"]
    assert "items.mdb-lock is truncated" in str(line["detail"])
    assert "picus check" in str(line["detail"])
