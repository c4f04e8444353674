"""picus-verify, and a server for it that can be made faulty."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import leaks
from harness.client import Client
from harness.faulty_server import Fault, FaultyServer
from harness.process import PicusProcess

SECONDS = 60


@dataclass(frozen=True)
class Verified:
    """What a run printed."""

    code: int
    out: str
    err: str

    def results(self) -> dict[str, str]:
        """Of each check: ok, failed or not run."""
        lines = [line for line in self.out.splitlines() if not line.startswith("http")]
        return {line[9:27].strip(): line[:9].strip() for line in lines}

    def reason(self, check: str) -> str:
        """Why it failed."""
        (line,) = [line for line in self.out.splitlines() if line[9:27].strip() == check]
        assert line.startswith("failed"), self.out
        return line[27:].split("  ", 1)[1]


@pytest.fixture(scope="session")
def program(picus: Path) -> Path:
    """It lies beside the server under test."""
    found = picus.with_name("picus-verify")
    assert found.exists(), f"{found} is not there: build the target `picus-verify`"
    return found


@pytest.fixture(scope="session")
def verify(program: Path) -> Callable[..., Verified]:
    """Runs it: `verify(url, "--timeout", "3s")`. It waits for no server."""

    def run(*words: str, env: dict[str, str] | None = None) -> Verified:
        done = subprocess.run(
            [program, "--patience", "0s", *words],
            capture_output=True,
            text=True,
            env={**os.environ, **(env or {})},
            timeout=SECONDS,
            check=False,
        )
        leaks.search(done.stdout + done.stderr, "picus-verify")
        return Verified(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="module")
def picus_server(picus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PicusProcess]:
    running = PicusProcess(picus, tmp_path_factory.mktemp("verified") / "data")
    yield running
    running.stop()


@pytest.fixture
def items(picus_server: PicusProcess) -> Client:
    """The server itself. A test begins, and has to end, with an empty store."""
    client = Client(picus_server.url)
    assert client.list().json() == []
    return client


@pytest.fixture
def faulty(picus_server: PicusProcess) -> Iterator[Callable[..., FaultyServer]]:
    """Starts one before the server: `faulty(fault)`."""
    with contextlib.ExitStack() as stack:

        def start(fault: Fault) -> FaultyServer:
            started = FaultyServer(picus_server.url, fault)
            stack.callback(started.stop)
            return started

        yield start
