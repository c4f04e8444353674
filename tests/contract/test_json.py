"""What JSON an item may be made of, and that it comes back without loss."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from harness.client import Answer, Client, unique
from harness.shapes import ANY_BYTES

pytestmark = pytest.mark.meaning

# DynamoDB counts an item as at most 400 KiB, and Picus keeps 256 bytes of it for itself.
ITEM_BYTES = 400 * 1024 - 256
BODY_BYTES = 1024 * 1024


def put_text(client: Client, members: str | bytes) -> tuple[str, Answer]:
    """Puts `{"id":…,MEMBERS}` as it is written."""
    key = unique()
    text = members.encode() if isinstance(members, str) else members
    return key, client.put(b'{"id":"' + key.encode() + b'",' + text + b"}")


def round_trip(client: Client, members: str) -> Any:
    key, answer = put_text(client, members)
    assert answer.status == 201, answer
    item = client.get(key).json()
    assert item.pop("id") == key
    return item


def refuse(client: Client, members: str | bytes, status: int, code: str) -> str:
    """The detail of the refusal. Nothing may be stored."""
    key, answer = put_text(client, members)
    assert (answer.status, answer.code) == (status, code)
    assert client.get(key).status == 404
    return str(answer.json()["detail"])


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "1",
        "-1",
        "0.1",
        "-0.1",
        "0.30000000000000004",
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551616",
        "123456789012345678901234567890",
        "9" * 38,
        "-" + "9" * 38,
        "0." + "9" * 38,
        "1234567890.1234567890123456789012345678",
        "1" + "0" * 100,
        "12345678901234567890123456789012345678" + "0" * 50,
        "1e125",
        "1E+125",
        "9.9999999999999999999999999999999999999E+125",
        "-9.9999999999999999999999999999999999999E+125",
        "1E-130",
        "-1E-130",
        "1.0000000000000000000000000000000000001E-130",
        "0." + "0" * 129 + "1",
        "0.00001e120",
        "1000e-133",
        "1.50",
        "100e-2",
        "0e999",
        "0.000e-999",
        "0.0",
        "1e0",
        "1" + "." + "0" * 60,
        "1." + "0" * 254,
        "0." + "0" * 200 + "1e201",
    ],
)
def test_a_number_keeps_its_value_exactly(client: Client, text: str) -> None:
    assert round_trip(client, f'"n":{text}')["n"] == Decimal(text)
    assert round_trip(client, f'"n":[{{"m":{text}}}]')["n"][0]["m"] == Decimal(text)


@pytest.mark.parametrize("text", ["-0", "-0.0", "-0e5"])
def test_minus_zero_is_zero(client: Client, text: str) -> None:
    assert round_trip(client, f'"n":{text}')["n"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "9" * 39,
        "1" + "0" * 37 + "1",
        "0." + "1" * 39,
        "12345678901234567890123456789012345678.9",
        "1e126",
        "-1e126",
        "10e125",
        "9.99999999999999999999999999999999999999E+125",
        "1E-131",
        "-1E-131",
        "0.1E-130",
        "9.9E-131",
        "1e400",
        "1e-400",
        "1e99999999999999999999",
        "1" + "0" * 126,
        "1." + "0" * 255,
        "-1." + "0" * 254,
        "1e" + "0" * 254 + "5",
        "0." + "0" * 5000 + "1e5001",
    ],
)
def test_a_number_that_cannot_be_kept_exactly_is_422(client: Client, text: str) -> None:
    refuse(client, f'"n":{text}', 422, "invalid-number")
    refuse(client, f'"n":[[{{"m":{text}}}]]', 422, "invalid-number")


@pytest.mark.parametrize(
    "text",
    [
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x10",
        "NaN",
        "Infinity",
        "-Infinity",
        "-",
        "1_000",
        "١",
    ],
)
def test_what_is_not_a_json_number_is_400(client: Client, text: str) -> None:
    refuse(client, f'"n":{text}', 400, "invalid-json")


@pytest.mark.parametrize(
    "text",
    [
        '""',
        '"plain"',
        '"ä日本🐦\U0010ffff"',
        r'"\u0000"',
        r'"a\u0000b\u0001\u001f"',
        r'"\"\\\/\b\f\n\r\t"',
        r'"\ud83d\udc26"',
        r'"\uD83D\uDC26"',
        r'"\uffff\ufffe\ufeff"',
        '"\u2028\u2029\x7f\u0080"',
        r'"\u00e4 \u65e5"',
        '"</script>"',
        '"e\u0301 é"',
    ],
)
def test_a_string_is_unicode_without_loss(client: Client, text: str) -> None:
    assert round_trip(client, f'"s":{text}')["s"] == json.loads(text)
    name = json.loads(text)
    if name:
        assert round_trip(client, f'"o":{{{text}:1}}')["o"] == {name: 1}


@pytest.mark.parametrize(
    "text",
    [
        r'"\ud83d"',
        r'"\udc26"',
        r'"\udc26\ud83d"',
        r'"\ud83dx"',
        r'"\ud83d\u0041"',
        r'"\ud83d\ud83d\udc26"',
        r'"a\udfff"',
    ],
)
def test_a_lone_surrogate_is_400(client: Client, text: str) -> None:
    refuse(client, f'"s":{text}', 400, "invalid-json")
    refuse(client, f'"o":{{{text}:1}}', 400, "invalid-json")


@pytest.mark.needs(ANY_BYTES)
@pytest.mark.parametrize(
    "raw",
    [b"\xff", b"\x80", b"\xc3", b"\xc0\xaf", b"\xc1\xbf", b"\xe2\x82", b"\xed\xa0\xbd",
     b"\xf5\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf0\x80\x80\x80", b"\xe4"],
    ids=lambda raw: raw.hex(),
)  # fmt: skip
def test_invalid_utf8_is_400(client: Client, raw: bytes) -> None:
    refuse(client, b'"s":"a' + raw + b'"', 400, "invalid-json")
    refuse(client, b'"a' + raw + b'":1', 400, "invalid-json")


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"{",
        b"}",
        b'{"a"}',
        b'{"a":}',
        b'{"a":1,}',
        b'{,"a":1}',
        b"{'a':1}",
        b"{a:1}",
        b'{"a":1}{"b":2}',
        b'{"a":1} x',
        b'{"a":1 "b":2}',
        b'{"a":[1,]}',
        b'{"a":[1',
        b'{"a":tru}',
        b'{"a":True}',
        b'{"a":undefined}',
        b'{"a":"\t"}',
        b'{"a":"\n"}',
        b'{"a":"\x00"}',
        b'{"a":"\\x41"}',
        b'{"a":"\\u12"}',
        b'{"a":"open}',
        b'{"a":1} // comment',
        b'{/**/"a":1}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1}\x00',
        '{"a":1}'.encode("utf-16"),
        b"\x1f\x8b\x08\x00",
        b'{"a":1\xa0}',
    ],
)
def test_what_is_not_json_is_400(client: Client, body: bytes) -> None:
    answer = client.put(body)
    assert (answer.status, answer.code) == (400, "invalid-json")


@pytest.mark.parametrize("body", ['"text"', "1", "-0.5", "true", "null"])
def test_json_that_is_not_an_object_is_422(client: Client, body: str) -> None:
    answer = client.put(body)
    assert (answer.status, answer.code) == (422, "not-an-object")


@pytest.mark.parametrize(
    "members",
    [
        '"a":1,"a":1',
        '"a":1,"b":2,"a":3',
        r'"a":1,"\u0061":2',
        r'"\ud83d\udc26":1,"🐦":2',
        '"o":{"a":1,"a":2}',
        '"o":[[{"x":{"a":1,"b":{"c":1,"c":2}}}]]',
        '"id":"again"',
        ",".join(f'"m{i}":{i}' for i in range(300)) + ',"m7":0',
    ],
)
def test_a_member_name_twice_in_one_object_is_400(client: Client, members: str) -> None:
    refuse(client, members, 400, "duplicate-name")


def test_a_member_name_may_come_again_in_another_object(client: Client) -> None:
    text = '"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":1'
    assert round_trip(client, text) == json.loads("{" + text + "}")


def test_many_names_are_no_problem(client: Client) -> None:
    members = ",".join(f'"name {i}":{i}' for i in range(5000))
    assert round_trip(client, members) == {f"name {i}": i for i in range(5000)}


@pytest.mark.parametrize("members", ['"":1', '"o":{"":1}', '"o":[{"a":{"":null}}]'])
def test_an_empty_member_name_is_422(client: Client, members: str) -> None:
    refuse(client, members, 422, "invalid-name")


@pytest.mark.parametrize("name", ["picus:", "picus:meta", "picus:anything", r"\u0070icus:meta"])
def test_a_name_that_begins_with_picus_colon_is_422(client: Client, name: str) -> None:
    refuse(client, f'"{name}":1', 422, "reserved-name")


@pytest.mark.parametrize("name", ["picus", "Picus:meta", " picus:meta", "x-picus:meta", "picu"])
def test_a_name_that_only_resembles_a_reserved_one_is_free(client: Client, name: str) -> None:
    assert round_trip(client, f'"{name}":1') == {name: 1}


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")], ids=["[", "{", "[{"]
)
def test_an_item_nests_32_levels_deep_and_no_deeper(
    client: Client, opening: str, closing: str
) -> None:
    step = opening.count("[") + opening.count("{")
    levels = 31 // step  # the item itself is the first level
    rest = "[]" if 31 % step else "1"
    fits = f'"a":{opening * levels}{rest}{closing * levels}'
    assert round_trip(client, fits) == json.loads("{" + fits + "}")
    inner = "[[]]" if 31 % step else "[]"
    detail = refuse(client, f'"a":{opening * levels}{inner}{closing * levels}', 422, "too-deep")
    assert "32" in detail


def test_a_very_deep_text_is_422_too(client: Client) -> None:
    refuse(client, f'"a":{"[" * 100_000}{"]" * 100_000}', 422, "too-deep")
    refuse(client, f'"a":{"[" * 400_000}', 422, "too-deep")


def test_members_keep_their_values_whatever_their_type(client: Client) -> None:
    text = '"n":null,"t":true,"f":false,"a":[],"o":{},"aa":[[],[[]],{}],"s":"","z":0'
    assert round_trip(client, text) == json.loads("{" + text + "}")


@pytest.mark.parametrize(
    ("members", "counted"),
    [
        # name bytes + value bytes, as DynamoDB counts them
        ('"a":null', 1 + 1),
        ('"a":true,"b":false', 4),
        ('"ä":"ö"', 2 + 2),
        (r'"\u00e4":"\ud83d\udc26\n"', 2 + 5),
        ('"a":[]', 1 + 3),
        ('"a":{}', 1 + 3),
        ('"a":["x","yy"]', 1 + 3 + 1 + 1 + 1 + 2),
        ('"a":{"b":"x"}', 1 + 3 + 1 + 1 + 1),
        ('"a":[[null]]', 1 + 3 + 1 + 3 + 1 + 1),
        ('"n":1', 1 + 2),
        ('"n":12345', 1 + 4),
        ('"n":-12', 1 + 3),
        ('"n":100000', 1 + 2),
    ],
)
def test_an_item_has_at_most_400_kib_as_dynamodb_counts(
    client: Client, members: str, counted: int
) -> None:
    key = unique()
    rest = ITEM_BYTES - len("id") - len(key) - counted - len("pad")
    fits = f'{{"id":"{key}",{members},"pad":"{"x" * rest}"}}'
    assert client.put(fits).status == 201
    assert client.delete(key).status == 200
    answer = client.put(fits.replace('"pad":"', '"pad":"x'))
    assert (answer.status, answer.code) == (413, "item-too-large")
    assert "40" in answer.json()["detail"]
    assert client.get(key).status == 404


def test_the_length_of_the_key_counts(client: Client) -> None:
    for key in (unique(), unique("k" * 470)):
        rest = ITEM_BYTES - len("id") - len(key) - len("pad")
        assert client.put({"id": key, "pad": "x" * rest}).status == 201
        assert client.put({"id": key, "pad": "x" * (rest + 1)}).code == "item-too-large"
        client.delete(key)


def test_a_body_of_1_mib_is_read_and_a_larger_one_413(client: Client) -> None:
    key = unique()
    text = f'{{"id":"{key}"}}'
    assert client.put(text.ljust(BODY_BYTES)).status == 201
    for body in (text.ljust(BODY_BYTES + 1), text.ljust(3 * BODY_BYTES)):
        answer = client.put(body)
        assert (answer.status, answer.code) == (413, "body-too-large")
        assert str(BODY_BYTES) in answer.json()["detail"]


def test_a_chunked_body_over_1_mib_is_413(client: Client) -> None:
    key = unique()
    text = f'{{"id":"{key}"}}'.ljust(BODY_BYTES).encode()
    fits = (text[i : i + 65536] for i in range(0, len(text), 65536))
    assert client.request("POST", "/picus/put", fits).status == 201
    too_large = (piece for piece in [text[:500_000], text[500_000:], b" "])
    answer = client.request("POST", "/picus/put", too_large)
    assert (answer.status, answer.code) == (413, "body-too-large")


def test_an_item_of_escapes_is_counted_by_what_they_stand_for(client: Client) -> None:
    key = unique()
    escapes = r"\u0061" * 150_000
    text = f'{{"id":"{key}","s":"{escapes}"}}'
    assert client.put(text).status == 201
    assert client.get(key).json()["s"] == "a" * 150_000
