"""POST /picus/put with Content-Type: application/x-ndjson."""

from __future__ import annotations

import pytest

from harness.client import REPORT_MEMBERS, Answer, Client, to_json, unique

pytestmark = pytest.mark.meaning

MIB = 1024 * 1024
WRITTEN = ("created", "replaced", "skipped")


def report(answer: Answer) -> tuple[int, int, int, int]:
    """created, replaced, skipped, failed of an answer that has the form of a report."""
    body = answer.json()
    none_written = body["failed"] > 0 and not any(body[name] for name in WRITTEN)
    if none_written:
        assert (answer.status, answer.code) == (422, "bulk-failed")
    else:
        assert answer.status == 200
        assert answer["Content-Type"] == "application/json"
        assert set(body) == REPORT_MEMBERS
    for error in body["errors"]:
        assert set(error) == {"line", "code", "detail"}
        assert error["detail"]
    assert len(body["errors"]) == min(body["failed"], 100)
    return body["created"], body["replaced"], body["skipped"], body["failed"]


def errors(answer: Answer) -> list[tuple[int, str]]:
    return [(error["line"], error["code"]) for error in answer.json()["errors"]]


def lines(*items: object) -> bytes:
    return b"".join(to_json(item) + b"\n" for item in items)


def test_a_bulk_put_creates_one_item_a_line(client: Client) -> None:
    keys = [unique() for _ in range(3)]
    answer = client.bulk(lines(*({"id": key, "n": i} for i, key in enumerate(keys))))
    assert report(answer) == (3, 0, 0, 0)
    for i, key in enumerate(keys):
        assert client.get(key).json() == {"id": key, "n": i}


def test_lines_without_an_id_get_one_each(client: Client) -> None:
    mark = unique("mark")
    assert report(client.bulk(lines(*[{"mark": mark}] * 5))) == (5, 0, 0, 0)
    found = [item for item in client.list().json() if item.get("mark") == mark]
    assert len({item["id"] for item in found}) == 5


@pytest.mark.parametrize("query", ["", "?on_conflict=fail"])
def test_on_conflict_fail_reports_the_line_and_goes_on(client: Client, query: str) -> None:
    taken, free = unique(), unique()
    client.created({"id": taken, "n": 1})
    answer = client.bulk(lines({"id": taken, "n": 2}, {"id": free}), query)
    assert report(answer) == (1, 0, 0, 1)
    assert errors(answer) == [(1, "already-exists")]
    assert client.get(taken).json()["n"] == 1
    assert client.get(free).status == 200


def test_on_conflict_skip_leaves_the_item_that_is_there(client: Client) -> None:
    taken, free = unique(), unique()
    client.created({"id": taken, "n": 1})
    answer = client.bulk(lines({"id": taken, "n": 2}, {"id": free}), "?on_conflict=skip")
    assert report(answer) == (1, 0, 1, 0)
    assert client.get(taken).json()["n"] == 1


def test_on_conflict_replace_replaces_it(client: Client) -> None:
    taken, free = unique(), unique()
    old = client.created({"id": taken, "n": 1})
    answer = client.bulk(lines({"id": taken, "n": 2}, {"id": free}), "?on_conflict=replace")
    assert report(answer) == (1, 1, 0, 0)
    assert client.get(taken).json()["n"] == 2
    assert client.get(taken).etag != old.etag


@pytest.mark.parametrize(
    ("query", "wanted", "n"),
    [
        ("", (1, 0, 0, 2), 1),
        ("?on_conflict=skip", (1, 0, 2, 0), 1),
        ("?on_conflict=replace", (1, 2, 0, 0), 3),
    ],
)
def test_a_key_that_comes_twice_meets_its_own_first_line(
    client: Client, query: str, wanted: tuple[int, ...], n: int
) -> None:
    key = unique()
    answer = client.bulk(lines(*({"id": key, "n": i} for i in (1, 2, 3))), query)
    assert report(answer) == wanted
    assert client.get(key).json()["n"] == n


@pytest.mark.parametrize(
    "query", ["?on_conflict=maybe", "?on_conflict=", "?on_conflict=FAIL", "?on_conflict=%zz"]
)
def test_another_on_conflict_is_400_and_puts_nothing(client: Client, query: str) -> None:
    key = unique()
    answer = client.bulk(lines({"id": key}), query)
    assert (answer.status, answer.code) == (400, "invalid-parameter")
    assert client.get(key).status == 404


def test_errors_carry_the_number_of_their_line_and_the_problems_code(client: Client) -> None:
    keys = [unique() for _ in range(2)]
    text = b"\n".join(
        [
            to_json({"id": keys[0]}),
            b"",
            b"nonsense",
            b"[1]",
            b'{"id":7}',
            b'{"a":1,"a":2}',
            b'{"":1}',
            b'{"picus:x":1}',
            b'{"n":1e400}',
            b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
            to_json({"text": "x" * 410_000}),
            b'{"a":"\xff"}',
            to_json({"id": keys[1]}),
        ]
    )
    answer = client.bulk(text)
    assert report(answer) == (2, 0, 0, 10)
    assert errors(answer) == [
        (3, "invalid-json"),
        (4, "not-an-object"),
        (5, "invalid-id"),
        (6, "duplicate-name"),
        (7, "invalid-name"),
        (8, "reserved-name"),
        (9, "invalid-number"),
        (10, "too-deep"),
        (11, "item-too-large"),
        (12, "invalid-json"),
    ]
    assert all(client.get(key).status == 200 for key in keys)


def test_only_the_first_100_errors_are_told(client: Client) -> None:
    key = unique()
    answer = client.bulk(b"bad\n" * 250 + to_json({"id": key}))
    assert report(answer) == (1, 0, 0, 250)
    assert [line for line, _ in errors(answer)] == list(range(1, 101))


def test_the_first_100_errors_are_those_of_the_first_lines(client: Client) -> None:
    """Which keys are taken is known when a batch is written, after its later lines were read."""
    client.created({"id": (taken := unique())})
    answer = client.bulk(to_json({"id": taken}) + b"\n" + b"bad\n" * 200 + b"{}")
    assert report(answer) == (1, 0, 0, 201)
    assert errors(answer)[:2] == [(1, "already-exists"), (2, "invalid-json")]
    assert errors(answer)[-1] == (100, "invalid-json")


def test_where_everything_fails_the_problem_has_the_report(client: Client) -> None:
    answer = client.bulk(b"bad\n[1]\n")
    assert report(answer) == (0, 0, 0, 2)
    assert errors(answer) == [(1, "invalid-json"), (2, "not-an-object")]
    assert answer.json()["retryable"] is False
    assert "2" in answer.json()["detail"]


def test_what_is_skipped_has_not_failed(client: Client) -> None:
    client.created({"id": (key := unique())})
    assert report(client.bulk(lines({"id": key}), "?on_conflict=skip")) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "text", ['{\n  "id": "a"\n}', '[\n{"id":"a"}\n]', '{ "id": "a", "b": [', '[{"id":"a"},']
)
def test_a_line_that_goes_on_is_told_how_it_is_sent(client: Client, text: str) -> None:
    answer = client.bulk(text)
    assert errors(answer)[0] == (1, "invalid-json")
    detail = answer.json()["errors"][0]["detail"]
    assert "one complete item per line" in detail
    assert "application/json" in detail


def test_an_array_on_one_line_is_told_how_it_is_sent(client: Client) -> None:
    answer = client.bulk('[{"id":"a"},{"id":"b"}]')
    assert errors(answer) == [(1, "not-an-object")]
    assert "application/json" in answer.json()["errors"][0]["detail"]


def test_blank_lines_crlf_and_a_missing_final_newline_do_not_matter(client: Client) -> None:
    keys = [unique() for _ in range(4)]
    items = [to_json({"id": key}) for key in keys]
    text = b"\n\r\n" + items[0] + b"\r\n" + b"  \t\n" + items[1] + b"\n\n\n" + items[2] + b" \r\n"
    answer = client.bulk(text + items[3])
    assert report(answer) == (4, 0, 0, 0)
    assert all(client.get(key).status == 200 for key in keys)


@pytest.mark.parametrize("text", [b"", b"\n", b"\r\n\r\n", b" "])
def test_a_bulk_put_of_no_lines_reports_zeros(client: Client, text: bytes) -> None:
    assert report(client.bulk(text)) == (0, 0, 0, 0)


def test_a_line_of_1_mib_is_read_and_a_longer_one_reported(client: Client) -> None:
    keys = [unique() for _ in range(3)]
    longest = to_json({"id": keys[0]}).ljust(MIB)
    too_long = to_json({"id": keys[1]}).ljust(MIB + 1)
    assert len(longest) == MIB
    answer = client.bulk(b"\n".join([longest, too_long, to_json({"id": keys[2]})]))
    assert report(answer) == (2, 0, 0, 1)
    assert errors(answer) == [(2, "body-too-large")]
    assert [client.get(key).status for key in keys] == [200, 404, 200]


def test_a_line_that_never_ends_is_one_error(client: Client) -> None:
    pieces = (b"x" * 65536 for _ in range(80))
    answer = client.bulk(pieces)
    assert report(answer) == (0, 0, 0, 1)
    assert errors(answer) == [(1, "body-too-large")]


def test_a_bulk_put_may_be_larger_than_1_mib(client: Client) -> None:
    mark = unique("mark")
    count = 20
    text = lines(*({"mark": mark, "text": "x" * 200_000} for _ in range(count)))
    assert report(client.bulk(text)) == (count, 0, 0, 0)


def test_lines_may_be_split_anywhere_between_chunks(client: Client) -> None:
    keys = [unique() for _ in range(20)]
    text = lines(*({"id": key, "ä🐦": "日本"} for key in keys))
    pieces = (text[i : i + 7] for i in range(0, len(text), 7))
    assert report(client.bulk(pieces)) == (20, 0, 0, 0)
    assert client.get(keys[-1]).json()["ä🐦"] == "日本"


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-ndjson; charset=utf-8",
        "Application/X-NDJSON",
        "application/x-ndjson ;a=b",
    ],
)
def test_the_media_type_is_told_from_its_parameters_and_case(client: Client, kind: str) -> None:
    answer = client.bulk(lines({}, {}), headers={"Content-Type": kind})
    assert report(answer) == (2, 0, 0, 0)


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
def test_a_bulk_put_takes_no_condition(client: Client, header: str) -> None:
    key = unique()
    answer = client.bulk(lines({"id": key}), headers={header: "*"})
    assert (answer.status, answer.code) == (400, "bad-request")
    assert client.get(key).status == 404


def test_a_bulk_put_has_no_etag_and_no_location(client: Client) -> None:
    answer = client.bulk(lines({}))
    assert answer.get("ETag") is None
    assert answer.get("Location") is None
