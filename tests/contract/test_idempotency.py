"""Idempotency-Key: a put that may be sent again."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable

import pytest

from harness.client import Answer, Client, to_json, unique
from harness.shapes import BESIDE, REPEATS, RESTART, Server, Shape

pytestmark = pytest.mark.meaning


def with_key(name: str, **more: str) -> dict[str, str]:
    return {"Idempotency-Key": name} | {k.replace("_", "-"): v for k, v in more.items()}


def assert_replay(again: Answer, first: Answer) -> None:
    assert again.status == first.status
    assert again.body == first.body
    assert again.get("Location") == first.get("Location")
    assert again.etag == first.etag
    assert again["Idempotency-Replayed"] == "true"


def test_the_same_key_with_the_same_body_answers_as_the_first_time_did(client: Client) -> None:
    name = unique("retry")
    first = client.created({"n": 1}, with_key(name))
    assert first.get("Idempotency-Replayed") is None
    for _ in range(3):
        assert_replay(client.put({"n": 1}, with_key(name)), first)
    assert client.get(first.json()["id"]).json() == {"id": first.json()["id"], "n": 1}


def test_it_holds_with_an_id_of_the_client_too(client: Client) -> None:
    name, key = unique("retry"), unique()
    first = client.created({"id": key, "n": 1}, with_key(name))
    assert_replay(client.put({"id": key, "n": 1}, with_key(name)), first)


def test_the_same_key_with_another_body_is_422(client: Client) -> None:
    name = unique("retry")
    first = client.created({"n": 1}, with_key(name))
    answer = client.put({"n": 2}, with_key(name))
    assert (answer.status, answer.code) == (422, "idempotency-mismatch")
    assert client.get(first.json()["id"]).json()["n"] == 1


def test_the_same_key_with_another_body_for_the_same_id_is_422(client: Client) -> None:
    name, key = unique("retry"), unique()
    client.created({"id": key, "n": 1}, with_key(name))
    answer = client.put({"id": key, "n": 2}, with_key(name))
    assert (answer.status, answer.code) == (422, "idempotency-mismatch")
    assert client.get(key).json()["n"] == 1


def test_another_key_for_a_taken_id_is_409(client: Client) -> None:
    key = unique()
    client.created({"id": key}, with_key(unique("retry")))
    answer = client.put({"id": key}, with_key(unique("retry")))
    assert (answer.status, answer.code) == (409, "already-exists")
    assert client.put({"id": key}).code == "already-exists"


def test_different_keys_with_the_same_body_make_different_items(client: Client) -> None:
    one = client.created({"n": 1}, with_key(unique("retry")))
    two = client.created({"n": 1}, with_key(unique("retry")))
    assert one.json() != two.json()


def test_a_replacing_put_is_replayed_with_its_own_answer(client: Client) -> None:
    name, key = unique("retry"), unique()
    old = client.created({"id": key, "n": 1}).etag
    headers = with_key(name, If_Match=old)
    first = client.put({"id": key, "n": 2}, headers)
    assert first.status == 200
    again = client.put({"id": key, "n": 2}, headers)
    assert_replay(again, first)
    assert client.get(key).json()["n"] == 2


def test_after_a_delete_the_request_counts_as_new(client: Client) -> None:
    name = unique("retry")
    first = client.created({"n": 1}, with_key(name))
    client.delete(first.json()["id"])
    again = client.created({"n": 1}, with_key(name))
    assert again.get("Idempotency-Replayed") is None
    assert again.json() == first.json()
    client.delete(first.json()["id"])
    assert client.put({"n": 2}, with_key(name)).status == 201


def test_after_a_later_put_the_request_counts_as_new(client: Client) -> None:
    name, key = unique("retry"), unique()
    client.created({"id": key, "n": 1}, with_key(name))
    assert client.put({"id": key, "n": 2}, {"If-Match": "*"}).status == 200
    answer = client.put({"id": key, "n": 1}, with_key(name))
    assert (answer.status, answer.code) == (409, "already-exists")
    assert client.get(key).json()["n"] == 2


def test_a_later_put_of_the_same_text_makes_the_request_new_too(client: Client) -> None:
    name, key = unique("retry"), unique()
    client.created({"id": key, "n": 1}, with_key(name))
    assert client.put({"id": key, "n": 1}, {"If-Match": "*"}).status == 200
    assert client.put({"id": key, "n": 1}, with_key(name)).status == 409


def test_a_failed_request_does_not_use_its_key_up(client: Client) -> None:
    name, key = unique("retry"), unique()
    client.created({"id": key})
    assert client.put({"id": key, "n": 1}, with_key(name)).status == 409
    assert client.put(b'{"n":', with_key(name)).status == 400
    client.delete(key)
    assert client.put({"id": key, "n": 2}, with_key(name)).status == 201


def test_white_space_does_not_make_another_body(client: Client) -> None:
    name = unique("retry")
    first = client.created(b'{"a":[1,2]}', with_key(name))
    assert_replay(client.put(b' {"a" : [1, 2]}\n', with_key(name)), first)


def test_concurrent_identical_requests_make_one_item(client: Client) -> None:
    name = unique("retry")
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: client.put({"n": 1}, with_key(name)), range(20)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum(answer.get("Idempotency-Replayed") is None for answer in answers) == 1


@pytest.mark.parametrize("begin", ["x", "!~", '"quoted"', "a,b;c", "k" * (255 - 36 - 1)])
def test_a_key_has_1_to_255_visible_characters(client: Client, begin: str) -> None:
    name = unique(begin)
    assert len(name) <= 255
    first = client.created({"n": 1}, with_key(name))
    assert_replay(client.put({"n": 1}, with_key(name)), first)


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "k" * 256, "a\tb", "ä".encode().decode("latin-1")]
)
def test_another_key_is_400(client: Client, name: str) -> None:
    key = unique()
    answer = client.put({"id": key}, with_key(name))
    assert (answer.status, answer.code) == (400, "invalid-parameter")
    assert client.get(key).status == 404


@pytest.mark.needs(REPEATS)
def test_two_keys_in_one_request_are_400(client: Client) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = client.put({"n": 1}, headers)
    assert (answer.status, answer.code) == (400, "invalid-parameter")


def test_a_bulk_put_takes_no_idempotency_key(client: Client) -> None:
    key = unique()
    answer = client.bulk(to_json({"id": key}), headers=with_key("x"))
    assert (answer.status, answer.code) == (400, "bad-request")
    assert client.get(key).status == 404


@pytest.mark.needs(RESTART)
def test_a_retry_after_a_restart_is_a_replay(start: Callable[..., Server], shape: Shape) -> None:
    one = start()
    first = one.client.created({"n": 1}, with_key("over-the-restart"))
    named = one.client.created({"id": "a", "n": 1}, with_key("named"))
    shape.stop(one)
    two = start(data=one.data)
    assert_replay(two.client.put({"n": 1}, with_key("over-the-restart")), first)
    assert_replay(two.client.put({"id": "a", "n": 1}, with_key("named")), named)
    assert two.client.put({"n": 2}, with_key("over-the-restart")).code == "idempotency-mismatch"
    assert len(two.client.list().json()) == 2


@pytest.mark.needs(BESIDE)
def test_a_retry_on_another_server_of_the_same_store_is_a_replay(
    start: Callable[..., Server],
) -> None:
    one = start()
    two = start(data=one.data)
    first = one.client.created({"n": 1}, with_key("either"))
    assert_replay(two.client.put({"n": 1}, with_key("either")), first)
    assert len(two.client.list().json()) == 1
