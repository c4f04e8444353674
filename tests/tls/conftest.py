"""Servers with TLS, and an authority that their clients trust."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.certificates import Authority
from harness.client import Client
from harness.process import PicusProcess
from harness.tls_socket import TlsSocket
from harness.wire import WAIT_SECONDS

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


def raw_socket(client: Client) -> socket.socket:
    assert client.port
    return socket.create_connection((client.host, client.port), WAIT_SECONDS)


def first_message(client: Client) -> tuple[socket.socket, bytes]:
    """A connection, and what a client sends first. It is not sent yet."""
    assert client.trust
    tls = TlsSocket(raw_socket(client), client.trust, client.host, shake=False)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.tls.do_handshake()
    return tls.raw, tls.encrypted()
