"""From 0.1.0 to today's program and back: under load by handover, and on one store."""

from __future__ import annotations

from pathlib import Path

from harness.client import Client
from harness.command import check
from harness.process import PicusProcess
from harness.session import listed
from upgrade.conftest import Serve, listen, urls_of
from upgrade.load import Tally, acknowledged, load
from upgrade.old_store import KEYS_OF_RETRIES, RETRIED, fill, items_of

HANDOVERS = 3
BETWEEN = 3000


def take_over(old: PicusProcess, serve: Serve, program: Path, tally: Tally) -> PicusProcess:
    new = serve(*listen(old.url), binary=program)
    assert urls_of(new, 1)[0] == old.url
    old.terminate()
    old.finish()
    tally.wait_for(BETWEEN)
    return new


def test_handovers_to_the_new_version_and_back_lose_no_request(
    previous: Path, picus: Path, data: Path, serve: Serve
) -> None:
    server = serve(binary=previous)
    url = server.url
    with load([url], fresh=8, kept=6) as (tally, clients):
        tally.wait_for(BETWEEN)
        for _ in range(HANDOVERS):
            server = take_over(server, serve, picus, tally)
            server = take_over(server, serve, previous, tally)
    items = acknowledged(clients)
    assert listed(url) == items
    assert check(picus, data) == len(items)
    assert check(previous, data) == len(items)


def test_the_old_version_reads_what_the_new_one_wrote(previous: Path, serve: Serve) -> None:
    server = serve()
    fill(Client(server.url))
    items = items_of(Client(server.url))
    server.stop()

    client = Client(serve(binary=previous).url)
    assert items_of(client) == items
    for key, text in zip(KEYS_OF_RETRIES, RETRIED, strict=True):
        headers = {"Idempotency-Key": key} | ({"If-Match": "*"} if "replaced" in text else {})
        assert client.put(text, headers)["Idempotency-Replayed"] == "true"
    assert items_of(client) == items
