"""How much memory does a server take that has nothing to do, and how big is its file?"""

from __future__ import annotations

import shutil
import subprocess

from harness.answers import WrongAnswerError, exchange, expect
from harness.bench import ITEM_BYTES, Bench
from harness.processes import memory_kib
from harness.results import Figure, at_most

GET = "/picus/get/item-00000000"


def measure(bench: Bench) -> list[Figure]:
    with bench.start_picus() as picus:
        expect(exchange(picus.port, "POST", "/picus/put", {}, bench.item(ITEM_BYTES)), 201)
        expect(exchange(picus.port, "GET", GET), 200)
        idle = memory_kib(picus.pid)
        with_connections = hold_connections(bench, picus.port, picus.pid)
    connections = f"{bench.scale.idle_connections:,}".replace(",", " ")
    return [
        Figure("idle: VmRSS", "MiB", [idle["VmRSS"] / 1024], goal=at_most(12, "MiB")),
        Figure("idle: RssAnon", "MiB", [idle["RssAnon"] / 1024]),
        Figure(
            f"{connections} idle connections: VmRSS",
            "MiB",
            [with_connections["VmRSS"] / 1024],
            goal=at_most(120, "MiB"),
        ),
        Figure(
            "stripped static binary",
            "MiB",
            [stripped_bytes(bench) / 2**20],
            goal=at_most(10, "MiB"),
        ),
    ]


def hold_connections(bench: Bench, port: int, pid: int) -> dict[str, int]:
    """The server's memory while connections that did one request each stay open."""
    count = bench.scale.idle_connections
    where = ["--port", port, "--path", GET]
    command = bench.load_command("idle", *where, "--connections", count)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as idle:
        assert idle.stdout is not None
        opened = idle.stdout.readline()
        memory = memory_kib(pid)
        idle.communicate()
    if not opened or idle.returncode != 0:
        raise WrongAnswerError("not every connection was served")
    return memory


def stripped_bytes(bench: Bench) -> int:
    """The size of the binary without its symbols; it must need no shared library."""
    headers = subprocess.run(
        ["readelf", "--program-headers", str(bench.picus)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    if "INTERP" in headers.stdout:
        raise WrongAnswerError("the binary is not static")
    copy = bench.folder("stripped") / "picus"
    shutil.copy(bench.picus, copy)
    subprocess.run(["strip", str(copy)], check=True)
    return copy.stat().st_size
