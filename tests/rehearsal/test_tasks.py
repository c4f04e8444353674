"""Tasks that are told to stop, told again, or do not listen."""

from __future__ import annotations

import concurrent.futures
from pathlib import Path

from rehearsal.tasks import Runner, Task
from rehearsal.waiting import wait_until

KILLED = 128 + 9
ENDED_BY_A_SECOND_SIGTERM = 7
SCRIPT = f"""
told=0
trap 'told=$((told + 1)); echo told; [ $told = 1 ] || exit {ENDED_BY_A_SECOND_SIGTERM}' TERM
echo ready
while :; do sleep 0.02; done
"""


def test_a_task_that_is_stopped_twice_gets_one_sigterm(tmp_path: Path) -> None:
    task = Task.start(tmp_path / "task", Runner("/bin/sh"), {"command": ["-c", SCRIPT]}, {})
    out = task.directory / "out"
    wait_until(lambda: "ready" in out.read_text(), 20, "start of the script")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(task.stop, 20)
        wait_until(lambda: "told" in out.read_text(), 20, "the first SIGTERM")
        # The script goes on: this one waits in vain, and kills it.
        assert Task(task.directory).stop(0.5) == KILLED
        assert first.result() == KILLED
    assert out.read_text().split() == ["ready", "told"]
