"""How long does the Lambda function take to start, and what does it add to a call of DynamoDB,
against the same function in Python and in JavaScript?"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import median

from harness.bench import Bench
from harness.results import Figure, Goal, at_most
from harness.services import rivals

WARM_EVENTS = 500
NAMES = {"python": "Python", "node": "Node.js"}
MEASURES = (
    ("next", "exec to first next", "ms", at_most(5, "ms")),
    ("first", "first event answered", "ms", at_most(15, "ms")),
    ("warm", "warm, beyond DynamoDB", "µs", at_most(100, "µs")),
    ("peak", "peak RSS", "MiB", at_most(20, "MiB")),
)


def measure(bench: Bench) -> list[Figure]:
    programs = commands(bench)
    for command in programs.values():
        live(bench, command)
    lives: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(max(bench.scale.starts // 3, 2)):
        for name, command in programs.items():
            for figure, value in live(bench, command).items():
                lives[name, figure].append(value)
    return [
        row(lives, figure, text, unit, goal, name)
        for figure, text, unit, goal in MEASURES
        for name in NAMES
    ]


def commands(bench: Bench) -> dict[str, list[str | Path]]:
    """`env -C` goes to the folder first: awslambdaric looks for the function where it is."""
    found = rivals(bench)
    function = found.sources / "lambda_python"
    python: list[str | Path] = ["env", "-C", function, "PYTHONDONTWRITEBYTECODE=1"]
    return {
        "picus": [bench.picus.with_name("bootstrap")],
        "python": [*python, found.python, "-m", "awslambdaric", "function.handle"],
        "node": [found.node, found.installed / "lambda_node" / "bundle.cjs"],
    }


def live(bench: Bench, command: list[str | Path]) -> dict[str, float]:
    """One life of a function: its first event, and those after it."""
    counts = ["--times", 1, "--events", WARM_EVENTS]
    printed = bench.tool("bench_lambda", "--cpu", bench.server_core, *counts, "--", *command)
    values: dict[str, list[float]] = dict(printed)  # type: ignore[arg-type]
    return {
        "next": values["next_us"][0] / 1000,
        "first": values["first_us"][0] / 1000,
        "warm": median(values["warm_us"]),
        "peak": values["peak_kib"][0] / 1024,
    }


def row(
    lives: dict[tuple[str, str], list[float]],
    figure: str,
    text: str,
    unit: str,
    goal: Goal,
    rival: str,
) -> Figure:
    ours, theirs = lives["picus", figure], lives[rival, figure]
    first = rival == next(iter(NAMES))
    return Figure(f"function: {text}", unit, ours, NAMES[rival], theirs, goal if first else None)
