"""Fixtures for tests of the program as it is called: commands that end, and servers that do not."""

from __future__ import annotations

import contextlib
import http.server
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import leaks
from harness.process import PicusProcess

PATIENCE_SECONDS = 60

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
Serve = Callable[..., PicusProcess]
Sum = dict[str, int]


def summary(text: str) -> Sum:
    """The numbers of the last line: `imported 3 items (3 created, …`."""
    line = text.splitlines()[-1]
    assert line.startswith("imported "), text
    words = line.split("(", 1)[1].split(")", 1)[0].replace(",", "").split()
    return {name: int(number) for number, name in zip(words[::2], words[1::2], strict=True)}


def items(count: int, first: int = 0) -> str:
    return "".join(f'{{"id":"item-{n:06d}","n":{n}}}\n' for n in range(first, first + count))


def lines(text: str) -> set[str]:
    return set(text.splitlines())


@pytest.fixture
def clean_env() -> dict[str, str]:
    """The environment without anything that configures Picus."""
    names = [name for name in os.environ if not name.startswith(("PICUS_", "AWS_", "NOTIFY_"))]
    return {name: os.environ[name] for name in names}


@pytest.fixture
def run(picus: Path, tmp_path: Path, clean_env: dict[str, str]) -> Run:
    """Runs a command to its end in the test's directory: `run("export", "--data", data)`."""

    def run_one(
        *arguments: str | Path, env: dict[str, str] | None = None, stdin: str | None = None
    ) -> Done:
        done = subprocess.run(
            [picus, *arguments],
            cwd=tmp_path,
            env={**clean_env, **(env or {})},
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        makes_token = arguments[:2] in (("token", "add"), ("token", "aws"))
        leaks.search(done.stderr + ("" if makes_token else done.stdout), f"picus {arguments[0:1]}")
        return done

    return run_one


@pytest.fixture
def serve(picus: Path, data: Path) -> Iterator[Serve]:
    """Starts `picus serve` on the test's data directory; each has to end well."""
    with contextlib.ExitStack() as stack:

        def serve_one(*options: str, env: dict[str, str] | None = None) -> PicusProcess:
            process = PicusProcess(picus, data, *options, env=env)
            stack.callback(lambda: process.stop() if process.running() else None)
            return process

        yield serve_one


@pytest.fixture(params=["data", "url", "unix"])
def place(
    request: pytest.FixtureRequest, run: Run, data: Path, serve: Serve, tmp_path: Path
) -> list[str]:
    """Where to import to and export from: a directory, a server, a server's unix socket."""
    if request.param == "data":
        run("import", "-", "--create", "--data", data)
        return ["--data", str(data)]
    if request.param == "url":
        return ["--url", serve().url]
    serve("--listen", f"unix:{tmp_path}/socket")
    return ["--url", f"unix:{tmp_path}/socket"]


LOST: tuple[int, dict[str, str], bytes] = (0, {}, b"")
"""In place of an answer: the connection ends."""


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers requests with what the test lined up, and notes what came."""

    protocol_version = "HTTP/1.1"
    answers: list[tuple[int, dict[str, str], bytes]]
    seen: list[bytes]
    paths: list[str]

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.seen.append(body)
        self.paths.append(self.path)
        status, headers, text = self.answers.pop(0)
        if (status, headers, text) == LOST:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Transfer-Encoding" not in headers:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        if "Transfer-Encoding" in headers:
            self.close_connection = True

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Is silent."""


@pytest.fixture
def scripted() -> Iterator[tuple[str, type[Answers]]]:
    """A server that answers as it is told."""
    kind = type("Scripted", (Answers,), {"answers": [], "seen": [], "paths": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", kind
        server.shutdown()
        thread.join()
