"""POST /picus/put with one item."""

from __future__ import annotations

import re
import time

import pytest

from harness.client import Client, path_of, to_json, unique
from harness.shapes import WRITTEN_PATHS

pytestmark = pytest.mark.meaning

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_a_put_of_a_free_key_is_201_with_id_location_and_etag(client: Client) -> None:
    key = unique()
    answer = client.put({"id": key, "n": 1})
    assert answer.status == 201
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {"id": key}
    assert answer["Location"] == f"/picus/get/{key}"
    assert re.fullmatch(r'"[!#-~]+"', answer.etag)
    assert answer["Cache-Control"] == "no-store"
    assert answer.get("Idempotency-Replayed") is None


def test_what_was_put_is_what_get_answers(client: Client) -> None:
    key = unique()
    item = {"id": key, "name": "Ada", "list": [1, None, True], "deep": {"a": {"b": []}}}
    put = client.created(item)
    got = client.get(key)
    assert (got.status, got.json(), got.etag) == (200, item, put.etag)


@pytest.mark.needs(WRITTEN_PATHS)
def test_the_location_leads_to_the_item_whatever_the_key_is(client: Client) -> None:
    for key in ("a/b", "a b", "ä", "%", "a%2Fb", "?", "#", "..", ".", "日本", "🐦", "a+b", "&=;"):
        put = client.created({"id": unique(key)})
        assert re.fullmatch(r"/picus/get/[A-Za-z0-9._~%-]+", put["Location"])
        got = client.request("GET", put["Location"])
        assert (got.status, got.json()) == (200, put.json())


def test_a_put_without_an_id_makes_a_uuid_of_version_7(client: Client) -> None:
    before = time.time()
    key = client.created({"n": 1}).json()["id"]
    after = time.time()
    assert UUID7.fullmatch(key)
    made = int(key.replace("-", "")[:12], 16) / 1000
    assert before - 1 <= made <= after + 1
    assert client.get(key).json() == {"id": key, "n": 1}


def test_ids_that_the_server_makes_are_different_and_in_order(client: Client) -> None:
    keys = [client.created({}).json()["id"] for _ in range(20)]
    assert len(set(keys)) == 20
    # In order within one server; behind a balancer, by their milliseconds.
    assert [key[:13] for key in keys] == sorted(key[:13] for key in keys)


def test_an_item_may_be_an_id_alone_or_nothing_at_all(client: Client) -> None:
    key = unique()
    assert client.put({"id": key}).status == 201
    assert client.get(key).json() == {"id": key}
    assert client.put(b"{}").status == 201


def test_a_put_of_a_taken_key_is_409_and_changes_nothing(client: Client) -> None:
    key = unique()
    first = client.created({"id": key, "n": 1})
    for again in ({"id": key, "n": 2}, {"id": key, "n": 1}):
        answer = client.put(again)
        assert (answer.status, answer.code) == (409, "already-exists")
        assert answer.get("ETag") is None
        assert answer.get("Location") is None
    assert client.get(key).json() == {"id": key, "n": 1}
    assert client.get(key).etag == first.etag


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "application/json",
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-ndjsonx",
        "",
        "nonsense",
    ],
)
def test_the_content_type_of_one_item_does_not_matter(client: Client, kind: str | None) -> None:
    key = unique()
    headers = {} if kind is None else {"Content-Type": kind}
    assert client.put({"id": key}, headers).status == 201
    assert client.get(key).status == 200


def test_a_put_may_be_chunked(client: Client) -> None:
    key = unique()
    text = to_json({"id": key, "text": "x" * 1000})
    pieces = iter([text[:1], text[1:500], text[500:]])
    answer = client.request("POST", "/picus/put", pieces)
    assert answer.status == 201
    assert client.get(key).json()["text"] == "x" * 1000


@pytest.mark.parametrize("body", [b"", b" ", b"\n\r\t "])
def test_an_empty_body_is_400(client: Client, body: bytes) -> None:
    answer = client.put(body)
    assert (answer.status, answer.code) == (400, "invalid-json")


def test_an_empty_chunked_body_is_400(client: Client) -> None:
    answer = client.request("POST", "/picus/put", iter([]))
    assert (answer.status, answer.code) == (400, "invalid-json")


def test_a_file_that_is_sent_as_a_form_is_named(client: Client) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n{}\r\n--x--\r\n'
    answer = client.put(form, {"Content-Type": "multipart/form-data; boundary=x"})
    assert (answer.status, answer.code) == (400, "invalid-json")
    assert "the body is a form (multipart/form-data)" in answer.json()["detail"]


def test_white_space_around_the_item_does_not_matter(client: Client) -> None:
    key = unique()
    text = to_json({"id": key}).replace(b":", b" :\t")
    assert client.put(b"\r\n\t " + text + b" \n").status == 201
    assert client.get(key).json() == {"id": key}


def test_a_failed_put_stores_nothing(client: Client) -> None:
    key = unique()
    body = f'{{"id":"{key}","a":1,"a":2}}'
    assert client.put(body).code == "duplicate-name"
    assert client.get(key).status == 404


def test_the_etag_changes_with_every_change_of_the_item(client: Client) -> None:
    key = unique()
    tags = [client.created({"id": key, "n": 0}).etag]
    for value in (1, 2, "1", None, [1], {"n": 1}, 1.5):
        answer = client.put({"id": key, "n": value}, {"If-Match": tags[-1]})
        assert answer.status == 200
        tags.append(answer.etag)
        assert client.get(key).etag == answer.etag
        assert client.head(key).etag == answer.etag
    assert len(set(tags)) == len(tags)


def test_the_etag_of_a_bulk_put_is_that_of_a_put(client: Client) -> None:
    key = unique()
    put = client.created({"id": key, "n": 1})
    client.delete(key)
    assert client.bulk(to_json({"id": key, "n": 1}) + b"\n").json()["created"] == 1
    assert client.get(key).etag == put.etag


@pytest.mark.parametrize("word", ["maybe", "skip", "replace"])
def test_an_on_conflict_that_one_item_cannot_have_is_400(client: Client, word: str) -> None:
    key = unique()
    answer = client.request("POST", f"/picus/put?on_conflict={word}", to_json({"id": key}))
    assert (answer.status, answer.code) == (400, "invalid-parameter")
    assert client.get(key).status == 404


def test_the_key_in_the_answer_is_a_json_string(client: Client) -> None:
    key = unique('"\\/ü')
    answer = client.created({"id": key})
    assert answer.json() == {"id": key}
    assert client.request("DELETE", f"/picus?key={path_of(key)}").json()["id"] == key
