"""Damaged stores, by seed: each command and each request ends in one of the promised ways.

--damage-seeds N runs the first N; DAMAGE_SEED=N in the environment runs that one alone.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
from pathlib import Path

import pytest

from damage.conftest import Original
from damage.harm import harm
from harness.process import PicusProcess, parse_log
from harness.session import REPLACE, CutError, Session, item_text

OK, FAILED, REFUSED, DAMAGED = 0, 1, 3, 4
PATIENCE_SECONDS = 60
MOST_FILE_BYTES = 256 << 20
KEYS = 60
# What a page number out of place makes of a put, and LMDB writes outside its memory.
FOUND = (528, 1082)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        alone = os.environ.get("DAMAGE_SEED")
        count = metafunc.config.getoption("--damage-seeds")
        seeds = sorted({*range(count), *FOUND})
        metafunc.parametrize("seed", [int(alone)] if alone else seeds)


def run(picus: Path, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """A command that cannot fill the disk, and has to end."""
    return subprocess.run(
        ["sh", "-c", f'ulimit -f {MOST_FILE_BYTES // 512}; exec "$0" "$@"', picus, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def assert_true_lines(original: Original, text: bytes) -> set[str]:
    """No line is an altered item, and none comes twice. The keys."""
    keys = []
    for line in text.splitlines():
        key = json.loads(line)["id"]
        assert line in original.states(key)
        keys.append(key)
    assert len(set(keys)) == len(keys)
    return set(keys)


def check_finds_nothing(picus: Path, data: Path) -> bool:
    done = run(picus, "check", "--data", data)
    assert done.returncode in (OK, FAILED, REFUSED), done
    assert done.stderr if done.returncode == REFUSED else done.stdout
    if done.returncode == OK:
        assert b"no problems" in done.stdout
    return done.returncode == OK


def export_is_true(picus: Path, original: Original, data: Path, *, sound: bool) -> None:
    for options in ((), ("--skip-damaged",)):
        done = run(picus, "export", "--data", data, *options)
        assert done.returncode in (OK, FAILED, REFUSED, DAMAGED), done.stderr
        complete = done.stdout[: done.stdout.rfind(b"\n") + 1]
        keys = assert_true_lines(original, complete)
        if sound:
            assert (done.returncode, keys) == (OK, set(original.items)), done.stderr
        if done.returncode != OK:
            assert done.stderr


def backup_is_whole_or_none(picus: Path, original: Original, data: Path, *, sound: bool) -> None:
    snapshot = data.with_name(f"{data.name}.mdb")
    done = run(picus, "backup", "--data", data, snapshot)
    assert done.returncode in (OK, FAILED, REFUSED, DAMAGED), done.stderr
    assert sound <= (done.returncode == OK), done.stderr
    assert snapshot.exists() == (done.returncode == OK)
    if done.returncode == OK:
        restored = data.with_name(f"{data.name}-restored")
        assert run(picus, "restore", "--data", restored, snapshot).returncode == OK
        assert assert_true_lines(original, run(picus, "export", "--data", restored).stdout)
        assert run(picus, "check", "--data", restored).returncode == OK


class Server:
    """A server on a damaged store: started, asked, and looked after when it ends."""

    def __init__(self, picus: Path, data: Path) -> None:
        words = ("sh", "-c", f'ulimit -f {MOST_FILE_BYTES // 512}; exec "$0" "$@"', str(picus))
        self.refused = False
        try:
            self.process = PicusProcess(words, data, "--access-log", "off")
        except AssertionError as error:
            self.refused = True
            told = str(error)
        else:
            self.url = self.process.url
            return
        assert "picus did not start" in told
        assert "--data" in told or "store-damaged" in told, told

    def ended(self) -> None:
        """It went away under a request: it has to say that the store is damaged."""
        assert self.process.wait() == DAMAGED, self.process.err.lines()[-20:]
        events = [parse_log(line).get("event") for line in self.process.err.lines()]
        assert "store-damaged" in events, self.process.err.lines()


def ask(server: Server, original: Original, keys: list[str]) -> None:
    with Session(server.url) as session:
        for key in keys:
            got = session.get(key)
            assert got.status in (200, 404, 500, 503), got
            if got.status == 200:
                assert got.body in original.states(key)
            elif got.status == 500:
                assert got.code == "store-damaged"
        for key in keys[:20]:
            replaced = session.put(item_text(key, new=1), REPLACE)
            assert replaced.status in (200, 412, 500, 503, 507), replaced
            if replaced.status == 200:
                assert session.get(key).body == item_text(key, new=1)
        for key in keys[20:40]:
            assert session.delete(key).status in (200, 404, 500, 503)
        for number in range(10):
            put = session.put(item_text(f"new-{number}"))
            assert put.status in (201, 409, 500, 503, 507), put


def list_is_true(server: Server, original: Original) -> None:
    """Each line that comes is an item; what is not whole does not end well."""
    with Session(server.url) as session:
        try:
            reply = session.exchange("GET", "/picus/list", b"", ("Accept", "application/x-ndjson"))
        except CutError:
            return
        assert reply.status in (200, 500, 503)
        if reply.status == 200:
            assert_true_lines(original, reply.body)


def test_what_a_damaged_store_does_is_promised(
    picus: Path, original: Original, tmp_path: Path, seed: int
) -> None:
    data = original.copy(tmp_path / "data")
    file = bytearray((data / "items.mdb").read_bytes())
    print("damage:", harm(file, seed))
    (data / "items.mdb").write_bytes(file)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    sound = check_finds_nothing(picus, data)
    export_is_true(picus, original, data, sound=sound)
    backup_is_whole_or_none(picus, original, data, sound=sound)

    server = Server(picus, data)
    if server.refused:
        return
    keys = list(original.items)[seed % 30 :: len(original.items) // KEYS]
    try:
        list_is_true(server, original)
        ask(server, original, keys)
    except (CutError, ConnectionError):
        server.ended()
        return
    if server.process.running():
        with Session(server.url) as session:
            assert session.exchange("GET", "/livez").status == 200
        server.process.terminate()
        assert server.process.wait() in (OK, DAMAGED)
    else:
        server.ended()
