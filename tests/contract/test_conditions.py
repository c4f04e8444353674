"""If-Match and If-None-Match on writes, and DELETE."""

from __future__ import annotations

import pytest

from harness.client import Client, unique

pytestmark = pytest.mark.meaning


def test_if_match_with_the_etag_replaces_the_item(client: Client) -> None:
    key = unique()
    old = client.created({"id": key, "n": 1, "gone": True}).etag
    answer = client.put({"id": key, "n": 2}, {"If-Match": old})
    assert (answer.status, answer.json()) == (200, {"id": key})
    assert answer.etag != old
    assert answer.get("Location") is None
    assert client.get(key).json() == {"id": key, "n": 2}


@pytest.mark.parametrize("template", ["*", '"other", {0}', '{0} , "other"', 'W/"x",{0}', " {0}\t"])
def test_if_match_takes_a_star_and_lists(client: Client, template: str) -> None:
    key = unique()
    etag = client.created({"id": key}).etag
    answer = client.put({"id": key, "n": 2}, {"If-Match": template.format(etag)})
    assert answer.status == 200


def test_if_match_may_stand_in_several_lines(client: Client) -> None:
    key = unique()
    etag = client.created({"id": key}).etag
    lines = [("If-Match", '"other"'), ("If-Match", etag)]
    assert client.put({"id": key, "n": 2}, lines).status == 200


@pytest.mark.parametrize("template", ['"other"', "W/{0}", 'W/{0}, "other"', '""'])
def test_if_match_that_names_no_strong_tag_of_the_item_is_412(
    client: Client, template: str
) -> None:
    key = unique()
    etag = client.created({"id": key, "n": 1}).etag
    for answer in (
        client.put({"id": key, "n": 2}, {"If-Match": template.format(etag)}),
        client.delete(key, {"If-Match": template.format(etag)}),
    ):
        assert (answer.status, answer.code) == (412, "precondition-failed")
    assert client.get(key).json() == {"id": key, "n": 1}
    assert client.get(key).etag == etag


def test_a_412_names_the_weak_tag_that_cannot_match(client: Client) -> None:
    key = unique()
    etag = client.created({"id": key}).etag
    for answer in (
        client.get(key, {"If-Match": f"W/{etag}"}),
        client.put({"id": key}, {"If-Match": f"W/{etag}"}),
        client.delete(key, {"If-Match": f"W/{etag}"}),
    ):
        assert answer.status == 412
        assert "send the ETag without W/" in answer.json()["detail"]
    assert "W/" not in client.put({"id": key}, {"If-Match": '"other"'}).json()["detail"]


@pytest.mark.parametrize("value", ["*", '"other"'])
def test_if_match_on_an_absent_key_is_412_for_a_put(client: Client, value: str) -> None:
    key = unique()
    answer = client.put({"id": key}, {"If-Match": value})
    assert (answer.status, answer.code) == (412, "precondition-failed")
    assert client.get(key).status == 404


def test_if_match_without_an_id_is_412(client: Client) -> None:
    answer = client.put({"n": 1}, {"If-Match": "*"})
    assert (answer.status, answer.code) == (412, "precondition-failed")


def test_an_etag_serves_for_one_change_only(client: Client) -> None:
    key = unique()
    etag = client.created({"id": key, "n": 1}).etag
    assert client.put({"id": key, "n": 2}, {"If-Match": etag}).status == 200
    assert client.put({"id": key, "n": 3}, {"If-Match": etag}).status == 412
    assert client.get(key).json()["n"] == 2


@pytest.mark.parametrize("value", ["nonsense", '"open', "*x", '"a" "b"', '*, "a"', "W/*", 'w/"a"'])
def test_a_malformed_if_match_is_400_and_changes_nothing(client: Client, value: str) -> None:
    key = unique()
    client.created({"id": key, "n": 1})
    put = client.put({"id": key, "n": 2}, {"If-Match": value})
    assert (put.status, put.code) == (400, "bad-request")
    deleted = client.delete(key, {"If-Match": value})
    assert (deleted.status, deleted.code) == (400, "bad-request")
    assert client.get(key).json()["n"] == 1


def test_if_none_match_with_a_star_puts_a_free_key_and_is_412_for_a_taken_one(
    client: Client,
) -> None:
    key = unique()
    assert client.put({"id": key}, {"If-None-Match": "*"}).status == 201
    answer = client.put({"id": key}, {"If-None-Match": "*"})
    assert (answer.status, answer.code) == (412, "precondition-failed")


@pytest.mark.parametrize(
    "headers",
    [{"If-None-Match": '"a"'}, {"If-None-Match": "*", "If-Match": "*"}],
    ids=["tags", "both"],
)
def test_a_condition_that_a_put_cannot_keep_is_400(client: Client, headers: dict[str, str]) -> None:
    key = unique()
    answer = client.put({"id": key}, headers)
    assert (answer.status, answer.code) == (400, "bad-request")
    assert client.get(key).status == 404


def test_delete_answers_the_id_and_the_item_is_gone(client: Client) -> None:
    key = unique()
    client.created({"id": key})
    answer = client.delete(key)
    assert (answer.status, answer.json()) == (200, {"id": key, "deleted": True})
    assert answer["Content-Type"] == "application/json"
    assert client.get(key).status == 404
    assert client.head(key).status == 404


def test_delete_of_an_absent_key_is_404(client: Client) -> None:
    key = unique()
    assert client.delete(key).code == "not-found"
    client.created({"id": key})
    assert client.delete(key).status == 200
    answer = client.delete(key)
    assert (answer.status, answer.code) == (404, "not-found")


def test_delete_with_if_match_deletes_only_what_it_names(client: Client) -> None:
    key = unique()
    old = client.created({"id": key, "n": 1}).etag
    new = client.put({"id": key, "n": 2}, {"If-Match": "*"}).etag
    assert client.delete(key, {"If-Match": old}).status == 412
    assert client.get(key).status == 200
    assert client.delete(key, {"If-Match": f'"other", {new}'}).status == 200
    assert client.get(key).status == 404


def test_delete_with_if_match_star_of_a_present_key_is_200(client: Client) -> None:
    key = unique()
    client.created({"id": key})
    assert client.delete(key, {"If-Match": "*"}).status == 200


@pytest.mark.parametrize("value", ["*", '"other"'])
def test_delete_with_if_match_of_an_absent_key_is_404(client: Client, value: str) -> None:
    answer = client.delete(unique(), {"If-Match": value})
    assert (answer.status, answer.code) == (404, "not-found")


def test_a_deleted_key_is_free_again(client: Client) -> None:
    key = unique()
    first = client.created({"id": key, "n": 1})
    client.delete(key)
    assert client.put({"id": key, "n": 1}, {"If-Match": first.etag}).status == 412
    assert client.created({"id": key, "n": 2}).status == 201
    assert client.get(key).json() == {"id": key, "n": 2}
