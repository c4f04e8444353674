"""A task that is told to stop, and does not listen."""

from __future__ import annotations

import signal
from pathlib import Path

from harness.waiting import wait_until
from rehearsal.tasks import Runner, Task

SCRIPT = """
trap 'echo told' TERM
echo ready
while :; do sleep 0.02; done
"""


def test_a_task_that_does_not_end_by_sigterm_is_killed(tmp_path: Path) -> None:
    task = Task(tmp_path / "task", Runner("/bin/sh"), {"command": ["-c", SCRIPT]}, {})
    out = task.directory / "out"
    wait_until(lambda: "ready" in out.read_text(), "start of the script", 20)
    assert task.stop(0.5) == -signal.SIGKILL
    assert out.read_text().split() == ["ready", "told"]
