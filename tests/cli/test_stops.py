"""Signals end every command, whatever it waits for."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import itertools
import mmap
import os
import platform
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.conftest import PATIENCE_SECONDS, Run, items
from harness.waiting import wait_until

Command = subprocess.Popen[bytes]
Start = Callable[..., Command]

WRITE_MUTEX_AT = {"x86_64": 64, "aarch64": 128}
FUTEX_WAITERS = 1 << 31


def awaits_signals(command: Command) -> bool:
    """Whether it blocks signals, which from then on stay pending until it looks at them."""
    status = Path(f"/proc/{command.pid}/status").read_text()
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    return blocked >> (signal.SIGINT - 1) & 1 == 1


def child_of(command: Command) -> int:
    children = Path(f"/proc/{command.pid}/task/{command.pid}/children")
    wait_until(lambda: children.read_text() != "", "a child process")
    return int(children.read_text())


def ended(command: Command) -> tuple[int, str]:
    _, told = command.communicate(timeout=PATIENCE_SECONDS)
    return command.returncode, told.decode()


@pytest.fixture
def start(picus: Path, tmp_path: Path, clean_env: dict[str, str]) -> Iterator[Start]:
    """Starts a command in the test's directory, and returns when signals are blocked in it."""
    with contextlib.ExitStack() as stack:

        def start_one(*arguments: str | Path, stdout: int = subprocess.DEVNULL) -> Command:
            command = subprocess.Popen(
                [picus, *arguments],
                cwd=tmp_path,
                env=clean_env,
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=subprocess.PIPE,
            )
            stack.enter_context(command)
            stack.callback(command.kill)
            wait_until(
                lambda: awaits_signals(command) or command.poll() is not None,
                "signals are blocked",
            )
            return command

        yield start_one


def test_a_store_that_is_a_pipe_is_refused(run: Run, data: Path, tmp_path: Path) -> None:
    data.mkdir()
    os.mkfifo(data / "items.mdb")
    os.mkfifo(tmp_path / "pipe")
    for arguments in (
        ("export", "--data", data),
        ("check", "--data", data),
        ("backup", "--data", data, "snapshot"),
        ("import", "-", "--data", data),
        ("restore", "--data", "new", "pipe"),
        ("restore", "--data", "new", data),
    ):
        if arguments[-1] == data and arguments[0] == "restore":
            (data / "items.mdb").rename(data / "items-20260101T000000.000Z.mdb")
        done = run(*arguments)
        assert done.returncode == 3, arguments
        assert "is not a " in done.stderr
        kind = "snapshot of `picus backup`" if arguments[0] == "restore" else "Picus store"
        assert f"is not a {kind}" in done.stderr


def test_a_lock_file_that_is_a_pipe_is_refused(run: Run, data: Path) -> None:
    run("import", "-", "--create", "--data", data)
    (data / "items.mdb-lock").unlink()
    os.mkfifo(data / "items.mdb-lock")
    for arguments in (("export",), ("check",), ("backup", "snapshot"), ("import", "-")):
        done = run(*arguments, "--data", data)
        assert done.returncode in {1, 3}, arguments
        assert "is not the lock file of a store" in done.stderr
    (data / "items.mdb").write_bytes(b"")
    done = run("import", "-", "--create", "--data", data)
    assert done.returncode == 3
    assert "is not the lock file of a store" in done.stderr


def test_a_pipe_in_the_place_of_a_file_that_is_read_again_is_refused(
    run: Run, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    place = ("--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:1")
    table = ("export", "--table", "items", *place)
    role = {"AWS_ROLE_ARN": "arn:aws:iam::1:role/a"}
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        for arguments, env in (
            (("export", "--url", url, "--ca-bundle", pipe), {}),
            (table, {"AWS_SHARED_CREDENTIALS_FILE": str(pipe)}),
            (table, {"AWS_CONFIG_FILE": str(pipe)}),
            (table, {"AWS_WEB_IDENTITY_TOKEN_FILE": str(pipe)} | role),
        ):
            done = run(*arguments, env=env)
            assert done.returncode == 3, done.stderr
            assert f"{pipe}: not a regular file" in done.stderr


def test_a_signal_ends_the_wait_for_the_other_end_of_a_pipe(
    start: Start, run: Run, data: Path, tmp_path: Path
) -> None:
    run("import", "-", "--create", "--data", data)
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "out.partial")
    (tmp_path / "in").write_text(items(1))
    numbers = itertools.cycle((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    for arguments in (
        ("import", "pipe", "--data", data),
        ("import", "in", "pipe", "--data", data),
        ("export", "--output", "pipe", "--data", data),
        ("export", "--output", "out", "--data", data),
        ("token", "show"),
        ("token", "show", "--token-file", "pipe"),
    ):
        command = start(*arguments)
        command.send_signal(next(numbers))
        assert command.wait(PATIENCE_SECONDS) == 130, arguments


def test_a_signal_ends_the_wait_for_a_server_that_is_checked(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        command = start("healthcheck", url, "--timeout", "5m")
        with server.accept()[0] as silent:
            assert silent.recv(1)
            command.send_signal(signal.SIGTERM)
            assert ended(command) == (130, "")


def test_an_import_waits_for_the_writer_of_a_pipe(
    start: Start, run: Run, data: Path, tmp_path: Path
) -> None:
    run("import", "-", "--create", "--data", data)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for text, told in ((items(3), "imported 3 items"), ("", "imported 0 items")):
        command = start("import", "pipe", "--data", data)
        with pipe.open("w") as writer:
            writer.write(text)
        code, error = ended(command)
        assert code == 0, error
        assert told in error


def test_a_signal_ends_the_wait_for_another_change_of_the_tokens(
    start: Start, tmp_path: Path
) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        command = start("token", "add", "ann", "--scopes", "items:read", "--auth-file", "auth.json")
        command.send_signal(signal.SIGINT)
        assert ended(command)[0] == 130
    finally:
        os.close(folder)
    assert not (tmp_path / "auth.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_check_ends_with_the_process_that_was_started(
    start: Start, run: Run, data: Path, number: signal.Signals
) -> None:
    run("import", "-", "--create", "--data", data)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(writer, b"x" * 4096):
            pass
    os.set_blocking(writer, True)  # full: the check cannot print its result
    try:
        command = start("check", "--data", data, stdout=writer)
        child = os.pidfd_open(child_of(command))
        try:
            command.send_signal(number)
            code, told = ended(command)
            assert select.select([child], [], [], PATIENCE_SECONDS)[0]
        finally:
            os.close(child)
    finally:
        os.close(reader)
        os.close(writer)
    if number == signal.SIGKILL:
        return
    assert (code, told) == (130, "picus: interrupted\n")


@contextlib.contextmanager
def write_lock(data: Path) -> Iterator[Callable[[], bool]]:
    """Holds the write lock of a store. Gives whether a process waits for it."""
    libc = ctypes.CDLL(None)
    with (
        (data / "items.mdb-lock").open("r+b") as file,
        mmap.mmap(file.fileno(), 4096) as memory,
    ):
        at = WRITE_MUTEX_AT[platform.machine()]
        mutex = ctypes.c_char.from_buffer(memory, at)
        fcntl.lockf(file, fcntl.LOCK_SH, 1)  # LMDB's of each process that has the store open
        assert libc.pthread_mutex_lock(ctypes.byref(mutex)) == 0
        try:
            yield lambda: int.from_bytes(memory[at : at + 4], "little") & FUTEX_WAITERS != 0
        finally:
            assert libc.pthread_mutex_unlock(ctypes.byref(mutex)) == 0
            del mutex


def test_a_signal_ends_an_import_that_waits_for_the_write_lock(
    start: Start, run: Run, data: Path, tmp_path: Path
) -> None:
    run("import", "-", "--create", "--data", data)
    (tmp_path / "in").write_text(items(1))
    with write_lock(data) as is_awaited:
        command = start("import", "in", "--data", data)
        wait_until(is_awaited, "a process waits for the lock")
        command.send_signal(signal.SIGINT)
        code, told = ended(command)
    assert code == 130
    assert f"picus: interrupted: process {os.getpid()} holds the write lock of the store" in told
    assert run("import", "in", "--data", data).returncode == 0
