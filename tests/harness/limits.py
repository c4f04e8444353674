"""Texts of items right at each limit of the contract, and past it."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
# DynamoDB counts an item as at most 400 KiB, and Picus keeps 256 bytes of it for itself.
ITEM_BYTES = 400 * 1024 - 256


@dataclass(frozen=True)
class Limit:
    """A text right at a limit, and one past it."""

    fits: str
    beyond: str
    refusal: tuple[int, str]


def item(members: str, key: str = "key") -> str:
    return f'{{"id":"{key}",{members}}}'


def escapes(total: int, begin: str, end: str) -> str:
    """A text of so many bytes that DynamoDB counts a sixth of: characters that stay escaped."""
    count, rest = divmod(total - len(begin) - len(end), 6)
    return begin + r"\u0001" * count + "x" * rest + end


def spaced(total: int) -> str:
    return "{" + escapes(total - 1000, '"s":"', '"}').rjust(total - 1)


def nested(levels: int) -> str:
    return item(f'"a":{"[" * (levels - 1)}{"]" * (levels - 1)}')


def padded(bytes_counted: int) -> str:
    return item(f'"pad":"{"x" * (bytes_counted - len("id") - len("key") - len("pad"))}"')


LIMITS = {
    "1 MiB of text": Limit(
        escapes(MIB, '{"id":"key","s":"', '"}'),
        escapes(MIB + 1, '{ "id":"key","s":"', '"}'),
        (413, "body-too-large"),
    ),
    "1 MiB of text without an id": Limit(
        escapes(MIB, '{"s":"', '"}'),
        escapes(MIB + 1, '{"s":"', '"}'),
        (413, "body-too-large"),
    ),
    "1 MiB of text with white space": Limit(spaced(MIB), spaced(MIB + 1), (413, "body-too-large")),
    "400 KiB as DynamoDB counts": Limit(
        padded(ITEM_BYTES), padded(ITEM_BYTES + 1), (413, "item-too-large")
    ),
    "32 levels": Limit(nested(32), nested(33), (422, "too-deep")),
    "38 digits": Limit(
        item(f'"n":-0.{"9" * 38}'), item(f'"n":{"9" * 39}'), (422, "invalid-number")
    ),
    "the largest number": Limit(
        item(f'"n":9.{"9" * 37}E+125'), item('"n":1E126'), (422, "invalid-number")
    ),
    "the smallest number": Limit(item('"n":-1E-130'), item('"n":1E-131'), (422, "invalid-number")),
    "a number of 256 characters": Limit(
        item(f'"n":[1.{"0" * 254}]'), item(f'"n":[1.{"0" * 255}]'), (422, "invalid-number")
    ),
    "many numbers whose plain text is long": Limit(
        item(f'"n":[{",".join(["1E125", "1E-130"] * 5000)}]'),
        item('"n":[1E125,1E126]'),
        (422, "invalid-number"),
    ),
    "a key of 511 bytes": Limit(
        item('"n":1', r"\"" * 511), item('"n":1', r"\"" * 512), (422, "invalid-id")
    ),
    "a key of 511 bytes beyond ASCII": Limit(
        item('"n":1', "ä" * 255 + "k"), item('"n":1', "ä" * 256), (422, "invalid-id")
    ),
    "a name of one character": Limit(
        item(r'"\u0000":{" ":1}'), item('"":1'), (422, "invalid-name")
    ),
    "a name of 65535 bytes": Limit(
        item(f'"a":{{"{"ä" * 32767}n":1}}'),
        item(f'"a":{{"{"ä" * 32768}":1}}'),
        (422, "invalid-name"),
    ),
    "a name near the reserved ones": Limit(
        item('"picus":{"picus:":1}'), item('"picus:":1'), (422, "reserved-name")
    ),
}
