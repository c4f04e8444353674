"""What tests of the pages share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from harness.client import Client
from harness.process import PicusProcess
from harness.visitor import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def client(picus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server for all tests of a module, which bring their own keys."""
    process = PicusProcess(picus, tmp_path_factory.mktemp("server") / "data")
    yield Client(process.url)
    process.stop()


@pytest.fixture
def picus_with(picus: Path, tmp_path: Path) -> Iterator[Callable[[list[str]], Client]]:
    """Starts a server with these items and no others."""
    with contextlib.ExitStack() as stack:

        def start(items: list[str]) -> Client:
            process = PicusProcess(picus, tmp_path / "data")
            stack.callback(process.stop)
            client = Client(process.url)
            client.bulk("\n".join(items))
            return client

        yield start
