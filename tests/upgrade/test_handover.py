"""A new process takes over from the old one under load, and nobody notices."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from subprocess import DEVNULL

import pytest

from harness.command import check
from harness.fixtures import Serve
from harness.process import PicusProcess, parse_log
from harness.session import listed
from upgrade.listening import listen, urls_of
from upgrade.load import Tally, acknowledged, load

HANDOVERS = 7
BETWEEN = 3000


def hand_over(old: PicusProcess, serve: Serve, *options: str) -> PicusProcess:
    """The upgrade as the operations page tells it."""
    new = serve(*options)
    assert urls_of(new, 1)[0] == old.url
    old.terminate()
    old.finish()
    assert old.log_line(event="stopped")["requests"] == "all completed"
    return new


def hand_over_again_and_again(
    server: PicusProcess, serve: Serve, tally: Tally, *options: str
) -> PicusProcess:
    tally.wait_for(BETWEEN // 2)
    for _ in range(HANDOVERS):
        server = hand_over(server, serve, *options)
        tally.wait_for(BETWEEN)
    return server


def test_handovers_under_load_lose_no_request(picus: Path, data: Path, serve: Serve) -> None:
    """With the defaults. Idle connections are kept until their clients had time to leave them."""
    server = serve()
    url = server.url
    with load([url], fresh=8, kept=6) as (tally, clients):
        hand_over_again_and_again(server, serve, tally, *listen(url))
    assert tally.requests > 20_000
    items = acknowledged(clients)
    assert listed(url) == items
    assert check(picus, data) == len(items)
    print(tally.requests, "requests")


@pytest.mark.ipv6
def test_several_listeners_are_handed_over_together(
    picus: Path, data: Path, serve: Serve, tmp_path: Path
) -> None:
    path = tmp_path / "socket"
    server = serve("--listen", f"127.0.0.1:0,[::1]:0,unix:{path}")
    urls = urls_of(server, 3)
    with load(urls, fresh=8, kept=6) as (tally, clients):
        for _ in range(4):
            tally.wait_for(1000)
            new = serve(*listen(*urls))
            assert urls_of(new, 3) == urls
            server.terminate()
            server.finish()
            server = new
        tally.wait_for(1000)
    items = acknowledged(clients)
    for url in urls:
        assert listed(url) == items
    server.stop()
    assert not path.exists()
    assert check(picus, data) == len(items)


def test_listeners_can_be_added_and_left_out(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    server = serve()
    url = server.url
    with load([url], fresh=4, kept=2) as (tally, clients):
        tally.wait_for(200)
        server = hand_over(server, serve, *listen(url, f"unix:{path}"))
        assert urls_of(server, 2) == [url, f"unix:{path}"]
        tally.wait_for(200)
        assert acknowledged(clients).keys() & listed(f"unix:{path}").keys()
        server = hand_over(server, serve, *listen(url))
        tally.wait_for(200)
    assert not path.exists()
    assert listed(url) == acknowledged(clients)


def test_a_handover_to_another_number_of_threads_loses_no_request(serve: Serve) -> None:
    server = serve("--threads", "4")
    url = server.url
    with load([url], fresh=8, kept=4) as (tally, clients):
        for threads in ("1", "3", "2"):
            tally.wait_for(1000)
            server = hand_over(server, serve, *listen(url), "--threads", threads)
        tally.wait_for(1000)
    assert listed(url) == acknowledged(clients)


def test_an_upgrade_can_be_called_off_and_begun_again(serve: Serve) -> None:
    """The new process ends well; the old one, which serves on, can be followed by another."""
    old = serve()
    url = old.url
    with load([url], fresh=8, kept=4) as (tally, clients):
        for _ in range(3):
            new = serve(*listen(url), "--threads", "4")
            tally.wait_for(1000)
            new.terminate()
            new.finish()
            tally.wait_for(1000)
        hand_over(old, serve, *listen(url))
        tally.wait_for(1000)
    assert listed(url) == acknowledged(clients)


def test_a_new_process_that_is_killed_leaves_the_old_one_serving(
    picus: Path, data: Path, serve: Serve
) -> None:
    """What the killed one was answering is lost; nothing else, and the next one can follow."""
    old = serve()
    url = old.url
    with load([url], fresh=8, kept=0) as (tally, clients):
        for _ in range(3):
            new = serve(*listen(url))
            tally.wait_for(500)
            new.kill()
            tally.forgive(clients)
            tally.wait_for(1000)
        hand_over(old, serve, *listen(url))
        tally.wait_for(1000)
    items = acknowledged(clients)
    assert items.items() <= listed(url).items()
    check(picus, data)


def test_a_new_process_that_is_killed_while_it_takes_over_changes_nothing(
    picus: Path, data: Path, serve: Serve
) -> None:
    old = serve()
    url = old.url
    command = [str(picus), "serve", *listen(url), "--data", str(data)]
    with load([url], fresh=8, kept=0) as (tally, clients):
        for milliseconds in range(0, 60, 4):
            with subprocess.Popen(command, stdout=DEVNULL, stderr=DEVNULL) as new:
                timer = threading.Timer(milliseconds / 1000, new.kill)
                timer.start()
                timer.join()
            tally.forgive(clients)
            tally.wait_for(100)
        hand_over(old, serve, *listen(url))
        tally.wait_for(1000)
    assert acknowledged(clients).items() <= listed(url).items()
    check(picus, data)


def test_the_new_process_says_from_whom_it_took_over(serve: Serve) -> None:
    old = serve()
    new = serve(*listen(old.url))
    taken = new.log_line(event="listeners-taken-over")
    assert taken["from_pid"] == old.pid
    assert f"kill -TERM {old.pid}" in taken["detail"]
    assert taken["listeners"].split()[0] == old.url
    old.stop()


def test_an_attempt_that_fails_is_not_logged_as_a_handover(
    picus: Path, data: Path, serve: Serve
) -> None:
    old = serve()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addresses = listen(old.url, f"127.0.0.1:{taken.getsockname()[1]}")
        command = [str(picus), "serve", "--data", str(data), *addresses]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 3
    serve(*listen(old.url)).stop()
    old.log_line(event="handover-ended")
    events = [parse_log(line).get("event") for line in old.err.lines()]
    assert events.count("listeners-shared") == events.count("handover-ended") == 1


def test_a_server_on_another_port_leaves_the_handover_to_the_first_one(serve: Serve) -> None:
    first = serve()
    beside = serve()
    assert beside.url != first.url
    second = hand_over(first, serve, *listen(first.url))
    third = hand_over(second, serve, *listen(second.url))
    # When all that share the first address are gone, the one beside takes the name.
    third.stop()
    beside.log_line(event="handover-name-taken")
    hand_over(beside, serve, *listen(beside.url)).stop()


@pytest.mark.privileged
def test_an_address_of_another_user_is_not_handed_over_and_it_says_why(
    picus: Path,
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o777)
        data = Path(directory) / "data"
        other = PicusProcess(("setpriv", "--reuid=65533", "--clear-groups", str(picus)), data)
        command = [str(picus), "serve", "--data", str(data), *listen(other.url)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        other.stop()
    assert done.returncode == 3
    reason = "runs as user 65533, and this one as user 0: listeners are handed over only"
    assert reason in done.stderr


def test_an_address_that_nobody_offers_is_refused_with_the_reason(
    picus: Path, serve: Serve, tmp_path: Path
) -> None:
    server = serve()
    elsewhere = tmp_path / "elsewhere"
    command = [str(picus), "serve", "--data", str(elsewhere), *listen(server.url)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "another process is listening there. " in done.stderr
    assert f"No process offers a handover in {elsewhere}" in done.stderr
