"""What becomes of a body: by its first byte, its Content-Type, and its conditional fields."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from harness.client import Client, unique

pytestmark = pytest.mark.meaning

NDJSON = "application/x-ndjson"
TYPES = (NDJSON, "application/json", "application/x-www-form-urlencoded", "multipart/form-data")
CONDITIONS: tuple[dict[str, str], ...] = (
    {},
    {"Idempotency-Key": "some-key"},
    {"If-None-Match": "*"},
)


# More than 1 MiB of text that DynamoDB would count as few bytes.
CONTROLS = r"\u0001" * 180_000


@dataclass(frozen=True)
class Told:
    """A status; of a single put the code, of a bulk put what was created and what failed where."""

    status: int
    code: str = ""
    created: int = 0
    failed: tuple[tuple[int, str], ...] = ()


CREATED = Told(201)
EMPTY = Told(400, "invalid-json")
BAD_JSON = Told(400, "invalid-json")


def bulk(created: int, *failed: tuple[int, str]) -> Told:
    return Told(422 if failed and not created else 200, created=created, failed=failed)


@dataclass(frozen=True)
class Row:
    """`A` and `B` in the body become keys of their own."""

    body: str
    lines: Told  # as NDJSON
    other: Told  # as any other type

    @property
    def is_array(self) -> bool:
        return self.body.lstrip().startswith("[")


ROWS = {
    "nothing": Row("", bulk(0), EMPTY),
    "white space": Row(" \n\t\r\n ", bulk(0), EMPTY),
    "one object": Row('{"id":"A"}', bulk(1), CREATED),
    "one object over several lines": Row(
        '{\n"id": "A"\n}',
        bulk(0, (1, "invalid-json"), (2, "invalid-json"), (3, "invalid-json")),
        CREATED,
    ),
    "two objects on two lines": Row('{"id":"A"}\n{"id":"B"}\n', bulk(2), BAD_JSON),
    "two objects on one line": Row('{"id":"A"}{"id":"B"}', bulk(0, (1, "invalid-json")), BAD_JSON),
    "an object and a malformed line": Row(
        '{"id":"A"}\nnonsense\n{"id":"B"}', bulk(2, (2, "invalid-json")), BAD_JSON
    ),
    "an empty array": Row(" []\n", bulk(0, (1, "not-an-object")), bulk(0)),
    "an array": Row('[{"id":"A"}, {"id":"B"}]', bulk(0, (1, "not-an-object")), bulk(2)),
    "an array with other things": Row(
        '[7,{"id":"A"},[{}],"x,]",{"id":"B"},null]',
        bulk(0, (1, "not-an-object")),
        bulk(2, *((index, "not-an-object") for index in (0, 2, 3, 5))),
    ),
    "an array that breaks": Row(
        '[{"id":"A"},{"id":B},{"id":"never"}]',
        bulk(0, (1, "invalid-json")),
        bulk(1, (1, "invalid-json")),
    ),
    "a number": Row("7", bulk(0, (1, "not-an-object")), Told(422, "not-an-object")),
}


def wanted(row: Row, kind: str, condition: dict[str, str]) -> Told:
    is_bulk = kind == NDJSON or row.is_array
    if is_bulk and condition:
        return Told(400, "bad-request")
    return row.lines if kind == NDJSON else row.other


@pytest.mark.parametrize("name", ROWS)
def test_a_body_is_read_by_its_first_byte_and_its_type(client: Client, name: str) -> None:
    row = ROWS[name]
    for kind in TYPES:
        for condition in CONDITIONS:
            told = wanted(row, kind, condition)
            keys = [unique(), unique()]
            body = row.body.replace("A", keys[0]).replace('"B"', f'"{keys[1]}"')
            # A multipart type without a boundary, as a client that forgets to set it sends.
            answer = client.put(body.encode(), {"Content-Type": kind, **condition})
            where = (kind, condition, answer)
            assert answer.status == told.status, where
            stored = sum(client.get(key).status == 200 for key in keys)
            if told.code:
                assert (answer.code, stored) == (told.code, 0), where
                continue
            if told.status == 201:
                assert (answer.json()["id"], stored) == (keys[0], 1), where
                continue
            report = answer.json()
            place = "line" if kind == NDJSON else "index"
            found = tuple((error[place], error["code"]) for error in report["errors"])
            assert (report["created"], report["failed"], found) == (
                told.created,
                len(told.failed),
                told.failed,
            ), where
            assert stored == told.created, where
            assert (answer.get("ETag"), answer.get("Location")) == (None, None)


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "Application/JSONL ; charset=utf-8",
    ],
)
def test_four_types_are_one_item_a_line(client: Client, kind: str) -> None:
    answer = client.put(b'{"n":1}\n{"n":2}\n', {"Content-Type": kind})
    assert (answer.status, answer.json()["created"]) == (200, 2)


@pytest.mark.parametrize(
    ("text", "created", "index"),
    [
        ("[", 0, 0),
        ("[{}", 1, 1),
        ('[{"a":', 0, 0),
        ("[{},", 1, 1),
        ("[{},]", 1, 1),
        ("[,]", 0, 0),
        ("[{} {}]", 1, 1),
        ("[{}:{}]", 1, 1),
        ("[{}] x", 1, 1),
        ("[{}][{}]", 1, 1),
        ("[{}}]", 1, 1),
        ('[{"a":"x]', 0, 0),
        ("[{},nonsense,{}]", 1, 1),
        ("[{},01]", 1, 1),
        ('[{"a":[}]},{}]', 0, 0),
        ('[{"a":"\\ud800"},{}]', 0, 0),
    ],
)
def test_a_syntax_error_ends_an_array_and_is_one_failure(
    client: Client, text: str, created: int, index: int
) -> None:
    answer = client.put(text)
    report = answer.json()
    assert answer.status == (200 if created else 422)
    assert (report["created"], report["failed"]) == (created, 1)
    assert [(error["index"], error["code"]) for error in report["errors"]] == [
        (index, "invalid-json")
    ]


def test_what_breaks_another_rule_fails_alone_in_an_array(client: Client) -> None:
    text = (
        '[{"a":1,"a":2},{"n":1e400},{"id":7},{"":1},{"picus:x":1},{"ok":1},'
        f'{{"a":{"[" * 40}{"]" * 40}}},{{"s":"{"x" * 410_000}"}},{{"s":"{CONTROLS}"}},{{"ok":2}}]'
    )
    report = client.put(text).json()
    assert (report["created"], report["failed"]) == (2, 8)
    assert [(error["index"], error["code"]) for error in report["errors"]] == [
        (0, "duplicate-name"),
        (1, "invalid-number"),
        (2, "invalid-id"),
        (3, "invalid-name"),
        (4, "reserved-name"),
        (6, "too-deep"),
        (7, "item-too-large"),
        (8, "body-too-large"),
    ]


def test_an_array_may_be_split_anywhere(client: Client) -> None:
    key = unique()
    text = f' [ {{"id":"{key}","s":"\\"]}},[{{"}} ,7\n,{{ }}, true ] \r\n'.encode()
    for size in (1, 2, 3, 5, 100):
        pieces = (text[at : at + size] for at in range(0, len(text), size))
        report = client.request("POST", "/picus/put?on_conflict=replace", pieces).json()
        assert report["created"] + report["replaced"] == 2
        assert [error["index"] for error in report["errors"]] == [1, 3]


def test_an_array_may_be_larger_than_1_mib(client: Client) -> None:
    keys = [unique() for _ in range(20)]
    items = (f'{{"id":"{key}","text":"{"x" * 200_000}"}}' for key in keys)
    report = client.put("[" + ",".join(items) + "]").json()
    assert (report["created"], report["failed"]) == (20, 0)
    for key in keys:
        assert client.delete(key).status == 200


def test_on_conflict_holds_for_an_array(client: Client) -> None:
    client.created({"id": (key := unique()), "n": 1})
    body = f'[{{"id":"{key}","n":2}}]'
    fails = client.request("POST", "/picus/put", body)
    assert (fails.status, fails.code) == (422, "bulk-failed")
    skips = client.request("POST", "/picus/put?on_conflict=skip", body).json()
    assert (skips["skipped"], client.get(key).json()["n"]) == (1, 1)
    replaces = client.request("POST", "/picus/put?on_conflict=replace", body).json()
    assert (replaces["replaced"], client.get(key).json()["n"]) == (1, 2)


@pytest.mark.parametrize("text", ['{"n":1}{"n":2}', '{"n":1}\n{"n":2}\n', '{"n":1}\n\n{"n":'])
def test_two_objects_under_another_type_are_told_how_they_are_sent(
    client: Client, text: str
) -> None:
    answer = client.put(text)
    assert (answer.status, answer.code) == (400, "invalid-json")
    assert "application/x-ndjson" in answer.json()["detail"]
    assert "array" in answer.json()["detail"]


def test_a_body_that_is_malformed_otherwise_is_not(client: Client) -> None:
    for text in ('{"n":1},{"n":2}', '{"n":1} x', '{"n":', "nonsense"):
        assert "application/x-ndjson" not in client.put(text).json()["detail"]
