"""clang-tidy over every C++ source, remembering what passed.

It reads the sources of a target together, as the preset `tidy` compiles them: what a header costs
is paid once. What passed is looked at again only if one of its files, a header of this repository
that they include, its compiler flags, .clang-tidy or clang-tidy itself changed. Like ccache's, the
memory is the user's: another checkout of the same sources finds it too.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PRESET = "tidy"
BUILD = f"build/{PRESET}"
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
            file.stem.endswith("_test") or root / "src" not in file.parents for file in self.files()
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
    # What takes long comes first, so that no core waits for the last one.
    return sorted(found, key=lambda unit: -unit.bytes())


def own_headers(unit: Unit, root: Path) -> list[str]:
    """The repository's files that this source is compiled from, itself among them."""
    words = list(unit.arguments)
    del words[words.index("-o") : words.index("-o") + 2]
    words.remove("-c")
    rule = subprocess.run(
        [*words, "-MM", "-MT", "x"], cwd=unit.directory, capture_output=True, text=True, check=True
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


def check_unit(unit: Unit, root: Path, salt: str) -> str:
    """What clang-tidy has to say, or nothing."""
    salt += repr(unit.arguments).replace(str(root), ".")
    name = str(unit.source.relative_to(root / BUILD)).replace("/", "+")
    memory = memory_folder() / f"{name}.json"
    if memory.exists():
        known = json.loads(memory.read_text())
        if digest(root, known["files"], salt) == known["digest"]:
            return ""

    off = f"{OFF},{OFF_IN_TOOLS}" if unit.is_tool(root) else OFF
    command = [TIDY, "--quiet", f"-p={root / BUILD}", f"--checks={off}", str(unit.source)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stdout or done.stderr
    files = own_headers(unit, root)
    memory.write_text(json.dumps({"files": files, "digest": digest(root, files, salt)}))
    return ""


def check(root: Path, jobs: int) -> list[str]:
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
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda unit: check_unit(unit, root, salt), units(root))
        return [text for text in found if text]
