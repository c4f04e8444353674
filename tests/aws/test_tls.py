"""Certificates that do not fit, and names that lead nowhere: at the start, and while it serves."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws.refusals import refusal_of
from harness.certificates import Authority
from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.fault_proxy import FaultProxy
from harness.table_server import TableServer


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that nobody was told to trust."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture
def proxy(dynamodb: DynamoDbLocal, authority: Authority) -> Iterator[FaultProxy]:
    running = FaultProxy(dynamodb.port, authority.server())
    yield running
    running.stop()


@pytest.fixture
def server(
    picus: Path, dynamodb: DynamoDbLocal, proxy: FaultProxy, authority: Authority, tmp_path: Path
) -> Iterator[TableServer]:
    trust = ("--ca-bundle", str(authority.bundle))
    running = TableServer(picus, tmp_path, dynamodb, proxy, *trust)
    yield running
    running.stop()


def misfit(kind: str, authority: Authority, stranger: Authority) -> ssl.SSLContext:
    match kind:
        case "expired":
            return authority.server(expired=True)
        case "another-address":
            return authority.server("127.0.0.9")
        case "another-name":
            return authority.server("elsewhere.example")
    assert kind == "unknown-authority"
    return stranger.server()


MISFITS = ("expired", "another-address", "another-name", "unknown-authority")


def refusal(picus: Path, url: str, *options: str) -> str:
    """What a server says that cannot start."""
    place = ("--table", "items", "--region", REGION, "--endpoint-url", url)
    return refusal_of(picus, (*place, *options), CREDENTIALS)


def test_a_certificate_that_fits_is_served_with(server: TableServer) -> None:
    server.client.created({"id": "a"})
    assert server.client.get("a").status == 200
    assert server.ids() == ["a"]


@pytest.mark.parametrize("kind", MISFITS)
def test_a_server_does_not_start_with_a_certificate_that_does_not_fit(
    picus: Path, proxy: FaultProxy, authority: Authority, stranger: Authority, kind: str
) -> None:
    proxy.accept(misfit(kind, authority, stranger))
    said = refusal(picus, proxy.url, "--ca-bundle", str(authority.bundle))
    assert "certificate" in said


def test_the_systems_authorities_do_not_vouch_for_ours(picus: Path, proxy: FaultProxy) -> None:
    assert "certificate" in refusal(picus, proxy.url)


def test_a_bundle_that_is_not_there_is_told(picus: Path, proxy: FaultProxy, tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere.pem")
    assert missing in refusal(picus, proxy.url, "--ca-bundle", missing)


@pytest.mark.parametrize("kind", MISFITS)
def test_a_certificate_that_stops_to_fit_is_503_until_it_does_again(
    server: TableServer, authority: Authority, stranger: Authority, kind: str
) -> None:
    server.client.created({"id": "a"})
    server.proxy.accept(misfit(kind, authority, stranger))
    server.proxy.cut()
    for answer in (server.client.get("a"), server.client.put({"id": "b"})):
        assert (answer.status, answer.code) == (503, "store-unavailable")
    assert "certificate" in server.process.log_line(event="dynamodb-call-failed")["detail"]
    server.proxy.accept(authority.server())
    server.wait_until_well()
    assert server.ids() == ["a"]


def test_an_endpoint_that_speaks_no_tls_is_told(picus: Path, dynamodb: DynamoDbLocal) -> None:
    said = refusal(picus, dynamodb.url.replace("http:", "https:"))
    assert "cannot be reached" in said


def test_a_name_that_does_not_resolve_is_told(picus: Path) -> None:
    assert "nowhere.invalid" in refusal(picus, "http://nowhere.invalid")


def test_a_table_that_is_not_there_is_told(picus: Path, dynamodb: DynamoDbLocal) -> None:
    said = refusal(picus, dynamodb.url)
    assert 'There is no table "items"' in said
    assert "picus table create" in said
