"""Does a crowd that never sends, never reads or only connects take the service from one client?"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from harness.answers import exchange, expect
from harness.bench import ITEM_BYTES, LIST_ITEM_BYTES, Bench
from harness.processes import memory_kib
from harness.results import Figure, at_most
from harness.wrk import Requests, wrk

GET = "/picus/get/item-00000000"
PUT = "/picus/put"
UNFINISHED_BODIES, UNREAD_LISTS, SILENT = 1024, 1024, 10_000
LISTED_ITEMS = 50_000
"""More than the buffers of a connection hold."""
SHARE_OF_CAPACITY = 0.3


def measure(bench: Bench) -> list[Figure]:
    folder = bench.folder("crowds")
    item = bench.item(ITEM_BYTES)
    post, get, put = folder / "body.json", folder / "get", folder / "put"
    post.write_bytes(b'{"pad":"' + b"x" * (ITEM_BYTES - 10) + b'"}')
    get.write_bytes(f"GET {GET} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = f"POST {PUT} HTTP/1.1\r\nHost: 127.0.0.1\r\nIf-Match: *\r\nContent-Length: {len(item)}"
    put.write_bytes(head.encode() + b"\r\n\r\n" + item)
    memory: list[float] = []
    live: list[float] = []
    with bench.start_picus() as picus:
        bench.seed(picus.port, LISTED_ITEMS, LIST_ITEM_BYTES)
        expect(exchange(picus.port, "POST", PUT, {"If-Match": "*"}, item), 200)
        warm = max(1.0, bench.scale.seconds / 2)
        capacity = {
            get: wrk(bench, Requests(picus.port, GET), warm).requests_per_second,
            put: wrk(bench, Requests(picus.port, PUT, post=post), warm).requests_per_second,
        }

        def paced(request: Path, seconds: float) -> float:
            rate = capacity[request] * SHARE_OF_CAPACITY
            how = ["--rate", rate, "--seconds", seconds, "--connections", 16]
            return bench.tool("bench_load", "pace", "--port", picus.port, *how, request)["p99_us"]

        def beside_a_crowd(request: Path, seconds: float) -> float:
            with crowd(picus.port):
                live.append(milliseconds_of_livez(picus.port))
                p99 = paced(request, seconds)
                memory.append(memory_kib(picus.pid)["VmRSS"] / 1024)
            return p99

        rounds = bench.interleaved(
            {
                "get": lambda seconds: paced(get, seconds),
                "get beside": lambda seconds: beside_a_crowd(get, seconds),
                "put": lambda seconds: paced(put, seconds),
                "put beside": lambda seconds: beside_a_crowd(put, seconds),
            }
        )
    bench.forget(folder)
    crowded = (
        f"beside {UNFINISHED_BODIES} unfinished bodies, {UNREAD_LISTS} unread lists, "
        f"{SILENT} silent connections"
    )
    return [
        *(
            Figure(
                f"{name} at 30 % of capacity {crowded}: p99",
                "µs",
                rounds[f"{name} beside"],
                "without them",
                rounds[name],
                at_most(3),
            )
            for name in ("get", "put")
        ),
        Figure("the same: /livez", "ms", live, goal=at_most(100, "ms")),
        Figure("the same: VmRSS", "MiB", memory, goal=at_most(256, "MiB")),
    ]


def milliseconds_of_livez(port: int) -> float:
    began = time.monotonic()
    expect(exchange(port, "GET", "/livez"), 200)
    return (time.monotonic() - began) * 1000


def opened(port: int, stack: contextlib.ExitStack, receive_buffer: int = 0) -> socket.socket:
    client = stack.enter_context(socket.socket())
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(("127.0.0.1", port))
    return client


@contextlib.contextmanager
def crowd(port: int) -> Iterator[None]:
    """From one address, all at once."""
    host = b"HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(UNFINISHED_BODIES):
            request = b"POST /picus/put " + host + b"Content-Length: 1000000\r\n\r\n{"
            opened(port, stack).sendall(request)
        for _ in range(UNREAD_LISTS):
            opened(port, stack, 4096).sendall(b"GET /picus/list " + host + b"\r\n")
        for _ in range(SILENT):
            opened(port, stack)
        yield
