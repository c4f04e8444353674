"""Histories of a table behind a network that loses, delays and repeats: no client is lied to.

Two servers share the table. What a repetition may do beside the order of the promises is what
decision 64 says, and nothing else.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.dynamodb import CREDENTIALS, DynamoDbLocal
from harness.fault_proxy import CutError, Exchange, FaultProxy
from harness.process import PicusProcess
from history.workload import run_workload

# Of a hundred calls.
REQUEST_LOST = 2
RESPONSE_LOST = 4
CARRIED_OUT_LATE = 4


class Misfortune:
    """A fault that strikes some calls, and knows for which requests it did."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._lock = threading.Lock()
        self._late: list[threading.Thread] = []
        self.struck: list[str] = []  # traces of requests that may have been carried out twice

    def __call__(self, exchange: Exchange) -> None:
        headers, _ = exchange.request()
        with self._lock:
            chance = self._rng.random() * 100
            delay = self._rng.uniform(0.01, 0.4)
        if chance < REQUEST_LOST:
            raise CutError(reset=True)
        if chance < REQUEST_LOST + RESPONSE_LOST:
            self._note(headers)
            exchange.forward()
            raise CutError(reset=True)
        if chance < REQUEST_LOST + RESPONSE_LOST + CARRIED_OUT_LATE:
            self._note(headers)
            late = threading.Thread(target=self._carry_out, args=(exchange, delay))
            with self._lock:
                self._late.append(late)
            late.start()
            raise CutError(reset=True)
        exchange.send(exchange.forward().wire())

    def _note(self, headers: dict[str, str]) -> None:
        root = headers.get("x-amzn-trace-id", "").partition(";")[0]
        with self._lock:
            self.struck.append("".join(root.removeprefix("Root=").split("-")[1:]))

    @staticmethod
    def _carry_out(exchange: Exchange, delay: float) -> None:
        """When the client has sent it again long ago, and somebody else has written."""
        with contextlib.suppress(CutError):  # the test is over
            exchange.hold(delay)
            exchange.forward_anew()

    def join(self) -> None:
        for late in self._late:
            late.join()


@pytest.fixture
def proxy(dynamodb: DynamoDbLocal) -> Iterator[FaultProxy]:
    running = FaultProxy(dynamodb.port)
    yield running
    running.stop()


@pytest.fixture
def servers(
    picus: Path, dynamodb: DynamoDbLocal, proxy: FaultProxy, tmp_path: Path
) -> Iterator[list[PicusProcess]]:
    table = dynamodb.create_table()
    place = (*dynamodb.options(table)[:-1], proxy.url, "--access-log", "off")
    both = [
        PicusProcess(picus, tmp_path / f"logs-{number}", *place, env=CREDENTIALS)
        for number in range(2)
    ]
    yield both
    proxy.heal()
    for server in both:
        server.stop()
    dynamodb.delete_table(table)


@pytest.mark.parametrize("luck", ["good", "bad"])
def test_what_clients_are_told_can_have_happened_in_some_order(
    servers: list[PicusProcess], proxy: FaultProxy, rng: random.Random, luck: str
) -> None:
    misfortune = Misfortune(random.Random(rng.random()))
    if luck == "bad":
        proxy.strike(misfortune)
    choice = random.Random(rng.random())
    records = run_workload(rng, lambda: choice.choice(servers).url)
    proxy.heal()
    misfortune.join()
    records.note_repetitions(misfortune.struck)
    print(records.count(), "operations,", records.unknown(), "unknown", len(misfortune.struck))
    assert records.unknown() < records.count() / 5
    records.assert_linearizable()
