"""A real Prometheus scrapes a loaded server, and its counts are exactly those of the clients."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.client import Client
from harness.fixtures import Serve
from harness.ports import free_port, wait_for_port
from harness.process import PicusProcess
from harness.waiting import wait_until
from harness.wire import Wire, get, get_item, put, request
from metrics.scrape import ADMIN, REQUESTS, admin_url, scrape

ACTIVE = "sum(http_server_active_requests)"
ROUNDS = 40
CLIENTS = 4
Key = tuple[str, str, str, str]


class Prometheus:
    """Debian's, on a port of its own, with one target that it scrapes all the time."""

    def __init__(self, folder: Path, target: str, running: contextlib.ExitStack) -> None:
        config = folder / "prometheus.yaml"
        config.write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"},
                    "scrape_configs": [
                        {"job_name": "picus", "static_configs": [{"targets": [target]}]}
                    ],
                }
            ),
            encoding="utf-8",
        )
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
        ]
        command += [f"--web.listen-address=127.0.0.1:{port}"]
        with (folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        running.callback(self._stop)
        wait_for_port(port, self._process)
        # It listens before it has opened its data.
        wait_until(self._is_ready, "Prometheus is ready")

    def _stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _is_ready(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/-/ready", timeout=30).close()
        except urllib.error.HTTPError:
            return False
        return True

    def query(self, expression: str, at: float) -> list[tuple[dict[str, str], float]]:
        """What it was at that time, in seconds since 1970."""
        query = urllib.parse.urlencode({"query": expression, "time": f"{at:.3f}"})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{query}", timeout=30) as response:
            answer = json.loads(response.read())
        assert answer["status"] == "success", answer
        return [(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]]

    def last_scrape(self) -> float:
        """When the last one began that succeeded; 0: none has."""
        times = self.query("timestamp(up) and up == 1", time.time())
        return times[0][1] if times else 0


@pytest.fixture
def running() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


def one_client(client: Client, number: int, sent: Counter[Key]) -> None:
    """Each way in which a request can end."""
    with Wire(client) as wire:
        for n in range(ROUNDS):
            key = f"{number}-{n}"
            wire.send(put(key))
            assert wire.answer().status == 201
            wire.send(put(key))
            assert wire.answer().status == 409
            # Pipelined: all at once, and one that does not exist.
            wire.send(get_item(key) * 3 + get_item("absent") + request("HEAD", "/picus/list"))
            assert [wire.answer().status for _ in range(4)] == [200, 200, 200, 404]
            assert wire.answer(method="HEAD").status == 200
            wire.send(request("DELETE", f"/picus/{key}") + request("PUT", "/picus/put"))
            assert [wire.answer().status for _ in range(2)] == [200, 405]
            sent.update(
                {
                    ("POST", "/picus/put", "201", ""): 1,
                    ("POST", "/picus/put", "409", ""): 1,
                    ("GET", "/picus/get/{key}", "200", ""): 3,
                    ("GET", "/picus/get/{key}", "404", ""): 1,
                    ("HEAD", "/picus/list", "200", ""): 1,
                    ("DELETE", "/picus/{key}", "200", ""): 1,
                    ("PUT", "/picus/put", "405", ""): 1,
                }
            )


def malformed_and_slow(client: Client, sent: Counter[Key]) -> None:
    with Wire(client) as wire:
        wire.send(b"BROKEN\r\n\r\n")
        assert wire.answer().status == 400
    with Wire(client) as wire:
        wire.send(b"GET /picus/list HTTP/1.1\r\n")  # its head never ends
        assert wire.answer().status == 408
    sent.update({("_OTHER", "unknown", "400", ""): 1, ("GET", "unknown", "408", ""): 1})


def aborted(client: Client, sent: Counter[Key]) -> None:
    """A client that leaves in the middle of its response."""
    item = b'{"t":"' + b"x" * 100_000 + b'"}\n'
    with Wire(client) as wire:
        wire.send(
            request("POST", "/picus/put", "Content-Type: application/x-ndjson", body=item * 200)
        )
        assert wire.answer().json()["created"] == 200
    with Wire(client, receive_buffer=4096) as wire:
        wire.send(get("/picus/list"))
        assert wire.socket.recv(16) == b"HTTP/1.1 200 OK\r"
    sent.update({("POST", "/picus/put", "200", ""): 1, ("GET", "/picus/list", "200", "aborted"): 1})


def counted(prometheus: Prometheus, at: float) -> Counter[Key]:
    return Counter(
        {
            (
                metric["http_request_method"],
                metric["http_route"],
                metric["http_response_status_code"],
                metric.get("error_type", ""),
            ): int(value)
            for metric, value in prometheus.query(REQUESTS, at)
        }
    )


def wait_for_counts(prometheus: Prometheus, sent: Counter[Key]) -> float:
    """When it scraped them. A later scrape may fail, and then there is nothing at its time."""
    deadline = time.monotonic() + 30
    while True:
        at = prometheus.last_scrape()
        found = counted(prometheus, at)
        # A request is active until it has been counted.
        if found == sent and prometheus.query(ACTIVE, at) == [({}, 0.0)]:
            return at
        assert time.monotonic() < deadline, (found - sent, sent - found)


def target_of(server: PicusProcess) -> str:
    return admin_url(server).removeprefix("http://")


def test_prometheus_counts_what_clients_count(
    serve: Serve, tmp_path: Path, running: contextlib.ExitStack
) -> None:
    server = serve(*ADMIN, "--header-timeout", "1s")
    prometheus = Prometheus(tmp_path, target_of(server), running)
    client = Client(server.url)
    counts = [Counter[Key]() for _ in range(CLIENTS)]
    threads = [
        threading.Thread(target=one_client, args=(client, number, counts[number]))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = sum(counts, Counter[Key]())
    assert sent.total() == CLIENTS * ROUNDS * 9
    malformed_and_slow(client, sent)
    aborted(client, sent)
    at = wait_for_counts(prometheus, sent)
    store = {
        metric["db_operation_name"]: value
        for metric, value in prometheus.query(
            "sum by (db_operation_name) (db_client_operation_duration_seconds_count)", at
        )
    }
    assert store["put"] == CLIENTS * ROUNDS * 2
    assert store["get"] == CLIENTS * ROUNDS * 4
    assert store["remove"] == CLIENTS * ROUNDS
    ((_, commits),) = prometheus.query("picus_lmdb_commit_writes_count", at)
    ((_, writes),) = prometheus.query("picus_lmdb_commit_writes_sum", at)
    assert 1 <= commits <= writes == CLIENTS * ROUNDS * 3 + store["put_many"]
    ((_, syncs),) = prometheus.query("picus_lmdb_sync_duration_seconds_count", at)
    assert syncs >= commits
    text = scrape(admin_url(server))
    check = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")
