""".ci/run, with a Makefile that stands in for the checks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
LINT = 'lint:\n\t@echo "stage  of lint"; echo "lint: 1 passed, 0 failed"\n'
PASSES = 'test:\n\t@echo "stage  of test"; echo "$(ARGS)"\n'
FAILS = 'test:\n\t@echo "no table"; exit 1\n'
WAITS = """test:
\t@trap 'echo "stage  of test"; exit 1' TERM; \\
\techo "it waits" > it-waits; tail -f /dev/null & wait $$!
"""
LEAVES = """test:
\t@echo "stage  of test"; setsid tail --pid="$$(cat holder)" -f /dev/null &
"""


def checkout(root: Path, test: str) -> subprocess.Popen[str]:
    (root / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", root / ".ci/run")
    (root / "Makefile").write_text("SHELL := /bin/bash\n" + LINT + test, encoding="utf-8")
    return subprocess.Popen(
        [root / ".ci/run"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def summaries(printed: str) -> str:
    return printed[printed.index("\n=== lint\n") :]


def test_it_ends_with_both_summaries(tmp_path: Path) -> None:
    running = checkout(tmp_path, PASSES)
    printed, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    lint, test = summaries(printed).split("\n\n")
    assert lint == "\n=== lint\nstage  of lint\nlint: 1 passed, 0 failed"
    assert test.startswith("=== test\nstage  of test\nci --total=")


def test_what_fails_without_a_summary_has_failed(tmp_path: Path) -> None:
    running = checkout(tmp_path, FAILS)
    printed, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert printed.endswith("=== test\ntest: no summary, see above\n0 passed, 1 failed\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("whom", ["it", "its group"])
def test_a_signal_ends_it_with_what_runs_and_the_summaries(
    tmp_path: Path, number: int, whom: str
) -> None:
    running = checkout(tmp_path, WAITS)
    wait_until((tmp_path / "it-waits").exists, "the tests")
    (os.kill if whom == "it" else os.killpg)(running.pid, number)
    printed, _ = running.communicate(timeout=60)
    assert running.returncode == 143
    assert "\n=== test\nstage  of test\n" in printed


def test_what_is_left_running_does_not_keep_it(tmp_path: Path) -> None:
    """This has the output open."""
    (tmp_path / "holder").write_text(str(os.getpid()), encoding="ascii")
    running = checkout(tmp_path, LEAVES)
    printed, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert printed.endswith("=== test\nstage  of test\n")
