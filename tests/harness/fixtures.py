"""Fixtures for tests that start servers of their own."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.certificates import Authority
from harness.otlp_receiver import OtlpReceiver
from harness.process import PicusProcess
from harness.sts import Sts

Serve = Callable[..., PicusProcess]


@pytest.fixture
def rng() -> random.Random:
    """The test's choices. What pytest shows of a failed test says how to make them again."""
    seed = int(os.environ.get("TEST_SEED") or secrets.randbits(32))
    print(f"TEST_SEED={seed} makes the same choices again")
    return random.Random(seed)


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of the session, in which its workers find what one of them has made."""
    place = tmp_path_factory.getbasetemp()
    return place.parent if "PYTEST_XDIST_WORKER" in os.environ else place


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Of the certificates of servers in tests."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def sts(authority: Authority) -> Iterator[Sts]:
    running = Sts(authority.server())
    yield running
    running.stop()


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    """Of traces."""
    running = OtlpReceiver()
    yield running
    running.stop()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def serve(picus: Path, data: Path) -> Iterator[Serve]:
    """Starts `picus serve`, on the test's directory unless another is named."""
    with contextlib.ExitStack() as stack:

        def serve_one(*options: str, binary: Path = picus, on: Path = data) -> PicusProcess:
            process = PicusProcess(binary, on, "--access-log", "off", *options)
            stack.callback(lambda: process.stop() if process.running() else None)
            return process

        yield serve_one
