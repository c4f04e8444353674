"""Containers for one test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.container import Container, ContainerHost
from image.archives import Archive


@pytest.fixture(scope="session")
def archive(image: Path) -> Archive:
    return Archive(image / "picus.tar")


@pytest.fixture
def run(container_host: ContainerHost, tmp_path: Path) -> Iterator[Callable[..., Container]]:
    """Starts containers: `run("--drain-delay", "1h", env=…, flags=…)`."""
    with contextlib.ExitStack() as stack:

        def run_one(
            *options: str, env: dict[str, str] | None = None, flags: tuple[str, ...] = ()
        ) -> Container:
            data = tmp_path / "volume" / "data"
            data.parent.mkdir(exist_ok=True)
            container = Container(container_host, data, *options, env=env, flags=flags)
            stack.callback(lambda: container.stop() if container.running() else None)
            return container

        yield run_one
