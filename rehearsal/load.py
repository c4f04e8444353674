"""The clients: `rehearsal_load`, and what it found."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Request:
    """One line of the records. Times in seconds."""

    at: float  # its end
    latency: float
    target: str  # which group answered; `none`: neither
    operation: str
    failed: bool
    unavailable: bool = False  # it failed with a 503 that says when to ask again
    late: bool = False  # it failed with a 504 of a task


@dataclass(frozen=True)
class Outcome:
    """At the end, when all that was written has been read back."""

    requests: int
    failed: int
    acknowledged: int  # items and removals
    lost: int
    reconnects: int  # of the clients that keep their connection


def read_records(path: Path) -> list[Request]:
    """In the order of their ends."""
    found = []
    with path.open(encoding="ascii") as lines:
        for line in lines:
            end, latency, target, operation, result = line.split()
            times = int(end) / 1e6, int(latency) / 1e6
            how = result != "ok", result == "unavailable", result == "late"
            found.append(Request(*times, target, operation, *how))
    return sorted(found, key=lambda request: request.at)


class Load:
    """Running from the making of it to finish()."""

    def __init__(
        self, program: Path, directory: Path, name: str, port: int, rate: int, token: str, seed: int
    ) -> None:
        self.records = directory / f"{name}-requests"
        self.failures = directory / f"{name}-failures"
        self._changed = threading.Condition()
        self._last: dict[str, int] = {"requests": 0, "failed": 0}
        self._ended = False
        command = [str(program), f"--name={name}-{seed}", f"--port={port}", f"--rate={rate}"]
        command.append(f"--records={self.records}")
        with self.failures.open("wb") as failures:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=failures,
                env={**os.environ, "PICUS_TOKEN": token},
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._changed:
                self._last = json.loads(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def requests(self) -> int:
        with self._changed:
            return self._last["requests"]

    @property
    def failed(self) -> int:
        with self._changed:
            return self._last["failed"]

    def wait_for(self, requests: int, seconds: float = PATIENCE_SECONDS) -> None:
        """Until so many were answered in all."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._last["requests"] >= requests or self._ended, seconds
            )
            if not done or self._ended:
                raise RuntimeError(f"the load came to {self._last} only: see {self.failures}")

    def finish(self) -> Outcome:
        """Ends the load, and has everything read back."""
        assert self._process.stdin
        self._process.stdin.close()
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join()
        if code != 0 or "acknowledged" not in self._last:
            raise RuntimeError(f"rehearsal_load ended with {code}: see {self.failures}")
        return Outcome(**self._last)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
