"""The servers under test: each pinned to the server's core, each ended by whoever started it."""

from __future__ import annotations

import grp
import os
import pwd
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

START_SECONDS = 20
STOP_SECONDS = 20


class Server:
    """A running server, as a context: ended with SIGTERM, or SIGKILL if that is not enough."""

    def __init__(
        self,
        command: list[str],
        core: int,
        log: Path,
        port: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """`port`: where it will listen; None: it says so itself, as in `listening on http://…`.
        `environment`: what is added to ours."""
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                pinned(core, command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if port is None else subprocess.DEVNULL,
                stderr=errors,
                env={**os.environ, **(environment or {})},
            )
        try:
            self.port = self._announced_port() if port is None else self._reached(port)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu_seconds(self) -> float:
        """What it and its children have used until now, in user and in system mode."""
        ticks = 0
        for pid in family(self.pid):
            fields = stat_fields(pid)
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def peak_kib(self) -> int:
        """The most that the largest of its processes had resident."""
        return max(memory_kib(pid)["VmHWM"] for pid in family(self.pid))

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _announced_port(self) -> int:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline().decode() if ready else ""
        if not line.startswith(("listening on http://", "listening on https://")):
            raise self._failure()
        return int(line.rsplit(":", 1)[1])

    def _reached(self, port: int) -> int:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return port
        raise self._failure()

    def _failure(self) -> RuntimeError:
        log = self._log.read_text(errors="replace")[-1000:]
        return RuntimeError(f"{self._process.args!r} did not start: {log}")


def pinned(core: int, command: list[str]) -> list[str]:
    """The command, to run on that core alone."""
    return ["taskset", "--cpu-list", str(core), *command]


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on: the name before them may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def family(pid: int) -> list[int]:
    """The process and its children."""
    found = [pid]
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int(stat_fields(int(entry.name))[1])
        except OSError:  # it has ended meanwhile
            continue
        if parent == pid:
            found.append(int(entry.name))
    return found


def memory_kib(pid: int) -> dict[str, int]:
    """VmRSS, RssAnon and the like, from /proc."""
    memory = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "VmHWM", "RssAnon", "RssFile", "RssShmem"):
            memory[name] = int(value.split()[0])
    return memory


def free_port() -> int:
    """For a server that cannot listen on port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def nginx_config(template: Path, port: int, prefix: Path, body: str, upstream: int) -> str:
    """The template with its @names@ filled in."""
    text = template.read_text()
    for name, value in {
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "group": grp.getgrgid(os.getgid()).gr_name,
        "port": str(port),
        "prefix": str(prefix),
        "body": body,
        "upstream": str(upstream),
    }.items():
        text = text.replace(f"@{name}@", value)
    return text
