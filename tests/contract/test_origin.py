"""Without authentication, web pages of other origins are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.client import Client, path_of, to_json, unique
from harness.shapes import LOOPBACK, OPTIONS, Server

pytestmark = [pytest.mark.transport, pytest.mark.needs(LOOPBACK)]


def hosts(client: Client) -> list[str]:
    names = ["localhost", "LOCALHOST", "localhost.", "picus.localhost"]
    # Whatever address a server is reached by, no DNS server can make it mean another machine.
    names += ["127.0.0.1", "[::1]", "127.1.2.3", "10.0.0.1", "0.0.0.0", "[2001:db8::2]"]
    return [f"{name}:{client.port}" for name in names] + names


def test_every_name_of_this_machine_and_every_address_is_served(client: Client) -> None:
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
        ".localhost",
        "2130706433",
    ],
)
def test_a_host_that_a_page_may_have_rebound_is_403(client: Client, host: str) -> None:
    key = unique()
    for answer in (
        client.request("POST", "/picus/put", to_json({"id": key}), {"Host": host}),
        client.request("GET", "/picus/list", headers={"Host": host}),
        client.request("DELETE", f"/picus/{path_of(key)}", headers={"Host": host}),
        client.request("GET", "/livez", headers={"Host": host}),
    ):
        assert (answer.status, answer.code) == (403, "host-not-allowed")
        assert "--allow-host" in answer.json()["detail"]
    assert client.get(key).status == 404


@pytest.mark.parametrize(
    "host", ["localhost:abc", "localhost:65536", "[::1]x", "[::1", "[evil]", "a@localhost", "a%zz"]
)
def test_a_host_that_is_none_is_400(client: Client, host: str) -> None:
    answer = client.request("GET", "/livez", headers={"Host": host})
    assert (answer.status, answer.code) == (400, "bad-request")


@pytest.mark.needs(OPTIONS)
def test_a_name_that_is_allowed_is_served_whatever_the_port(start: Callable[..., Server]) -> None:
    client = start(
        *("--allow-host", "picus.example.com"), env={"PICUS_ALLOW_HOST": "not.this.example"}
    ).client

    def status(host: str) -> int:
        return client.request("GET", "/picus/list?limit=1", headers={"Host": host}).status

    for host in ("picus.example.com", "Picus.Example.com:8443", "picus.example.com."):
        assert status(host) == 200, host
    assert status("localhost") == 200
    for host in (
        "a.picus.example.com",
        "example.com",
        "picus.example.com.evil",
        "not.this.example",
    ):
        assert status(host) == 403, host


@pytest.mark.needs(OPTIONS)
def test_a_server_that_is_open_to_all_is_not_open_to_rebound_names(
    start: Callable[..., Server],
) -> None:
    client = start("--insecure-no-auth", env={"PICUS_ALLOW_HOST": "a.example, b.example"}).client

    def status(host: str) -> int:
        return client.request("DELETE", "/picus/none", headers={"Host": host}).status

    assert status("evil.example") == 403
    assert (status("a.example"), status("b.example:80")) == (404, 404)


@pytest.mark.parametrize("name", ["Host", "Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode"])
def test_a_header_about_the_origin_that_occurs_twice_is_400(client: Client, name: str) -> None:
    value = {"Host": "localhost", "Origin": f"http://{client.host}:{client.port}"}
    twice = [(name, value.get(name, "none"))] * 2
    headers = twice if name == "Host" else [("Host", f"{client.host}:{client.port}"), *twice]
    answer = client.request("GET", "/livez", headers=headers)
    assert (answer.status, answer.code) == (400, "bad-request")


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


def test_a_link_on_another_site_may_be_followed(client: Client) -> None:
    key = unique()
    client.created({"id": key})
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get(key, headers).status == 200
    for answer in (client.put({"id": unique()}, headers), client.delete(key, headers)):
        assert (answer.status, answer.code) == (403, "cross-origin")


def test_a_preflight_of_another_origin_gets_no_permission(client: Client) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "DELETE"}
    answer = client.request("OPTIONS", "/picus/list", headers=headers)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
