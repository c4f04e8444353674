#!/usr/bin/env python3
"""Builds Picus four ways, runs every test, ends with a table and the line `N passed, N failed`.

Black-box tests have the release build; unit tests have sanitizers, where they find more.

    scripts/test.py [STAGE …]     all stages, or those whose name begins with one of these words

A stage that fails does not keep the others from running, except those that need what it builds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build" / "test"
CORES = str(os.cpu_count() or 1)
PYTEST = [".venv/bin/python", "-m", "pytest", "-q", "-o", f"cache_dir={REPORTS / 'pytest'}"]
# Who gets which case is in tests/conftest.py.
PYTEST += ["--numprocesses", CORES, "--no-loadscope-reorder"]

# Of a stage, these many failures are told with their reasons, which are cut to this size.
MOST_REASONS, REASON_LINES, REASON_COLUMNS = 10, 14, 200

# Also the folder of the build and the name of its preset.
RELEASE, ARM64, ASAN, TSAN = "release", "arm64", "asan", "tsan"


@dataclass(frozen=True)
class Stage:
    """One command. It passes when the command exits 0 and no sanitizer wrote a report."""

    name: str
    flavour: str
    command: list[str]
    limit_minutes: int
    needs: tuple[str, ...] = ()
    junit: Path | None = None


@dataclass
class Outcome:
    """What a stage did, in numbers for the table."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


def build(flavour: str, *targets: str) -> Stage:
    """These targets, or all."""
    command = f"cmake --build --preset {flavour} --target {' '.join(targets or ('all',))}"
    if not sys.stdout.isatty():
        command += " -- --quiet"
    script = f"cmake --preset {flavour} --log-level=WARNING && {command}"
    return Stage(f"build-{flavour}", flavour, ["sh", "-ec", script], limit_minutes=40)


def unit(flavour: str, *folders: str) -> Stage:
    """The unit tests of these folders of src/, or all."""
    junit = REPORTS / f"unit-{flavour}.xml"
    command = ["ctest", "--test-dir", f"build/{flavour}", "--output-on-failure", "--progress"]
    command += ["--no-tests=error", "--parallel", CORES]
    command += ["--output-junit", str(junit)]
    if folders:
        command += ["--tests-regex", rf"^({'|'.join(folders)})\."]
    name = f"unit-{flavour}"
    return Stage(name, flavour, command, 20, needs=(f"build-{flavour}",), junit=junit)


def dynamodb(flavour: str) -> Stage:
    """The store's tests that DynamoDB Local judges."""
    junit = REPORTS / f"dynamodb-{flavour}.xml"
    command = [".venv/bin/python", "tests/with_dynamodb.py", f"build/{flavour}/dynamodb_test"]
    command += ["--gtest_brief=1", f"--gtest_output=xml:{junit}"]
    name = f"dynamodb-{flavour}"
    return Stage(name, flavour, command, 20, needs=(f"build-{flavour}",), junit=junit)


def black_box(name: str, flavour: str, paths: list[str], shapes: tuple[str, ...]) -> Stage:
    """Tests of a built program, on the shapes whose names begin with one of these words."""
    junit = REPORTS / f"{name}.xml"
    command = [*PYTEST, f"--junitxml={junit}", f"--picus=build/{flavour}/picus"]
    command += [f"--shape={shape}" for shape in shapes] + paths
    return Stage(name, flavour, command, 40, needs=(f"build-{flavour}",), junit=junit)


RELEASED = ["tests", "--ignore=tests/image", "--ignore=tests/fuzz"]
# Server and function as they are deployed (`roles`, ministack's balancer and gateways), and the one
# form of events that ministack does not make.
RELEASE_SHAPES = ("server", "ministack", "roles", "lambda-http-api-1")
# What depends on the processor shows in one shape, on the store of its own.
EMULATED = ["tests/contract", "--emulator=/usr/bin/qemu-aarch64-static"]
# In containers the contract is run once, and nothing else that is said of servers.
IMAGE = ["tests/image", "tests/contract"]
# The package is made of the release build.
SANITIZED = ["tests/contract", "tests/function", "--ignore=tests/function/test_package.py"]
# A form with lists of values; the fuzzer and the unit tests know the others.
ASAN_SHAPES = ("server", "lambda-alb-multi")
# A function does one thing at a time: one form is as good as another.
TSAN_SHAPES = ("server", "lambda-http-api-2")
# One thread, and longer than the rest where no answer comes: once is enough.
VERIFY = ["tests/verify/test_faults.py", "tests/verify/test_hook.py"]
# The folders of src/ that have threads.
THREADED = ("aws", "core", "net", "store", "telemetry")


STAGES = [
    build(RELEASE, "programs"),
    black_box("black-box-release", RELEASE, RELEASED, RELEASE_SHAPES),
    build(ARM64, "picus", "json_test"),
    unit(ARM64, "json"),
    black_box("contract-arm64", ARM64, EMULATED, ("server-lmdb",)),
    black_box("image-release", RELEASE, IMAGE, ("image",)),
    build(ASAN),
    unit(ASAN),
    dynamodb(ASAN),
    black_box("fuzz", ASAN, ["tests/fuzz"], ()),
    black_box("contract-asan", ASAN, [*SANITIZED, *VERIFY], ASAN_SHAPES),
    build(TSAN, "programs", *(f"{folder}_test" for folder in THREADED)),
    unit(TSAN, *THREADED),
    black_box("contract-tsan", TSAN, SANITIZED, TSAN_SHAPES),
]


def environment(reports: Path) -> dict[str, str]:
    """The sanitizers' settings. Reports go to files: nobody may read a server's standard error."""
    common = f"log_path={reports / 'report'}:log_exe_name=1:symbolize=1"
    env = dict(os.environ)
    env["ASAN_OPTIONS"] = (
        f"{common}:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
        ":check_initialization_order=1"
    )
    env["UBSAN_OPTIONS"] = f"{common}:print_stacktrace=1:halt_on_error=1"
    env["TSAN_OPTIONS"] = (
        f"{common}:halt_on_error=1:second_deadlock_stack=1"
        f":suppressions={ROOT / 'tests' / 'tsan.suppressions'}"
    )
    symbolizer = shutil.which("llvm-symbolizer-19")
    if symbolizer:
        for name in ("ASAN", "UBSAN", "TSAN"):
            env[f"{name}_SYMBOLIZER_PATH"] = symbolizer
    return env


def faults_of(case: ElementTree.Element) -> list[ElementTree.Element]:
    return [*case.findall("failure"), *case.findall("error")]


def reason(case: ElementTree.Element) -> list[str]:
    """What a failed case tells: pytest's lines of the error, or the end of what ctest saw."""
    told = "\n".join(fault.text or "" for fault in faults_of(case))
    errors = [line for line in told.splitlines() if line.startswith("E ")]
    lines = errors or (case.findtext("system-out") or "").splitlines()[-REASON_LINES:]
    return [f"  {line[:REASON_COLUMNS]}" for line in lines[:REASON_LINES]]


def count(outcome: Outcome, junit: Path) -> None:
    """Adds the cases of a JUnit file, as ctest and pytest write them."""
    for case in ElementTree.parse(junit).iter("testcase"):
        if faults_of(case):
            outcome.failed += 1
            name = f"{case.get('classname')}: {case.get('name')}"
            told = reason(case) if outcome.failed <= MOST_REASONS else []
            outcome.notes.append("\n".join([name, *told]))
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            outcome.skipped += 1
        else:
            outcome.passed += 1


def run(stage: Stage) -> Outcome:
    outcome = Outcome()
    reports = REPORTS / stage.name
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    if stage.junit:
        stage.junit.unlink(missing_ok=True)

    started = time.monotonic()
    try:
        code = subprocess.run(
            stage.command,
            cwd=ROOT,
            env=environment(reports),
            stdin=subprocess.DEVNULL,
            timeout=stage.limit_minutes * 60,
            check=False,
        ).returncode
        problem = f"exit code {code}" if code else ""
    except subprocess.TimeoutExpired:
        problem = f"took more than {stage.limit_minutes} minutes"
    outcome.seconds = time.monotonic() - started

    if stage.junit and stage.junit.exists():
        count(outcome, stage.junit)
    for report in sorted(reports.iterdir()):
        print(f"--- {report.name}", report.read_text(errors="replace"), sep="\n", flush=True)
        problem = "a sanitizer's report, see above"
    if problem and not outcome.failed:
        outcome.failed += 1
    if problem:
        outcome.notes.append(problem)
    elif stage.junit and not outcome.passed:
        outcome.failed += 1
        outcome.notes.append("ran no test")
    return outcome


def table(outcomes: dict[str, Outcome]) -> str:
    rows: list[tuple[str, ...]] = [("stage", "passed", "failed", "skipped", "seconds")]
    for name, outcome in outcomes.items():
        numbers = (outcome.passed, outcome.failed, outcome.skipped)
        rows.append((name, *(str(n) if n else "-" for n in numbers), f"{outcome.seconds:.0f}"))
    lines = [f"{row[0]:<20}" + "".join(f"{cell:>9}" for cell in row[1:]) for row in rows]
    for name, outcome in outcomes.items():
        lines += [f"failed in {name}: {note}" for note in outcome.notes]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build Picus four ways and run every test.")
    parser.add_argument(
        "stages", nargs="*", metavar="STAGE", help="only those that begin with this"
    )
    words = tuple(parser.parse_args().stages)
    chosen = [stage for stage in STAGES if not words or stage.name.startswith(words)]
    if not chosen:
        parser.error(f"no such stage; there are: {', '.join(stage.name for stage in STAGES)}")

    outcomes: dict[str, Outcome] = {}
    for stage in chosen:
        if any(outcomes[need].failed for need in stage.needs if need in outcomes):
            outcomes[stage.name] = Outcome(failed=1, notes=["not run: its build failed"])
            continue
        print(f"=== {stage.name}: {' '.join(stage.command)}", flush=True)
        outcomes[stage.name] = run(stage)

    results = outcomes.values()
    passed, failed, skipped = (
        sum(getattr(outcome, name) for outcome in results)
        for name in ("passed", "failed", "skipped")
    )
    print("\n" + table(outcomes) + "\n")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
