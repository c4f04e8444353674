"""Histories of an embedded store whose servers are killed, and take over from each other."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from harness.fixtures import Serve
from harness.process import PicusProcess
from history.workload import Records, run_workload

ROUNDS = 4
CLIENTS = 8
EACH = 400


class Site:
    """Where the server is now; clients wait while there is none."""

    def __init__(self, server: PicusProcess) -> None:
        self.server = server
        self._up = threading.Event()
        self._up.set()

    def url(self) -> str:
        assert self._up.wait(60)
        return self.server.url

    def replace(self, serve: Callable[[], PicusProcess]) -> None:
        self._up.clear()
        self.server.kill()
        self.server = serve()
        self._up.set()


def wait_for(records: Records, count: int) -> None:
    records.wait_until(lambda: records.count() >= count)


def test_what_clients_are_told_can_have_happened_across_kill_9(
    serve: Serve, rng: random.Random
) -> None:
    site = Site(serve())

    def kill_again_and_again(records: Records) -> None:
        for number in range(1, ROUNDS + 1):
            wait_for(records, number * CLIENTS * EACH // (ROUNDS + 1))
            site.replace(serve)

    records = run_workload(
        rng, site.url, clients=CLIENTS, each=EACH, meanwhile=kill_again_and_again
    )
    assert records.unknown() <= 2 * ROUNDS * CLIENTS
    records.assert_linearizable()


def test_what_clients_are_told_can_have_happened_across_handovers(
    serve: Serve, rng: random.Random
) -> None:
    server = serve()
    url = server.url

    def hand_over_again_and_again(records: Records) -> None:
        nonlocal server
        for number in range(1, ROUNDS + 1):
            wait_for(records, number * CLIENTS * EACH // (ROUNDS + 1))
            successor = serve("--listen", url.removeprefix("http://"))
            server.terminate()
            server.finish()
            server = successor

    records = run_workload(
        rng, lambda: url, clients=CLIENTS, each=EACH, meanwhile=hand_over_again_and_again
    )
    # A connection may end as a request is sent: that request alone has no known outcome.
    assert records.unknown() <= ROUNDS * CLIENTS
    records.assert_linearizable()
