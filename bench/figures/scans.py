"""How fast does a list of a table stream with 1, 4 and 8 segments, and what memory does it take?"""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from figures.lists import memory_growth
from harness.answers import WrongAnswerError
from harness.bench import LIST_ITEM_BYTES, Bench
from harness.processes import Server
from harness.results import Figure, at_most
from harness.services import start_endpoint, start_local, start_picus

SEGMENTS = (1, 4, 8)
LOCAL_ITEMS = 20_000


def measure(bench: Bench) -> list[Figure]:
    return [*fixed(bench), *local(bench)]


def fixed(bench: Bench) -> list[Figure]:
    """Of a table that answers at once: what Picus itself takes."""
    items = bench.scale.list_items // 5
    sizes: list[object] = ["--items", items, "--item-bytes", LIST_ITEM_BYTES]
    with ExitStack() as running:
        endpoint = running.enter_context(
            start_endpoint(bench, items, LIST_ITEM_BYTES, with_meta=True)
        )
        servers = start_all(bench, running, endpoint.port)
        growth = {n: memory_growth(bench, server, sizes) for n, server in servers.items()}

        def read(server: Server) -> float:
            where = ["--port", server.port, "--path", "/picus/list"]
            printed = bench.tool("bench_load", "list", *where, *sizes)
            return printed["bytes"] / printed["seconds"] / 1e6

        rates = in_turns(bench, servers, read)
    name = list_of(items)
    return [
        *rows(name, "fixed answers", rates),
        *(
            Figure(
                f"{name}, {segments(n)}: growth of RssAnon",
                "MiB",
                [growth[n]["RssAnon"]],
                goal=at_most(16, "MiB"),
            )
            for n in SEGMENTS
        ),
    ]


def local(bench: Bench) -> list[Figure]:
    """Of DynamoDB Local, which is slower than Picus by far."""
    folder = bench.folder("local")
    lines = folder / "items.ndjson"
    sizes = ["--items", str(LOCAL_ITEMS), "--item-bytes", str(LIST_ITEM_BYTES)]
    subprocess.run([str(bench.tools / "bench_load"), "items", *sizes, str(lines)], check=True)
    with ExitStack() as running:
        table = running.enter_context(start_local(bench))
        servers = start_all(bench, running, table.port)
        bench.seed(servers[1].port, LOCAL_ITEMS, LIST_ITEM_BYTES)
        rates = in_turns(bench, servers, lambda server: checked_list(server, lines))
    bench.forget(folder)
    return rows(list_of(LOCAL_ITEMS), "DynamoDB Local", rates)


def start_all(bench: Bench, running: ExitStack, endpoint_port: int) -> dict[int, Server]:
    return {
        n: running.enter_context(start_picus(bench, endpoint_port, "--list-segments", str(n)))
        for n in SEGMENTS
    }


def in_turns(
    bench: Bench, servers: dict[int, Server], read: Callable[[Server], float]
) -> dict[str, list[float]]:
    def reads(server: Server) -> Callable[[float], float]:
        return lambda _: read(server)

    return bench.interleaved({str(n): reads(server) for n, server in servers.items()})


def list_of(items: int) -> str:
    number = f"{items:,}".replace(",", " ")
    return f"DynamoDB, list of {number} items of {LIST_ITEM_BYTES} B"


def segments(count: int) -> str:
    return f"{count} segment" if count == 1 else f"{count} segments"


def rows(name: str, table: str, rates: dict[str, list[float]]) -> list[Figure]:
    first, *more = SEGMENTS
    one = rates[str(first)]
    return [
        Figure(f"{name}, {segments(first)}, {table}", "MB/s", one),
        *(
            Figure(f"{name}, {segments(n)}, {table}", "MB/s", rates[str(n)], segments(first), one)
            for n in more
        ),
    ]


def checked_list(server: Server, expected: Path) -> float:
    """MB/s. The members come in an order of DynamoDB's, so the items are compared by content."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    begin = time.monotonic()
    connection.request("GET", "/picus/list", headers={"Accept": "application/x-ndjson"})
    body = connection.getresponse().read()
    seconds = time.monotonic() - begin
    connection.close()
    got = sorted((json.loads(line) for line in body.splitlines()), key=lambda item: item["id"])
    if got != [json.loads(line) for line in expected.read_text().splitlines()]:
        raise WrongAnswerError("the list is not what was put")
    return len(body) / seconds / 1e6
