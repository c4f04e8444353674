"""A lock file that goes, or changes, while a server runs: nobody else may write then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.client import Client
from harness.command import check, run
from harness.fixtures import Serve
from harness.process import PicusProcess
from harness.session import Session, item_text, listed

REFUSED = 3  # the exit code: the store cannot be opened
ITEMS = 20


def delete_lock_file(data: Path) -> None:
    (data / "items.mdb-lock").unlink()


def replace_lock_file(data: Path) -> None:
    copy = data / "copy"
    shutil.copyfile(data / "items.mdb-lock", copy)
    copy.replace(data / "items.mdb-lock")


def replace_items(data: Path) -> None:
    copy = data / "copy"
    shutil.copyfile(data / "items.mdb", copy)
    copy.replace(data / "items.mdb")


def put_items(url: str, prefix: str) -> dict[str, bytes]:
    items = {f"{prefix}-{n}": item_text(f"{prefix}-{n}", pad="x" * 500) for n in range(ITEMS)}
    with Session(url) as session:
        for text in items.values():
            assert session.put(text).status == 201
    return items


def assert_everybody_is_refused(picus: Path, data: Path, file: Path, words: str) -> None:
    commands: list[tuple[str | Path, ...]] = [
        ("serve", "--data", data, "--listen", "127.0.0.1:0"),
        ("import", "--data", data, file),
        ("export", "--data", data),
        ("check", "--data", data),
    ]
    for command in commands:
        done = run(picus, *command)
        assert done.returncode == REFUSED, (command, done)
        assert done.stdout == ""
        assert f"Another process uses {data}" in done.stderr
        assert words in done.stderr
        assert "Stop every process that uses this directory" in done.stderr


@pytest.mark.parametrize("change", [delete_lock_file, replace_lock_file])
def test_without_the_lock_file_of_the_running_server_nobody_else_opens_the_store(
    picus: Path, data: Path, tmp_path: Path, serve: Serve, change: Callable[[Path], None]
) -> None:
    file = tmp_path / "file.ndjson"
    file.write_bytes(b"\n".join(item_text(f"imported-{n}") for n in range(ITEMS)) + b"\n")
    server = serve()
    items = put_items(server.url, "before")
    change(data)
    assert_everybody_is_refused(picus, data, file, "another items.mdb-lock")
    items |= put_items(server.url, "after")
    assert listed(server.url) == items
    server.stop()
    assert check(picus, data) == len(items)
    server = serve()
    assert listed(server.url) == items
    put_items(server.url, "again")


def test_an_items_file_that_was_replaced_under_a_server_is_opened_by_nobody_else(
    picus: Path, data: Path, tmp_path: Path, serve: Serve
) -> None:
    file = tmp_path / "file.ndjson"
    file.write_bytes(item_text("imported") + b"\n")
    server = serve()
    items = put_items(server.url, "before")
    replace_items(data)
    assert_everybody_is_refused(picus, data, file, "another items.mdb,")
    server.stop()
    assert check(picus, data) == len(items)
    assert listed(serve().url) == items


def test_two_servers_that_share_their_files_lock_nobody_out(
    picus: Path, data: Path, serve: Serve
) -> None:
    """As in a handover; commands may come and go meanwhile."""
    servers: list[PicusProcess] = [serve(), serve()]
    items: dict[str, bytes] = {}
    for turn in range(3):
        for number, server in enumerate(servers):
            items |= put_items(server.url, f"{turn}-{number}")
        assert check(picus, data) == len(items)
        assert len(run(picus, "export", "--data", data).stdout.splitlines()) == len(items)
        servers[turn % 2].kill()
        servers[turn % 2] = serve()
    for server in servers:
        assert listed(server.url) == items


def test_a_copy_of_the_directory_is_a_store_of_its_own(
    picus: Path, data: Path, tmp_path: Path, serve: Serve
) -> None:
    server = serve()
    items = put_items(server.url, "a")
    copy = tmp_path / "copy"
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("*handover*"))
    assert check(picus, copy) == len(items)
    assert Client(serve(on=copy).url).put({"id": "b"}).status == 201
    assert listed(server.url) == items
