"""What `--admin-listen` serves, and when."""

from __future__ import annotations

import contextlib
import gzip
import subprocess
from pathlib import Path

from harness.client import Client
from harness.fixtures import Serve
from harness.process import PicusProcess
from harness.waiting import wait_until
from harness.wire import Wire, get, request
from metrics.scrape import ADMIN, REQUESTS, admin_url, parse, scrape, scraped, value


def clients(server: PicusProcess) -> tuple[Client, Client]:
    return Client(server.url), Client(admin_url(server))


def test_it_serves_metrics_and_health_and_nothing_else(serve: Serve) -> None:
    server = serve(*ADMIN)
    client, admin = clients(server)
    answer = admin.request("GET", "/metrics")
    assert answer.status == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert admin.request("HEAD", "/metrics").status == 200
    packed = admin.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
    assert (packed.status, packed["Content-Encoding"]) == (200, "gzip")
    assert gzip.decompress(packed.body).startswith(b"# HELP ")
    assert admin.request("GET", "/livez").json() == {"status": "alive"}
    assert admin.request("GET", "/readyz").json() == {"status": "ready"}
    assert admin.request("POST", "/metrics").status == 405
    for path in ("/", "/openapi.json", "/readyz/store", "/picus/list", "/picus/get/a"):
        assert admin.request("GET", path).code == "not-found", path
    assert client.request("GET", "/metrics").code == "not-found"
    assert admin.request("GET", "/metrics", headers={"Host": "evil.example"}).status == 403
    samples = parse(answer.body.decode())
    assert value(samples, "picus_ready") == 1
    assert value(samples, "picus_draining") == 0
    assert value(samples, "picus_build_info") == 1
    assert value(samples, "process_resident_memory_bytes") > 1024 * 1024
    assert value(samples, "process_open_fds") > 5


def test_its_own_requests_are_not_counted_nor_logged(serve: Serve) -> None:
    server = serve(*ADMIN, "--access-log", "on")
    client, admin = clients(server)
    client.request("GET", "/livez")
    for _ in range(3):
        admin.request("GET", "/metrics")
    scraped(admin_url(server), REQUESTS, 1)
    server.stop()
    requests = [line for line in server.err.lines() if '"event":"request"' in line]
    assert len(requests) == 1


def test_it_answers_while_every_connection_of_the_server_is_taken(serve: Serve) -> None:
    server = serve(*ADMIN, "--max-connections", "1", "--threads", "1")
    client, admin = clients(server)
    with contextlib.ExitStack() as stack:
        for _ in range(200):  # more than the limit and its reserve
            wire = stack.enter_context(Wire(client))
            wire.send(request("POST", "/picus/put", "Content-Length: 5"))
        assert admin.request("GET", "/livez").status == 200

        def count(name: str, **labels: str) -> float:
            return value(parse(scrape(admin_url(server))), name, **labels)

        # Its own thread may be ahead of that of the server.
        wait_until(lambda: count("picus_connections_total", result="refused") > 0, "refused ones")
        assert count("picus_connections") > 1


def test_it_answers_while_the_server_drains(serve: Serve) -> None:
    server = serve(*ADMIN, "--drain-delay", "0s")
    client, admin = clients(server)
    with Wire(client) as wire:
        wire.send(request("POST", "/picus/put", "Content-Length: 2", "Expect: 100-continue"))
        assert wire.answer().status == 100
        server.terminate()
        server.log_line(event="draining")
        assert admin.request("GET", "/livez").status == 200
        assert admin.request("GET", "/readyz").code == "draining"
        samples = parse(scrape(admin_url(server)))
        assert value(samples, "picus_ready") == 0
        assert value(samples, "picus_draining") == 1
        assert value(samples, "http_server_active_requests", http_request_method="POST") == 1
        wire.send(b"{}")
        assert wire.answer().status == 201
    server.finish()


def test_a_new_process_takes_it_over_and_counts_from_the_start(serve: Serve) -> None:
    old = serve(*ADMIN)
    client, _ = clients(old)
    for _ in range(5):
        client.request("GET", "/livez")
    address = admin_url(old)
    listen = address.removeprefix("http://")
    new = serve("--admin-listen", listen, "--listen", old.url.removeprefix("http://"))
    assert admin_url(new) == address
    old.stop()
    assert value(parse(scrape(address)), REQUESTS) == 0
    client.request("GET", "/livez")
    scraped(address, REQUESTS, 1)


def test_an_address_that_is_taken_or_wrong_ends_the_start(
    picus: Path, data: Path, serve: Serve
) -> None:
    other = serve()
    taken = other.url.removeprefix("http://")
    for address, code, text in (
        (taken, 3, "--admin-listen: "),
        ("nowhere", 2, "--admin-listen"),
    ):
        command = [str(picus), "serve", "--data", str(data.parent / "other")]
        command += ["--listen", "127.0.0.1:0", "--admin-listen", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, text in done.stderr) == (code, True), done.stderr


def test_an_address_that_others_reach_is_warned_of(serve: Serve) -> None:
    server = serve("--admin-listen", "0.0.0.0:0")
    assert server.log_line(event="admin-listener-open")["listen"] == "0.0.0.0:0"
    quiet = serve(*ADMIN, on=server.data.parent / "other")
    quiet.stop()
    assert not [line for line in quiet.err.lines() if "admin-listener-open" in line]


def test_random_paths_and_methods_add_no_series(serve: Serve) -> None:
    server = serve(*ADMIN)
    client, _ = clients(server)
    paths = 10_000
    with Wire(client) as wire:
        for start in range(0, paths, 500):
            batch = b"".join(get(f"/r{n}/{n * 7919}?q={n}") for n in range(start, start + 500))
            wire.send(batch)
            for _ in range(500):
                assert wire.answer().status == 404
        for n in range(100):
            wire.send(request(f"M{n}", "/picus/list"))
            assert wire.answer().status == 405
    samples = scraped(admin_url(server), REQUESTS, paths + 100)
    series = [sample.labels for sample in samples if sample.name == REQUESTS]
    assert sorted(tuple(labels.values()) for labels in series) == [
        ("GET", "unknown", "404"),
        ("_OTHER", "/picus/list", "405"),
    ]
    assert value(samples, REQUESTS, http_route="unknown") == paths
