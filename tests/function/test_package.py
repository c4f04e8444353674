"""What is handed to Lambda: a zip with one static program that needs nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.dynamodb import DynamoDbLocal
from harness.lambda_events import FUNCTION_URL, HttpRequest, answer_of, event_of
from harness.lambda_process import FUNCTION, LambdaProcess, variables_of
from harness.runtime_api import RuntimeApi

ROOT = Path(__file__).resolve().parents[2]
ZIP = ROOT / "scripts" / "lambda_zip.py"


def pack(program: Path, archive: Path) -> bytes:
    subprocess.run([sys.executable, ZIP, program, archive], check=True, capture_output=True)
    return archive.read_bytes()


@pytest.fixture(scope="module")
def release(bootstrap: Path) -> Path:
    """Only the release build is packed."""
    if "release" not in bootstrap.parts:
        pytest.fail("this stage has to run on the release build")
    return bootstrap


def test_the_same_program_makes_the_same_zip(release: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copy(release, copy)
    copy.chmod(0o600)
    os.utime(copy, (1, 1))
    first, again = tmp_path / "one" / "a.zip", tmp_path / "two" / "b.zip"
    assert pack(release, first) == pack(copy, again)


def test_the_zip_has_one_executable_file_and_less_than_4_mb(release: Path, tmp_path: Path) -> None:
    archive = tmp_path / "picus-lambda.zip"
    assert len(pack(release, archive)) < 4_000_000
    with zipfile.ZipFile(archive) as zipped:
        (entry,) = zipped.infolist()
        assert entry.filename == "bootstrap"
        assert entry.external_attr >> 16 == 0o100755
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert zipped.read(entry) == release.read_bytes()


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "large"
    program.write_bytes(os.urandom(4_000_001))
    done = subprocess.run(
        [sys.executable, ZIP, program, tmp_path / "a.zip"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "more than 4000000" in done.stderr


def test_the_program_needs_no_loader_and_no_library(release: Path) -> None:
    command = ["readelf", "--program-headers", "--wide", str(release)]
    headers = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "LOAD" in headers
    assert "INTERP" not in headers
    assert "DYNAMIC" not in headers


def test_it_runs_in_an_empty_root_with_nothing_but_itself(
    release: Path, tmp_path: Path, api: RuntimeApi, dynamodb: DynamoDbLocal
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy(release, root / "bootstrap")
    table = dynamodb.create_table()
    env = FUNCTION | variables_of(dynamodb, table) | {"AWS_LAMBDA_RUNTIME_API": api.address}
    rights = [] if os.geteuid() == 0 else ["/usr/bin/unshare", "--map-root-user"]
    command = [*rights, "/usr/sbin/chroot", str(root), "/bootstrap"]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE)
    try:
        body = json.dumps({"id": "k"}).encode()
        request = HttpRequest("POST", "/picus/put", [("host", "h")], body)
        answer = api.invoke(json.dumps(event_of(FUNCTION_URL, request)).encode())
        assert answer_of(FUNCTION_URL, answer.body).status == 201
    finally:
        process.kill()
        process.wait()
        dynamodb.delete_table(table)


def test_before_the_first_event_it_opens_no_file_and_no_connection_but_one(
    api: RuntimeApi, run: Callable[..., LambdaProcess]
) -> None:
    """Also no thread; as the kernel sees it once the function waits for an event."""
    function = run(api)
    api.wait_until_waiting()
    process = Path("/proc") / str(function.process.pid)
    opened = [str(link.readlink()) for link in (process / "fd").iterdir() if int(link.name) > 2]
    sockets = [name for name in opened if name.startswith("socket:")]
    rest = [name for name in opened if name not in sockets and not name.startswith("anon_inode:")]
    assert len(sockets) == 1, opened
    assert rest == [], opened
    assert len(list((process / "task").iterdir())) == 1
    function.stop()
