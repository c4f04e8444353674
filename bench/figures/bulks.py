"""How many items a second does a bulk put make durable?"""

from __future__ import annotations

from harness.bench import BULK_ITEM_BYTES, Bench
from harness.results import Figure, at_least

LOG_BATCH = 5000
"""Records that wait for one fdatasync in the append log that stands beside it."""


def measure(bench: Bench) -> list[Figure]:
    items = bench.scale.bulk_items

    def put(*order: str) -> float:
        data = bench.folder("bulk")
        with bench.start_picus(data) as picus:
            seconds = bench.seed(picus.port, items, BULK_ITEM_BYTES, *order)["seconds"]
        bench.forget(data)
        return items / seconds

    def log(seconds: float) -> float:
        folder = bench.folder("bulk-log")
        where = [folder / "records", min(seconds, 2.0), BULK_ITEM_BYTES, LOG_BATCH]
        printed = bench.tool("bench_append_log", "clients", *where, core=bench.server_core)
        bench.forget(folder)
        return printed["rate"]

    rounds = bench.interleaved(
        {"ascending": lambda _: put(), "shuffled": lambda _: put("--shuffled"), "log": log}
    )
    name = f"bulk put of {items:,} items of 200 B".replace(",", " ")
    append_log = f"append log in process, {LOG_BATCH} at a time"
    return [
        Figure(
            name + ", ids ascending",
            "items/s",
            rounds["ascending"],
            append_log,
            rounds["log"],
            at_least(150_000, "items/s"),
        ),
        Figure(name + ", ids shuffled", "items/s", rounds["shuffled"], append_log, rounds["log"]),
    ]
