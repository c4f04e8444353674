"""How long from exec to the first answer?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from harness.bench import Bench
from harness.results import Figure, at_most


def measure(bench: Bench) -> list[Figure]:
    empty = bench.folder("empty")
    started = {
        "an empty store": (start(bench, empty, "/readyz"), 15.0),
        f"{bench.scale.list_items:,} items".replace(",", " "): (
            start(bench, bench.seeded(), "/picus/get/item-00000042"),
            50.0,
        ),
    }
    bench.forget(empty)
    figures = []
    for store, (times, limit) in started.items():
        first, get = f"start with {store}: first answer", f"start with {store}: first get"
        goal = at_most(limit, "ms")
        figures.append(Figure(first, "ms", times["first_answer_us"], goal=goal))
        figures.append(Figure(get, "ms", times["get_us"], goal=goal))
    return figures


def start(bench: Bench, data: Path, path: str) -> dict[str, list[float]]:
    """The times in ms of many starts, after one that finds (or makes) the store."""
    times: dict[str, list[float]] = {}
    for count in (1, bench.scale.starts):
        how = ["--path", path, "--cpu", bench.server_core, "--times", count]
        command = bench.load_command("start", *how, "--", *bench.picus_command(data))
        with (bench.scratch / "picus.log").open("ab") as log:
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, check=True)
        times = {
            name: [value / 1000 for value in values]
            for name, values in json.loads(run.stdout).items()
        }
    return times
