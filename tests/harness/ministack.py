"""ministack: AWS's services on a free port of this machine."""

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
REGION = "us-east-1"


class Ministack:
    """A process of its own. `settings` are its variables: `AUTH="true"`.

    `program`: what runs it instead of its own start. (-P: its folder has a module of that name.)
    """

    def __init__(self, directory: Path, program: Path | None = None, **settings: str) -> None:
        self._command = ["-P", str(program)] if program else ["-m", "ministack"]
        self._log = directory / "ministack.log"
        for _ in range(3):  # another process may take the port first
            self.port = free_port()
            self._process = self._start(directory, settings)
            if self._ready():
                return
        raise AssertionError(f"ministack did not start: see {self._log}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _start(self, directory: Path, settings: dict[str, str]) -> subprocess.Popen[bytes]:
        plain = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        own = {"GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "MINISTACK_REGION": REGION}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *self._command],
                cwd=directory,
                env={**plain, **own, "TMPDIR": str(directory), **settings},
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
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=10):
                    return True
            except OSError:
                with_patience(self._process)
        return False

    def stop(self) -> None:
        self._process.kill()  # all that it has is in memory
        self._process.wait()
