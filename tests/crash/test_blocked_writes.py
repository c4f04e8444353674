"""Another process holds the write lock of the store, and does not go on."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.faults import Call, Faults
from harness.fixtures import Serve
from harness.session import Session

PATIENCE_SECONDS = 60


class Stuck:
    """A disk that takes its time over each sync, until it is told that the time is over."""

    def __init__(self) -> None:
        self.is_syncing = threading.Event()
        self.is_over = threading.Event()

    def __call__(self, call: Call) -> int:
        if call.name == "fdatasync":
            self.is_syncing.set()
            self.is_over.wait(PATIENCE_SECONDS)
        return 0


def test_writes_fail_at_their_deadline_and_the_server_can_be_stopped(
    picus: Path, serve: Serve, tmp_path: Path
) -> None:
    stuck = Stuck()
    faults = Faults(tmp_path, "fdatasync")
    holder = serve(binary=faults.program(picus))
    stopped, patient = (serve("--deadline", "1s") for _ in range(2))
    faults.judge(stuck)
    with ThreadPoolExecutor() as pool, Session(holder.url) as slow:
        put = pool.submit(slow.exchange, "POST", "/picus/put", b'{"id":"slow"}')
        assert stuck.is_syncing.wait(PATIENCE_SECONDS)
        for server in (stopped, patient):
            with Session(server.url) as session:
                late = session.exchange("POST", "/picus/put", b'{"id":"late"}')
                assert (late.status, json.loads(late.body)["code"]) == (504, "deadline-exceeded")
                assert "another process" in server.log_line(event="store-blocked")["detail"].lower()
                assert session.exchange("GET", "/readyz/store", b"").status == 503
                assert session.exchange("GET", "/picus/get/late", b"").status == 404
        stopped.terminate()
        assert stopped.wait() == 1
        stuck.is_over.set()
        assert put.result().status == 201
    with Session(patient.url) as session:
        assert session.exchange("POST", "/picus/put", b'{"id":"late"}').status == 201
