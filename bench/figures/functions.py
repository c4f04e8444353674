"""How long does the Lambda function take to start, and what does it add to a call of DynamoDB?"""

from __future__ import annotations

from statistics import median

from harness.bench import Bench
from harness.results import Figure, at_most

WARM_EVENTS = 2000


def measure(bench: Bench) -> list[Figure]:
    program = bench.picus.with_name("bootstrap")
    starts = run(bench, program, bench.scale.starts, 0)
    warm = run(bench, program, bench.scale.rounds, WARM_EVENTS)
    rounds = [
        median(warm["warm_us"][begin : begin + WARM_EVENTS])
        for begin in range(0, len(warm["warm_us"]), WARM_EVENTS)
    ]
    return [
        Figure(
            "function: exec to first next", "ms", in_ms(starts["next_us"]), goal=at_most(5, "ms")
        ),
        Figure(
            "function: first event answered",
            "ms",
            in_ms(starts["first_us"]),
            goal=at_most(15, "ms"),
        ),
        Figure("function: warm, beyond DynamoDB", "µs", rounds, goal=at_most(100, "µs")),
        Figure(
            "function: peak RSS",
            "MiB",
            [kib / 1024 for kib in warm["peak_kib"]],
            goal=at_most(20, "MiB"),
        ),
    ]


def run(bench: Bench, program: object, times: int, events: int) -> dict[str, list[float]]:
    counts = ["--times", times, "--events", events]
    printed = bench.tool("bench_lambda", "--cpu", bench.server_core, *counts, program)
    return {name: list(values) for name, values in printed.items()}  # type: ignore[call-overload]


def in_ms(values: list[float]) -> list[float]:
    return [value / 1000 for value in values]
