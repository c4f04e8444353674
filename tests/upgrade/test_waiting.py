"""What becomes of connections and requests that have come, and that nobody has looked at yet."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.faults import Call, Faults
from harness.fixtures import Serve
from harness.process import PicusProcess
from harness.session import Session, item_text
from upgrade.listening import listen

WAITING = 300
ITEM = item_text("a")
SO_ATTACH_FILTER = 26  # asm-generic/socket.h


@pytest.fixture(params=["tcp", "unix"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the first server is to listen."""
    return "127.0.0.1:0" if request.param == "tcp" else f"unix:{tmp_path}/socket"


@pytest.fixture
def faults(tmp_path: Path) -> Iterator[Faults]:
    watching = Faults(tmp_path, "accept4", "setsockopt")
    yield watching
    watching.close()


class NoAccepting:
    """Accepting finds nothing; until the listener is closed to new connections, if so wanted."""

    def __init__(self, until_filtered: bool = False) -> None:
        self._until_filtered = until_filtered
        self._filtered = threading.Event()

    def __call__(self, call: Call) -> int:
        if call.name == "accept4":
            return 0 if self._filtered.is_set() else errno.EAGAIN
        option = (call.arguments[1], call.arguments[2])
        if self._until_filtered and option == (socket.SOL_SOCKET, SO_ATTACH_FILTER):
            self._filtered.set()
        return 0


def put_one(url: str) -> None:
    with Session(url) as session:
        assert session.put(ITEM).status == 201


@contextlib.contextmanager
def waiting(url: str) -> Iterator[list[Session]]:
    """Connections that the kernel has taken, each with a request in it."""
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(Session(url)) for _ in range(WAITING)]
        for session in sessions:
            session.send("GET", "/picus/get/a")
        yield sessions


def assert_served(sessions: list[Session]) -> None:
    for session in sessions:
        reply = session.reply()
        assert (reply.status, reply.body) == (200, ITEM)


def stop_until_continued(process: PicusProcess) -> None:
    process.process.send_signal(signal.SIGSTOP)


def go_on(process: PicusProcess) -> None:
    process.process.send_signal(signal.SIGCONT)


def test_what_the_old_process_leaves_in_the_queue_is_served_by_the_new_one(
    picus: Path, serve: Serve, faults: Faults, address: str
) -> None:
    """The old one accepts nothing, and ends; only then does the new one accept."""
    old = serve("--listen", address, binary=faults.program(picus))
    put_one(old.url)
    new = serve(*listen(old.url))
    stop_until_continued(new)
    faults.judge(NoAccepting())
    with waiting(old.url) as sessions:
        faults.wait_for_refusal("accept4")
        old.stop()
        go_on(new)
        assert_served(sessions)


def test_connections_made_while_both_processes_stand_still_are_served(
    serve: Serve, address: str
) -> None:
    old = serve("--listen", address)
    put_one(old.url)
    new = serve(*listen(old.url))
    stop_until_continued(new)
    stop_until_continued(old)
    with waiting(old.url) as sessions:
        old.terminate()
        go_on(old)
        go_on(new)
        assert_served(sessions)
        old.finish()


def test_without_a_follower_connections_that_wait_are_served_before_the_end(
    serve: Serve, address: str
) -> None:
    server = serve("--listen", address)
    put_one(server.url)
    stop_until_continued(server)
    with waiting(server.url) as sessions:
        server.terminate()
        go_on(server)
        assert_served(sessions)
        server.finish()


def test_without_a_follower_what_is_in_the_queue_is_accepted_before_it_is_closed(
    picus: Path, serve: Serve, faults: Faults
) -> None:
    """Nothing is accepted before the end has begun."""
    server = serve(binary=faults.program(picus))
    put_one(server.url)
    faults.judge(NoAccepting(until_filtered=True))
    with waiting(server.url) as sessions:
        faults.wait_for_refusal("accept4")
        server.terminate()
        assert_served(sessions)
        server.finish()


def test_another_server_of_the_same_store_is_no_follower(
    picus: Path, serve: Serve, faults: Faults
) -> None:
    """It was offered the listener, and did not keep it."""
    server = serve(binary=faults.program(picus))
    put_one(server.url)
    serve()
    faults.judge(NoAccepting(until_filtered=True))
    with waiting(server.url) as sessions:
        faults.wait_for_refusal("accept4")
        server.terminate()
        assert_served(sessions)
        server.finish()


def test_a_listener_that_the_old_process_does_not_have_is_emptied_when_the_new_one_ends(
    picus: Path, serve: Serve, faults: Faults
) -> None:
    """The new one has an address more; called off, it leaves to the old one what both have."""
    old = serve()
    new = serve("--listen", f"127.0.0.1:0,{listen(old.url)[1]}", binary=faults.program(picus))
    assert new.url != old.url
    put_one(new.url)
    faults.judge(NoAccepting(until_filtered=True))
    with waiting(new.url) as sessions:
        faults.wait_for_refusal("accept4")
        new.terminate()
        assert_served(sessions)
        new.finish()
    with Session(old.url) as session:
        assert session.get("a").body == ITEM


def test_a_request_that_has_come_on_a_kept_connection_is_answered(
    serve: Serve, address: str
) -> None:
    """A server that ends may close idle connections; one with a request in it is not idle."""
    server = serve("--listen", address)
    put_one(server.url)
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(Session(server.url)) for _ in range(WAITING)]
        for session in sessions:
            assert not session.exchange("GET", "/livez").closes
        stop_until_continued(server)
        for session in sessions:
            session.send("GET", "/picus/get/a")
        server.terminate()
        go_on(server)
        assert_served(sessions)
        server.finish()
