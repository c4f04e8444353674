"""How fast does a list of a million items stream, how soon does it begin, what memory does it
take?"""

from __future__ import annotations

import subprocess
import time

from harness.answers import exchange, expect
from harness.bench import LIST_ITEM_BYTES, Bench
from harness.processes import Server, memory_kib
from harness.results import Figure, at_least, at_most

LIST = "/picus/list"
MIB_KIB = 1024


def measure(bench: Bench) -> list[Figure]:
    data = bench.seeded()
    items = bench.folder("items") / "items.ndjson"
    sizes = ["--items", bench.scale.list_items, "--item-bytes", LIST_ITEM_BYTES]
    subprocess.run(
        [str(bench.tools / "bench_load"), "items", *map(str, sizes), str(items)], check=True
    )
    with bench.start_picus(data) as picus, bench.start_nginx(b"", {"items.ndjson": items}) as nginx:
        growth = memory_growth(bench, picus, sizes)

        def read(port: int, path: str) -> dict[str, float]:
            return bench.tool("bench_load", "list", "--port", port, "--path", path, *sizes)

        rounds = bench.interleaved(
            {
                "picus": lambda _: read(picus.port, LIST),
                "nginx": lambda _: read(nginx.port, "/items.ndjson"),
            }
        )
    bench.forget(items.parent)
    rate = {
        name: [r["bytes"] / r["seconds"] / 1e6 for r in results] for name, results in rounds.items()
    }
    first = {name: [r["first_byte_us"] / 1000 for r in results] for name, results in rounds.items()}
    name = f"list of {bench.scale.list_items:,} items of 512 B".replace(",", " ")
    begin = name + ": first byte"
    nginx_file = "nginx, static file of the same bytes"
    return [
        Figure(name, "MB/s", rate["picus"], nginx_file, rate["nginx"], at_least(400, "MB/s")),
        Figure(begin, "ms", first["picus"], nginx_file, first["nginx"], at_most(5, "ms")),
        Figure(name + ": growth of RssAnon", "MiB", [growth["RssAnon"]], goal=at_most(16, "MiB")),
        Figure(
            name + ": growth of VmRSS (with the file's pages)",
            "MiB",
            [growth["VmRSS"]],
            goal=at_most(16, "MiB"),
        ),
    ]


def memory_growth(bench: Bench, picus: Server, sizes: list[object]) -> dict[str, float]:
    """How far the process grew at most while a list was read, in MiB: before the timed rounds."""
    expect(exchange(picus.port, "GET", "/picus/get/item-00000000"), 200)
    before = memory_kib(picus.pid)
    most = dict(before)
    command = bench.load_command("list", "--port", picus.port, "--path", LIST, *sizes)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as reader:
        while reader.poll() is None:
            for name, kib in memory_kib(picus.pid).items():
                most[name] = max(most[name], kib)
            time.sleep(0.005)
    if reader.returncode != 0:
        raise subprocess.CalledProcessError(reader.returncode, command)
    return {name: (kib - before[name]) / MIB_KIB for name, kib in most.items()}
