"""moto, on a free port of this machine: a second opinion on what CloudFormation makes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from harness.dynamodb import with_patience
from harness.ports import free_port

START_SECONDS = 60


class Moto:
    """A process of its own."""

    def __init__(self, directory: Path) -> None:
        self._log = directory / "moto.log"
        for _ in range(3):  # another process may take the port first
            self.port = free_port()
            self._process = self._start(directory)
            if self._ready():
                return
        raise AssertionError(f"moto did not start: see {self._log}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _start(self, directory: Path) -> subprocess.Popen[bytes]:
        command = ["-c", "from moto.server import main; main()", "-H", "127.0.0.1"]
        plain = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command, "-p", str(self.port)],
                cwd=directory,
                env=plain,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _ready(self) -> bool:
        """Asks until it answers; false when it has ended instead."""
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None:
            assert time.monotonic() < deadline, f"no answer: see {self._log}"
            try:
                with urllib.request.urlopen(f"{self.url}/moto-api/", timeout=10):
                    return True
            except OSError:
                with_patience(self._process)
        return False

    def stop(self) -> None:
        self._process.kill()  # all that it has is in memory
        self._process.wait()
