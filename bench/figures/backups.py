"""What does a backup of 1 GB cost, and how many durable puts are left to the server meanwhile?"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from figures.puts import PUT, body_without_id, check_kept, check_put
from harness.answers import WrongAnswerError
from harness.bench import ITEM_BYTES, Bench
from harness.results import Figure, at_least, at_most
from harness.wrk import Requests, wrk

GIGABYTE = 10**9


@dataclass(frozen=True)
class Cost:
    """Of one backup, for each gigabyte of the snapshot."""

    seconds: float
    cpu_seconds: float


class Backups:
    """Of one store, on the core of the load."""

    def __init__(self, bench: Bench, data: Path) -> None:
        self._snapshot = bench.folder("snapshot") / "items.mdb"
        words = [str(bench.picus), "backup", "--data", str(data), str(self._snapshot)]
        self._command = bench.on_load_core(words)
        self._running: subprocess.Popen[bytes] | None = None

    def one(self) -> Cost:
        began = time.monotonic()
        self._running = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(self._running.pid, 0)
        self._running.returncode = os.waitstatus_to_exitcode(status)
        if self._running.returncode != 0:
            raise WrongAnswerError(f"the backup exited with {self._running.returncode}")
        gigabytes = self._snapshot.stat().st_size / GIGABYTE
        cpu = used.ru_utime + used.ru_stime
        return Cost((time.monotonic() - began) / gigabytes, cpu / gigabytes)

    @contextlib.contextmanager
    def all_along(self) -> Iterator[None]:
        """The next one begins as soon as one is complete. The last one is interrupted."""
        stopping = threading.Event()
        failures: list[WrongAnswerError] = []

        def repeat() -> None:
            try:
                while not stopping.is_set():
                    self.one()
            except WrongAnswerError as error:
                if not stopping.is_set():
                    failures.append(error)

        thread = threading.Thread(target=repeat)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            while thread.is_alive():
                if self._running is not None and self._running.returncode is None:
                    # Not terminate(), which may take the status that one() waits for.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self._running.pid, signal.SIGTERM)
                thread.join(0.1)
        if failures:
            raise failures[0]


def measure(bench: Bench) -> list[Figure]:
    folder = bench.folder("backups")
    post = folder / "body.json"
    post.write_bytes(body_without_id(bench.item(ITEM_BYTES)))
    data = bench.folder("backed-up")
    acknowledged: list[int] = []
    with bench.start_picus(data) as picus:
        bench.seed(picus.port, bench.scale.list_items, ITEM_BYTES)
        check_put(picus.port, post.read_bytes())
        backups = Backups(bench, data)

        def put(seconds: float) -> float:
            result = wrk(bench, Requests(picus.port, PUT, post=post), seconds)
            acknowledged.append(result.requests)
            return result.requests_per_second

        def put_beside_a_backup(seconds: float) -> float:
            with backups.all_along():
                return put(seconds)

        rates = bench.interleaved({"alone": put, "beside": put_beside_a_backup})
        costs = [backups.one() for _ in range(bench.scale.rounds)]
        check_kept(picus.port, sum(acknowledged))
    for used in (folder, data):
        bench.forget(used)
    return [
        Figure(
            "durable put of 1 KiB, 64 connections, during backups",
            "puts/s",
            rates["beside"],
            "without a backup",
            rates["alone"],
            at_least(0.7),
        ),
        Figure(
            "backup: user and system time for 1 GB",
            "s",
            [cost.cpu_seconds for cost in costs],
            goal=at_most(5, "s"),
        ),
        Figure("the same: elapsed", "s", [cost.seconds for cost in costs]),
    ]
