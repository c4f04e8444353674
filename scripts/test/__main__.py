"""Builds Picus, runs the tests of a tier, ends with a table and the line `N passed, N failed`.

    scripts/test [TIER] [STAGE …]

TIER is quick (the default), ci or full. With stages, only those whose names begin with one of these
words run, and what they need; without a tier, as the smallest tier that has them does. A stage that
fails does not keep the others from running, except those that need what it builds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

import process
import results
import stages
from results import Outcome
from stages import REPORTS, ROOT, Stage

# Below this, stages fail for a reason that few of their messages name.
FREE_FLOOR = 2 * 2**30
TOO_LITTLE = "this container may not mount file systems or start containers"
# What is left of the total has to be this much for a stage to begin.
LEAST_SECONDS = 5.0


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
        f"{common}:second_deadlock_stack=1:{results.TSAN_OPTIONS.format(root=ROOT)}"
    )
    symbolizer = shutil.which("llvm-symbolizer-19")
    if symbolizer:
        for name in ("ASAN", "UBSAN", "TSAN"):
            env[f"{name}_SYMBOLIZER_PATH"] = symbolizer
    return env


def run(stage: Stage, left: float, total: float) -> Outcome:
    """Runs it; these seconds are left of the total budget."""
    outcome = Outcome()
    reports = REPORTS / stage.name
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    if stage.junit:
        stage.junit.unlink(missing_ok=True)

    seconds, limit = min(
        (stage.budget, f"its budget of {stage.budget:.0f} s"),
        (left, f"what was left of the total budget of {total:.0f} s"),
    )
    ended = process.run(
        stage.command,
        environment(reports),
        seconds,
        limit,
        stage.failure,
        most_failures=stages.MOST_FAILURES,
    )
    outcome.seconds, outcome.cpu = ended.seconds, ended.cpu
    problem = ended.problem or (f"exit code {ended.code}" if ended.code else "")
    for line in ended.left:
        print(f"{stage.name} left this running, {line[:200]}", flush=True)

    if stage.junit and stage.junit.exists():
        results.count(outcome, stage.junit)
    if not outcome.failures:
        outcome.failures = ended.failures
        outcome.failed += len(ended.failures)
        outcome.notes += ended.failures
    for report in sorted(reports.iterdir()):
        print(f"--- {report.name}", report.read_text(errors="replace"), sep="\n", flush=True)
        problem = "a sanitizer's report, see above"
    if problem and not outcome.failed:
        outcome.failed += 1
    if problem:
        outcome.notes.append(problem)
    elif stage.junit and not (outcome.passed or outcome.failed):
        outcome.failed += 1
        outcome.notes.append("ran no test")
    if outcome.failed:
        free = [process.free_text(n) for n in (ended.free_before, ended.free_lowest)]
        outcome.notes.append(f"free disk space: {free[0]} before, {free[1]} at the lowest")
    return outcome


def obstacle(stage: Stage, outcomes: dict[str, Outcome], left: float, total: float) -> str:
    """Why it makes no sense to run it, or nothing; these seconds are left of the total budget."""
    if process.SIGNALS.received:
        return f"stopped by {process.SIGNALS.received}"
    if any(outcomes[need].failed for need in stage.needs if need in outcomes):
        return "what it needs failed"
    if left < LEAST_SECONDS:
        return f"the total budget of {total:.0f} s is used up"
    free = process.free_bytes()
    if free < FREE_FLOOR:
        floor = process.free_text(FREE_FLOOR)
        return f"{process.free_text(free)} of disk space are free, it needs {floor}"
    return ""


def attempt(stage: Stage, outcomes: dict[str, Outcome], left: float, total: float) -> Outcome:
    """Runs it if that makes sense."""
    if stage.privileged and os.environ.get("PICUS_UNPRIVILEGED") == "1":
        return Outcome(left_out=f"{TOO_LITTLE}: {stage.privileged}")
    try:
        reason = obstacle(stage, outcomes, left, total)
        if reason:
            return Outcome(failed=1, notes=[f"not run: {reason}"])
        print(f"=== {stage.name}: {' '.join(stage.command)}", flush=True)
        return run(stage, left, total)
    except OSError as error:  # its text has errno and path
        return Outcome(failed=1, notes=[f"the runner could not go on: {error}"])


def summary(chosen: list[Stage], outcomes: dict[str, Outcome]) -> str:
    slowest = results.slowest(outcomes.values())
    lines = ["", "the slowest cases:", *slowest] if slowest else []
    lines += ["", results.table(outcomes, {stage.name: stage.budget for stage in chosen})]
    for stage in chosen:
        outcome = outcomes[stage.name]
        lines += [f"failed in {stage.name}: {note}" for note in outcome.notes]
        if outcome.left_out:
            lines.append(f"left out: {stage.name}: {outcome.left_out}")
        if outcome.failed and outcome.seconds:
            lines.append(results.repeat(stage, outcome.failures))
    passed, failed, skipped = (
        sum(getattr(outcome, name) for outcome in outcomes.values())
        for name in ("passed", "failed", "skipped")
    )
    end = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    return "\n".join([*lines, "", end])


def seconds(text: str) -> float:
    if not float(text) > 0:
        raise ValueError
    return float(text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/test", description="Build Picus and run the tests of a tier."
    )
    parser.add_argument(
        "words", nargs="*", metavar="TIER|STAGE", help="quick, ci or full; then stages"
    )
    parser.add_argument("--list", action="store_true", help="print the stages, run none")
    parser.add_argument("--total", type=seconds, metavar="SECONDS", help="for all stages together")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    try:
        tier, chosen = stages.choose(given.words)
    except LookupError as error:
        print(f"scripts/test: {error.args[0]}", file=sys.stderr)
        return 2
    if given.list:
        print(*(f"{stage.name:<20}{stage.budget:>6.0f} s" for stage in chosen), sep="\n")
        return 0

    os.chdir(ROOT)
    process.SIGNALS.listen()
    # In full, every case runs on every shape. tests/harness/tiers.py counts the same weeks.
    if tier != stages.FULL:
        week = os.environ.setdefault("PICUS_TEST_WEEK", time.strftime("%G-W%V", time.gmtime()))
        print(f"PICUS_TEST_WEEK={week}", flush=True)
    total = stages.TOTALS[tier] if given.total is None else given.total
    started = time.monotonic()
    outcomes: dict[str, Outcome] = {}
    for stage in chosen:
        left = total - (time.monotonic() - started)
        outcomes[stage.name] = attempt(stage, outcomes, left, total)
    print(summary(chosen, outcomes))
    return 1 if any(outcome.failed for outcome in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
