"""What the programs do for people, all of it, so that they call all that they ever call."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from harness.client import Client
from harness.deployment import FunctionInRole
from harness.process import PicusProcess
from harness.recorder import Keys
from harness.roles import Roles

LINES = b'{"id":"line-1","n":1}\n{"id":"line-2"}\n'


def serve(picus: Path, directory: Path, roles: Roles, keys: Keys) -> None:
    """Every answer of the API but to a deletion, and the health checks."""
    roles.empty_table()
    server = PicusProcess(picus, directory / "server", *roles.options, env=keys)
    try:
        client = Client(server.url)
        etag = client.created({"id": "a"}).etag
        assert client.put({"id": "a"}).code == "already-exists"
        assert client.put({"id": "a", "n": 1}, {"If-Match": etag}).status == 200
        assert client.created({"n": 2}, {"Idempotency-Key": "k"}).status == 201
        assert client.put({"n": 2}, {"Idempotency-Key": "k"})["Idempotency-Replayed"] == "true"
        for way in ("fail", "skip", "replace"):
            assert client.bulk(LINES, f"?on_conflict={way}").status == 200
        assert client.get("a").json() == {"id": "a", "n": 1}
        assert client.get("a", query="?consistency=eventual").status == 200
        assert client.head("nobody").status == 404
        assert len(client.list().json()) == 4
        assert client.list("?limit=2")["Link"]
        assert client.request("GET", "/readyz/store").status == 200
        subprocess.run([picus, "healthcheck", server.url], check=True, capture_output=True)
    finally:
        server.kill()


def delete(picus: Path, directory: Path, roles: Roles, keys: Keys) -> None:
    """Every answer to a deletion."""
    roles.aws("dynamodb").put_item(TableName=roles.table, Item={"id": {"S": "gone"}})
    bootstrap = picus.with_name("bootstrap")
    only = {"PICUS_OPERATIONS": "delete"}
    function = FunctionInRole(bootstrap, directory, roles, keys, only)
    try:
        client = Client(function.url)
        assert client.delete("gone", {"If-Match": '"another"'}).code == "precondition-failed"
        assert client.delete("gone").status == 200
        assert client.request("DELETE", "/picus?key=gone").code == "not-found"
    finally:
        function.stop()


def operate(picus: Path, directory: Path, roles: Roles, keys: Keys) -> None:
    """Import, export, and a look at the table."""
    roles.empty_table()
    lines = directory / "lines.ndjson"
    lines.write_bytes(LINES)

    def run(*words: str) -> bytes:
        command: list[str | Path] = [picus, *words, *roles.options]
        env = {"HOME": str(directory), **keys}
        done = subprocess.run(command, env=env, capture_output=True, check=False)
        assert done.returncode == 0, (words, done.stderr[-400:])
        return done.stdout

    for way in ("fail", "skip", "replace"):
        run("import", str(lines), "--on-conflict", way)
        if way == "fail":
            lines.write_bytes(LINES + b'{"id":"line-3"}\n')
    assert run("export").count(b"\n") == 3
    assert b"ACTIVE" in run("table", "describe")


Program = Callable[[Path, Path, Roles, Keys], None]
