"""What searches the whole run for tokens finds one, wherever it is written."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import leaks
from harness.access import new_token
from harness.client import Client
from harness.faulty_server import FaultyServer
from harness.http_server import Answer
from harness.process import LineReader

TESTS = Path(__file__).resolve().parents[1]
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2EifQ.AAAA"


def in_a_log(text: str) -> None:
    LineReader(io.BytesIO(f'{{"event":"{text}"}}\n'.encode()), Path(os.devnull)).join()


def in_a_body(text: str) -> None:
    respond(Answer(200, {"content-type": "a"}, text.encode()))


def in_a_header(text: str) -> None:
    respond(Answer(200, {"content-type": text}, b""))


def respond(answer: Answer) -> None:
    always = answer.having("x-content-type-options", "nosniff").having("x-request-id", "a")
    server = FaultyServer("http://127.0.0.1:1", lambda *_: always)
    try:
        Client(server.url).request("GET", "/")
    finally:
        server.stop()


@pytest.mark.parametrize("write", [in_a_log, in_a_body, in_a_header])
def test_a_token_is_found_wherever_it_is_written(write: Callable[[str], None]) -> None:
    write("picus_auth_requests_total and eyJ-the-execution")
    assert leaks.taken() == []
    for text in (new_token(), new_token()[:30], JWT):
        write(text)
        (found,) = leaks.taken()
        assert text not in found


OWN_TESTS = """
import pytest
from harness import leaks

@pytest.fixture
def writer():
    yield
    leaks.search("TOKEN", "its log")

def test_one(writer): pass
def test_two(): pass
"""


def test_the_test_during_which_it_is_written_fails(tmp_path: Path) -> None:
    file = tmp_path / "test_own.py"
    file.write_text(OWN_TESTS.replace("TOKEN", new_token()))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "conftest", file],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "ERROR" in done.stdout
    assert "its log: b'', and then a token" in done.stdout
