"""What does a request cost on DynamoDB, against the same routes in Python, JavaScript and Go?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from figures.puts import body_without_id
from harness.bench import ITEM_BYTES, Bench
from harness.processes import Server
from harness.results import Figure, Goal, at_most
from harness.services import (
    check_equal,
    start_endpoint,
    start_express,
    start_flask,
    start_go,
    start_picus,
)
from harness.wrk import Requests, wrk

ITEMS = 25
GET = "/picus/get/item-00000000"
NAMES = {"go": "Go", "express": "Express", "flask": "Flask"}
OPERATIONS = {"get": "get of 1 KiB", "put": "put of 1 KiB", "list": f"list of {ITEMS} of 1 KiB"}
GOALS: dict[tuple[str, str], Goal] = {
    ("get", "go"): at_most(0.2),
    ("put", "go"): at_most(0.2),
    ("get", "flask"): at_most(1 / 30),
    ("put", "flask"): at_most(1 / 30),
}


@dataclass(frozen=True)
class Cost:
    cpu_us: float
    """Of the service, for one request."""
    requests_per_second: float


def measure(bench: Bench) -> list[Figure]:
    folder = bench.folder("rivals")
    post = folder / "body.json"
    post.write_bytes(body_without_id(bench.item(ITEM_BYTES)))
    with ExitStack() as running:
        servers = start_all(bench, running)
        items = all_items(bench, folder)
        for server in servers.values():
            check_equal(server.port, items[0], items, post.read_bytes())
        rounds = bench.interleaved(
            {
                f"{operation} {name}": load(bench, server, operation, post)
                for operation in OPERATIONS
                for name, server in servers.items()
            }
        )
        peaks = {name: server.peak_kib() / 1024 for name, server in servers.items()}
    bench.forget(folder)
    return figures(rounds, peaks)


def start_all(bench: Bench, running: ExitStack) -> dict[str, Server]:
    plain = running.enter_context(start_endpoint(bench, ITEMS, ITEM_BYTES, with_meta=False))
    own = running.enter_context(start_endpoint(bench, ITEMS, ITEM_BYTES, with_meta=True))
    return {
        "picus": running.enter_context(start_picus(bench, own.port)),
        "go": running.enter_context(start_go(bench, plain.port)),
        "express": running.enter_context(start_express(bench, plain.port)),
        "flask": running.enter_context(start_flask(bench, plain.port)),
    }


def all_items(bench: Bench, folder: Path) -> list[dict[str, object]]:
    path = folder / "items.ndjson"
    sizes = ["--items", str(ITEMS), "--item-bytes", str(ITEM_BYTES)]
    subprocess.run([str(bench.tools / "bench_load"), "items", *sizes, str(path)], check=True)
    return [json.loads(line) for line in path.read_text().splitlines()]


def load(bench: Bench, server: Server, operation: str, post: Path) -> Callable[[float], Cost]:
    requests = {
        "get": Requests(server.port, GET),
        "put": Requests(server.port, "/picus/put", post=post),
        "list": Requests(server.port, "/picus/list"),
    }[operation]

    def run(seconds: float) -> Cost:
        before = server.cpu_seconds()
        result = wrk(bench, requests, seconds)
        used = server.cpu_seconds() - before
        return Cost(used * 1e6 / result.requests, result.requests_per_second)

    return run


def figures(rounds: dict[str, list[Cost]], peaks: dict[str, float]) -> list[Figure]:
    found = []
    for operation, text in OPERATIONS.items():
        cpu = {
            name: [cost.cpu_us for cost in rounds[f"{operation} {name}"]]
            for name in ("picus", *NAMES)
        }
        for name, rival in NAMES.items():
            goal = GOALS.get((operation, name))
            figure = f"DynamoDB, {text}: CPU time"
            found.append(Figure(figure, "µs", cpu["picus"], rival, cpu[name], goal))
    for operation, text in OPERATIONS.items():
        rate = {
            name: [cost.requests_per_second for cost in rounds[f"{operation} {name}"]]
            for name in ("picus", "go")
        }
        figure = f"DynamoDB, {text}, 64 connections"
        found.append(Figure(figure, "requests/s", rate["picus"], "Go", rate["go"]))
    for name, rival in NAMES.items():
        goal = at_most(16, "MiB") if name == "go" else None
        figure = "DynamoDB, 64 connections: peak RSS"
        found.append(Figure(figure, "MiB", [peaks["picus"]], rival, [peaks[name]], goal))
    return found
