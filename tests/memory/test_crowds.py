"""Crowds, where sanitizers would disturb: their own memory counts, and they need descriptors."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.client import serves
from harness.shapes import DIRECTORY, OPTIONS, OWN_PROCESS, RAW_SOCKETS, Server
from harness.wire import Wire, request

pytestmark = pytest.mark.needs(RAW_SOCKETS, OPTIONS)


@pytest.mark.needs(DIRECTORY)  # whose store opens nothing anew
def test_without_descriptors_a_new_connection_displaces_a_silent_one(
    start: Callable[..., Server],
) -> None:
    server = start("--threads", "1")
    pid = server.process.pid
    open_now = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + 20, open_now + 20))
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(Wire(server.client))
        serves(server.client, "between")


@pytest.mark.needs(OWN_PROCESS)
def test_a_crowd_of_unfinished_bodies_takes_little_memory(start: Callable[..., Server]) -> None:
    server = start("--max-body-memory", "8MiB")
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            wire = stack.enter_context(Wire(server.client))
            wire.send(request("POST", "/picus/put", "Content-Length: 1000000"))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                wire.send(b" " * 500_000)
        serves(server.client, "between")
        assert server.process.memory_kib("VmHWM") < 100 * 1024
