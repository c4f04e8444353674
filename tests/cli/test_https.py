"""Commands that go through a server with TLS, whose certificate is of a private authority."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Run, Serve
from harness import command
from harness.certificates import Authority
from harness.process import PicusProcess

LINES = '{"id":"a","n":1}\n{"id":"b","n":2}\n'


@pytest.fixture
def server(serve: Serve, authority: Authority) -> PicusProcess:
    return serve(*authority.issue().options)


def test_what_is_imported_over_tls_is_exported_over_tls(
    run: Run, server: PicusProcess, authority: Authority
) -> None:
    place = ("--url", server.url, "--ca-bundle", authority.bundle)
    imported = run("import", *place, "-", stdin=LINES)
    assert (imported.returncode, imported.stdout) == (0, ""), imported.stderr
    exported = run("export", *place)
    assert exported.returncode == 0, exported.stderr
    items = [json.loads(line) for line in exported.stdout.splitlines()]
    assert sorted(items, key=lambda item: item["id"]) == [
        json.loads(line) for line in LINES.splitlines()
    ]


def test_health_is_asked_for_over_tls(run: Run, server: PicusProcess, authority: Authority) -> None:
    done = run("healthcheck", server.url, "--ca-bundle", authority.bundle)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    variable = {"AWS_CA_BUNDLE": str(authority.bundle)}
    assert run("healthcheck", server.url, env=variable).returncode == 0
    done = run("healthcheck", server.url, "--ca-bundle", "nowhere.pem")
    assert done.returncode == 1
    assert "nowhere.pem: No such file or directory" in done.stderr


def test_a_server_is_verified_over_tls(
    picus: Path, server: PicusProcess, authority: Authority
) -> None:
    verify = picus.with_name("picus-verify")
    done = command.run(verify, server.url, "--ca-bundle", authority.bundle)
    assert done.returncode == 0, done
    done = command.run(verify, server.url, "--patience", "0ms")
    assert done.returncode == 1, done
    assert "certificate" in done.stdout + done.stderr


def test_the_health_of_a_server_is_asked_without_tls_if_it_has_such_an_address(
    run: Run, serve: Serve, authority: Authority, tmp_path: Path
) -> None:
    options = authority.issue().options
    listen = f"{options[1]},unix:{tmp_path}/socket"
    serve("--listen", listen, *options[2:])
    assert run("healthcheck", "--listen", listen).returncode == 0


@pytest.mark.parametrize(("name", "code"), [("export", 3), ("import", 3), ("healthcheck", 1)])
def test_a_server_that_is_not_trusted_is_not_talked_to(
    run: Run, server: PicusProcess, name: str, code: int
) -> None:
    words = {
        "export": ("--url", server.url),
        "import": ("--url", server.url, "-"),
        "healthcheck": (server.url,),
    }[name]
    done = run(name, *words, stdin=LINES)
    assert (done.returncode, done.stdout) == (code, "")
    assert "certificate" in done.stderr
