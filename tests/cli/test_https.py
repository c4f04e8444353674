"""Commands that go through a server which is reached over TLS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Run, Serve
from harness.certificates import Authority
from harness.tls_front import TlsFront

LINES = '{"id":"a","n":1}\n{"id":"b","n":2}\n'


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def front(serve: Serve, authority: Authority) -> Iterator[TlsFront]:
    port = int(serve().url.rsplit(":", 1)[1])
    running = TlsFront(port, authority.server())
    yield running
    running.stop()


def test_what_is_imported_over_tls_is_exported_over_tls(
    run: Run, front: TlsFront, authority: Authority
) -> None:
    place = ("--url", front.url, "--ca-bundle", authority.bundle)
    imported = run("import", *place, "-", stdin=LINES)
    assert (imported.returncode, imported.stdout) == (0, ""), imported.stderr
    exported = run("export", *place)
    assert exported.returncode == 0, exported.stderr
    items = [json.loads(line) for line in exported.stdout.splitlines()]
    assert sorted(items, key=lambda item: item["id"]) == [
        json.loads(line) for line in LINES.splitlines()
    ]


def test_health_is_asked_for_over_tls(run: Run, front: TlsFront, authority: Authority) -> None:
    done = run("healthcheck", front.url, "--ca-bundle", authority.bundle)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    variable = {"AWS_CA_BUNDLE": str(authority.bundle)}
    assert run("healthcheck", front.url, env=variable).returncode == 0


@pytest.mark.parametrize(("command", "code"), [("export", 3), ("import", 3), ("healthcheck", 1)])
def test_a_server_that_is_not_trusted_is_not_talked_to(
    run: Run, front: TlsFront, command: str, code: int
) -> None:
    words = {
        "export": ("--url", front.url),
        "import": ("--url", front.url, "-"),
        "healthcheck": (front.url,),
    }[command]
    done = run(command, *words, stdin=LINES)
    assert (done.returncode, done.stdout) == (code, "")
    assert "certificate" in done.stderr
