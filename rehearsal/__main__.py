"""`make rehearse`: deployments, good and bad, under load, and what came of them.

Ends with a table and `rehearsal: N passed, N failed`.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

from rehearsal.plan import Plan, read_plan
from rehearsal.rehearsal import MOST_SLOWER, ROOT, rehearse_all, rehearse_short
from rehearsal.stage import Programs, programs_of

KEPT = ("load-2-failures", "timeline.jsonl", "driver.log")


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make rehearse", description="Rehearse deployments.")
    parser.add_argument("--environment", choices=("dev", "prod"), default="prod")
    parser.add_argument("--requests", type=int, metavar="N", help="1000000, with --short 100000")
    parser.add_argument("--rate", type=int, metavar="N", help="a second; 0: as fast as it goes")
    parser.add_argument("--short", action="store_true", help="one good and two bad deployments")
    parser.add_argument("--processes", action="store_true", help="no containers")
    parser.add_argument("--out", type=Path, default=ROOT / "build/rehearsal", metavar="DIR")
    parser.add_argument("--seeds", type=int, nargs="+", metavar="N", help="1 2, with --short 1")
    arguments = parser.parse_args()
    seeds = arguments.seeds or ([1] if arguments.short else [1, 2])
    plan = read_plan(arguments.environment)
    passed, failed = 0, 0
    with contextlib.ExitStack() as stack:
        image = None if arguments.processes else ROOT / "build/image"
        programs = programs_of(ROOT / "build/release", image, stack)
        for seed in seeds:
            say(f"Seed {seed}.")
            out = arguments.out / f"seed-{seed}"
            good, bad = rehearse(arguments, plan, programs, seed, out)
            passed, failed = passed + good, failed + bad
    say(f"rehearsal: {passed} passed, {failed} failed")
    return 1 if failed else 0


def rehearse(
    arguments: argparse.Namespace, plan: Plan, programs: Programs, seed: int, out: Path
) -> tuple[int, int]:
    """One whole rehearsal, and its report. How much of it passed and failed."""
    requests = arguments.requests or (100_000 if arguments.short else 1_000_000)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="picus-rehearsal-") as directory:
        site = Path(directory)
        try:
            if arguments.short:
                report = rehearse_short(site, plan, programs, requests, seed, say)
            else:
                report = rehearse_all(site, plan, programs, requests, arguments.rate, seed, say)
        finally:  # what ended early is looked into with these
            for name in KEPT:
                with contextlib.suppress(FileNotFoundError):
                    shutil.copy(site / name, out / name)
    (out / "rehearsal.svg").write_text(report.picture(), encoding="utf-8")
    say(f"\n{report.table()}\nmore in {out}: rehearsal.svg, {', '.join(KEPT)}")
    before, during = report.slower()
    failed = sum(bool(result.problems) for result in report.results)
    failed += bool(report.outcome.lost) + bool(report.outcome.reconnects)
    if not arguments.short and during > MOST_SLOWER * before:
        say(f"wrong: p99 in a shift is more than {MOST_SLOWER:g} times that before")
        failed += 1
    return len(report.results) + 3 - failed, failed


if __name__ == "__main__":
    sys.exit(main())
