"""How many durable puts does one core acknowledge, against a raw append log with group commit on
the same disk? How much longer than the disk's own time does a single put take?"""

from __future__ import annotations

import http.client
import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from harness.answers import WrongAnswerError, exchange, expect
from harness.bench import ITEM_BYTES, Bench
from harness.results import Figure, at_least, at_most
from harness.wrk import Requests, wrk

PUT = "/picus/put"


def measure(bench: Bench) -> list[Figure]:
    folder = bench.folder("puts")
    post = folder / "body.json"
    post.write_bytes(body_without_id(bench.item(ITEM_BYTES)))
    with ExitStack() as servers:
        picus = servers.enter_context(bench.start_picus())
        created = check_put(picus.port, post.read_bytes())
        log = servers.enter_context(bench.start_epoll_log(created))
        expect(exchange(log.port, "POST", PUT, {}, post.read_bytes()), 201)
        acknowledged: list[int] = []

        def put(port: int, connections: int, seconds: float) -> dict[str, float]:
            result = wrk(bench, Requests(port, PUT, connections, post=post), seconds)
            if port == picus.port:
                acknowledged.append(result.requests)
            return {**asdict(result), "rate": result.requests_per_second}

        many = bench.interleaved(
            {
                "picus": lambda seconds: put(picus.port, 64, seconds),
                "log": lambda seconds: put(log.port, 64, seconds),
                "raw": lambda seconds: raw_log(bench, folder, "clients", seconds, 64),
            }
        )
        one = bench.interleaved(
            {
                "picus": lambda seconds: put(picus.port, 1, seconds)["p50_us"],
                "log": lambda seconds: put(log.port, 1, seconds)["p50_us"],
                "bare": lambda seconds: raw_log(bench, folder, "bare", seconds)["p50_us"],
            }
        )
        check_kept(picus.port, sum(acknowledged))
    bench.forget(folder)
    return figures(many, one)


def body_without_id(item: bytes) -> bytes:
    """The item's members, padded so that the body has as many bytes as the item."""
    members = json.loads(item)
    del members["id"]
    text = json.dumps(members, separators=(",", ":"))
    members["note"] += "." * (len(item) - len(text))
    return json.dumps(members, separators=(",", ":")).encode()


def check_put(port: int, body: bytes) -> bytes:
    """Puts once and gets the item again; the raw answer of the put."""
    created = expect(exchange(port, "POST", PUT, {}, body), 201)
    item = expect(exchange(port, "GET", created.headers["location"]), 200)
    if json.loads(item.body) != {"id": json.loads(created.body)["id"], **json.loads(body)}:
        raise WrongAnswerError(f"put {body!r}, got {item.body!r}")
    return created.raw


def raw_log(
    bench: Bench, folder: Path, mode: str, seconds: float, *more: object
) -> dict[str, float]:
    """The append log by itself, on the server's core."""
    where = [folder / "records", seconds, ITEM_BYTES]
    return bench.tool("bench_append_log", mode, *where, *more, core=bench.server_core)


def check_kept(port: int, acknowledged: int) -> None:
    """The store lists at least as many items as puts were acknowledged."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/picus/list", headers={"Accept": "application/x-ndjson"})
    answer = connection.getresponse()
    kept = 0
    while piece := answer.read(1 << 20):
        kept += piece.count(b"\n")
    connection.close()
    if kept < acknowledged:
        raise WrongAnswerError(f"{acknowledged} puts were acknowledged, {kept} items are there")


def figures(many: dict[str, list[dict[str, float]]], one: dict[str, list[float]]) -> list[Figure]:
    rate = {name: [r["rate"] for r in results] for name, results in many.items()}
    p99 = {name: [r.get("p99_us", 0.0) for r in results] for name, results in many.items()}
    put, log = "durable put of 1 KiB, 64 connections", "epoll loop with append log"
    raw_name = "append log in process, 64 at a time"
    single = "durable put of 1 KiB, 1 connection: p50"
    return [
        Figure(put, "puts/s", rate["picus"], log, rate["log"], at_least(0.6)),
        Figure(put, "puts/s", rate["picus"], raw_name, rate["raw"]),
        Figure(put + ": p99", "µs", p99["picus"], log, p99["log"]),
        Figure(single, "µs", one["picus"], "bare append and fdatasync", one["bare"], at_most(1.5)),
        Figure(single, "µs", one["picus"], log, one["log"]),
    ]
