"""Who else on this machine can reach a server's sockets and files, and whether it says so."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Run, Serve
from harness.process import PicusProcess

WARNINGS = ("directory-open", "store-in-memory", "socket-open")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def warnings(server: PicusProcess) -> list[str]:
    """Those of a server that has stopped."""
    server.stop()
    lines = server.err.lines()
    return [event for event in WARNINGS if any(f'"event":"{event}"' in line for line in lines)]


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def way(tmp_path: Path) -> Path:
    """A directory that everyone may pass through, up to the root as far as it is the test's."""
    way = tmp_path / "way"
    way.mkdir(mode=0o755)
    way.chmod(0o755)
    return way


@pytest.mark.parametrize("mode", ["0600", "660", "0666", "0"])
def test_a_unix_socket_has_the_mode_that_was_asked_for(
    serve: Serve, tmp_path: Path, mode: str
) -> None:
    path = tmp_path / "http.sock"
    serve("--listen", f"unix:{path}", "--socket-mode", mode)
    assert mode_of(path) == int(mode, 8)  # whatever the umask is


def test_a_mode_without_a_unix_socket_is_refused(run: Run) -> None:
    done = run("serve", "--check-config", "--socket-mode", "0600")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--socket-mode: no address of --listen is a Unix socket" in done.stderr


def test_without_a_mode_the_umask_decides(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    before = os.umask(0o027)
    try:
        serve("--listen", f"unix:{path}")
    finally:
        os.umask(before)
    assert mode_of(path) == 0o640


def test_a_process_that_takes_the_socket_over_gives_it_its_mode(
    serve: Serve, tmp_path: Path
) -> None:
    path = tmp_path / "http.sock"
    serve("--listen", f"unix:{path}", "--socket-mode", "0600")
    serve("--listen", f"unix:{path}", "--socket-mode", "0660")
    assert mode_of(path) == 0o660


@pytest.mark.parametrize("mode", ["rw", "888", "1777", "-1", " ", "0x1ff"])
def test_what_is_no_mode_is_refused(run: Run, mode: str) -> None:
    done = run("serve", f"--socket-mode={mode}", "--check-config")
    assert done.returncode == 2
    assert "an octal number from 0000 to 0777" in done.stderr


@pytest.mark.usefixtures("no_umask")
def test_a_socket_that_everyone_may_connect_to_is_warned_of(serve: Serve, way: Path) -> None:
    listen = ("--listen", f"unix:{way}/http.sock")
    assert "socket-open" in warnings(serve(*listen))
    assert "socket-open" not in warnings(serve(*listen, "--socket-mode", "0660"))
    way.chmod(0o700)
    assert "socket-open" not in warnings(serve(*listen))


def test_a_data_directory_that_everyone_may_write_to_is_warned_of(serve: Serve) -> None:
    server = serve()
    assert "directory-open" not in warnings(server)
    server.data.chmod(0o777)
    assert "directory-open" in warnings(serve())


def test_full_durability_in_memory_is_warned_of(picus: Path, tmp_path: Path) -> None:
    memory = Path("/dev/shm") / f"picus-{os.getpid()}-{tmp_path.name}"
    memory.mkdir()
    try:
        assert "store-in-memory" in warnings(PicusProcess(picus, memory / "data"))
        relaxed = PicusProcess(picus, memory / "data", "--durability", "relaxed")
        assert "store-in-memory" not in warnings(relaxed)
    finally:
        for file in sorted(memory.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        memory.rmdir()
