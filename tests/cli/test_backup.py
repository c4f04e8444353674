"""picus backup and picus restore, on real stores and running servers."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.client import Client
from harness.command import check
from harness.faults import Call, Faults, go_on
from harness.process import PicusProcess
from harness.session import REPLACE, Session, item_text, listed
from harness.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
SNAPSHOT = re.compile(r"items-\d{8}T\d{6}\.\d{3}Z\.mdb")
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Serve = Callable[..., PicusProcess]


def items(count: int, **members: Any) -> dict[str, bytes]:
    return {f"{n:06}": item_text(f"{n:06}", n=n, **members) for n in range(count)}


def fill(url: str, texts: dict[str, bytes]) -> None:
    lines = list(texts.values())
    client = Client(url)
    for begin in range(0, len(lines), 500):
        assert client.bulk(b"\n".join(lines[begin : begin + 500])).json()["failed"] == 0


def export(run: Run, data: Path) -> dict[str, bytes]:
    done = run("export", "--data", data)
    assert done.returncode == 0, done.stderr
    return {json.loads(line)["id"]: line.encode() for line in done.stdout.splitlines()}


@pytest.fixture
def faults(tmp_path: Path) -> Iterator[Faults]:
    watching = Faults(tmp_path, "pwrite64", "pwritev", "writev", "write", "fdatasync", "fsync")
    yield watching
    watching.close()


def test_a_backup_of_a_running_server_restores_to_the_same_items(
    picus: Path, serve: Serve, run: Run, data: Path, tmp_path: Path
) -> None:
    texts = items(3000, text="x" * 200)
    server = serve()
    fill(server.url, texts)
    backups = tmp_path / "backups"
    backups.mkdir()
    done = run("backup", "--data", data, backups)
    assert (done.returncode, done.stdout) == (0, "")
    assert "backed up to" in done.stderr
    assert "3000 items" in done.stderr
    assert "items/s" in done.stderr
    (snapshot,) = backups.iterdir()
    assert SNAPSHOT.fullmatch(snapshot.name)
    assert stat.S_IMODE(snapshot.stat().st_mode) == 0o600
    assert snapshot.stat().st_size < (data / "items.mdb").stat().st_size

    restored = tmp_path / "restored"
    done = run("restore", "--data", restored, backups)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert [file.name for file in restored.iterdir()] == ["items.mdb"]
    assert stat.S_IMODE((restored / "items.mdb").stat().st_mode) == 0o600
    assert stat.S_IMODE(restored.stat().st_mode) == 0o700
    assert check(picus, restored) == len(texts)
    assert export(run, restored) == texts
    etag = Client(server.url).get("000007").etag
    other = PicusProcess(picus, restored)
    assert Client(other.url).get("000007").etag == etag
    assert Client(other.url).put({"id": "new"}).status == 201
    other.stop()


def test_a_backup_shows_one_moment(serve: Serve, run: Run, data: Path, tmp_path: Path) -> None:
    """Two items are always changed one after the other: the second is never ahead."""
    server = serve()
    fill(server.url, items(2000, text="x" * 300))
    over = threading.Event()
    turns = 0

    def write() -> None:
        nonlocal turns
        with Session(server.url) as session:
            while not over.is_set():
                turns += 1
                for key in ("zz-first", "000000-second"):
                    assert session.put(item_text(key, turn=turns), REPLACE).status == 200

    client = Client(server.url)
    for key in ("zz-first", "000000-second"):
        client.created({"id": key, "turn": 0})
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(8):
            before = turns
            wait_until(lambda: turns > before + 1, "a change")  # noqa: B023
            snapshot = tmp_path / f"{number}.mdb"
            assert run("backup", "--data", data, snapshot).returncode == 0
    finally:
        over.set()
        writer.join()
    for number in range(8):
        restored = tmp_path / f"restored-{number}"
        assert run("restore", "--data", restored, tmp_path / f"{number}.mdb").returncode == 0
        found = export(run, restored)
        first, second = (json.loads(found[key])["turn"] for key in ("zz-first", "000000-second"))
        assert first - second in (0, 1)


def test_a_file_is_replaced_and_snapshots_gather(
    serve: Serve, run: Run, data: Path, tmp_path: Path
) -> None:
    server = serve()
    client = Client(server.url)
    client.created({"id": "a"})
    file = tmp_path / "file.mdb"
    backups = tmp_path / "backups"
    backups.mkdir()
    for count in (1, 2):
        assert run("backup", "--data", data, file).returncode == 0
        assert run("backup", "--data", data, backups).returncode == 0
        assert len(list(backups.iterdir())) == count
        client.created({"id": f"b{count}"})
    for source in (file, backups):
        restored = tmp_path / f"of-{source.name}"
        assert run("restore", "--data", restored, source).returncode == 0
        assert set(export(run, restored)) == {"a", "b1"}


def test_what_a_killed_backup_left_is_removed_and_what_runs_is_not(
    picus: Path, serve: Serve, run: Run, data: Path, tmp_path: Path, faults: Faults
) -> None:
    server = serve()
    fill(server.url, items(200))
    backups = tmp_path / "backups"
    backups.mkdir()
    stale = backups / "items-20200101T000000.000Z.mdb.partial"
    stale.write_bytes(b"half")
    foreign = backups / "other.partial"
    foreign.write_bytes(b"mine")
    stopped = threading.Event()
    go = threading.Event()

    def hold(call: Call) -> int:
        if ".partial" in call.file():
            stopped.set()
            go.wait(60)
        return 0

    faults.judge(hold)
    first = subprocess.Popen(
        [faults.program(picus), "backup", "--data", data, backups], stderr=subprocess.DEVNULL
    )
    try:
        assert stopped.wait(60)
        assert run("backup", "--data", data, backups).returncode == 0
        assert not stale.exists()
        assert len(list(backups.glob("*.mdb.partial"))) == 1
    finally:
        go.set()
    assert first.wait(60) == 0
    assert foreign.exists()
    assert len(list(backups.glob("*.mdb"))) == 2
    assert not list(backups.glob("*.mdb.partial"))


def test_a_store_that_doubles_while_it_is_backed_up_is_warned_of_and_written_as_it_was(
    picus: Path, serve: Serve, run: Run, data: Path, tmp_path: Path, faults: Faults
) -> None:
    server = serve()
    texts = items(2000, text="x" * 200)
    fill(server.url, texts)
    began = threading.Event()
    go = threading.Event()

    def hold(call: Call) -> int:
        if ".partial" in call.file():
            began.set()
            go.wait(60)
        return 0

    faults.judge(hold)
    snapshot = tmp_path / "snapshot.mdb"
    process = subprocess.Popen(
        [faults.program(picus), "backup", "--data", data, snapshot],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert began.wait(60)
        length = (data / "items.mdb").stat().st_size
        turn = 0
        while (data / "items.mdb").stat().st_size < 2 * length:
            turn += 1
            fill(server.url, {f"{turn}-{n}": item_text(f"{turn}-{n}") for n in range(1000)})
    finally:
        go.set()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert told.count("warning: items.mdb is twice as long") == 1
    assert run("restore", "--data", tmp_path / "restored", snapshot).returncode == 0
    assert export(run, tmp_path / "restored") == texts


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_killed_at_every_write_it_leaves_nothing_that_looks_whole(
    picus: Path,
    serve: Serve,
    run: Run,
    data: Path,
    tmp_path: Path,
    faults: Faults,
    command: str,
) -> None:
    server = serve()
    texts = items(300, text="x" * 2000)
    fill(server.url, texts)
    snapshot = tmp_path / "snapshot.mdb"
    if command == "restore":
        assert run("backup", "--data", data, snapshot).returncode == 0
    restored = tmp_path / "restored"
    whole = restored / "items.mdb" if command == "restore" else snapshot
    program = faults.program(picus)
    for kill_at in range(1, 200):
        seen = 0

        def kill(call: Call, at: int = kill_at) -> int:
            nonlocal seen
            if ".partial" in call.file():
                seen += 1
                if seen == at:
                    os.kill(call.thread, signal.SIGKILL)
            return 0

        faults.judge(kill)
        place = restored if command == "restore" else data
        done = subprocess.run(
            [program, command, "--data", place, snapshot], capture_output=True, check=False
        )
        if done.returncode == 0:
            assert kill_at > 3
            break
        assert done.returncode == -signal.SIGKILL
        assert not whole.exists()
    else:
        raise AssertionError("never came to its end")
    faults.judge(go_on)
    if command == "backup":
        assert run("restore", "--data", restored, snapshot).returncode == 0
    assert export(run, restored) == texts


def test_a_full_disk_leaves_no_backup(
    picus: Path, serve: Serve, data: Path, tmp_path: Path
) -> None:
    server = serve()
    fill(server.url, items(500, text="x" * 2000))
    snapshot = tmp_path / "snapshot.mdb"
    script = 'ulimit -f 1000; exec "$0" "$@"'
    done = subprocess.run(
        ["sh", "-c", script, picus, "backup", "--data", data, snapshot],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no space" in done.stderr
    assert not snapshot.exists()
    assert not list(tmp_path.glob("*.partial"))


def test_restore_leaves_a_store_alone(serve: Serve, run: Run, data: Path, tmp_path: Path) -> None:
    server = serve()
    Client(server.url).created({"id": "a"})
    snapshot = tmp_path / "snapshot.mdb"
    assert run("backup", "--data", data, snapshot).returncode == 0
    Client(server.url).created({"id": "b"})
    done = run("restore", "--data", data, snapshot)
    assert done.returncode == 3
    assert "exists: move it away" in done.stderr
    assert set(listed(server.url)) == {"a", "b"}
    # The server still has the file, and must not find another one in its place.
    (data / "items.mdb").rename(tmp_path / "away")
    done = run("restore", "--data", data, snapshot)
    assert done.returncode == 3
    assert "a process is using" in done.stderr
    assert not (data / "items.mdb").exists()


def test_what_cannot_be_backed_up_or_restored_is_refused(
    serve: Serve, run: Run, data: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run("backup", "--data", empty, tmp_path / "x.mdb")
    assert (done.returncode, "There is no store" in done.stderr) == (3, True)
    done = run("restore", "--data", tmp_path / "new", empty)
    assert (done.returncode, "there is no snapshot" in done.stderr) == (3, True)
    text = tmp_path / "text"
    text.write_text("hello", encoding="ascii")
    done = run("restore", "--data", tmp_path / "new", text)
    assert done.returncode == 3
    assert done.stderr == (
        f"picus: {text} is not a snapshot of `picus backup`: choose another snapshot; "
        "`picus import` reads items from JSON files.\n"
    )
    serve()
    done = run("restore", "--data", tmp_path / "new", data / "items.mdb")
    assert (done.returncode, "the store of a running process" in done.stderr) == (3, True)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob("*.partial"))


def test_no_output_replaces_a_file_of_the_store(
    serve: Serve, run: Run, data: Path, tmp_path: Path
) -> None:
    server = serve()
    Client(server.url).created({"id": "a"})
    link = tmp_path / "link"
    link.symlink_to(data / "items.mdb")
    for target in (data / "items.mdb", data / "items.mdb-lock", link):
        for command in (("backup", target), ("export", "--output", target)):
            done = run(command[0], "--data", data, *command[1:])
            assert done.returncode != 0
            assert "is a file of the store" in done.stderr
    assert Client(server.url).put({"id": "b"}).status == 201
    assert set(listed(server.url)) == {"a", "b"}
    server.stop()
    assert run("check", "--data", data).returncode == 0


def damage_item(file: Path, text: bytes) -> None:
    content = file.read_bytes()
    assert content.count(text) >= 1
    file.write_bytes(content.replace(text, text.replace(b"good", b"evil")))


def test_a_damaged_item_is_named_and_can_be_left_out(
    serve: Serve, run: Run, data: Path, tmp_path: Path
) -> None:
    server = serve()
    texts = items(200, text="good")
    fill(server.url, texts)
    server.stop()
    damage_item(data / "items.mdb", texts["000042"])
    snapshot = tmp_path / "snapshot.mdb"
    output = tmp_path / "output.ndjson"
    rest = {key: text for key, text in texts.items() if key != "000042"}

    done = run("check", "--data", data)
    assert done.returncode == 1
    assert '"000042": The record is damaged' in done.stdout
    assert "(page " in done.stdout
    commands: list[tuple[str | Path, ...]] = [("backup", snapshot), ("export", "--output", output)]
    for command in commands:
        done = run(command[0], "--data", data, *command[1:])
        assert done.returncode == 1
        assert "000042" in done.stderr
        assert not Path(command[-1]).exists()
        done = run(command[0], "--data", data, "--skip-damaged", *command[1:])
        assert done.returncode == 1
        assert "000042" in done.stderr
    assert dict(zip(rest, output.read_bytes().splitlines(), strict=True)) == rest
    restored = tmp_path / "restored"
    assert run("restore", "--data", restored, snapshot).returncode == 0
    assert export(run, restored) == rest

    server = serve()
    client = Client(server.url)
    assert client.get("000042").code == "store-damaged"
    assert client.request("GET", "/readyz").status == 200
    assert server.log_line(event="store-damaged", key="000042")
    assert client.get("000043").body == texts["000043"]
    assert client.put(texts["000042"], {"If-Match": "*"}).status == 200
    assert listed(server.url) == texts


def test_the_restore_drill_of_the_documentation_works(
    picus: Path, serve: Serve, data: Path, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    server = serve()
    fill(server.url, items(50))
    (tmp_path / "backups").mkdir()
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    drill = re.search(r"A restore drill.*?```sh\n(.*?)```", text, re.DOTALL)
    assert drill
    env = {
        **clean_env,
        "PATH": f"{picus.parent}:{clean_env['PATH']}",
        "DATA": str(data),
        "BACKUPS": str(tmp_path / "backups"),
        "DRILL": str(tmp_path / "drill"),
    }
    done = subprocess.run(
        ["sh", "-eu", "-c", drill[1]], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "50 items" in done.stdout
    assert listed(server.url) == items(50)


def test_a_snapshot_that_does_not_exist_is_named(run: Run, tmp_path: Path) -> None:
    for name in ("nowhere", "nowhere/"):
        done = run("restore", "--data", tmp_path / "restored", name)
        assert (done.returncode, done.stderr) == (3, f"picus: {name}: No such file or directory\n")
