"""How much memory bulk puts, lists and imports take. A sanitizer's own memory would count."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.process import memory_kib
from harness.shapes import OWN_PROCESS, Server

NDJSON = {"Accept": "application/x-ndjson"}


@pytest.mark.timeout(600)
@pytest.mark.needs(OWN_PROCESS)
def test_a_bulk_put_of_many_lines_takes_constant_memory(start: Callable[..., Server]) -> None:
    server = start()
    total, padding = 60_000, "x" * 1000

    def pieces(begin: int, end: int) -> Iterator[bytes]:
        for first in range(begin, end, 500):
            numbers = range(first, first + 500)
            yield "".join(f'{{"id":"{i:09}","pad":"{padding}"}}\n' for i in numbers).encode()

    def anonymous_kib() -> int:
        # The pages of the store's file are the kernel's to take back: not counted.
        return server.process.memory_kib("RssAnon")

    warm = 10_000
    assert server.client.bulk(pieces(0, warm)).json()["created"] == warm
    before = anonymous_kib()
    answer = server.client.bulk(pieces(warm, total))
    grown = anonymous_kib() - before
    assert answer.json()["created"] == total - warm
    assert grown < 16 * 1024, f"{grown} KiB more"
    assert server.client.get(f"{total - 1:09}").status == 200


@pytest.mark.timeout(600)
@pytest.mark.needs(OWN_PROCESS)
def test_a_list_takes_constant_memory(start: Callable[..., Server]) -> None:
    server = start()
    padding = "x" * 1000
    total = 40_000
    for first in range(0, total, 1000):
        numbers = range(first, first + 1000)
        lines = (f'{{"id":"{n:08}","pad":"{padding}"}}\n' for n in numbers)
        assert server.client.bulk("".join(lines)).json()["created"] == 1000
    server.client.list("?limit=1000")
    before = server.process.memory_kib("RssAnon")
    most, count, tail = 0, 0, b""
    with server.client.stream("GET", "/picus/list", headers=NDJSON) as response:
        while piece := response.read(1024 * 1024):
            count += piece.count(b"\n")
            tail = piece[-1:]
            most = max(most, server.process.memory_kib("RssAnon"))
    assert (count, tail) == (total, b"\n")
    assert most - before < 16 * 1024, f"{most - before} KiB more"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("layout", [("", "\n", ""), ("[", ",\n", "{}]")], ids=["lines", "array"])
def test_an_import_of_items_without_ids_takes_constant_memory(
    picus: Path, tmp_path: Path, layout: tuple[str, str, str]
) -> None:
    first, between, last = layout
    warm, total = 30_000, 330_000
    command: list[str | Path] = [picus, "import", "-", "--create", "--data", tmp_path / "data"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin

        def feed(begin: int, end: int) -> int:
            # A pipe holds 64 KiB: all but the last items are read when this returns.
            assert process.stdin
            items = (f'{{"n":{n}}}{between}' for n in range(begin, end))
            process.stdin.write("".join(items).encode())
            process.stdin.flush()
            return memory_kib(process.pid, "RssAnon")

        process.stdin.write(first.encode())
        before = feed(0, warm)
        grown = feed(warm, total) - before
        process.stdin.write(last.encode())
        process.stdin.close()
        assert process.wait() == 0
    assert grown < 16 * 1024, f"{grown} KiB more"
