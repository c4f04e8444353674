"""Checks everything in the repository that can be checked without running it.

    .venv/bin/python scripts/lint [--format] [--whole] [CHECK …]

`--format` lays the C++ and Python sources out instead. clang-tidy has a budget of time, in which it
reads what changed most recently and remembers what passed; `--whole` gives it none. Ends with one
table and a line `lint: N passed, N failed`; a check passes when it has nothing to say.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import english
import openapi
import repository
import rooms
import stack_templates
import tidy

ROOT = Path(__file__).resolve().parent.parent.parent
CPP = (".h", ".cpp")
BIN = Path(sys.executable).parent


def complaint(command: list[str | Path], files: Iterable[Path] = ()) -> list[str]:
    """What a linter printed if it exited with anything but 0."""
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    return [done.stdout + done.stderr] if done.returncode else []


def of_kind(*suffixes: str) -> list[Path]:
    return [path for path in repository.files(ROOT) if path.suffix in suffixes]


def shell_scripts() -> list[Path]:
    def is_shell(path: Path) -> bool:
        with (ROOT / path).open("rb") as text:
            return text.readline().startswith((b"#!/usr/bin/env bash", b"#!/bin/sh"))

    return [
        path for path in repository.files(ROOT) if path.suffix in ("", ".sh") and is_shell(path)
    ]


def containerfiles() -> list[Path]:
    return [path for path in repository.files(ROOT) if path.name.endswith("Containerfile")]


def python_types() -> list[str]:
    # One call a folder that holds programs of its own: their modules may have the same names.
    folders = sorted(
        {
            path.parts[:2] if path.parts[0] == "scripts" and len(path.parts) > 2 else path.parts[:1]
            for path in of_kind(".py")
        }
    )
    found: list[str] = []
    for folder in folders:
        nested = [f for f in folders if f != folder and f[: len(folder)] == folder]
        exclude = [f"--exclude={'/'.join(f)}/" for f in nested]
        found += complaint(
            [BIN / "mypy", "--config-file=pyproject.toml", *exclude, "/".join(folder)]
        )
    return found


CHECKS: dict[str, Callable[[], list[str]]] = {
    "repository": lambda: repository.check(ROOT),
    "english": lambda: english.check(ROOT, repository.files(ROOT)),
    "rooms": lambda: rooms.check(ROOT),
    "shell": lambda: complaint(["shellcheck", "--enable=quote-safe-variables"], shell_scripts()),
    "container": lambda: complaint(HADOLINT, containerfiles()),
    "python-layout": lambda: complaint([BIN / "ruff", "format", "--diff", "--quiet", "."]),
    "python": lambda: complaint([BIN / "ruff", "check", "--quiet", "."]),
    "python-types": python_types,
    "workflows": lambda: [
        *complaint([BIN / "actionlint", "-color=false"]),
        *complaint(
            [BIN / "zizmor", "--offline", "--pedantic", "--no-progress", "--quiet", ".github"]
        ),
    ],
    "openapi": lambda: openapi.check(ROOT / "openapi.yaml"),
    "templates": lambda: stack_templates.cfn_lint(stack_templates.files(ROOT)),
    "checkov": lambda: stack_templates.checkov(ROOT),
    "cpp-layout": lambda: complaint(["clang-format-19", "--dry-run", "--Werror"], of_kind(*CPP)),
    "cpp": lambda: tidy.check(ROOT, os.cpu_count() or 1, TIDY_SECONDS, REMARKS.append),
}
WHOLE: dict[str, Callable[[], list[str]]] = {
    **CHECKS,
    "cpp": lambda: tidy.check(ROOT, os.cpu_count() or 1, math.inf, REMARKS.append),
}
# Lines that are printed below the table.
REMARKS: list[str] = []
# All of it takes 10 minutes on a machine that remembers nothing.
TIDY_SECONDS = 240.0

# Its strictest: comments of the file silence nothing, and no opinion is too small.
HADOLINT: list[str | Path] = [BIN / "hadolint", "--disable-ignore-pragma"]
HADOLINT += ["--failure-threshold=style", "--trusted-registry=docker.io"]


def lay_out() -> int:
    done = [
        subprocess.run(["clang-format-19", "-i", *of_kind(*CPP)], cwd=ROOT, check=False),
        subprocess.run([BIN / "ruff", "format", "--quiet", "."], cwd=ROOT, check=False),
        subprocess.run(
            [BIN / "ruff", "check", "--select=I", "--fix", "--quiet", "."], cwd=ROOT, check=False
        ),
    ]
    return max(one.returncode for one in done)


def timed(check: Callable[[], list[str]]) -> tuple[list[str], float]:
    """What it found, and its seconds."""
    started = time.monotonic()
    return check(), time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/lint", description="Check the repository.")
    parser.add_argument("--format", action="store_true", help="lay the sources out")
    parser.add_argument("--whole", action="store_true", help="read all, however long it takes")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    arguments = parser.parse_args()
    if arguments.format:
        return lay_out()
    unknown = set(arguments.checks) - set(CHECKS)
    if unknown:
        parser.error(f"no check {', '.join(sorted(unknown))}; there are: {', '.join(CHECKS)}")

    checks = WHOLE if arguments.whole else CHECKS
    names = arguments.checks or list(CHECKS)
    rows = []
    failed = 0
    # clang-tidy takes all cores itself; of the others each takes one.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        begun = {name: pool.submit(timed, checks[name]) for name in names if name != "cpp"}
        for name in names:
            print(f"{name} …", file=sys.stderr, flush=True)  # some take minutes
            found, seconds = begun[name].result() if name in begun else timed(checks[name])
            if found:
                failed += 1
                print(f"=== {name}", *found, sep="\n", flush=True)
            rows.append(f"{name:<20}{'failed' if found else 'passed':>9}{seconds:>9.1f}")
    print(f"stage{'result':>24}{'seconds':>9}", *rows, *REMARKS, "", sep="\n")
    print(f"lint: {len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
