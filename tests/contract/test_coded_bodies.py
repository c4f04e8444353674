"""Content-Encoding of a put's body."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator

import pytest

from harness.client import Answer, Client, to_json, unique
from harness.shapes import ANY_BYTES, OWN_PROCESS, STREAMING, Server

pytestmark = [pytest.mark.meaning, pytest.mark.needs(ANY_BYTES)]

MIB = 1024 * 1024
GZIP = {"Content-Encoding": "gzip"}
NDJSON = {"Content-Type": "application/x-ndjson"}


def lines(keys: list[str]) -> bytes:
    return b"".join(to_json({"id": key}) + b"\n" for key in keys)


@pytest.mark.parametrize("coding", ["gzip", "GZip", "x-gzip", " gzip", ",gzip ,"])
def test_a_gzip_body_is_decoded(client: Client, coding: str) -> None:
    key = unique()
    body = gzip.compress(to_json({"id": key, "text": "ä" * 1000}))
    assert client.put(body, {"Content-Encoding": coding}).status == 201
    assert client.get(key).json() == {"id": key, "text": "ä" * 1000}


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_identity_is_no_coding(client: Client, coding: str) -> None:
    key = unique()
    assert client.put({"id": key}, {"Content-Encoding": coding}).status == 201
    assert client.get(key).status == 200


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "deflate", "gzip, gzip", "identity, gzip", "gzip, br", "gzip;q=1", "*"]
)
@pytest.mark.parametrize("kind", [{}, NDJSON], ids=["one", "lines"])
def test_another_coding_is_415_that_names_gzip(
    client: Client, coding: str, kind: dict[str, str]
) -> None:
    key = unique()
    answer = client.put({"id": key}, {"Content-Encoding": coding, **kind})
    assert (answer.status, answer.code) == (415, "unsupported-encoding")
    assert answer["Accept-Encoding"] == "gzip"
    assert client.get(key).status == 404


def test_parameters_are_judged_before_the_coding_and_the_body_after_it(client: Client) -> None:
    other = {"Content-Encoding": "br"}
    answer = client.request("POST", "/picus/put?on_conflict=maybe", b"{}", other)
    assert (answer.status, answer.code) == (400, "invalid-parameter")
    assert client.put(b"nonsense", other).code == "unsupported-encoding"


def test_a_gzip_bulk_put_is_decoded(client: Client) -> None:
    keys = [unique() for _ in range(3)]
    body = gzip.compress(lines(keys[:1])) + gzip.compress(lines(keys[1:]))
    assert client.bulk(body, headers=GZIP).json()["created"] == 3
    assert all(client.get(key).status == 200 for key in keys)


def test_members_follow_each_other_and_zeros_may_end_them(client: Client) -> None:
    key = unique()
    text = to_json({"id": key})
    body = gzip.compress(text[:7]) + gzip.compress(b"") + gzip.compress(text[7:]) + b"\0" * 1000
    assert client.put(body, GZIP).status == 201
    assert client.get(key).json() == {"id": key}


@pytest.mark.parametrize("kind", [{}, NDJSON], ids=["one", "lines"])
def test_gzip_that_ends_too_early_is_400(client: Client, kind: dict[str, str]) -> None:
    key = unique()
    whole = gzip.compress(to_json({"id": key}))
    for size in range(0, len(whole), 5):
        answer = client.put(whole[:size], GZIP | kind)
        assert (answer.status, answer.code) == (400, "bad-request"), size
        assert "is truncated" in answer.json()["detail"]
    assert client.get(key).status == 404


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (gzip.decompress, "not gzip"),
        (lambda data: zlib.compress(gzip.decompress(data)), "not gzip"),
        (lambda data: data[:-8] + bytes(4) + data[-4:], "damaged"),
        (lambda data: data[:-4] + bytes(4), "damaged"),
        (lambda data: data[:10] + b"\xff" * 10 + data[20:], "damaged"),
        (lambda data: data + b"x", "followed by other bytes"),
        (lambda data: data + bytes(9) + b"{}", "followed by other bytes"),
    ],
)
@pytest.mark.parametrize("kind", [{}, NDJSON], ids=["one", "lines"])
def test_damaged_gzip_is_400(
    client: Client, harm: Callable[[bytes], bytes], word: str, kind: dict[str, str]
) -> None:
    key = unique()
    answer = client.put(harm(gzip.compress(to_json({"id": key}))), GZIP | kind)
    assert (answer.status, answer.code) == (400, "bad-request")
    assert word in answer.json()["detail"]
    assert client.get(key).status == 404


BOMB = gzip.compress(b" " * (10 * MIB)) * 25


@pytest.mark.parametrize(
    ("harm", "code", "word"),
    [
        (lambda data: data[:-4], "bad-request", "is truncated"),
        (lambda data: data[:-4] + bytes(4), "bad-request", "damaged"),
        (lambda data: data + b"x", "bad-request", "followed by other bytes"),
        (lambda data: data + BOMB, "body-too-large", "64 MiB"),
    ],
    ids=["early", "damaged", "trailing", "bomb"],
)
@pytest.mark.parametrize("kind", [{}, NDJSON], ids=["array", "lines"])
def test_gzip_that_breaks_keeps_the_items_before_it_and_is_one_failure(
    client: Client, harm: Callable[[bytes], bytes], code: str, word: str, kind: dict[str, str]
) -> None:
    keys = [unique() for _ in range(3)]
    text = lines(keys) if kind else b"[" + lines(keys).replace(b"\n", b",")
    body = harm(gzip.compress(text + b'{"id":"not-whole"'))

    def put(on_conflict: str) -> Answer:
        target = f"/picus/put?on_conflict={on_conflict}"
        return client.request("POST", target, body, GZIP | kind)

    answer = put("fail")
    assert answer.status == 200
    report = answer.json()
    assert (report["created"], report["failed"]) == (3, 1)
    [error] = report["errors"]
    assert error["line" if kind else "index"] == (4 if kind else 3)
    assert error["code"] == code
    assert word in error["detail"]
    assert all(client.get(key).status == 200 for key in keys)
    assert client.get("not-whole").status == 404

    report = put("skip").json()
    assert (report["skipped"], report["failed"]) == (3, 1)
    again = put("fail")  # of which nothing is written
    if code == "body-too-large":
        assert (again.status, again.code) == (413, code)
    else:
        assert (again.status, again.code) == (422, "bulk-failed")
        assert again.json()["failed"] == 4


def test_the_limits_are_those_of_the_text(client: Client) -> None:
    key = unique()
    text = to_json({"id": key})
    assert client.put(gzip.compress(text.ljust(MIB)), GZIP).status == 201
    answer = client.put(gzip.compress(text.ljust(MIB + 1)), GZIP)
    assert (answer.status, answer.code) == (413, "body-too-large")
    report = client.bulk(gzip.compress(text.ljust(2 * MIB) + b"\n{}"), headers=GZIP).json()
    assert (report["created"], report["failed"]) == (1, 1)
    assert report["errors"][0]["code"] == "body-too-large"


def test_a_body_that_is_stored_in_gzip_may_be_longer_than_its_text(client: Client) -> None:
    key = unique()
    text = to_json({"id": key, "text": "x" * 300_000})
    body = gzip.compress(text, compresslevel=0)
    assert len(body) > len(text)
    assert client.put(body, GZIP).status == 201
    client.delete(key)


@pytest.mark.parametrize("text", [b" ", b"\n", b"x", b"x\n", b'{"id":"a"', b"\0"])
@pytest.mark.parametrize("kind", [{}, NDJSON], ids=["one", "lines"])
def test_a_bomb_is_413(client: Client, text: bytes, kind: dict[str, str]) -> None:
    """250 MiB of text in 250 KiB, 80 MiB of lines that fail in 80 KiB."""
    member = gzip.compress(text * (10 * MIB // len(text)))
    times = 8 if text == b"x\n" else 25
    answer = client.put(member * times, GZIP | kind)
    assert (answer.status, answer.code) == (413, "body-too-large")


@pytest.mark.needs(OWN_PROCESS)
@pytest.mark.needs(STREAMING)
def test_a_bomb_takes_no_memory(start: Callable[..., Server]) -> None:
    server = start()
    member = gzip.compress(b" " * (100 * MIB))
    for kind in ({}, NDJSON):
        assert server.client.put(member * 5, GZIP | kind).status == 413
    assert server.process.memory_kib("VmHWM") < 64 * 1024


@pytest.mark.needs(STREAMING)
def test_a_gzip_bulk_put_may_have_any_size(start: Callable[..., Server]) -> None:
    client = start().client
    count = 3000

    def pieces() -> Iterator[bytes]:
        packer = zlib.compressobj(wbits=31)
        for number in range(count):
            item = {"id": f"{number}", "text": f"{number} " * 2000}
            yield packer.compress(to_json(item) + b"\n")
        yield packer.flush()

    report = client.bulk((piece for piece in pieces() if piece), headers=GZIP).json()
    assert (report["created"], report["failed"]) == (count, 0)
