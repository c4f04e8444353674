"""kill -9 at random moments: what was acknowledged is there, what was not is whole or not there."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from crash.writers import Moments, verify, writers, writing
from harness.command import check
from harness.fixtures import Serve
from harness.process import PicusProcess
from harness.session import listed

CLIENTS = 6


def kill_at_random(rng: random.Random, moments: Moments, *victims: PicusProcess) -> None:
    """Some moment within or behind the writing of the n-th thing that the clients do."""
    moments.wait_for(rng.randint(1, 500))

    def strike() -> None:
        for victim in victims:
            victim.process.kill()

    timer = threading.Timer(rng.uniform(0, 0.005), strike)
    timer.start()
    timer.join()
    for victim in victims:
        victim.wait()


@pytest.mark.parametrize(("durability", "rounds"), [("full", 30), ("relaxed", 10)])
def test_nothing_acknowledged_is_lost_and_nothing_is_half_there_after_kill_9(
    picus: Path, data: Path, serve: Serve, rng: random.Random, durability: str, rounds: int
) -> None:
    clients, moments = writers(CLIENTS, rng)
    server = serve("--durability", durability)
    for _ in range(rounds):
        with writing(clients, [server.url]):
            kill_at_random(rng, moments, server)
        items = check(picus, data)
        server = serve("--durability", durability)
        found = listed(server.url)
        assert len(found) == items
        items = verify(clients, server.url, found)
        assert check(picus, data) == items


def test_a_server_that_is_killed_takes_nothing_from_the_other_one_of_its_store(
    picus: Path, data: Path, serve: Serve, rng: random.Random
) -> None:
    """The survivor serves on, although the dead one held locks; each is the dead one in turn."""
    clients, moments = writers(CLIENTS, rng)
    doomed, survivor = serve(), serve()
    of_doomed, of_survivor = clients[::2], clients[1::2]
    for _ in range(10):
        with writing(clients, [doomed.url, survivor.url]):
            kill_at_random(rng, moments, doomed)
            for client in of_survivor:
                client.go_on_for(20)
            moments.over.set()
        check(picus, data)
        verify(clients, survivor.url, listed(survivor.url))
        doomed, survivor = survivor, serve()
        of_doomed, of_survivor = of_survivor, of_doomed
        clients = [client for pair in zip(of_doomed, of_survivor, strict=True) for client in pair]


def test_a_store_whose_servers_are_all_killed_at_once_is_whole(
    picus: Path, data: Path, serve: Serve, rng: random.Random
) -> None:
    clients, moments = writers(CLIENTS, rng)
    for _ in range(8):
        servers = [serve(), serve()]
        with writing(clients, [server.url for server in servers]):
            kill_at_random(rng, moments, *servers)
        items = check(picus, data)
        server = serve()
        found = listed(server.url)
        assert len(found) == items
        verify(clients, server.url, found)
        server.kill()
