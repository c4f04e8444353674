"""Puts old faults back, one at a time, and demands that a test turns red.

    scripts/test/known_faults.py [--junit FILE] [NAME …]

Each tests/known-faults/NAME.patch puts an old fault back into today's source. Its head says what
the fault was (`Fault:`), which commit mended it (`Mended-in:`), and which tests are to find it, one
`Test:` line each: `unit ROOM FILTER` for GoogleTest, `black-box ARGUMENTS` for pytest. All of them
have to pass without the fault, and one has to fail with it.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import stages
from results import LEFT_OUT

PRESET = stages.ASAN
TEST_SECONDS = 900
BUILD_SECONDS = 3600
KEPT_LINES = 30


@dataclass(frozen=True)
class Fault:
    """A patch, and what its head says."""

    path: Path
    told: str
    mended: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    def files(self) -> list[str]:
        return re.findall(r"^\+\+\+ b/(\S+)$", self.path.read_text("utf-8"), re.MULTILINE)

    def is_built(self) -> bool:
        return any(name.startswith("src/") for name in self.files())

    def targets(self) -> set[str]:
        """What has to be built anew with the fault."""
        if not self.is_built():
            return set()
        rooms = {line.split()[1] for line in self.tests if line.startswith("unit ")}
        return {f"{room}_test" for room in rooms} | (
            {"programs"} if any(line.startswith("black-box ") for line in self.tests) else set()
        )


def read(path: Path) -> Fault:
    head, _, _ = path.read_text(encoding="utf-8").partition("\ndiff --git ")
    lines: dict[str, list[str]] = {"Fault": [], "Mended-in": [], "Test": []}
    for line in head.splitlines():
        word, colon, rest = line.partition(": ")
        if line and (not colon or word not in lines):
            raise ValueError(f"{path}: not a line of a head: {line}")
        if line:
            lines[word].append(rest)
    if len(lines["Fault"]) != 1 or len(lines["Mended-in"]) != 1 or not lines["Test"]:
        raise ValueError(f"{path}: the head needs one Fault, one Mended-in, and a Test")
    if not all(line.startswith(("unit ", "black-box ")) for line in lines["Test"]):
        raise ValueError(f"{path}: a Test begins with unit or black-box")
    return Fault(path, lines["Fault"][0], lines["Mended-in"][0], tuple(lines["Test"]))


def tier_of(line: str) -> str:
    """The smallest tier that has this test."""
    tiers = [stages.tier_of(word) for word in line.split() if word.startswith("tests/")]
    return max(tiers, key=stages.TIERS.index, default=stages.QUICK)


class Tree:
    """A copy of the sources, with a build of its own."""

    def __init__(self, root: Path, path: Path) -> None:
        self.root = root
        self.path = path
        self.told = ""  # the end of what the last command printed
        # Git takes a folder for the root of the sources where no repository is above it.
        self._env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(path.parent)}
        # To this runner's caller, a file with a report is a fault that nobody looked for.
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in self._env:
                self._env[name] = re.sub(r"log_path=[^:]*:?", "", self._env[name])

    def update(self) -> None:
        """Makes it equal to the sources; equal files keep their times, for the build."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=self.root, capture_output=True, check=True).stdout
        names = {name.decode() for name in listed.split(b"\0") if name}
        for name in sorted(names):
            source, target = self.root / name, self.path / name
            if not source.is_file():
                continue
            if not target.is_file() or target.read_bytes() != source.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        kept = self.path / "names"
        before = set(kept.read_text("utf-8").splitlines()) if kept.exists() else set()
        for name in before - names:
            (self.path / name).unlink(missing_ok=True)
        kept.write_text("\n".join(sorted(names)) + "\n", encoding="utf-8")
        for shared in (".venv", "build/dynamodb-local", "deploy/serverless/node_modules"):
            link, there = self.path / shared, self.root / shared
            if there.exists() and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(there.resolve())

    def run(self, command: list[str], seconds: float) -> int | None:
        """Its exit code; nothing: it did not end in time."""
        try:
            done = subprocess.run(
                command,
                cwd=self.path,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self.told = f"not ended within {seconds:.0f} s"
            return None
        self.told = "\n".join(done.stdout.splitlines()[-KEPT_LINES:])
        return done.returncode

    def build(self, targets: set[str]) -> bool:
        if not targets:
            return True
        configure = ["cmake", "--preset", PRESET, "--log-level=WARNING"]
        make = ["cmake", "--build", "--preset", PRESET, "--target", *sorted(targets), "--"]
        make += ["--quiet"]
        return self.run(configure, BUILD_SECONDS) == 0 and self.run(make, BUILD_SECONDS) == 0

    def patch(self, fault: Fault, *options: str) -> bool:
        command = ["git", "apply", *options, str(fault.path)]
        return self.run(command, 60) == 0

    def outcome(self, line: str) -> str:
        """green, red, left out, or what else came of the test."""
        kind, *words = shlex.split(line)
        if kind == "unit":
            room, pattern = words
            program = next((self.path / "build" / PRESET / "src").rglob(f"{room}_test"), None)
            if not program:
                return f"no program {room}_test"
            command = [str(program), f"--gtest_filter={pattern}", "--gtest_brief=1"]
            code = self.run([*command, "--gtest_fail_fast"], TEST_SECONDS)
            if code == 0 and "[==========] 0 tests" in self.told:
                return "no such test"
            return "green" if code == 0 else "red"
        command = [".venv/bin/python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        command += [f"--picus=build/{PRESET}/picus"]
        code = self.run([*command, *words], TEST_SECONDS)
        # 5: no case ran.
        if code == 5 and os.environ.get("PICUS_UNPRIVILEGED") == "1":
            return LEFT_OUT
        return {0: "green", 1: "red", None: "red"}.get(code, f"pytest's exit code {code}")


def put_back(tree: Tree, fault: Fault, tests: list[str]) -> tuple[str, str]:
    """What is wrong, or nothing; and the tier in which one of these tests finds it."""
    if not tree.patch(fault):
        return f"does not apply: {tree.told}", ""
    try:
        if not tree.build(fault.targets()):
            return f"does not build: {tree.told}", ""
        outcomes = {line: tree.outcome(line) for line in tests}
    finally:
        if not tree.patch(fault, "--reverse"):
            raise RuntimeError(f"{fault.name} cannot be taken back: {tree.told}")
    for line, outcome in outcomes.items():
        print(f"    {outcome:<6} {tier_of(line):<6} {line}", flush=True)
    red = [tier_of(line) for line, outcome in outcomes.items() if outcome == "red"]
    if not red:
        return "no test turned red", ""
    return "", min(red, key=stages.TIERS.index)


def main() -> int:
    parser = argparse.ArgumentParser(prog="known_faults.py", description="Put old faults back.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="some faults; default: all")
    parser.add_argument("--junit", type=Path, help="where to write the results")
    parser.add_argument("--root", type=Path, default=stages.ROOT, help="the sources")
    given = parser.parse_args()

    every = [read(path) for path in sorted(given.root.glob("tests/known-faults/*.patch"))]
    faults = [fault for fault in every if not given.names or fault.name in given.names]
    there = [fault.name for fault in every]
    if unknown := [name for name in given.names if name not in there]:
        told = f"there is no fault {unknown[0]!r}; there are: {', '.join(there)}"
        print(f"known_faults.py: {told}", file=sys.stderr)
        return 2
    tree = Tree(given.root, given.root / "build" / "known-faults" / "tree")
    tree.path.mkdir(parents=True, exist_ok=True)
    tree.update()
    suite = ElementTree.Element("testsuite", name="known-faults")
    rows, failed, skipped = [], 0, 0
    broken = ""
    if not tree.build({"programs"}.union(*(fault.targets() for fault in faults))):
        broken = f"does not build without a fault: {tree.told}"
    # All of them first: a fault that was taken back stays in the programs until the next build.
    lines = dict.fromkeys(line for fault in faults for line in fault.tests)
    sound = {} if broken else {line: (tree.outcome(line), tree.told) for line in lines}
    for fault in faults:
        started = time.monotonic()
        print(f"{fault.name}: {fault.told}", flush=True)
        problem, tier = broken, ""
        for line in fault.tests if not broken else ():
            outcome, told = sound[line]
            if outcome not in ("green", LEFT_OUT):
                problem = f"{outcome} without the fault: {line}\n{told}"
        tests = [line for line in fault.tests if broken or sound[line][0] != LEFT_OUT]
        if not problem and tests:
            problem, tier = put_back(tree, fault, tests)
        seconds = time.monotonic() - started
        case = ElementTree.SubElement(
            suite, "testcase", classname="known-faults", name=fault.name, time=f"{seconds:.1f}"
        )
        if problem:
            failed += 1
            ElementTree.SubElement(case, "failure").text = f"E   {problem}"
            print(f"    {problem}", flush=True)
        elif not tests:
            skipped += 1
            ElementTree.SubElement(case, "skipped")
            ElementTree.SubElement(suite, "property", name=LEFT_OUT, value=fault.name)
        found = tier or ("NOT FOUND" if tests else "LEFT OUT")
        rows.append(f"{fault.name:<46}{found:>10}{seconds:>7.0f} s")
        if given.junit:  # each time: it may be stopped
            given.junit.parent.mkdir(parents=True, exist_ok=True)
            ElementTree.ElementTree(suite).write(given.junit, encoding="unicode")
    print("", f"{'fault':<46}{'found by':>10}", *rows, "", sep="\n")
    end = f"{len(faults) - failed - skipped} passed, {failed} failed"
    print(end + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
