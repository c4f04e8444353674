"""Tasks: what ECS starts of a task definition. Containers where those run, else processes.

A task outlives the process that started it, and any other can watch and end it: all that is known
of it lies in a directory of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.waiting import NeverError, wait_until

LISTENING = re.compile(r"^listening on \S+:(\d+)$", re.MULTILINE)
# It notes the process that it starts, and how that ended.
SHELL = """
cd "$0" || exit
"$@" >out 2>err </dev/null &
echo $! >pid.new
mv pid.new pid
wait $!
echo $? >exit
"""
KILL_SECONDS = 20


@dataclass(frozen=True)
class Runner:
    """How tasks run. With an `image` in containers, else the `program` as a process."""

    program: str
    image: str | None = None
    run: list[str] = field(default_factory=list)  # how podman is told to run a container
    store: str | None = None  # podman's storage configuration

    def command(self, name: str, variables: dict[str, str], arguments: list[str]) -> list[str]:
        words = [f"{key}={value}" for key, value in variables.items()]
        if self.image is None:
            return ["env", "-i", *words, self.program, *arguments]
        options = ["--rm", f"--name={name}", *(f"--env={word}" for word in words)]
        return ["podman", *self.run, *options, self.image, *arguments]

    def kill_command(self, name: str) -> list[str]:
        """For what does not end when its process does."""
        return ["podman", "kill", name] if self.image else ["true"]

    def environment(self) -> dict[str, str]:
        """Of these commands themselves."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return kept | ({"CONTAINERS_STORAGE_CONF": self.store} if self.store else {})


class Task:
    """One task, by its directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def start(
        cls, directory: Path, runner: Runner, container: dict[str, Any], own: dict[str, str]
    ) -> Task:
        """Of a container definition. `own` is what this place's environment adds or has otherwise:
        tasks of one machine share its addresses, so that each takes a free port."""
        directory.mkdir(parents=True)
        given = {entry["name"]: entry["value"] for entry in container.get("environment", [])}
        arguments = container.get("command", ["serve"])
        command = runner.command(directory.name, {**given, **own}, arguments)
        how = {"command": runner.kill_command(directory.name), "env": runner.environment()}
        (directory / "kill").write_text(json.dumps(how), encoding="utf-8")
        subprocess.Popen(
            ["sh", "-c", SHELL, str(directory), *command],
            env=runner.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until((directory / "pid").exists, KILL_SECONDS, f"start of {directory.name}")
        return cls(directory)

    @property
    def name(self) -> str:
        return self.directory.name

    def _text(self, name: str) -> str:
        with contextlib.suppress(FileNotFoundError):
            return (self.directory / name).read_text(encoding="utf-8", errors="replace")
        return ""

    def port(self) -> int | None:
        """Where it listens, once it does."""
        found = LISTENING.search(self._text("out"))
        return int(found[1]) if found else None

    def wait_for_port(self, seconds: float) -> int:
        wait_until(
            lambda: self.port() is not None or not self.running(), seconds, f"{self.name} listening"
        )
        port = self.port()
        if port is None:
            raise NeverError(f"{self.name} ended: {self.last_words()}")
        return port

    def exit_code(self) -> int | None:
        text = self._text("exit").strip()
        return int(text) if text else None

    def running(self) -> bool:
        return self.exit_code() is None

    def last_words(self) -> str:
        lines = self._text("err").splitlines()
        return lines[-1] if lines else ""

    def _signal(self, number: signal.Signals) -> None:
        if self.running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(self._text("pid")), number)

    def stop(self, seconds: float) -> int:
        """SIGTERM, and SIGKILL where it has not ended by then; its exit code. As on ECS a task that
        is stopped twice, here by a driver and by the one that takes up its work, is told once: a
        second signal would cut what it still answers."""
        told = self.directory / "told"
        if not told.exists():
            self._signal(signal.SIGTERM)
            told.touch()
        try:
            wait_until(lambda: not self.running(), seconds, f"end of {self.name}")
        except NeverError:
            self.kill()
        code = self.exit_code()
        assert code is not None
        return code

    def kill(self) -> None:
        if self.running():
            how = json.loads(self._text("kill"))
            subprocess.run(how["command"], env=how["env"], check=False, capture_output=True)
        self._signal(signal.SIGKILL)
        wait_until(lambda: not self.running(), KILL_SECONDS, f"end of {self.name}")


def container_of(task_definition: Path, name: str) -> dict[str, Any]:
    """The container that the load balancer sends requests to."""
    document = json.loads(task_definition.read_text(encoding="utf-8"))
    found = [one for one in document["containerDefinitions"] if one["name"] == name]
    if len(found) != 1:
        raise ValueError(f"{task_definition}: no container {name}")
    container: dict[str, Any] = found[0]
    return container
