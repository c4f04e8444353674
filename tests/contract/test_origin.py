"""Without authentication, web pages of other origins are refused."""

from __future__ import annotations

import pytest

from harness.client import Client, path_of, to_json, unique
from harness.shapes import LOOPBACK

pytestmark = pytest.mark.needs(LOOPBACK)


def hosts(client: Client) -> list[str]:
    names = ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "127.1.2.3", "picus.localhost"]
    return [f"{name}:{client.port}" for name in names] + names


def test_every_name_of_this_machine_is_answered(client: Client) -> None:
    for host in hosts(client):
        assert client.request("GET", "/livez", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.evil.example",
        "evillocalhost",
        "10.0.0.1",
        "0.0.0.0",
        "[::2]",
        "2130706433",
    ],
)
def test_a_host_that_a_page_may_have_rebound_is_403(client: Client, host: str) -> None:
    key = unique()
    for answer in (
        client.request("POST", "/picus/put", to_json({"id": key}), {"Host": host}),
        client.request("GET", "/picus/list", headers={"Host": host}),
        client.request("DELETE", f"/picus/{path_of(key)}", headers={"Host": host}),
    ):
        assert (answer.status, answer.code) == (403, "cross-origin")
    assert client.get(key).status == 404


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://evil.example",
        "null",
        "http://localhost:1",
        "http://127.0.0.1",
        "file://",
        "",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}0",
        "chrome-extension://abc",
    ],
)
def test_a_foreign_origin_is_403_and_nothing_happens(client: Client, origin: str) -> None:
    key = unique()
    kept = unique()
    client.created({"id": kept})
    headers = {"Origin": origin.format(port=client.port)}
    for answer in (
        client.put({"id": key}, headers),
        client.get(kept, headers),
        client.delete(kept, headers),
        client.list("?limit=1", headers),
        client.bulk(to_json({"id": key}), headers=headers),
    ):
        assert (answer.status, answer.code) == (403, "cross-origin")
        assert answer.get("Access-Control-Allow-Origin") is None
    assert client.get(key).status == 404
    assert client.get(kept).status == 200


def test_the_same_origin_is_served(client: Client) -> None:
    for host in (f"127.0.0.1:{client.port}", f"localhost:{client.port}", "localhost"):
        headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        assert client.put({"id": unique()}, headers).status == 201
        assert client.list("?limit=1", headers).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_another_site_by_sec_fetch_site_is_403(client: Client, site: str) -> None:
    key = unique()
    answer = client.put({"id": key}, {"Sec-Fetch-Site": site})
    assert (answer.status, answer.code) == (403, "cross-origin")
    assert client.get(key).status == 404


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_own_site_by_sec_fetch_site_is_served(client: Client, site: str) -> None:
    assert client.put({"id": unique()}, {"Sec-Fetch-Site": site}).status == 201


def test_a_preflight_of_another_origin_gets_no_permission(client: Client) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "DELETE"}
    answer = client.request("OPTIONS", "/picus/list", headers=headers)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
