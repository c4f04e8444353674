"""A disk that stops taking writes under the running server, and takes them again later."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.client import Answer, Client
from harness.command import check
from harness.faults import Call, Faults, Judge, go_on
from harness.fixtures import Serve
from harness.process import PicusProcess
from harness.session import REPLACE, Session, item_text, listed

WATCHED = ("openat", "pwrite64", "pwritev", "writev", "write", "fdatasync", "fsync")
WRITES = ("pwrite64", "pwritev", "writev", "write")


def read_only(call: Call) -> int:
    """What ext4 answers once an error made it read-only; mount(8) cannot while files are open."""
    if call.opens_for_writing():
        return errno.EROFS if "items.mdb" in call.path() else 0
    return errno.EROFS if call.name != "openat" and "items.mdb" in call.file() else 0


def failing_writes(call: Call) -> int:
    return errno.EIO if call.name in WRITES and "items.mdb" in call.file() else 0


def failing_syncs(call: Call) -> int:
    return errno.EIO if call.name in ("fdatasync", "fsync") and "items.mdb" in call.file() else 0


class FailingMetaPage:
    """Data pages are written and synced; the page that makes them the state is not."""

    def __init__(self) -> None:
        self._synced = False

    def __call__(self, call: Call) -> int:
        if call.name == "fdatasync":
            self._synced = True
        return errno.EIO if self._synced and failing_writes(call) else 0


class ReadOnlyFromTheMetaPageOn:
    """The last write of a commit is what finds the error: LMDB refuses even to read then."""

    def __init__(self) -> None:
        self._synced = False

    def __call__(self, call: Call) -> int:
        if self._synced:
            return read_only(call)
        self._synced = call.name == "fdatasync"
        return 0


@pytest.fixture
def faults(tmp_path: Path) -> Iterator[Faults]:
    watching = Faults(tmp_path, *WATCHED)
    yield watching
    watching.close()


def assert_refused(answer: Answer) -> None:
    assert (answer.status, answer.code) == (503, "store-unavailable")
    assert answer.json()["retryable"] is True


def assert_reads(server: PicusProcess, items: dict[str, bytes]) -> None:
    client = Client(server.url)
    for key, text in items.items():
        assert client.get(key).body == text
    assert client.get("refused").status == 404
    assert listed(server.url) == items
    assert client.request("GET", "/livez").status == 200


@pytest.mark.parametrize(
    "disk",
    [
        pytest.param(lambda: read_only, id="read-only"),
        pytest.param(lambda: failing_writes, id="writes"),
        pytest.param(lambda: failing_syncs, id="syncs"),
        pytest.param(FailingMetaPage, id="meta-page"),
        pytest.param(ReadOnlyFromTheMetaPageOn, id="read-only-from-the-meta-page-on"),
    ],
)
def test_a_store_that_cannot_write_says_so_and_reads_on_until_it_can(
    picus: Path, data: Path, serve: Serve, faults: Faults, disk: Callable[[], Judge]
) -> None:
    server = serve(binary=faults.program(picus))
    client = Client(server.url)
    items = {f"{n}": item_text(f"{n}", n=n) for n in range(50)}
    for text in items.values():
        assert client.put(text).status == 201

    for turn in range(3):
        faults.judge(disk())
        for _ in range(3):
            assert_refused(client.put({"id": "refused"}))
            assert_refused(client.put({"id": "1", "n": "refused"}, {"If-Match": "*"}))
            assert_refused(client.delete("2"))
            assert_refused(client.bulk(b'{"id":"refused"}\n'))
            assert_refused(client.request("GET", "/readyz"))
            assert_reads(server, items)
        faults.judge(go_on)
        items[f"new-{turn}"] = item_text(f"new-{turn}")
        items["1"] = item_text("1", turn=turn)
        with Session(server.url) as session:
            assert session.put(items[f"new-{turn}"]).status == 201
            assert session.put(items["1"], REPLACE).status == 200
        assert client.request("GET", "/readyz").status == 200
        assert_reads(server, items)
        assert check(picus, data) == len(items)
    server.kill()
    assert check(picus, data) == len(items)
    assert listed(serve().url) == items


def test_readyz_notices_alone_that_the_disk_is_back(
    picus: Path, serve: Serve, faults: Faults
) -> None:
    server = serve(binary=faults.program(picus))
    client = Client(server.url)
    client.created({"id": "a"})
    faults.judge(read_only)
    assert_refused(client.put({"id": "refused"}))
    assert_refused(client.request("GET", "/readyz"))
    faults.judge(go_on)
    assert client.request("GET", "/readyz").status == 200
    assert client.get("a").status == 200


def test_what_failed_in_a_sync_is_whole_or_not_there_after_a_crash(
    picus: Path, data: Path, serve: Serve, faults: Faults
) -> None:
    """The refused write may have reached the disk; a crash may show it, but no part of it."""
    disks: list[Judge] = [failing_writes, failing_syncs, FailingMetaPage()]
    for turn, disk in enumerate(disks):
        server = serve(binary=faults.program(picus))
        client = Client(server.url)
        before = listed(server.url)
        kept = item_text(f"kept-{turn}")
        refused = [item_text(f"refused-{turn}-{n}", pad="x" * 3000) for n in range(100)]
        assert client.put(kept).status == 201
        faults.judge(disk)
        assert_refused(client.bulk(b"\n".join(refused)))
        server.kill()
        faults.judge(go_on)
        assert check(picus, data) in (len(before) + 1, len(before) + 101)
        server = serve()
        found = listed(server.url)
        new = set(found.values()) - set(before.values())
        assert new in ({kept}, {kept, *refused})
        server.stop()
