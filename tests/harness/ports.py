"""Ports for programs that cannot take one themselves."""

from __future__ import annotations

import contextlib
import socket
import subprocess

# Nobody is given the port of a socket that is bound, and as long as that does not listen, whoever
# names the port may: both with SO_REUSEADDR, as servers set it.
_held: list[socket.socket] = []


def free_port() -> int:
    """One that is nobody's until this process ends. Until a program listens there, connections are
    refused."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _held.append(held)
    return int(held.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until somebody listens there. Fails where the process ends before."""
    while process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
    raise AssertionError(f"{process.args!r} ended with {process.returncode}")
