"""The README's commands print what it says, and its table of the API is the API's."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from docs.markdown import ROOT, Command, blocks, commands, table
from harness.shapes import DIRECTORY, PLAIN_HTTP, Server

README = ROOT / "README.md"
BENCHMARKS = ROOT / "bench" / "README.md"
# A measured value with its unit.
FIGURE = re.compile(r"\d[\d .]* (?:×|µs|MB/s|MiB|a second)")
ADDRESS = "127.0.0.1:8080"
METHODS = ("get", "head", "post", "delete")

# What differs from run to run, and from machine to machine.
VOLATILE = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"(?<=date: )[^\r\n]+", re.IGNORECASE), "DATE"),
    (re.compile(r"\bin \d[\d.:]*\s?(?:s|ms|min)?\b"), "in TIME"),
    (re.compile(r"\d[\d ,.]*(?= (?:items/s|a second|s\b|ms\b|per second))"), "NUMBER"),
    (re.compile(r"\d+(?:\.\d+)? (?:[kKMG]i?B/s|[kKMG]i?B)"), "SIZE"),
    (re.compile(r"\r"), ""),
]
# Not run: they set a machine up, or are run by the test in their own way.
LEFT_OUT = re.compile(r"^(make|picus serve)\b")


def settled(text: str) -> str:
    for pattern, word in VOLATILE:
        text = pattern.sub(word, text)
    return text.strip()


@pytest.fixture
def place(tmp_path: Path, picus: Path) -> Path:
    """A directory with the program under test in `bin`."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "picus").symlink_to(picus)
    return tmp_path


def run(command: Command, place: Path, address: str) -> str:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command.text.replace(ADDRESS, address)}"],
        cwd=place,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{place / 'bin'}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.replace(address, ADDRESS)


@pytest.mark.needs(DIRECTORY, PLAIN_HTTP)
def test_the_commands_print_what_the_readme_says(start: Callable[..., Server], place: Path) -> None:
    server = start(data=place / "data")
    address = server.url.removeprefix("http://")
    every = [command for block in blocks(README, "console") for command in commands(block)]
    ran = [command for command in every if not LEFT_OUT.match(command.text)]
    assert len(ran) >= 8
    for command in ran:
        printed = run(command, place, address)
        assert settled(printed) == settled(command.output), command.text


def test_the_api_table_is_that_of_the_description() -> None:
    paths = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))["paths"]
    described = {
        f"{method.upper()} {path}"
        for path, item in paths.items()
        for method in item
        if method in METHODS
    }
    told = set()
    for row in table(README, "The API"):
        routes = re.findall(r"`([A-Z, ]+) (/\S*)`", row[0])
        assert routes, row[0]
        for methods, path in routes:
            told |= {f"{method.strip()} {path}" for method in methods.split(",")}
    assert told == described


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 180, "the rest belongs in docs/"


def test_its_figures_are_those_of_the_benchmarks() -> None:
    known = re.findall(FIGURE, "\n".join(map("|".join, table(BENCHMARKS, "The figures"))))
    told = [figure for _, cell in table(README, "How fast") for figure in FIGURE.findall(cell)]
    assert len(told) >= 8
    assert set(told) <= set(known)
