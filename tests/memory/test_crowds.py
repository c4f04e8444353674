"""Crowds, where sanitizers would disturb: their own memory counts, and they need descriptors."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.certificates import Authority
from harness.client import Client, serves
from harness.process import PicusProcess
from harness.shapes import DIRECTORY, OPTIONS, OWN_PROCESS, RAW_SOCKETS, Server
from harness.wire import Wire, request
from tls.conftest import first_message, raw_socket

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


def test_ten_thousand_slow_handshakes_keep_nobody_out(
    picus: Path, authority: Authority, tmp_path: Path
) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    process = PicusProcess(picus, tmp_path / "data", *authority.issue().options)
    client = Client(process.url, authority.client())
    own, message = first_message(client)
    serves(client, "before")
    before = process.memory_kib("VmHWM")
    with contextlib.ExitStack() as stack:
        stack.enter_context(own)
        for number in range(10_000):
            slow = stack.enter_context(raw_socket(client))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                slow.sendall(message[:-1])
            if number % 1000 == 999:
                serves(client, f"between-{number}")
    assert process.memory_kib("VmHWM") - before < 40 * 1024
    process.stop()


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
