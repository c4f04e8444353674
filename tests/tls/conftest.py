"""Servers with TLS, and an authority that their clients trust."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.certificates import Authority
from harness.client import Client
from harness.process import PicusProcess

Serve = Callable[..., PicusProcess]


@pytest.fixture
def serve(picus: Path, tmp_path: Path) -> Iterator[Serve]:
    """Starts `picus serve` on the test's directory; each has to end well."""
    with contextlib.ExitStack() as stack:

        def serve_one(*options: str) -> PicusProcess:
            process = PicusProcess(picus, tmp_path / "data", *options)
            stack.callback(lambda: process.stop() if process.running() else None)
            return process

        yield serve_one


@pytest.fixture
def start(serve: Serve, authority: Authority) -> Callable[..., Client]:
    """The same with TLS; what comes is a client of it."""

    def start_one(*options: str) -> Client:
        return Client(serve(*authority.issue().options, *options).url, authority.client())

    return start_one


@pytest.fixture(scope="module")
def client(
    picus: Path, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A server for the tests of a module that change nothing about it."""
    data = tmp_path_factory.mktemp("server") / "data"
    process = PicusProcess(picus, data, *authority.issue().options)
    yield Client(process.url, authority.client())
    process.stop()
