"""What a server counts of its embedded store."""

from __future__ import annotations

from harness.client import Client
from harness.fixtures import Serve
from metrics.scrape import ADMIN, REQUESTS, admin_url, parse, scrape, scraped, value

COMMITS = ("picus_lmdb_commit_writes", "picus_lmdb_commit_duration_seconds")


def test_the_file_its_readers_and_its_commits_are_shown(serve: Serve) -> None:
    server = serve(*ADMIN)
    client = Client(server.url)
    for n in range(3):
        assert client.put({"id": f"k{n}", "text": "x" * 10_000}).status == 201
    assert client.get("k1").status == 200
    samples = scraped(admin_url(server), REQUESTS, 4)
    file = (server.data / "items.mdb").stat().st_size
    assert value(samples, "picus_lmdb_file_bytes") == file
    assert 30_000 < value(samples, "picus_lmdb_used_bytes") <= file
    assert value(samples, "picus_lmdb_readers") >= 1
    assert value(samples, "picus_lmdb_queue") == 0
    assert [value(samples, f"{name}_count") for name in COMMITS] == [3, 3]
    assert value(samples, "picus_lmdb_commit_writes_sum") == 3
    assert value(samples, "picus_lmdb_commit_duration_seconds_sum") >= value(
        samples, "picus_lmdb_sync_duration_seconds_sum"
    )


def test_each_read_of_a_damaged_item_is_counted(serve: Serve) -> None:
    first = serve()
    for key in ("good", "bad"):
        assert Client(first.url).put({"id": key, "text": f"this is {key}"}).status == 201
    first.stop()
    file = first.data / "items.mdb"
    pages = file.read_bytes()
    assert b"this is bad" in pages
    file.write_bytes(pages.replace(b"this is bad", b"this is BAD"))
    server = serve(*ADMIN)
    client, damaged = Client(server.url), "picus_store_damaged_items_total"
    assert client.get("good").status == 200
    assert value(parse(scrape(admin_url(server))), damaged) == 0
    for _ in range(2):
        assert client.get("bad").code == "store-damaged"
    samples = scraped(admin_url(server), damaged, 2)
    assert value(samples, REQUESTS, error_type="store-damaged") == 2
