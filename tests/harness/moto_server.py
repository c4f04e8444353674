"""moto, on a free port of this machine: a second opinion on what CloudFormation makes."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from harness.dynamodb import with_patience
from harness.ports import free_port

START_SECONDS = 60


class Moto:
    """A process of its own. All that it has is in memory."""

    def __init__(self, directory: Path) -> None:
        self._log = directory / "moto.log"
        for _ in range(3):  # another process may take the port first
            self.port = free_port()
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [Path(sys.executable).with_name("moto_server"), "-p", str(self.port)],
                    cwd=directory,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            if self._ready():
                return
        raise AssertionError(f"moto did not start: see {self._log}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _ready(self) -> bool:
        """Asks until it answers; false when it has ended instead."""
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None:
            assert time.monotonic() < deadline, f"no answer: see {self._log}"
            try:
                with urllib.request.urlopen(f"{self.url}/moto-api/data.json", timeout=10):
                    return True
            except OSError:
                with_patience(self._process)
        return False

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
