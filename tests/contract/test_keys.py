"""Keys: what may be one, and how a path spells it."""

from __future__ import annotations

from urllib.parse import urlencode, urljoin

import pytest

from harness.client import Client, path_of, to_json, unique
from harness.shapes import (
    ENCODED_PATHS,
    PERCENT_IN_PATHS,
    PERCENT_IN_QUERIES,
    REPEATED_PARAMETERS,
    WRITTEN_PATHS,
    WRITTEN_QUERIES,
)

pytestmark = pytest.mark.transport

CONTROLS = [*range(0x20), 0x7F]


@pytest.mark.needs(WRITTEN_PATHS)
@pytest.mark.parametrize("spelling", ["a%2Fb", "a%2fb", "%61%2F%62"])
def test_a_percent_encoded_slash_is_part_of_the_key(client: Client, spelling: str) -> None:
    tail = unique()
    client.created({"id": f"a/b{tail}"})
    assert client.request("GET", f"/picus/get/{spelling}{tail}").json() == {"id": f"a/b{tail}"}


@pytest.mark.needs(PERCENT_IN_PATHS)
def test_a_path_is_decoded_once(client: Client) -> None:
    tail = unique()
    client.created({"id": f"a%2Fb{tail}"})
    assert client.request("GET", f"/picus/get/a%2Fb{tail}").status == 404
    assert client.request("GET", f"/picus/get/a%252Fb{tail}").status == 200


@pytest.mark.needs(ENCODED_PATHS)
def test_a_plus_is_a_plus(client: Client) -> None:
    tail = unique()
    client.created({"id": f"a+b{tail}"})
    assert client.request("GET", f"/picus/get/a+b{tail}").status == 200
    assert client.request("GET", f"/picus/get/a%2Bb{tail}").status == 200
    assert client.request("GET", f"/picus/get/a%20b{tail}").status == 404


@pytest.mark.needs(PERCENT_IN_QUERIES)
def test_a_plus_in_a_query_is_a_space_as_forms_write_it(client: Client) -> None:
    """What urlencode, URLSearchParams and every other client library make of `a b`."""
    tail = unique()
    client.created({"id": f"a+b{tail}", "is": "plus"})
    client.created({"id": f"a b{tail}", "is": "space"})

    def named(query: str) -> object:
        return client.request("GET", f"/picus/get?{query}{tail}").json()["is"]

    assert named(urlencode({"key": "a b"})) == "space"
    assert named(urlencode({"key": "a+b"})) == "plus"
    assert named("key=a%20b") == "space"
    assert client.request("DELETE", f"/picus?key=a+b{tail}").json()["id"] == f"a b{tail}"
    assert client.get(f"a+b{tail}").status == 200


@pytest.mark.needs(WRITTEN_QUERIES)
def test_the_name_of_a_parameter_is_decoded(client: Client) -> None:
    key = unique()
    client.created({"id": key})
    assert client.request("GET", f"/picus/get?%6bey={key}").status == 200


@pytest.mark.parametrize("mark", list("-._~!$&'()*+,;=:@"))
def test_what_a_segment_may_hold_need_not_be_encoded(client: Client, mark: str) -> None:
    tail = unique()
    client.created({"id": f"{mark}{tail}"})
    assert client.request("GET", f"/picus/get/{mark}{tail}").status == 200
    assert client.request("GET", f"/picus/get/%{ord(mark):02x}{tail}").status == 200


@pytest.mark.parametrize("key", [".", "..", "..."])
def test_dots_are_keys_like_others(client: Client, key: str) -> None:
    client.delete(key)
    put = client.created({"id": key, "dots": len(key)})
    # Clients remove `.` and `..` from a path before they send it, escaped or not.
    assert urljoin("/", put["Location"]) == put["Location"]
    assert client.request("GET", put["Location"]).json() == {"id": key, "dots": len(key)}
    for spelling in (key, key.replace(".", "%2E")):
        got = client.request("GET", f"/picus/get/{spelling}")
        assert (got.status, got.json()) == (200, {"id": key, "dots": len(key)})
    assert client.request("DELETE", f"/picus/{key}").status == 200


@pytest.mark.needs(ENCODED_PATHS)
@pytest.mark.parametrize(
    "text",
    [
        "ä",
        "日本",
        "Ω≈ç√∫",
        "🐦‍⬛",
        "a b",
        " ",
        "\u0080",
        "\u2028",
        "\uffff",
        "\U0010ffff",
        "é",
        "e\u0301",
    ],
)
def test_a_key_is_any_unicode_text_without_control_characters(client: Client, text: str) -> None:
    key = unique(text)
    client.created({"id": key})
    got = client.get(key)
    assert (got.status, got.json()) == (200, {"id": key})


def test_keys_that_only_look_alike_are_different(client: Client) -> None:
    tail = unique()
    for text in ("é", "e\u0301", "E\u0301", "É", "é "):
        assert client.put({"id": text + tail}).status == 201


@pytest.mark.needs(ENCODED_PATHS)
@pytest.mark.parametrize("byte", CONTROLS)
def test_a_control_character_in_a_path_is_400_and_in_a_body_422(client: Client, byte: int) -> None:
    got = client.request("GET", f"/picus/get/a%{byte:02X}b")
    assert (got.status, got.code) == (400, "invalid-key")
    gone = client.request("DELETE", f"/picus/a%{byte:02X}b")
    assert (gone.status, gone.code) == (400, "invalid-key")
    put = client.put(f'{{"id":"a\\u{byte:04x}b"}}')
    assert (put.status, put.code) == (422, "invalid-id")


@pytest.mark.needs(ENCODED_PATHS)
@pytest.mark.parametrize("char", ["x", "ä", "日", "🐦"])
def test_a_key_has_at_most_511_bytes(client: Client, char: str) -> None:
    size = len(char.encode())
    fits = char * (511 // size) + "x" * (511 % size)
    assert len(fits.encode()) == 511
    client.delete(fits)
    client.created({"id": fits})
    assert client.get(fits).json() == {"id": fits}
    assert client.delete(fits).status == 200

    too_long = fits + "x"
    got = client.get(too_long)
    assert (got.status, got.code) == (400, "invalid-key")
    assert "511" in got.json()["detail"]
    put = client.put({"id": too_long})
    assert (put.status, put.code) == (422, "invalid-id")
    gone = client.delete(too_long)
    assert (gone.status, gone.code) == (400, "invalid-key")


def test_a_key_of_one_byte_is_enough_and_of_none_too_little(client: Client) -> None:
    client.delete("x")
    assert client.put({"id": "x"}).status == 201
    put = client.put({"id": ""})
    assert (put.status, put.code) == (422, "invalid-id")


@pytest.mark.needs(WRITTEN_PATHS)
@pytest.mark.parametrize(
    "spelling", ["%", "%4", "a%", "%zz", "%4g", "%%41", "%u0041", "%2", "%41%"]
)
def test_a_malformed_percent_sign_is_400(client: Client, spelling: str) -> None:
    for method, path in (("GET", "/picus/get/"), ("HEAD", "/picus/get/"), ("DELETE", "/picus/")):
        answer = client.request(method, path + spelling)
        assert answer.status == 400
        assert method == "HEAD" or answer.code == "invalid-key"


@pytest.mark.needs(WRITTEN_PATHS)
@pytest.mark.parametrize(
    "raw",
    [b"\xff", b"\xc3", b"a\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"],
    ids=lambda raw: raw.hex(),
)
def test_invalid_utf8_in_a_path_is_400(client: Client, raw: bytes) -> None:
    got = client.get(raw)
    assert (got.status, got.code) == (400, "invalid-key")
    gone = client.delete(raw)
    assert (gone.status, gone.code) == (400, "invalid-key")


@pytest.mark.parametrize("value", [1, 1.5, None, True, [], {}, ["a"], {"S": "a"}])
def test_an_id_that_is_not_a_string_is_422(client: Client, value: object) -> None:
    answer = client.put({"id": value})
    assert (answer.status, answer.code) == (422, "invalid-id")


def test_an_id_may_be_written_with_escapes(client: Client) -> None:
    tail = unique()
    assert client.put(f'{{"id":"\\u00e4\\/\\ud83d\\udc26{tail}"}}').json()["id"] == f"ä/🐦{tail}"
    got = client.request("GET", f"/picus/get?key={path_of(f'ä/🐦{tail}')}")
    assert got.status == 200


def test_a_name_that_is_an_escaped_id_is_the_id(client: Client) -> None:
    key = unique()
    assert client.put(f'{{"\\u0069d":"{key}"}}').json() == {"id": key}


def test_an_id_within_a_member_is_not_the_key(client: Client) -> None:
    key = unique()
    item = {"id": key, "child": {"id": 5}, "children": [{"id": None}]}
    client.created(item)
    assert client.get(key).json() == item


def test_case_and_white_space_count_in_keys_and_in_the_name_id(client: Client) -> None:
    key = unique("Case")
    client.created({"id": key, "ID": 1, "Id": 2, " id": 3})
    assert client.get(key.lower()).status == 404
    assert client.get(key).json() == {"id": key, "ID": 1, "Id": 2, " id": 3}


@pytest.mark.needs(WRITTEN_PATHS)
def test_a_key_in_a_path_is_the_same_for_get_head_and_delete(client: Client) -> None:
    key = unique('x/é ?#%&+"\\')
    client.created(to_json({"id": key}))
    assert client.get(key).status == 200
    assert client.head(key).status == 200
    assert client.request("DELETE", f"/picus/{path_of(key)}").status == 200
    assert client.head(key).status == 404


ODD = [
    "a/b",
    pytest.param('x ?#&+="\\', marks=pytest.mark.needs(PERCENT_IN_QUERIES)),
    "ä/日本",
    "..",
    "/",
    "put",
]
ODD_WITH_PERCENT = [
    pytest.param(text, marks=pytest.mark.needs(PERCENT_IN_QUERIES)) for text in ("a%2Fb", "x ?#%&+")
]


@pytest.mark.parametrize("text", [*ODD, *ODD_WITH_PERCENT])
def test_a_query_may_name_any_key(client: Client, text: str) -> None:
    key = text + unique()
    made = client.created({"id": key})
    query = f"?key={path_of(key)}"
    got = client.request("GET", f"/picus/get{query}")
    assert (got.status, got.json(), got.etag) == (200, {"id": key}, made.etag)
    assert client.request("HEAD", f"/picus/get{query}").etag == made.etag
    headers = {"If-None-Match": made.etag}
    assert client.request("GET", f"/picus/get{query}", headers=headers).status == 304
    gone = client.request("DELETE", f"/picus{query}")
    assert (gone.status, gone.json()) == (200, {"id": key, "deleted": True})
    assert client.request("GET", f"/picus/get{query}").status == 404
    assert client.request("DELETE", f"/picus{query}").status == 404


def test_a_delete_by_query_respects_if_match(client: Client) -> None:
    key = unique("a/b")
    client.created({"id": key})
    query = f"?key={path_of(key)}"
    refused = client.request("DELETE", f"/picus{query}", headers={"If-Match": '"other"'})
    assert (refused.status, refused.code) == (412, "precondition-failed")
    assert client.request("GET", f"/picus/get{query}&consistency=eventual").status == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?keys=a",
        pytest.param("?key=a&key=b", marks=pytest.mark.needs(REPEATED_PARAMETERS)),
        pytest.param("?key=%zz", marks=pytest.mark.needs(WRITTEN_QUERIES)),
    ],
)
def test_a_query_that_names_no_key_or_two_is_400(client: Client, query: str) -> None:
    for method, path in (("GET", "/picus/get"), ("DELETE", "/picus")):
        answer = client.request(method, path + query)
        assert (answer.status, answer.code) == (400, "invalid-parameter")


@pytest.mark.parametrize("query", ["?key", "?key=", "?key=%00", f"?key={'x' * 512}"])
def test_a_key_in_a_query_has_the_limits_of_a_key(client: Client, query: str) -> None:
    for method, path in (("GET", "/picus/get"), ("DELETE", "/picus")):
        answer = client.request(method, path + query)
        assert (answer.status, answer.code) == (400, "invalid-key")
