"""What can happen to a file's bytes, chosen by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable

PAGE = 4096
HEADER = 16
META_PAGES = 2

Damage = Callable[[bytearray, random.Random], None]


def some_page(file: bytearray, rng: random.Random) -> int:
    """Where a page begins that is in use, and no meta page."""
    used = [
        at for at in range(META_PAGES * PAGE, len(file) - PAGE + 1, PAGE) if any(file[at : at + 64])
    ]
    return rng.choice(used)


def bits(file: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 16))):
        at = some_page(file, rng) + rng.randrange(PAGE)
        file[at] ^= 1 << rng.randrange(8)


def header(file: bytearray, rng: random.Random) -> None:
    at = some_page(file, rng)
    file[at + rng.randrange(HEADER)] = rng.randrange(256)


def pointers(file: bytearray, rng: random.Random) -> None:
    """The offsets of a page's nodes, and their headers."""
    at = some_page(file, rng) + HEADER + 2 * rng.randrange(40)
    file[at : at + 2] = rng.randbytes(2)


def zeroed(file: bytearray, rng: random.Random) -> None:
    at = some_page(file, rng)
    file[at : at + PAGE] = bytes(PAGE)


def random_page(file: bytearray, rng: random.Random) -> None:
    at = some_page(file, rng)
    file[at : at + PAGE] = rng.randbytes(PAGE)


def random_body(file: bytearray, rng: random.Random) -> None:
    at = some_page(file, rng)
    file[at + HEADER : at + PAGE] = rng.randbytes(PAGE - HEADER)


def swapped(file: bytearray, rng: random.Random) -> None:
    one, two = some_page(file, rng), some_page(file, rng)
    file[one : one + PAGE], file[two : two + PAGE] = file[two : two + PAGE], file[one : one + PAGE]


def duplicated(file: bytearray, rng: random.Random) -> None:
    one, two = some_page(file, rng), some_page(file, rng)
    file[one : one + PAGE] = file[two : two + PAGE]


def renumbered(file: bytearray, rng: random.Random) -> None:
    """Another page, with the number of this one: what a misdirected write leaves."""
    one, two = some_page(file, rng), some_page(file, rng)
    number = file[one : one + 8]
    file[one : one + PAGE] = file[two : two + PAGE]
    file[one : one + 8] = number


def meta(file: bytearray, rng: random.Random) -> None:
    at = rng.randrange(META_PAGES) * PAGE + rng.randrange(160)
    file[at : at + rng.choice((1, 8))] = rng.randbytes(1)


def both_metas(file: bytearray, rng: random.Random) -> None:
    offset = 16 + rng.randrange(140)
    for page in range(META_PAGES):
        file[page * PAGE + offset] = rng.randrange(256)


def cut(file: bytearray, rng: random.Random) -> None:
    del file[rng.randrange(PAGE, len(file)) :]


def cut_to_pages(file: bytearray, rng: random.Random) -> None:
    del file[rng.randrange(1, len(file) // PAGE) * PAGE :]


DAMAGES: list[Damage] = [
    bits,
    header,
    pointers,
    zeroed,
    random_page,
    random_body,
    swapped,
    duplicated,
    renumbered,
    meta,
    both_metas,
    cut,
    cut_to_pages,
]


def harm(file: bytearray, seed: int) -> str:
    """Does what the seed says; the name of that."""
    rng = random.Random(seed)
    damage = DAMAGES[seed % len(DAMAGES)]
    damage(file, rng)
    return damage.__name__
