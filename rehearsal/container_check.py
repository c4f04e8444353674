"""The health check of a container, as ECS runs it by the task definition."""

from __future__ import annotations

import subprocess
import time
from typing import Any

from rehearsal.tasks import Runner

PROGRAM = "/usr/bin/picus"  # in the image


class ContainerCheck:
    """One run after another, an interval apart. It fails after so many failed runs in a row. Those
    of the start period do not count until one has succeeded. Has to be asked again and again."""

    def __init__(
        self, health: dict[str, Any], runner: Runner, variables: dict[str, str], scale: float
    ) -> None:
        kind, *command = health["command"]
        if kind != "CMD" or command[0] != PROGRAM:
            raise ValueError(f"no health check that is known here: {health['command']}")
        # Beside the container, not in it: it shares the address of this machine.
        self._command = [runner.program, *command[1:]]
        self._variables = variables
        self._interval = scale * health["interval"]
        self._timeout: float = health["timeout"]
        self._retries: int = health["retries"]
        self._start_seconds = scale * health.get("startPeriod", 0)
        self._begun = self._next = self._late = 0.0
        self._run: subprocess.Popen[bytes] | None = None
        self._succeeded = False
        self._failures = 0
        self._active = False

    def begin(self, port: int) -> None:
        """The container runs."""
        self._variables = {**self._variables, "PICUS_LISTEN": f"127.0.0.1:{port}"}
        self._begun = time.monotonic()
        self._next = self._begun + self._interval
        self._active = True

    def failed(self) -> bool:
        """Whether the container is unhealthy."""
        now = time.monotonic()
        if self._run is not None and (self._run.poll() is not None or now > self._late):
            self._count(self._run.returncode == 0)
            self.end_run()
        if self._active and self._run is None and now >= self._next:
            self._next = now + self._interval
            self._late = now + self._timeout
            self._run = subprocess.Popen(
                self._command,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        return self._failures >= self._retries

    def _count(self, success: bool) -> None:
        if success:
            self._succeeded = True
            self._failures = 0
        elif self._succeeded or time.monotonic() > self._begun + self._start_seconds:
            self._failures += 1

    def end_run(self) -> None:
        if self._run is not None:
            self._run.kill()
            self._run.wait()
            self._run = None

    def end(self) -> None:
        """No more of it."""
        self._active = False
        self.end_run()


def check_of(
    container: dict[str, Any], runner: Runner, own: dict[str, str], scale: float
) -> ContainerCheck:
    """Of a container definition; `own`: as for the task."""
    given = {entry["name"]: entry["value"] for entry in container.get("environment", [])}
    return ContainerCheck(container["healthCheck"], runner, {**given, **own}, scale)
