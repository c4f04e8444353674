"""How much of each room the tests run: lines and branches, with a floor for each.

    scripts/coverage.py [--keep]

Runs the unit tests and the black-box tests that are near (scripts/test/stages.py) on the preset
`coverage`, prints a table, and exits with 1 where a room is below its floor. What runs only in a
process that is killed does not count: a process writes its counts when it ends.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "coverage"
RAW = BUILD / "raw"
PROFILE = BUILD / "merged.profdata"
VERSION = 19
# Tests, their helpers, and what is generated.
NOT_COUNTED = r"(_test\.cpp|/testing/|/generated/)"
SHAPES = ("server-lmdb", "server-dynamodb", "lambda-alb-multi")
TESTS = ("contract", "cli", "crash", "function", "metrics", "tls", "traces", "upgrade", "verify")
OF_ANOTHER_USER = "test_an_address_of_another_user_is_not_handed_over_and_it_says_why"
# They look at the release build; at the standard error of a program that another user runs, who may
# not write counts.
OTHERS = (
    "--ignore=tests/function/test_package.py",
    "--ignore=tests/verify/test_package.py",
    f"--deselect=tests/upgrade/test_handover.py::{OF_ANOTHER_USER}",
)

# Percent of lines and of branches, by room: a little below what was reached. Who writes code
# without a test sees it here; raise a floor when its room has risen for good.
FLOORS: dict[str, tuple[int, int]] = {
    "api": (95, 92),
    "auth": (97, 92),
    "aws": (97, 88),
    "aws/credentials": (93, 80),
    "cli": (93, 81),
    "config": (97, 89),
    "core": (95, 91),
    "issuers": (96, 84),
    "json": (98, 95),
    "lambda": (93, 84),
    "net": (94, 82),
    "net/client": (92, 80),
    "net/server": (93, 84),
    "otlp": (67, 52),
    "store/dynamodb": (95, 86),
    "store/lmdb": (89, 77),
    "telemetry": (90, 85),
    "verify": (82, 75),
}


@dataclass
class Counts:
    """Of lines, or of branches."""

    all: int = 0
    run: int = 0

    @property
    def percent(self) -> float:
        return 100 * self.run / self.all if self.all else 100.0


def run(command: list[str | Path], **environment: str) -> None:
    print("+", *command, flush=True)
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | environment)


def collect() -> None:
    """Runs the tests. `%4m`: the processes of one program add up their counts in four files."""
    shutil.rmtree(RAW, ignore_errors=True)
    RAW.mkdir(parents=True)
    where = {"LLVM_PROFILE_FILE": f"{RAW}/%4m.profraw"}
    run(["cmake", "--preset", "coverage", "--log-level=WARNING"])
    run(["cmake", "--build", "--preset", "coverage", "--", "--quiet"])
    run(["ctest", "--test-dir", BUILD, "--parallel", "2", "--progress"], **where)
    database = [".venv/bin/python", "tests/with_dynamodb.py", "build/coverage/dynamodb_test"]
    run([*database, "--gtest_brief=1"], **where)
    shapes = [f"--shape={shape}" for shape in SHAPES]
    pytest = [".venv/bin/python", "-m", "pytest", "-q", "--numprocesses=3", "--tier=quick"]
    pytest += ["-m", "not privileged"]
    run(
        [
            *pytest,
            "--picus=build/coverage/picus",
            *shapes,
            *OTHERS,
            *(f"tests/{name}" for name in TESTS),
        ],
        **where,
    )
    run([f"llvm-profdata-{VERSION}", "merge", "-sparse", "-o", PROFILE, *sorted(RAW.iterdir())])


def programs() -> Iterator[Path]:
    """Those that have counts of ours."""
    for path in sorted(BUILD.rglob("*")):
        is_ours = path.name in ("picus", "picus-verify", "bootstrap") or path.name.endswith("_test")
        if is_ours and path.is_file() and os.access(path, os.X_OK):
            yield path


def measured() -> dict[str, tuple[Counts, Counts]]:
    """Lines and branches by room."""
    first, *others = programs()
    command: list[str | Path] = [f"llvm-cov-{VERSION}", "export", "-summary-only"]
    command += [f"-instr-profile={PROFILE}", f"-ignore-filename-regex={NOT_COUNTED}", first]
    command += [word for path in others for word in ("-object", path)]
    exported = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    rooms: dict[str, tuple[Counts, Counts]] = defaultdict(lambda: (Counts(), Counts()))
    for file in json.loads(exported.stdout)["data"][0]["files"]:
        # The compiler names sources relative to where it ran, and headers relative to the root.
        name = file["filename"].removeprefix(f"{BUILD.relative_to(ROOT)}/")
        room = str(Path(name).parent.relative_to("src")) if name.startswith("src/") else ""
        # In no room are main functions, and programs that tests run.
        if room in ("", "."):
            continue
        for counts, kind in zip(rooms[room], ("lines", "branches"), strict=True):
            counts.all += file["summary"][kind]["count"]
            counts.run += file["summary"][kind]["covered"]
    return dict(sorted(rooms.items()))


def main() -> int:
    parser = argparse.ArgumentParser(description="How much of each room the tests run")
    parser.add_argument("--keep", action="store_true", help="do not run the tests again")
    if not parser.parse_args().keep:
        collect()
    low = []
    rooms = measured()
    print(f"{'room':<20}{'lines':>8}{'%':>7}{'floor':>7}{'branches':>10}{'%':>7}{'floor':>7}")
    for room, kinds in rooms.items():
        floors = FLOORS.get(room, (0, 0))
        cells = [
            f"{counts.all:>{width}}{counts.percent:>7.1f}{floor:>7}"
            for counts, floor, width in zip(kinds, floors, (8, 10), strict=True)
        ]
        print(f"{room:<20}{''.join(cells)}")
        if any(counts.percent < floor for counts, floor in zip(kinds, floors, strict=True)):
            low.append(f"{room} is below its floor")
    low += [f"{room} has no floor: give it one" for room in rooms if room not in FLOORS]
    low += [f"{room} has a floor and no code" for room in FLOORS if room not in rooms]
    print(*low, sep="\n")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
