"""Picus behind the real nginx and the real Caddy, configured as docs/proxy.md says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.markdown import blocks
from harness.client import Client, parse_exactly, to_json
from harness.process import PicusProcess
from harness.reverse_proxy import DOCUMENT, NAME, PROXIES, ReverseProxy

KEYS = [
    "a/b",
    "a//b",
    "/",
    "a%2Fb",
    "a b",
    "a+b",
    "ü🌙",
    "a?b#c",
    "a;b=c",
    "&",
    "...",
    '"<>\\^`{|}',
]
KNOWN = {"Host": NAME}
# A connection that ends meanwhile is replaced.
MOST_NEW = 3


@pytest.fixture
def server(picus: Path, tmp_path: Path) -> Iterator[Client]:
    (command,) = blocks(DOCUMENT, "sh")
    options = command.split()[2:]
    assert options == ["--listen", "127.0.0.1:8080", "--allow-host", NAME]
    process = PicusProcess(picus, tmp_path / "data", *options[2:])
    yield Client(process.url)
    process.stop()


@pytest.fixture(params=PROXIES, ids=lambda proxy: proxy.__name__.lower())
def proxy(request: pytest.FixtureRequest, server: Client, tmp_path: Path) -> Iterator[ReverseProxy]:
    running = request.param(server, tmp_path / "proxy")
    yield running
    running.stop()


@pytest.fixture
def client(proxy: ReverseProxy) -> Client:
    return proxy.client


def test_keys_arrive_as_they_were_sent(client: Client, server: Client) -> None:
    for key in KEYS:
        made = client.created({"id": key}, KNOWN)
        assert server.get(key).json() == {"id": key}
        assert client.request("GET", made["Location"], headers=KNOWN).json() == {"id": key}
        assert client.get(key, KNOWN).json() == {"id": key}
    assert len(server.list().json()) == len(KEYS)
    for key in KEYS:
        assert client.delete(key, KNOWN).status == 200
    assert server.list().json() == []


def test_the_host_name_counts(client: Client) -> None:
    origin = {"Origin": f"http://{NAME}", "Sec-Fetch-Site": "same-origin"}
    assert client.put({"id": "page"}, KNOWN | origin).status == 201
    foreign = client.put({"id": "foreign"}, KNOWN | {"Origin": "http://evil.example"})
    assert (foreign.status, foreign.code) == (403, "cross-origin")
    for pretended in ({}, {"X-Forwarded-Host": NAME}, {"Forwarded": f"host={NAME}"}):
        rebound = client.put({"id": "rebound"}, {"Host": "evil.example"} | pretended)
        assert (rebound.status, rebound.code) == (403, "host-not-allowed")
    assert client.get("foreign", KNOWN).status == 404


def test_an_item_of_a_mebibyte_of_text_goes_through(client: Client) -> None:
    item = to_json({"id": "large", "text": "ü" * 190_000})
    body = b" " * (1024 * 1024 - len(item)) + item
    assert client.put(body, KNOWN).status == 201
    refused = client.put(b" " + body, KNOWN)
    assert (refused.status, refused.code) == (413, "body-too-large")
    # A client that asks for no compression gets the length of what it gets.
    got = client.get("large", KNOWN)
    assert got["Content-Length"] == str(len(got.body))
    assert got.json() == parse_exactly(item)


def test_a_bulk_put_is_stored_while_it_arrives(client: Client, server: Client) -> None:
    lines = 3000
    stored = threading.Event()

    def body() -> Iterator[bytes]:
        for number in range(lines):
            yield to_json({"id": f"key-{number}", "text": "x" * 1000}) + b"\n"
        assert stored.wait(60), "nothing was stored before the body's end"
        yield to_json({"id": "last"}) + b"\n"

    def look() -> None:
        while server.get("key-0").status != 200:
            pass
        stored.set()

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    answer = client.bulk(body(), headers=KNOWN)
    watcher.join()
    assert answer.status == 200
    assert answer.json()["created"] == lines + 1


def test_a_list_comes_in_pieces_and_leaves_nothing_on_the_disk(
    client: Client, server: Client, proxy: ReverseProxy
) -> None:
    # More than sockets and a proxy's buffers hold.
    items = [{"id": f"key-{number}", "text": "x" * 300_000} for number in range(100)]
    server.bulk(b"".join(to_json(item) + b"\n" for item in items))
    with client.stream("GET", "/picus/list", headers=KNOWN) as response:
        assert response.status == 200
        first = response.read(1)
        # As long as the client reads no more, a proxy that spools has the time to.
        for _ in range(100):
            assert client.get("key-0", KNOWN).status == 200
        assert proxy.spooled() == []
        rest = response.read()
    listed = parse_exactly(first + rest)
    assert sorted(listed, key=lambda item: int(item["id"][4:])) == items


def connections(port: int | None) -> set[frozenset[str]]:
    """The addresses of both ends, whichever of them still knows of the connection."""
    assert port is not None
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    pairs = [(row[1], row[2]) for row in rows if not row[2].endswith(":0000")]
    return {frozenset(pair) for pair in pairs if any(a.endswith(f":{port:04X}") for a in pair)}


def test_requests_share_connections(client: Client, server: Client) -> None:
    assert client.list("?limit=1", KNOWN).status == 200
    before = connections(server.port)
    assert before
    for _ in range(20):
        assert client.list("?limit=1", KNOWN).status == 200
    assert len(connections(server.port) - before) <= MOST_NEW
