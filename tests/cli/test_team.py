"""README's recipe for a team, between two machines: two network namespaces with a cable."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs.markdown import ROOT, blocks

pytestmark = pytest.mark.privileged

SERVER = "10.78.0.1"
CLIENT = "10.78.0.2"
SECONDS = 60


@dataclass(frozen=True)
class Machine:
    """A network namespace, where commands run in one directory with the program in the path."""

    name: str
    directory: Path

    def start(self, command: str) -> subprocess.Popen[str]:
        path = f"{self.directory / 'bin'}:{os.environ['PATH']}"
        return subprocess.Popen(
            ["ip", "netns", "exec", self.name, "bash", "-c", command],
            cwd=self.directory,
            env={"PATH": path, "HOME": str(self.directory)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str) -> str:
        process = self.start(command)
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err
        return out


def ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True)


@pytest.fixture
def machines(tmp_path: Path, picus: Path) -> Iterator[tuple[Machine, Machine]]:
    """The server's and the colleague's."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "picus").symlink_to(picus)
    run = secrets.token_hex(3)
    names = [f"picus-{run}-a", f"picus-{run}-b"]
    try:
        for name in names:
            ip(f"netns add {name}")
        ends = [f"a{run}", f"b{run}"]
        ip(f"link add {ends[0]} netns {names[0]} type veth peer name {ends[1]} netns {names[1]}")
        for name, end, address in zip(names, ends, (SERVER, CLIENT), strict=True):
            ip(f"-n {name} address add {address}/24 dev {end}")
            ip(f"-n {name} link set {end} up")
            ip(f"-n {name} link set lo up")
        yield Machine(names[0], tmp_path), Machine(names[1], tmp_path)
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False)


def served(process: subprocess.Popen[str]) -> str:
    """The address that it prints when it listens."""
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("listening on http://0.0.0.0:"), line
    return line


def ended(process: subprocess.Popen[str]) -> str:
    """Its log."""
    process.terminate()
    _, log = process.communicate(timeout=SECONDS)
    return log


def recipe() -> list[str]:
    (lines,) = (
        block.splitlines()
        for block in blocks(ROOT / "README.md", "sh")
        if "picus token add" in block
    )
    return lines


def test_the_recipe_serves_a_colleague(machines: tuple[Machine, Machine]) -> None:
    here, there = machines
    add, serve, ask = recipe()
    here.run(add)
    token = (here.directory / "ada.token").read_text().strip()
    server = here.start(f"exec {serve}")
    served(server)
    asked = ask.replace("picus.example.com", SERVER)
    assert there.run(asked) == "[]"
    put = asked.replace("/picus/list", '/picus/put -d \'{"id":"a"}\'')
    assert there.run(put) == '{"id":"a"}'
    assert there.run(asked) == '[{"id":"a"}]'
    refused = there.run(f"curl -s -o /dev/null -w '%{{http_code}}' http://{SERVER}:8080/picus/list")
    assert refused == "401"
    log = ended(server)
    assert '"principal":"ada"' in log
    assert token not in log


def test_the_shared_command_works_as_it_is_printed(machines: tuple[Machine, Machine]) -> None:
    here, there = machines
    server = here.start("exec picus serve --share")
    served(server)
    assert server.stdout
    command = server.stdout.readline().strip()
    assert there.run(command) == "[]"
    assert command.split("Bearer ")[1].split("'")[0] not in ended(server)
