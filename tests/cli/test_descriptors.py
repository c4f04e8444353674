"""Programs that are started with standard descriptors closed, as daemonizers and cron do."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.client import Client
from harness.command import check
from harness.ports import free_port

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.05
MOST_FILE_BLOCKS = 128 << 10  # of 512 bytes
REDIRECTION = {0: "<&-", 1: ">&-", 2: "2>&-"}
CLOSED = [
    chosen for count in (1, 2, 3) for chosen in itertools.combinations(sorted(REDIRECTION), count)
]
ALL = tuple(sorted(REDIRECTION))

Start = Callable[..., "subprocess.Popen[bytes]"]


def without(closed: tuple[int, ...], *command: str | Path) -> list[str]:
    """The command, with these descriptors closed. It cannot fill the disk."""
    redirections = " ".join(REDIRECTION[number] for number in closed)
    return [
        "sh",
        "-c",
        f'ulimit -f {MOST_FILE_BLOCKS}; exec "$0" "$@" {redirections}',
        *map(str, command),
    ]


@pytest.fixture(params=CLOSED, ids=lambda closed: "".join(map(str, closed)))
def closed(request: pytest.FixtureRequest) -> tuple[int, ...]:
    return tuple(request.param)


@pytest.fixture
def start(tmp_path: Path, clean_env: dict[str, str]) -> Iterator[Start]:
    """Starts a command with these descriptors closed, and ends it after the test."""
    with contextlib.ExitStack() as stack:

        def start_one(
            closed: tuple[int, ...], *command: str | Path, env: dict[str, str] | None = None
        ) -> subprocess.Popen[bytes]:
            log = stack.enter_context((tmp_path / "output").open("wb"))
            process = subprocess.Popen(
                without(closed, *command),
                cwd=tmp_path,
                env={**clean_env, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            stack.callback(process.wait, PATIENCE_SECONDS)
            stack.callback(process.kill)
            return process

        yield start_one


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where a program connects to, and gets no answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE_SECONDS)
        yield listening


def address_of(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"


def wait_until_served(process: subprocess.Popen[bytes], path: Path) -> None:
    """Returns once something accepts connections at the unix socket."""
    while process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PAUSE_SECONDS)
    raise AssertionError(f"ended with {process.returncode}")


def assert_on_null(process: subprocess.Popen[bytes], closed: tuple[int, ...]) -> None:
    for number in closed:
        assert Path(f"/proc/{process.pid}/fd/{number}").readlink() == Path("/dev/null")
        status = Path(f"/proc/{process.pid}/fdinfo/{number}").read_text(encoding="ascii")
        flags = int(status.split("flags:")[1].split()[0], 8)
        assert flags & os.O_ACCMODE == (os.O_RDONLY if number == 0 else os.O_WRONLY)


def test_serve_opens_closed_descriptors_on_dev_null(
    picus: Path, data: Path, tmp_path: Path, start: Start, closed: tuple[int, ...]
) -> None:
    unix = tmp_path / "socket"
    process = start(closed, picus, "serve", "--data", data, "--listen", f"unix:{unix}")
    wait_until_served(process, unix)
    assert_on_null(process, closed)
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0
    assert check(picus, data) == 0


def test_the_function_opens_closed_descriptors_on_dev_null(
    picus: Path, listener: socket.socket, start: Start, closed: tuple[int, ...]
) -> None:
    runtime = {"AWS_LAMBDA_RUNTIME_API": address_of(listener)}
    process = start(closed, picus.with_name("bootstrap"), env=runtime)
    with listener.accept()[0]:
        assert_on_null(process, closed)


def test_picus_verify_opens_closed_descriptors_on_dev_null(
    picus: Path, listener: socket.socket, start: Start, closed: tuple[int, ...]
) -> None:
    process = start(closed, picus.with_name("picus-verify"), f"http://{address_of(listener)}")
    with listener.accept()[0]:
        assert_on_null(process, closed)


def test_an_import_leaves_a_good_store(
    picus: Path, data: Path, tmp_path: Path, start: Start, closed: tuple[int, ...]
) -> None:
    file = tmp_path / "items.ndjson"
    file.write_text("".join(f'{{"id":"{n}"}}\n' for n in range(10)), encoding="ascii")
    for _ in range(2):  # into a new store, and into a good one
        process = start(closed, picus, "import", "--create", "--data", data, file)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert check(picus, data) == 10


def test_log_lines_of_a_server_without_descriptors_are_in_no_data_file(
    picus: Path, data: Path, tmp_path: Path, start: Start
) -> None:
    unix = tmp_path / "socket"
    port = free_port()
    listen = ("--listen", f"127.0.0.1:{port},unix:{unix}")
    process = start(ALL, picus, "serve", "--data", data, *listen, "--access-log", "on")
    wait_until_served(process, unix)
    client = Client(f"http://127.0.0.1:{port}")
    for number in range(10):
        assert client.put({"id": f"{number}"}).status == 201
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0
    assert check(picus, data) == 10
    for file in data.iterdir():
        assert not file.is_file() or b"request_id" not in file.read_bytes()
