"""GET and HEAD /picus/get/{key}."""

from __future__ import annotations

import pytest

from harness.client import Client, to_json, unique
from harness.shapes import HEAD_LENGTH, REPEATED_PARAMETERS, REPEATS

pytestmark = pytest.mark.meaning


def test_get_of_an_absent_key_is_404(client: Client) -> None:
    answer = client.get(unique())
    assert (answer.status, answer.code) == (404, "not-found")
    assert answer.get("ETag") is None


def test_head_of_an_absent_key_is_404_without_a_body(client: Client) -> None:
    got = client.get(unique())
    headed = client.head(unique())
    assert headed.status == 404
    assert headed["Content-Type"] == got["Content-Type"]


def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    key = unique()
    client.created({"id": key, "text": "x" * 100})
    got = client.get(key)
    headed = client.head(key)
    assert headed.status == got.status == 200
    own = {"date", "x-request-id", "content-length"}
    own |= {"x-amzn-requestid", "x-amz-request-id"}  # of what is before a function
    assert {k.lower(): v for k, v in headed.headers.items() if k.lower() not in own} == {
        k.lower(): v for k, v in got.headers.items() if k.lower() not in own
    }


@pytest.mark.needs(HEAD_LENGTH)
def test_head_tells_the_length_of_what_get_answers(client: Client) -> None:
    key = unique()
    client.created({"id": key, "text": "x" * 100})
    got = client.get(key)
    assert client.head(key)["Content-Length"] == got["Content-Length"] == str(len(got.body))


def test_an_item_is_json_and_not_for_caches(client: Client) -> None:
    key = unique()
    client.created({"id": key})
    answer = client.get(key)
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"


def test_if_none_match_with_the_etag_is_304_without_a_body(client: Client) -> None:
    key = unique()
    etag = client.created({"id": key}).etag
    answer = client.get(key, {"If-None-Match": etag})
    assert answer.status == 304
    assert answer.etag == etag
    assert client.head(key, {"If-None-Match": etag}).status == 304


@pytest.mark.parametrize(
    "template",
    ["*", "{0}", "W/{0}", '"other", {0}', '{0}, "other"', '"a","b",{0}', '"a" , W/{0}', "\t{0} "],
)
def test_if_none_match_matches_in_a_list_weakly_or_by_a_star(client: Client, template: str) -> None:
    key = unique()
    etag = client.created({"id": key}).etag
    assert client.get(key, {"If-None-Match": template.format(etag)}).status == 304


@pytest.mark.needs(REPEATS)
def test_if_none_match_may_stand_in_several_lines(client: Client) -> None:
    key = unique()
    etag = client.created({"id": key}).etag
    lines = [("If-None-Match", '"other"'), ("If-None-Match", etag)]
    assert client.get(key, lines).status == 304


def test_if_none_match_with_another_etag_is_200(client: Client) -> None:
    key = unique()
    etag = client.created({"id": key, "n": 1}).etag
    for other in ('"other"', 'W/"other"', '"a", "b"', '""', etag.lower() + ', "x"'):
        if etag in other:  # the tag happens to have no capital letters
            continue
        assert client.get(key, {"If-None-Match": other}).status == 200


def test_if_none_match_after_a_change_is_200_with_the_new_item(client: Client) -> None:
    key = unique()
    old = client.created({"id": key, "n": 1}).etag
    new = client.put({"id": key, "n": 2}, {"If-Match": "*"}).etag
    answer = client.get(key, {"If-None-Match": old})
    assert (answer.status, answer.etag, answer.json()["n"]) == (200, new, 2)


@pytest.mark.parametrize("header", ["If-None-Match", "If-Match"])
def test_a_condition_does_not_hide_that_there_is_no_item(client: Client, header: str) -> None:
    assert client.get(unique(), {header: "*"}).status == 404


@pytest.mark.parametrize("value", ["nonsense", '"open', 'a"b"', '"a" "b"', "*, *", '*, "a"', ","])
def test_a_malformed_if_none_match_is_400(client: Client, value: str) -> None:
    key = unique()
    client.created({"id": key})
    answer = client.get(key, {"If-None-Match": value})
    assert (answer.status, answer.code) == (400, "bad-request")


@pytest.mark.parametrize("consistency", ["eventual", "strong"])
def test_consistency_may_be_chosen(client: Client, consistency: str) -> None:
    key = unique()
    client.created({"id": key})
    assert client.get(key, query=f"?consistency={consistency}").status in (200, 404)
    assert client.list(f"?consistency={consistency}&limit=1").status == 200


@pytest.mark.parametrize("query", ["?consistency=maybe", "?consistency=", "?consistency=%zz"])
def test_another_consistency_is_400(client: Client, query: str) -> None:
    key = unique()
    client.created({"id": key})
    answer = client.get(key, query=query)
    assert (answer.status, answer.code) == (400, "invalid-parameter")


@pytest.mark.needs(REPEATED_PARAMETERS)
def test_a_parameter_that_comes_twice_is_400(client: Client) -> None:
    answer = client.get(unique(), query="?consistency=eventual&consistency=eventual")
    assert (answer.status, answer.code) == (400, "invalid-parameter")


def test_a_read_sees_every_write_that_was_acknowledged_before(client: Client) -> None:
    key = unique()
    client.created({"id": key, "n": 0})
    for n in range(1, 40):
        assert client.put({"id": key, "n": n}, {"If-Match": "*"}).status == 200
        assert client.get(key).json()["n"] == n
    assert client.delete(key).status == 200
    assert client.get(key).status == 404
    assert client.bulk(to_json({"id": key, "n": 99})).json()["created"] == 1
    assert client.get(key).json()["n"] == 99
