"""Programs that take no port of their own choice, and do not say when they are ready."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from abc import ABC, abstractmethod
from pathlib import Path

from harness.ports import free_port

START_SECONDS = 90
PAUSE_SECONDS = 0.1


class LoopbackProgram(ABC):
    """A process of its own on a free port of this machine. All that it has is in memory."""

    host = "127.0.0.1"

    def __init__(self, directory: Path, name: str) -> None:
        self._log = directory / f"{name}.log"
        for _ in range(3):  # another process may take the port first
            self.port = free_port()
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command(),
                    cwd=directory,
                    env=self.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            if self._ready():
                return
        raise AssertionError(f"{name} did not start: see {self._log}")

    @abstractmethod
    def command(self) -> list[str]:
        """What starts it on `port`."""

    def environment(self) -> dict[str, str] | None:
        """Its variables; None: those of this process."""
        return None

    @abstractmethod
    def greet(self) -> None:
        """Asks for anything. OSError: there is no answer."""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def fetch(self, path: str) -> None:
        with urllib.request.urlopen(self.url + path, timeout=10):
            pass

    def _ready(self) -> bool:
        """Asks until it answers; false when it has ended instead, which is noticed at once."""
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None:
            assert time.monotonic() < deadline, f"no answer: see {self._log}"
            try:
                self.greet()
            except OSError:
                self._wait(PAUSE_SECONDS)
            else:
                return True
        return False

    def _wait(self, seconds: float) -> None:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
