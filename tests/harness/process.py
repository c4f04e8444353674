"""A `picus serve` process: started, watched, and stopped the way an operator would."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from harness import leaks
from harness.waiting import wait_until

START_SECONDS = 60
STOP_SECONDS = 60
SANITIZER = re.compile(r"(Address|Thread|Leak|UndefinedBehavior)Sanitizer|runtime error:")

LogLine = dict[str, Any]


def memory_kib(pid: int, field: str = "VmRSS") -> int:
    """From /proc: VmRSS now, VmHWM at most so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1])


class LineReader:
    """Reads a pipe line by line on a thread of its own, and lets others wait for a line."""

    def __init__(self, pipe: IO[bytes], copy: Path, *, may_have_tokens: bool = False) -> None:
        self._pipe = pipe
        self._copy = copy
        self._may_have_tokens = may_have_tokens
        self._lines: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._copy.open("wb") as copy:
            for raw in self._pipe:
                copy.write(raw)
                copy.flush()
                if not self._may_have_tokens:
                    leaks.search(raw, self._copy.name)
                with self._changed:
                    self._lines.append(raw.decode(errors="replace").rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def lines(self) -> list[str]:
        with self._changed:
            return list(self._lines)

    def wait_for(self, wanted: Callable[[str], bool], seconds: float, what: str) -> str:
        """The first line that is wanted. Fails when the pipe ends or the time is over."""
        seen = 0

        def found() -> str | None:
            nonlocal seen
            for line in self._lines[seen:]:
                if wanted(line):
                    return line
            seen = len(self._lines)
            return None

        with self._changed:
            result: str | None = None

            def done() -> bool:
                nonlocal result
                result = found()
                return result is not None or self._ended

            self._changed.wait_for(done, seconds)
            assert result is not None, f"no {what} in {self._lines[-20:]}"
            return result

    def join(self) -> None:
        self._thread.join(STOP_SECONDS)


def _once_each(members: list[tuple[str, Any]]) -> LogLine:
    names = [name for name, _ in members]
    assert len(set(names)) == len(names), f"a member twice: {names}"
    return dict(members)


def parse_log(line: str) -> LogLine:
    """A log line, or nothing where the line is no JSON object."""
    with contextlib.suppress(ValueError):
        value = json.loads(line, object_pairs_hook=_once_each)
        if isinstance(value, dict):
            return value
    return {}


class PicusProcess:
    """A server on a free port of the loopback interface. `data` may be that of an earlier one.

    Where the options name a table, `data` only gives the log files their place and name.
    A `binary` of several words is a program that starts Picus.
    """

    def __init__(
        self,
        binary: Path | tuple[str, ...],
        data: Path,
        *options: str,
        env: dict[str, str] | None = None,
    ) -> None:
        self.data = data
        self._logs = data.parent
        listen = () if "--listen" in options else ("--listen", "127.0.0.1:0")
        place = () if "--table" in options else ("--data", str(data))
        program = binary if isinstance(binary, tuple) else (str(binary),)
        self.process = subprocess.Popen(
            [*program, "serve", *listen, *place, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
        )
        assert self.process.stdout
        assert self.process.stderr
        stem = f"{data.name}-{self.process.pid}"
        self.out = LineReader(
            self.process.stdout,
            self._logs / f"{stem}.out",
            may_have_tokens="--share" in options,
        )
        self.err = LineReader(self.process.stderr, self._logs / f"{stem}.err")
        try:
            line = self.out.wait_for(
                lambda text: "listening on" in text, START_SECONDS, "listening"
            )
        except AssertionError:
            self.process.kill()
            code = self.process.wait()
            self.err.join()
            raise AssertionError(
                f"picus did not start, exit code {code}: {self.err.lines()}"
            ) from None
        self.url = line.removeprefix("listening on ")

    @property
    def pid(self) -> int:
        return self.process.pid

    def running(self) -> bool:
        return self.process.poll() is None

    def log_line(self, **members: Any) -> LogLine:
        """Waits for the log line that has all these members."""

        def wanted(line: str) -> bool:
            parsed = parse_log(line)
            return all(parsed.get(name) == value for name, value in members.items())

        return parse_log(self.err.wait_for(wanted, 30, f"log line with {members}"))

    def memory_kib(self, field: str = "VmRSS") -> int:
        return memory_kib(self.pid, field)

    def terminate(self) -> None:
        """Sends SIGTERM, and does not wait."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Waits for the end; the exit code."""
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop: {self.err.lines()[-20:]}") from None
        self.out.join()
        self.err.join()
        return code

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """It gets no processor time meanwhile; the kernel takes connections and bytes for it."""
        os.kill(self.pid, signal.SIGSTOP)
        wait_until(self._stands_still, "a stopped process")
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def _stands_still(self) -> bool:
        states = Path("/proc", str(self.pid), "task").glob("*/stat")
        return all(state.read_text().rpartition(")")[2].split()[0] == "T" for state in states)

    def kill(self) -> None:
        """Ends it without any grace."""
        self.process.kill()
        self.wait()

    def stop(self) -> None:
        """SIGTERM has to end it with exit code 0, and no sanitizer may have complained."""
        self.terminate()
        self.finish()

    def finish(self) -> None:
        """For a process that was told to end: exit code 0, and no sanitizer's report."""
        code = self.wait()
        reports = [line for line in self.err.lines() if SANITIZER.search(line)]
        assert not reports, "\n".join(self.err.lines())
        assert code == 0, f"exit code {code}: {self.err.lines()[-20:]}"
