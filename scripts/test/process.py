"""Runs a command that may neither outlive its time nor leave anything running."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PR_SET_CHILD_SUBREAPER = 36
# How often the free space is read and orphans are reaped.
LOOK_SECONDS = 0.2
# SIGINT lets pytest write its report and ninja remove half-written files.
ASKED_SECONDS, TERMINATED_SECONDS = 15.0, 5.0


@dataclass
class Ended:
    """How a command ended."""

    code: int = 0
    # Why it was stopped, or nothing.
    problem: str = ""
    seconds: float = 0.0
    # CPU seconds of it and its descendants.
    cpu: float = 0.0
    free_before: int = 0
    free_lowest: int = 0
    # The failed cases that its output named.
    failures: list[str] = field(default_factory=list)
    # What became of the processes that it left running, and their command lines.
    left: list[str] = field(default_factory=list)


def places() -> list[Path]:
    """Where a stage writes: the build, temporary files, and the compiler's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    # Not tempfile's folder, which is another one when that is full.
    found = [Path.cwd(), Path(os.environ.get("TMPDIR", "/tmp")), cache]
    return [place for place in found if place.exists()]


def free_bytes() -> int:
    """On the fullest file system that a stage writes to."""
    return min(shutil.disk_usage(place).free for place in places())


def free_text(free: int) -> str:
    return f"{free / 2**30:.1f} GiB"


def become_subreaper() -> None:
    """Makes this process the parent of its orphaned descendants, so that none is lost sight of."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def descendants() -> list[int]:
    """The living processes below this one."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    children.setdefault(int(parent), []).append(int(entry.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ").strip()
    return ""


def reap_orphans(main: int) -> None:
    """Waits for ended children, except the main one: a zombie must not pass for a process."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid == main:
            return
        os.waitpid(ended.si_pid, 0)


def kill_all() -> list[str]:
    """Kills every descendant. What became of them, with their command lines."""
    told: dict[int, str] = {}
    kept: set[int] = set()
    # Some may be in the middle of starting others.
    for _ in range(5):
        pids = set(descendants()) - kept
        for pid in pids:
            line = command_line(pid)
            if line:
                told[pid] = f"it was killed: {line}"
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            except PermissionError:  # another user's
                kept.add(pid)
                told[pid] = f"it may not be killed: {line}"
        until = time.monotonic() + TERMINATED_SECONDS
        while (pids - kept) & set(descendants()) and time.monotonic() < until:
            select.select([], [], [], LOOK_SECONDS / 4)
    reap_orphans(0)
    return list(told.values())


class Running:
    """One command in a session of its own."""

    def __init__(self, command: list[str], env: dict[str, str], failure: re.Pattern[str] | None):
        self._failure = failure
        self._line = b""
        self.failures: list[str] = []
        # Only where lines are counted: a terminal stays one otherwise.
        output = subprocess.PIPE if failure else None
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=output, start_new_session=True
        )
        self._pidfd = os.pidfd_open(self.process.pid)
        self._poll = select.poll()
        self._poll.register(self._pidfd, select.POLLIN)
        if self.process.stdout:
            os.set_blocking(self.process.stdout.fileno(), False)
            self._poll.register(self.process.stdout, select.POLLIN)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._pidfd)
        if self.process.stdout:
            self.process.stdout.close()

    def ended(self, seconds: float) -> bool:
        """Whether it has ended, after at most these seconds. Passes on what it printed."""
        ready = [fd for fd, _ in self._poll.poll(seconds * 1000)]
        if self.process.stdout:
            self._forward()
        return self._pidfd in ready

    def _forward(self) -> None:
        assert self.process.stdout
        output = self.process.stdout
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(output.fileno(), 65536):
                sys.stdout.buffer.write(piece)
                sys.stdout.flush()
                *lines, self._line = (self._line + piece).split(b"\n")
                assert self._failure
                found = (self._failure.search(line.decode(errors="replace")) for line in lines)
                self.failures += [match[1] for match in found if match]
                if not lines and len(self._line) > 2**20:
                    self._line = b""
            # At the end of the output, poll() would not wait any more.
            with contextlib.suppress(KeyError):
                self._poll.unregister(output)

    def stop(self) -> None:
        """Asks it to end, then kills its group."""
        pid = self.process.pid
        for number, group, seconds in (
            (signal.SIGINT, False, ASKED_SECONDS),
            (signal.SIGTERM, True, TERMINATED_SECONDS),
            (signal.SIGKILL, True, TERMINATED_SECONDS),
        ):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number) if group else os.kill(pid, number)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                reap_orphans(pid)
                if self.ended(LOOK_SECONDS):
                    return


class Signals:
    """Whether the runner was told to end. No signal reaches its stages, which have sessions."""

    received = ""

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._receive)

    def _receive(self, number: int, _: FrameType | None) -> None:
        self.received = signal.Signals(number).name


SIGNALS = Signals()


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(
    command: list[str],
    env: dict[str, str],
    seconds: float,
    limit: str,
    failure: re.Pattern[str] | None = None,
    most_failures: int = 0,
) -> Ended:
    """Runs it for at most these seconds, and until so many lines of its output match `failure`. The
    report calls the seconds `limit`."""
    become_subreaper()
    told = Ended()
    told.free_before = told.free_lowest = free_bytes()
    cpu, started = children_cpu(), time.monotonic()
    try:
        with Running(command, env, failure) as running:
            while not running.ended(LOOK_SECONDS):
                reap_orphans(running.process.pid)
                told.free_lowest = min(told.free_lowest, free_bytes())
                if time.monotonic() - started > seconds:
                    told.problem = f"stopped: took more than {limit}"
                elif SIGNALS.received:
                    told.problem = f"stopped by {SIGNALS.received}"
                elif failure and len(running.failures) >= most_failures:
                    told.problem = f"stopped after {len(running.failures)} failures"
                if told.problem:
                    running.stop()
                    break
            # poll() returns None if this process may not stop the command.
            told.code = running.process.poll() or 0
            running.ended(0)
            told.failures = running.failures
    finally:
        told.left = kill_all()
    told.seconds, told.cpu = time.monotonic() - started, children_cpu() - cpu
    return told
