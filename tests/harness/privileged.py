"""Cases that mount a file system or start containers, which a container with an engine's default
capabilities may not do.

They are marked `privileged`, or use the image. scripts/on-debian sets PICUS_UNPRIVILEGED where
it gives no more rights: there they are left out, and the summary names them. `-m privileged` runs
them alone. Cases marked `ipv6` are left out where the address ::1 does not exist, as in containers
of docker 20.10.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from typing import Any

import pytest
from _pytest.junitxml import xml_key

UNPRIVILEGED = os.environ.get("PICUS_UNPRIVILEGED") == "1"
IMAGE_SHAPES = ("image-lmdb",)
LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "privileged: mounts file systems or starts containers")
    config.addinivalue_line("markers", "ipv6: listens on ::1")
    config.stash[LEFT_OUT] = []


def has_ipv6() -> bool:
    if not socket.has_ipv6:
        return False
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def uses_image(item: pytest.Item) -> bool:
    """Building it takes a mount, running it a container."""
    shape = item.callspec.params.get("shape") if hasattr(item, "callspec") else None
    return str(shape) in IMAGE_SHAPES or "image" in getattr(item, "fixturenames", ())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if uses_image(item):
            item.add_marker(pytest.mark.privileged)
    markers = ["privileged"] * UNPRIVILEGED + ["ipv6"] * (not has_ipv6())
    left_out = [item for item in items if any(map(item.get_closest_marker, markers))]
    if left_out:
        config.stash[LEFT_OUT] = [item.nodeid for item in left_out]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def told(names: list[str]) -> list[str]:
    cases = Counter(name.partition("[")[0] for name in names)
    return [name + (f", {count} cases" if count > 1 else "") for name, count in cases.items()]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist tells what it left out, each the same; the JUnit file, for scripts/test."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = session.config.stash[LEFT_OUT]
    junit = session.config.stash.get(xml_key, None)
    if junit is not None:
        for line in told(session.config.stash[LEFT_OUT]):
            junit.add_global_property("left out", line)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    if error is None:
        node.config.stash[LEFT_OUT] = node.workeroutput.get("left_out", [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    left_out = config.stash[LEFT_OUT]
    if not left_out:
        return
    terminalreporter.section(f"{len(left_out)} cases left out: this system allows too little")
    for line in told(left_out):
        terminalreporter.line(line)
