"""When the tests themselves run on a full disk, every failure says so."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash.disk import Disk

pytestmark = pytest.mark.privileged

TESTS = Path(__file__).resolve().parents[1]
# A case that starts a server, whose own message says nothing of a disk.
CASE = "cli/test_serve.py::test_the_log_says_what_started"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    small = Disk(tmp_path / "disk", "1m")
    yield small
    small.close()


def test_a_failure_names_errno_path_and_what_is_free(disk: Disk, tmp_path: Path) -> None:
    (disk.contents / "temporary").mkdir()
    with (disk.contents / "rest").open("wb", buffering=0) as rest, contextlib.suppress(OSError):
        while True:
            rest.write(bytes(4096))
    done = subprocess.run(
        [
            *(disk.inside(Path(sys.executable)), "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(
                "--picus=/bin/false",
                f"--basetemp={tmp_path}/base",
                f"--rootdir={TESTS}",
                TESTS / CASE,
            ),
        ],
        cwd=TESTS,
        env={**os.environ, "TMPDIR": str(disk.path / "temporary")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    # The first line of the error, which no summary cuts off.
    told = rf"E   \[Errno 28\] No space left on device: '{disk.path}/temporary', 0 bytes are free"
    errors = [line for line in done.stdout.splitlines() if line.startswith("E  ")]
    assert re.fullmatch(told, errors[0]), done.stdout
