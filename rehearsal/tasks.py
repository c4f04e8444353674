"""Tasks: what ECS starts of a task definition. Containers where those run, else processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LISTENING = re.compile(r"^listening on \S+:(\d+)$", re.MULTILINE)


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
    """One task, and what it writes, in a directory of its own."""

    def __init__(
        self, directory: Path, runner: Runner, container: dict[str, Any], own: dict[str, str]
    ) -> None:
        """Of a container definition. `own` is what this place's environment adds or has otherwise:
        tasks of one machine share its addresses, so that each takes a free port."""
        directory.mkdir(parents=True)
        self.directory, self._runner = directory, runner
        given = {entry["name"]: entry["value"] for entry in container.get("environment", [])}
        arguments = container.get("command", ["serve"])
        with (directory / "out").open("wb") as out, (directory / "err").open("wb") as err:
            self._process = subprocess.Popen(
                runner.command(self.name, {**given, **own}, arguments),
                cwd=directory,
                env=runner.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def name(self) -> str:
        return self.directory.name

    def _text(self, name: str) -> str:
        return (self.directory / name).read_text(encoding="utf-8", errors="replace")

    def port(self) -> int | None:
        """Where it listens, once it does."""
        found = LISTENING.search(self._text("out"))
        return int(found[1]) if found else None

    def exit_code(self) -> int | None:
        return self._process.poll()

    def running(self) -> bool:
        return self.exit_code() is None

    def last_words(self) -> str:
        lines = self._text("err").splitlines()
        return lines[-1] if lines else ""

    def stop(self, seconds: float) -> int:
        """SIGTERM, and SIGKILL where it has not ended by then; its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        if self.running():
            command, environment = self._runner.kill_command(self.name), self._runner.environment()
            subprocess.run(command, env=environment, check=False, capture_output=True)
        self._process.kill()
        return self._process.wait()


def container_of(task_definition: Path, name: str) -> dict[str, Any]:
    """The container that the load balancer sends requests to."""
    document = json.loads(task_definition.read_text(encoding="utf-8"))
    found = [one for one in document["containerDefinitions"] if one["name"] == name]
    if len(found) != 1:
        raise ValueError(f"{task_definition}: no container {name}")
    container: dict[str, Any] = found[0]
    return container
