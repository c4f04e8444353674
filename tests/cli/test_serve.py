"""The server as a process: where it listens, what it says, how it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Run, Serve
from harness.client import Client
from harness.process import LineReader, PicusProcess


def listening(server: PicusProcess, count: int) -> list[str]:
    """The URLs on standard output, once `count` are there."""
    said = server.out
    said.wait_for(lambda _: len(said.lines()) >= count, 30, f"{count} lines")
    return [line.removeprefix("listening on ") for line in said.lines()]


def ask_unix(path: Path, target: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 200
        return answer.read()


def test_the_real_port_is_told_when_it_serves(serve: Serve) -> None:
    server = serve("--listen", "127.0.0.1:0")
    assert server.url.startswith("http://127.0.0.1:")
    assert not server.url.endswith(":0")
    assert Client(server.url).request("GET", "/readyz").json() == {"status": "ready"}


@pytest.mark.ipv6
def test_several_listeners_serve_the_same_items(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    server = serve("--listen", f"127.0.0.1:0,[::1]:0,unix:{path}")
    v4, v6, local = listening(server, 3)
    assert v6.startswith("http://[::1]:")
    assert local == f"unix:{path}"
    assert Client(v4).put({"id": "a"}).status == 201
    assert Client(v6).get("a").json() == {"id": "a"}
    assert json.loads(ask_unix(path, "/picus/get/a")) == {"id": "a"}
    assert stat.S_ISSOCK(path.stat().st_mode)
    server.stop()
    assert not path.exists()


def test_the_environment_configures_it(serve: Serve) -> None:
    server = serve("--listen", "127.0.0.1:0", env={"PICUS_OPERATIONS": "get", "PICUS_LISTN": "x"})
    assert Client(server.url).put({"id": "a"}).status == 404
    warning = server.log_line(event="configuration", level="warning")
    assert "PICUS_LISTN" in warning["detail"]
    assert "PICUS_LISTEN" in warning["detail"]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_well(serve: Serve, sent: signal.Signals) -> None:
    server = serve()
    server.process.send_signal(sent)
    server.finish()
    assert server.log_line(event="draining")["signal"] == sent.name
    assert server.log_line(event="stopped")["level"] == "info"


def drain_delay(server: PicusProcess) -> int:
    server.terminate()
    delay = server.log_line(event="draining")["delay_ms"]
    server.finish()
    return int(delay)


def test_by_default_only_those_whom_others_rely_on_wait_for_clients_to_leave(serve: Serve) -> None:
    assert drain_delay(serve()) == 0  # as somebody expects who presses Ctrl-C
    to_all = ("--listen", "0.0.0.0:0", "--insecure-no-auth")
    assert drain_delay(serve(*to_all)) == 1000
    assert drain_delay(serve(*to_all, "--drain-delay=0s")) == 0
    first = serve()
    second = serve("--listen", first.url.removeprefix("http://"))
    assert drain_delay(first) == 1000
    assert drain_delay(second) == 0


def test_the_log_says_what_started(serve: Serve, data: Path) -> None:
    server = serve("--durability", "relaxed")
    started = server.log_line(event="started")
    assert started["pid"] == server.pid
    assert started["listen"] == server.url
    assert (started["store"], started["place"]) == ("lmdb", str(data))
    assert started["durability"] == "relaxed"


def test_it_serves_on_through_the_drain_delay(serve: Serve) -> None:
    server = serve("--drain-delay", "1h")
    client = Client(server.url)
    assert client.put({"id": "a"}).status == 201
    server.terminate()
    server.log_line(event="draining")
    answer = client.request("GET", "/readyz")
    assert (answer.status, answer.code) == (503, "draining")
    served = client.get("a")
    assert served.status == 200
    assert served["Connection"] == "close"
    server.terminate()  # the second signal cuts the delay short
    server.finish()


def test_a_second_signal_cuts_what_is_in_flight(serve: Serve) -> None:
    server = serve("--drain-timeout", "1h")
    address = server.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=60) as connection:
        connection.sendall(b"POST /picus/put HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n")
        connection.sendall(b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        server.terminate()
        server.log_line(event="draining")
        server.terminate()
        with contextlib.suppress(ConnectionResetError):
            connection.recv(1000)
        assert server.wait() == 0
    assert server.log_line(event="stopped")["requests"] == "some aborted"


def test_an_address_that_is_taken_is_told(run: Run, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("serve", "--listen", address, "--data", tmp_path / "other")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("picus: --listen: ")
    assert address in done.stderr


def test_a_data_directory_that_is_a_file_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "file")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("picus: --data: ")
    assert str(tmp_path / "file") in done.stderr


def test_listening_for_others_is_warned_of(serve: Serve) -> None:
    server = serve("--insecure-no-auth")
    assert server.log_line(event="insecure-no-auth")["level"] == "warning"


def test_healthcheck_tells_a_process_that_serves_from_one_that_is_gone(
    run: Run, serve: Serve, tmp_path: Path
) -> None:
    server = serve("--listen", f"127.0.0.1:0,unix:{tmp_path}/socket", "--drain-delay", "1h")
    done = run("healthcheck", server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert run("healthcheck", f"unix:{tmp_path}/socket").returncode == 0
    port = server.url.rsplit(":", 1)[1]
    assert run("healthcheck", env={"PICUS_LISTEN": f"0.0.0.0:{port}"}).returncode == 0
    server.terminate()
    server.log_line(event="draining")
    # A process that drains is not to be restarted: it ends by itself.
    assert run("healthcheck", server.url).returncode == 0
    server.terminate()
    server.finish()
    gone = run("healthcheck", server.url)
    assert gone.returncode == 1
    assert "Connection refused" in gone.stderr


def test_healthcheck_does_not_wait_long(run: Run) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        done = run("healthcheck", url, "--timeout", "50ms")
    assert done.returncode == 1
    assert re.fullmatch(r"picus: not alive: .*\n", done.stderr)  # one line


@pytest.mark.privileged
def test_it_ends_well_as_process_1(picus: Path, data: Path, tmp_path: Path) -> None:
    """The kernel drops signals that a process 1 neither handles nor blocks."""
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", *rights, "--pid", "--fork", "--mount-proc", "--kill-child"]
    command += [str(picus), "serve", "--listen", "127.0.0.1:0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as outer:
        assert outer.stdout
        assert outer.stderr
        out = LineReader(outer.stdout, tmp_path / "out")
        err = LineReader(outer.stderr, tmp_path / "err")
        url = out.wait_for(lambda line: "listening on" in line, 60, "listening")
        assert Client(url.removeprefix("listening on ")).request("GET", "/livez").status == 200
        started = json.loads(err.wait_for(lambda line: '"started"' in line, 30, "started"))
        assert started["pid"] == 1
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text()
        os.kill(int(children.split()[0]), signal.SIGTERM)
        assert outer.wait(60) == 0
        err.join()
        assert any('"stopped"' in line for line in err.lines())


def test_a_server_with_few_descriptors_takes_fewer_connections(picus: Path, data: Path) -> None:
    """Otherwise it would run out of them before it reaches its limit of connections."""
    process = PicusProcess(("prlimit", "--nofile=300", str(picus)), data)
    line = process.log_line(event="descriptor-limit")
    assert (line["descriptors"], line["max_connections"]) == (300, 128)
    process.stop()


def test_a_server_with_too_few_descriptors_is_refused(
    picus: Path, data: Path, clean_env: dict[str, str]
) -> None:
    command = ["prlimit", "--nofile=12", str(picus), "serve", "--data", str(data), "--threads=3"]
    done = subprocess.run(
        command, env=clean_env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    said = re.match(r"picus: the limit of open files is 12, .* raise it to (\d+) ", done.stderr)
    assert said, done.stderr
    assert not data.exists()
    process = PicusProcess(("prlimit", f"--nofile={said[1]}", str(picus)), data, "--threads=3")
    assert Client(process.url).request("GET", "/livez").status == 200
    process.stop()
