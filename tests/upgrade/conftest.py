"""Fixtures for tests in which one process takes over from another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.process import PicusProcess

Serve = Callable[..., PicusProcess]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def serve(picus: Path, data: Path) -> Iterator[Serve]:
    """Starts `picus serve` on the test's data: `serve("--listen", …, binary=…)`."""
    with contextlib.ExitStack() as stack:

        def serve_one(*options: str, binary: Path = picus) -> PicusProcess:
            process = PicusProcess(binary, data, "--access-log", "off", *options)
            stack.callback(lambda: process.stop() if process.running() else None)
            return process

        yield serve_one


def listen(*urls: str) -> tuple[str, str]:
    """The option with which a server listens where others do already."""
    return "--listen", ",".join(url.removeprefix("http://") for url in urls)


def urls_of(server: PicusProcess, count: int) -> list[str]:
    """Where it listens, once it has said so `count` times."""
    said = server.out
    said.wait_for(lambda _: len(said.lines()) >= count, 30, f"{count} lines")
    return [line.removeprefix("listening on ") for line in said.lines()]
