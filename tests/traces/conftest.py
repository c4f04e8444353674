"""Receivers of traces, and servers that send to them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.otlp_receiver import OtlpReceiver
from harness.process import PicusProcess

Start = Callable[..., PicusProcess]


@pytest.fixture(scope="module")
def shared() -> Iterator[OtlpReceiver]:
    """The receiver of a server that the tests of a module share."""
    running = OtlpReceiver()
    yield running
    running.stop()


@pytest.fixture
def start(picus: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts servers, which have to end well: `start("--otlp-endpoint", url, env=…)`."""
    with contextlib.ExitStack() as stack:

        def start_one(*options: str, env: dict[str, str] | None = None) -> PicusProcess:
            running = PicusProcess(picus, tmp_path / "data", *options, env=env)
            stack.callback(lambda: running.stop() if running.running() else None)
            return running

        yield start_one
