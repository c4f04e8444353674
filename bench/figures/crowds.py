"""Does a crowd that never sends, never reads or only connects take the service from one client?"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.answers import WrongAnswerError, exchange, expect
from harness.bench import ITEM_BYTES, LIST_ITEM_BYTES, Bench
from harness.processes import Server, memory_kib
from harness.results import Figure, at_most
from harness.wrk import Requests, wrk

GET = "/picus/get/item-00000000"
PUT = "/picus/put"
UNFINISHED_BODIES, UNREAD_LISTS, SILENT = 1024, 1024, 10_000
MAX_CONNECTIONS = 10_000
"""The default of the server: beyond it, the longest silent ones are closed."""
LISTED_ITEMS = 50_000
"""More than the buffers of a connection hold."""
SETTLE_SECONDS = 10
LISTENS = "0A"
SHARE_OF_CAPACITY = 0.3

Latencies = dict[str, float]


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
    loop_answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(item), item)
    with bench.start_picus() as picus, bench.start_epoll(loop_answer) as loop:
        bench.seed(picus.port, LISTED_ITEMS, LIST_ITEM_BYTES)
        expect(exchange(picus.port, "POST", PUT, {"If-Match": "*"}, item), 200)
        warm = max(1.0, bench.scale.seconds / 2)
        capacity = {
            get: wrk(bench, Requests(picus.port, GET), warm).requests_per_second,
            put: wrk(bench, Requests(picus.port, PUT, post=post), warm).requests_per_second,
        }

        def paced(request: Path, seconds: float, port: int = picus.port) -> Latencies:
            rate = capacity[request] * SHARE_OF_CAPACITY
            how = ["--rate", rate, "--seconds", seconds, "--connections", 16]
            return bench.tool("bench_load", "pace", "--port", port, *how, request)

        def beside_a_crowd(request: Path, seconds: float) -> Latencies:
            with crowd(picus):
                live.append(milliseconds_of_livez(picus.port))
                latencies = paced(request, seconds)
                memory.append(memory_kib(picus.pid)["VmRSS"] / 1024)
            return latencies

        def loop_beside_idle_connections(seconds: float) -> Latencies:
            with contextlib.ExitStack() as stack:
                for _ in range(UNFINISHED_BODIES + UNREAD_LISTS + SILENT):
                    opened(loop.port, stack)
                return paced(get, seconds, loop.port)

        rounds = bench.interleaved(
            {
                "get": lambda seconds: paced(get, seconds),
                "get beside": lambda seconds: beside_a_crowd(get, seconds),
                "put": lambda seconds: paced(put, seconds),
                "put beside": lambda seconds: beside_a_crowd(put, seconds),
                "loop": lambda seconds: paced(get, seconds, loop.port),
                "loop beside": loop_beside_idle_connections,
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
                f"{name} at 30 % of capacity {crowded}: {percentile}",
                "µs",
                [one[key] for one in rounds[f"{name} beside"]],
                "without them",
                [one[key] for one in rounds[name]],
                goal,
            )
            for name in ("get", "put")
            for percentile, key, goal in (
                ("p99 of a tenth of a second, third quartile", "usual_p99_us", at_most(3)),
                ("p99 of all", "p99_us", None),
            )
        ),
        Figure(
            "the same get of a bare epoll loop beside as many idle connections: p99 of all",
            "µs",
            [one["p99_us"] for one in rounds["loop beside"]],
            "without them",
            [one["p99_us"] for one in rounds["loop"]],
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
def crowd(picus: Server) -> Iterator[None]:
    """From one address, all at once, and all along."""
    host = b"HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    port = picus.port
    with contextlib.ExitStack() as stack:
        bodies = [opened(port, stack) for _ in range(UNFINISHED_BODIES)]
        for client in bodies:
            client.sendall(b"POST /picus/put " + host + b"Content-Length: 1000000\r\n\r\n{")
        for _ in range(UNREAD_LISTS):
            opened(port, stack, 4096).sendall(b"GET /picus/list " + host + b"\r\n")
        for _ in range(SILENT):
            opened(port, stack)
        wait_until(lambda: connections(picus) >= MAX_CONNECTIONS and not_accepted(port) == 0)
        yield
        # The connections of the load took the places of a few silent ones.
        if connections(picus) < 0.99 * MAX_CONNECTIONS or any(map(has_heard, bodies)):
            raise WrongAnswerError("the crowd was closed during the measurement")
    wait_until(lambda: connections(picus) < SILENT / 100)


def connections(picus: Server) -> int:
    """The server has a few other descriptors."""
    return len(list(Path(f"/proc/{picus.pid}/fd").iterdir()))


def not_accepted(port: int) -> int:
    """How many clients of this port of 127.0.0.1 wait for the server to accept them."""
    # proc_pid_net(5): number, local address, remote address, state, both queues
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues, *_ = line.split()
        if state == LISTENS and local == f"0100007F:{port:04X}":
            return int(queues.partition(":")[2], 16)
    raise WrongAnswerError(f"nothing listens on 127.0.0.1:{port}")


def has_heard(client: socket.socket) -> bool:
    """A response has arrived, or the end of the connection."""
    try:
        client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    return True


def wait_until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + SETTLE_SECONDS
    while not reached():
        if time.monotonic() > end:
            raise WrongAnswerError("the connections were neither accepted nor closed")
        time.sleep(0.01)
