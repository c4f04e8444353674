"""What holds when several clients want the same thing at once."""

from __future__ import annotations

import concurrent.futures
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import pytest

from harness.client import Answer, Client, to_json, unique
from harness.shapes import BESIDE, Server

pytestmark = pytest.mark.meaning

Call = Callable[[], Answer]


def at_once(calls: Iterable[Call]) -> list[Answer]:
    """The answers to calls that all start together."""
    waiting = list(calls)
    barrier = threading.Barrier(len(waiting))

    def run(call: Call) -> Answer:
        barrier.wait(30)
        return call()

    with concurrent.futures.ThreadPoolExecutor(len(waiting)) as pool:
        return list(pool.map(run, waiting))


def statuses(answers: Iterable[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_of_50_puts_of_one_key_one_is_201(client: Client) -> None:
    key = unique()
    answers = at_once(partial(client.put, {"id": key, "n": n}) for n in range(50))
    assert statuses(answers) == {201: 1, 409: 49}
    winner = next(n for n, answer in enumerate(answers) if answer.status == 201)
    assert client.get(key).json()["n"] == winner


def test_of_two_deletes_one_is_200_and_one_404(client: Client) -> None:
    for _ in range(20):
        key = unique()
        client.created({"id": key})
        assert statuses(at_once([partial(client.delete, key)] * 2)) == {200: 1, 404: 1}


def test_of_20_changes_of_one_etag_one_succeeds(client: Client) -> None:
    key = unique()
    etag = client.created({"id": key, "n": -1}).etag
    match = {"If-Match": etag}
    answers = at_once(partial(client.put, {"id": key, "n": n}, match) for n in range(20))
    assert statuses(answers) == {200: 1, 412: 19}
    winner = next(n for n, answer in enumerate(answers) if answer.status == 200)
    assert client.get(key).json()["n"] == winner


def test_a_put_and_a_delete_of_one_etag_exclude_each_other(client: Client) -> None:
    for _ in range(10):
        key = unique()
        match = {"If-Match": client.created({"id": key, "n": 1}).etag}
        put, deleted = at_once(
            [partial(client.put, {"id": key, "n": 2}, match), partial(client.delete, key, match)]
        )
        assert (put.status, deleted.status) in ((200, 412), (412, 200))
        assert client.get(key).status == (200 if put.status == 200 else 404)


def test_puts_of_different_keys_do_not_disturb_each_other(client: Client) -> None:
    keys = [unique() for _ in range(60)]
    answers = at_once(partial(client.put, {"id": key}) for key in keys)
    assert statuses(answers) == {201: 60}
    assert all(client.get(key).status == 200 for key in keys)


def test_two_bulk_puts_of_the_same_keys_create_each_once(client: Client) -> None:
    text = b"".join(to_json({"id": unique()}) + b"\n" for _ in range(500))
    reports = [answer.json() for answer in at_once([partial(client.bulk, text)] * 2)]
    assert sum(report["created"] for report in reports) == 500
    assert sum(report["failed"] for report in reports) == 500


def test_a_counter_changed_by_etag_loses_nothing(client: Client) -> None:
    key = unique()
    client.created({"id": key, "n": 0})

    def increment() -> Answer:
        while True:
            seen = client.get(key)
            n = int(seen.json()["n"])
            answer = client.put({"id": key, "n": n + 1}, {"If-Match": seen.etag})
            if answer.status == 200:
                return answer

    at_once([increment] * 15)
    assert client.get(key).json()["n"] == 15


@pytest.mark.needs(BESIDE)
def test_two_servers_of_one_store_give_a_key_away_once(start: Callable[..., Server]) -> None:
    one = start()
    clients = [one.client, start(data=one.data).client]
    for _ in range(5):
        key = unique()
        puts = [partial(client.put, {"id": key}) for client in clients * 8]
        assert statuses(at_once(puts)) == {201: 1, 409: 15}
        deletes = [partial(client.delete, key) for client in clients * 4]
        assert statuses(at_once(deletes)) == {200: 1, 404: 7}
