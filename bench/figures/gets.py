"""How many gets does one core answer, against a bare epoll loop and against nginx?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from harness.answers import exchange, expect
from harness.bench import ITEM_BYTES, Bench
from harness.results import Figure, at_least, at_most
from harness.wrk import Requests, WrkResult, wrk

GET = "/picus/get/item-00000000"
ABSENT = "/picus/get/item-99999999"


def measure(bench: Bench) -> list[Figure]:
    def load(requests: Requests) -> Callable[[float], WrkResult]:
        return lambda seconds: wrk(bench, requests, seconds)

    body = bench.item(ITEM_BYTES)
    with ExitStack() as servers:
        picus = servers.enter_context(bench.start_picus())
        expect(exchange(picus.port, "POST", "/picus/put", {}, body), 201)
        answer = expect(exchange(picus.port, "GET", GET), 200, body)
        unchanged = {"If-None-Match": answer.headers["etag"]}
        expect(exchange(picus.port, "GET", GET, unchanged), 304, b"")
        expect(exchange(picus.port, "GET", ABSENT), 404)
        epoll = servers.enter_context(bench.start_epoll(answer.raw))
        nginx = servers.enter_context(bench.start_nginx(body))
        expect(exchange(epoll.port, "GET", GET), 200, body)
        expect(exchange(nginx.port, "GET", "/fixed"), 200, body)
        expect(exchange(nginx.port, "GET", "/static.json"), 200, body)
        rounds = bench.interleaved(
            {
                "get": load(Requests(picus.port, GET)),
                "epoll": load(Requests(epoll.port, GET)),
                "fixed": load(Requests(nginx.port, "/fixed")),
                "static": load(Requests(nginx.port, "/static.json")),
                "absent": load(Requests(picus.port, ABSENT, refused=True)),
                "unchanged": load(Requests(picus.port, GET, headers=unchanged)),
            }
        )
    return figures(rounds)


def figures(rounds: dict[str, list[WrkResult]]) -> list[Figure]:
    rate = {name: [r.requests_per_second for r in results] for name, results in rounds.items()}
    p50 = {name: [r.p50_us for r in results] for name, results in rounds.items()}
    p99 = {name: [r.p99_us for r in results] for name, results in rounds.items()}
    get, unit = "get of 1 KiB, 64 connections", "requests/s"
    return [
        Figure(get, unit, rate["get"], "bare epoll loop", rate["epoll"], at_least(0.65)),
        Figure(get, unit, rate["get"], "nginx, fixed body", rate["fixed"], at_least(1.0)),
        Figure(get, unit, rate["get"], "nginx, static file", rate["static"]),
        Figure(get + ": p50", "µs", p50["get"], "nginx, fixed body", p50["fixed"]),
        Figure(get + ": p99", "µs", p99["get"], "nginx, fixed body", p99["fixed"], at_most(2.0)),
        Figure("get of an absent key", unit, rate["absent"], "our get", rate["get"], at_least(1.0)),
        Figure("get, not modified", unit, rate["unchanged"], "our get", rate["get"], at_least(1.0)),
    ]
