"""How much later does an answer come than from DynamoDB itself, and than through a bare proxy?"""

from __future__ import annotations

from pathlib import Path

from harness.answers import exchange, expect
from harness.bench import ITEM_BYTES, Bench
from harness.results import Figure, at_most
from harness.services import CREDENTIAL, TABLE, start_endpoint, start_picus
from harness.wrk import Requests, wrk

GET = "/picus/get/item-00000000"


def measure(bench: Bench) -> list[Figure]:
    folder = bench.folder("latency")
    through, direct = folder / "through", folder / "direct"
    with (
        start_endpoint(bench, 1, ITEM_BYTES, with_meta=True) as endpoint,
        start_picus(bench, endpoint.port) as picus,
        bench.start_nginx(b"", upstream=endpoint.port) as nginx,
    ):
        expect(exchange(picus.port, "GET", GET), 200, bench.item(ITEM_BYTES))
        through.write_bytes(f"GET {GET} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        direct.write_bytes(get_item(endpoint.port))
        most = wrk(bench, Requests(picus.port, GET), max(1.0, bench.scale.seconds / 2))
        rate = most.requests_per_second / 2

        def paced(port: int, request: Path, seconds: float) -> dict[str, float]:
            how = ["--rate", rate, "--seconds", seconds, "--connections", 64]
            return bench.tool("bench_load", "pace", "--port", port, *how, request)

        rounds = bench.interleaved(
            {
                "through": lambda seconds: paced(picus.port, through, seconds),
                "proxied": lambda seconds: paced(nginx.port, direct, seconds),
                "direct": lambda seconds: paced(endpoint.port, direct, seconds),
            }
        )
    bench.forget(folder)
    figures = []
    get = "DynamoDB, get at half load"
    for name, limit in (("p50", 150), ("p99", 500)):
        took = {way: [r[f"{name}_us"] for r in results] for way, results in rounds.items()}
        added, by_nginx = (
            [a - b for a, b in zip(took[way], took["direct"], strict=True)]
            for way in ("through", "proxied")
        )
        goal = at_most(limit, "µs")
        figures.append(Figure(f"{get}: {name}", "µs", took["through"], "direct", took["direct"]))
        figures.append(
            Figure(f"{get}: {name} added", "µs", added, "nginx as a proxy", by_nginx, goal)
        )
    return figures


def get_item(port: int) -> bytes:
    """What an SDK sends. The endpoint believes any signature."""
    body = f'{{"TableName":"{TABLE}","Key":{{"id":{{"S":"item-00000000"}}}},"ConsistentRead":true}}'
    signature = f"SignedHeaders=content-type;host;x-amz-target, Signature={'0' * 64}"
    lines = [
        "POST / HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/x-amz-json-1.0",
        "X-Amz-Target: DynamoDB_20120810.GetItem",
        "X-Amz-Date: 20260101T000000Z",
        f"Authorization: AWS4-HMAC-SHA256 {CREDENTIAL}, {signature}",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
