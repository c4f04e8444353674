"""clang-tidy over every C++ source, remembering what passed.

It reads the sources of a target together, as the preset `tidy` compiles them: what a header costs
is paid once. What passed is read again only if one of its files, a header of this repository that
they include, its compiler flags, .clang-tidy or clang-tidy itself changed. Like ccache's, the
memory is the user's: another checkout of the same sources finds it too.

What changed most recently is read first: sources, or headers that they were compiled from when they
passed. With a budget, nothing more is begun after that time, and what was not read is reported;
`make lint ARGS='--whole cpp'` and the tier `full` read everything.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRESET = "tidy"
BUILD = f"build/{PRESET}"
# Of each unit, these many states that passed are remembered: branches and checkouts take turns.
MOST_REMEMBERED = 16
# How far back the order of reading looks.
COMMITS = 100
TIDY = "clang-tidy-19"
# A file of the build includes sources, and is nobody's style.
OFF = "-bugprone-suspicious-include"
# What is not shipped, tests and benchmarks, is searched for mistakes, not for style: each check
# walks through all that a source includes, and sanitizers go through every path of a test.
OFF_IN_TOOLS = (
    "-cert-*,-clang-analyzer-*,-concurrency-*,-cppcoreguidelines-*,-misc-*,-modernize-*,"
    "-performance-inefficient-*,-readability-*,"
    "-bugprone-chained-comparison,-bugprone-suspicious-missing-comma"
)


def memory_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "picus/tidy")


@dataclass(frozen=True)
class Unit:
    """Sources as the build compiles them: one, or a file of the build that includes several."""

    source: Path
    directory: Path
    arguments: tuple[str, ...]

    def files(self) -> list[Path]:
        text = self.source.read_text(encoding="utf-8")
        included = re.findall(r'^#include "(.+\.cpp)"$', text, re.MULTILINE)
        return [Path(name) for name in included] or [self.source]

    def is_tool(self, root: Path) -> bool:
        return any(
            file.stem.endswith("_test")
            or file.parent.name == "testing"
            or root / "src" not in file.parents
            for file in self.files()
        )

    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.files())


def units(root: Path) -> list[Unit]:
    commands = json.loads((root / BUILD / "compile_commands.json").read_text())
    found = []
    for entry in commands:
        source = Path(entry["directory"], entry["file"]).resolve()
        if root / "build" in source.parents and source.parent.name != "Unity":
            continue  # the build's own
        arguments = [word for word in shlex.split(entry["command"]) if word != "ccache"]
        found.append(Unit(source, Path(entry["directory"]), tuple(arguments)))
    # Then what takes long comes first, so that no core waits for the last one.
    rank = recent(root)
    return sorted(found, key=lambda unit: (newest(unit, root, rank), -unit.bytes()))


def recent(root: Path) -> dict[Path, int]:
    """The files that changed, by how many commits ago; 0: not committed."""
    log = ["git", "log", f"-{COMMITS}", "--name-only", "--format=%x00"]
    changed = ["git", "diff", "--name-only", "HEAD"]
    new = ["git", "ls-files", "--others", "--exclude-standard"]
    texts = [
        subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout
        for command in (changed, new, log)
    ]
    rank: dict[Path, int] = {}
    for number, commit in enumerate("".join(texts).split("\0")):
        for name in commit.split("\n"):
            rank.setdefault(root / name, number)
    return rank


def newest(unit: Unit, root: Path, rank: dict[Path, int]) -> int:
    files = {*unit.files(), *(root / name for name in Memory(unit, root).last_files())}
    return min(rank.get(file, COMMITS + 1) for file in files)


def own_headers(unit: Unit, root: Path) -> list[str]:
    """The repository's files that this source is compiled from, itself among them."""
    words = list(unit.arguments)
    del words[words.index("-o") : words.index("-o") + 2]
    words.remove("-c")
    # Where that fails, clang-tidy says why.
    rule = subprocess.run(
        [*words, "-MM", "-MT", "x"], cwd=unit.directory, capture_output=True, text=True, check=False
    ).stdout
    names = rule.removeprefix("x:").replace("\\\n", " ").split()
    paths = {Path(unit.directory, name).resolve() for name in names}
    return sorted(str(path.relative_to(root)) for path in paths if root in path.parents)


def digest(root: Path, files: list[str], salt: str) -> str:
    state = hashlib.sha256(salt.encode())
    for name in files:
        path = root / name
        state.update(f"\n{name}\n".encode())
        state.update(path.read_bytes() if path.exists() else b"gone")
    return state.hexdigest()


class Memory:
    """The states in which a unit passed: the files that it was compiled from, and their digest."""

    def __init__(self, unit: Unit, root: Path) -> None:
        build = root / BUILD
        # The build includes most sources in files of its own.
        above = build if build in unit.source.parents else root
        name = str(unit.source.relative_to(above)).replace("/", "+")
        self._file = memory_folder() / f"{name}.states"
        self._root = root

    def knows(self, salt: str) -> bool:
        digests: dict[tuple[str, ...], str] = {}
        for state in self._states():
            files = tuple(state["files"])
            if files not in digests:
                digests[files] = digest(self._root, state["files"], salt)
            if digests[files] == state["digest"]:
                return True
        return False

    def last_files(self) -> list[str]:
        """Those of the state that passed last."""
        return next((state["files"] for state in self._states()), [])

    def add(self, files: list[str], passed: str) -> None:
        states = [{"files": files, "digest": passed}, *self._states()]
        # Another checkout may be at it too: nobody reads half a file.
        own = self._file.with_suffix(f".{os.getpid()}")
        own.write_text(json.dumps(states[:MOST_REMEMBERED]))
        own.replace(self._file)

    def _states(self) -> list[dict[str, Any]]:
        try:
            states: list[dict[str, Any]] = json.loads(self._file.read_text())
        except FileNotFoundError:
            return []
        return states


def check_unit(unit: Unit, root: Path, salt: str, until: float) -> str | None:
    """What clang-tidy reports, or nothing. None: it is after `until`, and the unit was not read."""
    salt += repr(unit.arguments).replace(str(root), ".")
    memory = Memory(unit, root)
    if memory.knows(salt):
        return ""
    if time.monotonic() > until:
        return None

    off = f"{OFF},{OFF_IN_TOOLS}" if unit.is_tool(root) else OFF
    command = [TIDY, "--quiet", f"-p={root / BUILD}", f"--checks={off}", str(unit.source)]
    files = own_headers(unit, root)
    state = digest(root, files, salt)  # of what is read, not of what an editor saves meanwhile
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stdout or done.stderr
    memory.add(files, state)
    return ""


def check(root: Path, jobs: int, budget: float, remark: Callable[[str], None]) -> list[str]:
    """What clang-tidy reports, reading for at most these seconds and what was begun in them. Units
    that were not read are reported through `remark`."""
    until = time.monotonic() + budget
    memory_folder().mkdir(parents=True, exist_ok=True)
    # Writes compile_commands.json, and the headers that the build makes.
    prepare = f"cmake --preset {PRESET} --log-level=WARNING"
    done = subprocess.run(
        ["sh", "-c", prepare], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return [done.stdout + done.stderr]

    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    salt = version + (root / ".clang-tidy").read_text() + OFF + OFF_IN_TOOLS
    every = units(root)
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(lambda unit: check_unit(unit, root, salt, until), every))
    unread = sum(text is None for text in found)
    if unread:
        remark(
            f"cpp: {unread} of {len(every)} units were not read within {budget:.0f} s, those that"
            " changed least recently; make lint ARGS='--whole cpp' reads all"
        )
    return [text for text in found if text]
