"""What stages came to: JUnit files, the reasons of failures, and the closing table."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from stages import TSAN, Stage

# Of a stage, these many failures are printed with their reasons, which are cut to this size.
MOST_REASONS, REASON_LINES, REASON_COLUMNS = 10, 14, 200
SLOWEST = 10
LEFT_OUT = "left out"
# Of the failed cases, these many are in the command that repeats them.
MOST_REPEATED = 12
TSAN_OPTIONS = "halt_on_error=1:suppressions={root}/tests/tsan.suppressions"


@dataclass
class Outcome:
    """What a stage did, in numbers for the table."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    # What was not run, or why, although nothing failed.
    left_out: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    notes: list[str] = field(default_factory=list)
    # The failed cases as the program that ran them names them.
    failures: list[str] = field(default_factory=list)
    # Seconds and names of cases.
    times: list[tuple[float, str]] = field(default_factory=list)


def faults_of(case: ElementTree.Element) -> list[ElementTree.Element]:
    return [*case.findall("failure"), *case.findall("error")]


def reason(case: ElementTree.Element) -> list[str]:
    """What a failed case reports: pytest's lines of the error, or the end of what ctest saw."""
    told = "\n".join(fault.text or "" for fault in faults_of(case))
    errors = [line for line in told.splitlines() if line.startswith("E ")]
    lines = errors or (case.findtext("system-out") or "").splitlines()[-REASON_LINES:]
    return [f"  {line[:REASON_COLUMNS]}" for line in lines[:REASON_LINES]]


def name_of(case: ElementTree.Element) -> str:
    """As it is given to pytest, ctest or GoogleTest to run it again."""
    file, group, name = case.get("file"), case.get("classname"), case.get("name")
    if file and file.endswith(".py"):
        return f"tests/{file}::{name}"
    return str(name) if group in (name, None, "") else f"{group}.{name}"


def is_skipped(case: ElementTree.Element) -> bool:
    """Not a case whose program is missing, which ctest calls skipped too, with another reason."""
    skipped, status = case.find("skipped"), case.get("status")
    if skipped is not None and status == "notrun":
        return skipped.get("message", "").startswith("SKIP_")
    return skipped is not None or status in ("notrun", "disabled")


def count(outcome: Outcome, junit: Path) -> None:
    """Adds the cases of a JUnit file, as ctest, GoogleTest and pytest write them."""
    try:
        tree = ElementTree.parse(junit)
        cases = list(tree.iter("testcase"))
        times = [float(case.get("time") or 0) for case in cases]
    except (ElementTree.ParseError, ValueError) as error:
        outcome.failed += 1
        outcome.notes.append(f"{junit}: {error}")
        return
    # tests/harness/privileged.py writes them.
    told = [str(one.get("value")) for one in tree.iter("property") if one.get("name") == LEFT_OUT]
    if told:
        outcome.left_out = "\n  ".join(["this system allows too little for", *told])
    # Those that were running when pytest was stopped have no names.
    unfinished = sum(not case.get("name") for case in cases)
    if unfinished:
        outcome.notes.append(f"{unfinished} cases did not end")
    for case, seconds in zip(cases, times, strict=True):
        if not case.get("name"):
            continue
        name = name_of(case)
        outcome.times.append((seconds, name))
        if is_skipped(case):
            outcome.skipped += 1
        elif faults_of(case) or case.get("status") == "notrun":
            outcome.failed += 1
            outcome.failures.append(name)
            told = reason(case) if outcome.failed <= MOST_REASONS else []
            outcome.notes.append("\n".join([name, *told]))
        else:
            outcome.passed += 1


def repeat(stage: Stage, failures: list[str]) -> str:
    """The line with the command that runs again what failed, or the stage."""
    every = list(dict.fromkeys(failures))
    names = every[:MOST_REPEATED]
    command = [*stage.repeat, *names]
    if not names or not stage.repeat:
        command = stage.command
    elif stage.kind == "ctest":
        pattern = "|".join(re.escape(name) for name in names)
        command = [*stage.repeat, "--tests-regex", f"^({pattern})$"]
    elif stage.kind == "names":
        command = [*stage.repeat, *(name.rpartition(".")[2] for name in names)]
    elif stage.kind == "gtest":
        command = [*stage.repeat, f"--gtest_filter={':'.join(names)}"]
    again = "again" if len(names) == len(every) else f"again, {len(names)} of {len(every)}"
    on_tsan = f"build-{TSAN}" in stage.needs
    options = f"TSAN_OPTIONS={TSAN_OPTIONS.format(root='$PWD')} " if on_tsan else ""
    return f"{again}: {options}{shlex.join(command)}"


def table(outcomes: dict[str, Outcome], budgets: dict[str, float]) -> str:
    columns = ("stage", "passed", "failed", "skipped", "seconds", "budget", "cpu")
    rows: list[tuple[str, ...]] = [columns]
    for name, outcome in outcomes.items():
        numbers = (outcome.passed, outcome.failed, outcome.skipped)
        times = (outcome.seconds, budgets[name], outcome.cpu)
        cells = [*(str(n) if n else "-" for n in numbers), *(f"{time:.0f}" for time in times)]
        rows.append((name, *cells))
    return "\n".join(f"{row[0]:<20}" + "".join(f"{c:>9}" for c in row[1:]) for row in rows)


def slowest(outcomes: Iterable[Outcome]) -> list[str]:
    every = sorted((time for outcome in outcomes for time in outcome.times), reverse=True)
    return [f"{seconds:7.1f} s  {name}" for seconds, name in every[:SLOWEST]]
