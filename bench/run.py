#!/usr/bin/env python3
"""Measures Picus against its rivals on this machine: `make bench`. README.md describes how."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from figures import (
    access,
    backups,
    bulks,
    crowds,
    functions,
    gets,
    imports,
    latency,
    lists,
    memory,
    puts,
    rivals,
    scans,
    starts,
    telemetry,
)
from harness.bench import Bench, Scale
from harness.results import Figure, table

SOURCES = Path(__file__).resolve().parent
ROOT = SOURCES.parent
SECTIONS = {
    "get": gets.measure,
    "put": puts.measure,
    "list": lists.measure,
    "bulk": bulks.measure,
    "import": imports.measure,
    "start": starts.measure,
    "memory": memory.measure,
    "access": access.measure,
    "backup": backups.measure,
    "crowd": crowds.measure,
    "telemetry": telemetry.measure,
    "rivals": rivals.measure,
    "latency": latency.measure,
    "scan": scans.measure,
    "function": functions.measure,
}
FULL = Scale(5, 5.0, 1_000_000, 500_000, 30, 10_000)
QUICK = Scale(2, 1.0, 100_000, 100_000, 5, 10_000)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison")
    parser.add_argument("--seconds", type=int, help="length of one round of wrk")
    parser.add_argument("--quick", action="store_true", help="few short rounds, a smaller list")
    parser.add_argument(
        "--build", type=Path, default=ROOT / "build" / "release", help="where the programs are"
    )
    parser.add_argument(
        "--server-core", type=int, default=1, help="the load runs on the other of 0 and 1"
    )
    given = parser.parse_args()
    given.sections = given.only.split(",") if given.only else list(SECTIONS)
    for section in given.sections:
        if section not in SECTIONS:
            parser.error(f"--only: no section {section!r}; there are {', '.join(SECTIONS)}")
    return given


def scale(given: argparse.Namespace) -> Scale:
    base = QUICK if given.quick else FULL
    return Scale(
        given.rounds or base.rounds,
        float(given.seconds or base.seconds),
        base.list_items,
        base.bulk_items,
        base.starts,
        base.idle_connections,
    )


def commit() -> str:
    """The short commit, with `-changed` where the work tree is not what was committed."""

    def git(*words: str) -> str:
        run = subprocess.run(["git", *words], check=False, cwd=ROOT, capture_output=True, text=True)
        return run.stdout.strip()

    head = git("rev-parse", "--short", "--verify", "HEAD")
    return (head + ("-changed" if git("status", "--porcelain") else "")) if head else "uncommitted"


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        "unknown",
    )
    return f"{os.cpu_count()} cores of {model}, Linux {platform.release()}"


def cpu_ticks() -> tuple[int, int]:
    """What all cores had of time until now, and what of it the hypervisor gave to others."""
    # proc_stat(5): user nice system idle iowait irq softirq steal
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks), ticks[-1]


def report(
    figures: list[Figure], given: argparse.Namespace, chosen: Scale, busy: dict[str, str]
) -> None:
    """The table, on standard output, and under runs/ if everything was measured at full length."""
    facts = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": machine(),
        "command": " ".join(["bench/run.py", *sys.argv[1:]]),
        "rounds": f"{chosen.rounds} of {chosen.seconds:g} s",
        **busy,
    }
    text = (
        "\n".join(f"- {name}: {value}" for name, value in facts.items())
        + "\n\n"
        + table(figures)
        + "\n"
    )
    print("\n" + text)
    if given.only or given.quick:
        return
    stem = SOURCES / "runs" / f"{facts['date']}-{facts['commit']}"
    stem.parent.mkdir(exist_ok=True)
    stem.with_suffix(".md").write_text(f"# Picus and its rivals, {facts['date']}\n\n{text}")
    record = {**facts, "figures": [figure.record() for figure in figures]}
    stem.with_suffix(".json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(f"written to {stem.relative_to(ROOT)}.md and .json")


def main() -> None:
    given = arguments()
    chosen = scale(given)
    # Whoever ends this program ends the servers with it: the signal unwinds the contexts.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    scratch = ROOT / "build" / "bench-data" / str(os.getpid())
    scratch.mkdir(parents=True)
    core = given.server_core
    bench = Bench(
        given.build / "picus", given.build / "bench", SOURCES, scratch, chosen, core, 1 - core
    )
    load = os.getloadavg()[0]
    begin = time.monotonic()
    had, lost = cpu_ticks()
    figures: list[Figure] = []
    try:
        for section in given.sections:
            print(f"{section} …", flush=True)
            figures += SECTIONS[section](bench)
    except BaseException:
        print("\nwhat was measured before:\n\n" + table(figures))
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    had_then, lost_then = cpu_ticks()
    busy = {
        "load average before": f"{load:.2f}",
        "taken by the hypervisor": f"{100 * (lost_then - lost) / (had_then - had):.1f} %",
        "took": f"{time.monotonic() - begin:.0f} s",
    }
    report(figures, given, chosen, busy)


if __name__ == "__main__":
    main()
