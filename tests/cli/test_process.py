"""Picus as a process among others: inherited signals, full devices, process 1, hints."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Run, Serve, items
from harness.process import PicusProcess

FULL = Path("/dev/full")


def ignoring(*signals: signal.Signals) -> tuple[str, ...]:
    """A program that ignores signals and becomes the one behind it, as nohup does."""
    calls = "".join(f"signal.signal({int(number)}, signal.SIG_IGN);" for number in signals)
    code = f"import os, signal, sys; {calls} os.execv(sys.argv[1], sys.argv[1:])"
    return (sys.executable, "-c", code)


@pytest.mark.parametrize("ignored", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_is_ignored_from_the_start_stays_so(
    picus: Path, data: Path, ignored: signal.Signals
) -> None:
    server = PicusProcess((*ignoring(ignored), str(picus)), data)
    server.process.send_signal(ignored)
    server.process.send_signal(signal.SIGTERM)
    server.finish()
    # It would have been taken first: both are pending, and the lower number comes first.
    assert server.log_line(event="draining")["signal"] == "SIGTERM"


def test_a_server_that_listens_reports_it_to_its_service_manager(
    serve: Serve, tmp_path: Path
) -> None:
    # Longer than the address of a Unix socket.
    folder = tmp_path / ("d" * 100)
    folder.mkdir()
    here = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with contextlib.closing(manager):
        manager.bind(f"/proc/self/fd/{here}/notify")
        manager.settimeout(60)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        server = serve("--listen", f"127.0.0.1:{port}", env={"NOTIFY_SOCKET": f"{folder}/notify"})
        assert manager.recv(100) == b"READY=1"
        socket.create_connection(("127.0.0.1", port)).close()
    os.close(here)
    server.stop()
    again = serve(env={"NOTIFY_SOCKET": f"{folder}/absent"})
    assert "No such file" in again.log_line(event="readiness-not-reported")["detail"]


def test_a_command_goes_on_behind_nohup(picus: Path, data: Path, run: Run) -> None:
    run("import", "-", "--create", "--data", data)
    with subprocess.Popen(
        [*ignoring(signal.SIGHUP), picus, "import", "-", "--data", data],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdin
        command.stdin.write(items(3).encode() + b'{"id":"x","pad":"' + b"x" * 200_000 + b'"}\n')
        command.stdin.flush()  # it reads by now: the pipe takes less
        command.send_signal(signal.SIGHUP)
        command.stdin.write(items(3, first=3).encode())
        command.stdin.close()
        assert command.stderr
        told = command.stderr.read().decode()
        assert command.wait(60) == 0, told
    assert "imported 7 items" in told


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_waits_ends_with_a_signal(
    picus: Path, clean_env: dict[str, str], sent: signal.Signals
) -> None:
    def start(*words: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen([picus, *words], env=clean_env, stdin=pipe, stderr=pipe)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with start("healthcheck", url) as asking, listener.accept()[0]:
            asking.send_signal(sent)
            assert asking.communicate(timeout=60)[1] == b""
        assert asking.returncode == 130
    with start("token", "show") as reading:
        assert reading.stdin
        assert reading.stderr
        fcntl.fcntl(reading.stdin, fcntl.F_SETPIPE_SZ, 4096)
        reading.stdin.write(b" " * 10_000)  # it reads by now: the pipe takes less
        reading.send_signal(sent)
        assert reading.wait(60) == 130
        assert reading.stderr.read() == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("help", "serve"),
        ("help", "--man"),
        ("completion", "bash"),
        ("serve", "--check-config"),
    ],
)
def test_an_answer_that_a_full_device_does_not_take_is_a_failure(
    picus: Path, clean_env: dict[str, str], arguments: tuple[str, ...]
) -> None:
    with FULL.open("wb") as full:
        done = subprocess.run(
            [picus, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            env=clean_env,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == ("picus: standard output: cannot be written: No space left on device\n")


@pytest.mark.parametrize("command", ["export", "backup"])
def test_a_file_size_limit_is_an_error_that_leaves_nothing(
    picus: Path, data: Path, run: Run, tmp_path: Path, command: str
) -> None:
    run("import", "-", "--create", "--data", data, stdin=items(20_000))
    out = tmp_path / "out"
    out.mkdir()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))

    target = ("--output", out / "items") if command == "export" else (out / "items.mdb",)
    done = subprocess.run(
        [picus, command, "--data", data, *target],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode not in (0, -signal.SIGXFSZ), done
    assert ("File too large" if command == "export" else "no space for the copy") in done.stderr
    assert list(out.iterdir()) == []


@pytest.mark.privileged
def test_as_process_1_it_reaps_orphans(picus: Path, data: Path) -> None:
    server = PicusProcess(("unshare", "--pid", "--fork", "--kill-child", str(picus)), data)
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    (first,) = children
    enter = ["nsenter", "--target", first, "--pid", "--", "sh", "-c"]
    # The shell ends at once; what it started belongs to process 1 from then on.
    orphan = subprocess.run(
        [*enter, "(sleep 0.05 & echo started)"], check=True, capture_output=True, text=True
    )
    assert orphan.stdout == "started\n"
    of_first = Path(f"/proc/{first}/task/{first}/children")

    def states() -> set[str]:
        found = set()
        for child in of_first.read_text().split():
            with contextlib.suppress(OSError):
                stat = Path(f"/proc/{child}/stat").read_text()
                found.add(stat.rsplit(")", 1)[1].split()[0])
        return found

    while alive := states() - {"Z", "X"}:
        assert alive <= {"R", "S", "D"}  # until the orphan has ended
    assert "Z" not in states()
    os.kill(int(first), signal.SIGTERM)
    server.process.wait(60)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("serve", "--listen", ":8081"), "as in 127.0.0.1:8081 for this machine"),
        (("serve", "--listen", "8081"), "as in 127.0.0.1:8081 for this machine"),
        (("serve", "--port", "8081"), "give --listen ADDRESS:PORT"),
        (("serve", "--host=0.0.0.0"), "give --listen ADDRESS:PORT"),
        (("serve", "here"), 'unexpected argument "here"; did you mean --data here?'),
        (("items.json",), '"items.json" is a file, not a command: picus import items.json'),
        (("serve", "items.json"), 'unexpected argument "items.json"'),
    ],
)
def test_what_other_programs_take_gets_a_hint(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "items.json").write_text("[]")
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr.splitlines()[0]


def test_a_capital_v_asks_for_the_version(run: Run) -> None:
    assert run("-V").stdout == run("--version").stdout != ""


def test_a_server_says_once_that_its_store_is_new(serve: Serve, data: Path) -> None:
    server = serve()
    assert server.log_line(event="store-created")["detail"] == f"new store in {data}"
    server.stop()
    again = serve()
    again.log_line(event="started")
    again.stop()
    assert not any("store-created" in line for line in again.err.lines())


def test_a_configuration_file_is_that_of_every_command(
    run: Run, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "picus.conf").write_text(f"data = {data}\nthreads = 2\nlisten = 127.0.0.1:1\n")
    config = ("--config", "picus.conf")
    assert run("import", "-", "--create", *config, stdin=items(3)).returncode == 0
    assert data.is_dir()
    env = {"PICUS_CONFIG": "picus.conf"}
    assert len(run("export", env=env).stdout.splitlines()) == 3
    assert "3 items" in run("check", *config).stdout
    assert run("backup", "snapshot.mdb", env=env).returncode == 0
    refused = run("restore", "snapshot.mdb", *config)
    assert str(data) in refused.stderr
    assert "127.0.0.1:1" in run("healthcheck", *config).stderr
    other = run("export", *config, "--data", tmp_path / "other")
    assert str(tmp_path / "other") in other.stderr

    (tmp_path / "picus.conf").write_text("table = items\nregion = eu-west-1\n")
    there = run("export", *config, "--data", data)
    assert len(there.stdout.splitlines()) == 3
    (tmp_path / "picus.conf").write_text("output = x\n")
    assert 'unknown setting "output"' in run("export", *config).stderr


def test_an_export_to_a_closed_output_is_a_failure(
    picus: Path, data: Path, run: Run, clean_env: dict[str, str]
) -> None:
    run("import", "-", "--create", "--data", data, stdin=items(3))
    command = ["sh", "-c", 'exec "$0" export --data "$1" >&-', str(picus), str(data)]
    done = subprocess.run(command, env=clean_env, capture_output=True, text=True, check=False)
    told = "picus: --output: standard output is closed: give a file\n"
    assert (done.returncode, done.stderr) == (1, told)


@pytest.mark.parametrize("descriptors", [4, 5])
def test_a_store_that_needs_more_descriptors_says_so(
    picus: Path, data: Path, run: Run, clean_env: dict[str, str], descriptors: int
) -> None:
    """The first one is refused by Picus itself, the second one within LMDB."""
    run("import", "-", "--create", "--data", data)
    command = ["prlimit", f"--nofile={descriptors}", str(picus), "export", "--data", str(data)]
    done = subprocess.run(command, env=clean_env, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "Too many open files: raise the limit of open files (ulimit -n)." in done.stderr


def test_an_import_without_room_says_so_and_what_was_stored(
    picus: Path, data: Path, run: Run, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    run("import", "-", "--create", "--data", data)
    (tmp_path / "in").write_text(
        "".join(f'{{"id":"{n}","pad":"{"x" * 9000}"}}\n' for n in range(99))
    )
    command = ["sh", "-c", 'ulimit -f 128; exec "$0" import --data "$1" in', str(picus), str(data)]
    done = subprocess.run(
        command, cwd=tmp_path, env=clean_env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    told, place, summary = done.stderr.splitlines()[-3:]
    assert told.startswith("picus: The store has no space left for this change. Make room")
    assert place.startswith("picus: stopped at the beginning of in; run the command again")
    assert summary.startswith("imported 0 items")
    assert "store-write-failed" not in done.stderr
