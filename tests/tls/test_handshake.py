"""What a client and the server agree on, and what the server refuses."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.certificates import Authority
from harness.client import Client
from harness.process import PicusProcess
from harness.tls_socket import TlsSocket
from harness.wire import WAIT_SECONDS, Wire, get
from tls.conftest import Serve

# All that OpenSSL can offer without a secret of both sides, whatever the system thinks of it.
EVERYTHING = "ALL:COMPLEMENTOFALL:!PSK:!SRP:@SECLEVEL=0"
ECDSA = {
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
}
RSA = {name.replace("ECDSA", "RSA") for name in ECDSA}


@pytest.fixture(scope="module")
def rsa_client(
    picus: Path, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A server whose certificate has a key of RSA."""
    pair = authority.issue(key=rsa.generate_private_key(65537, 2048))
    process = PicusProcess(picus, tmp_path_factory.mktemp("rsa") / "data", *pair.options)
    yield Client(process.url, authority.client())
    process.stop()


def context_of(
    client: Client, version: ssl.TLSVersion | None = None, ciphers: str = EVERYTHING
) -> ssl.SSLContext:
    """A client that trusts the same, and does all that it can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert client.trust
    for authority in client.trust.get_ca_certs(binary_form=True):
        context.load_verify_locations(cadata=authority)
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = version or ssl.TLSVersion.TLSv1
        context.maximum_version = version or ssl.TLSVersion.TLSv1_3
    return context


def connected(
    client: Client, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> ssl.SSLSocket:
    raw = socket.create_connection((client.host, client.port), WAIT_SECONDS)
    try:
        return context.wrap_socket(raw, server_hostname=client.host, session=session)
    except OSError:
        raw.close()
        raise


def serves(tls: ssl.SSLSocket) -> None:
    tls.sendall(get("/livez"))
    assert tls.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def openssl(client: Client, *options: str, stdin: bytes = b"") -> str:
    """What `openssl s_client` says of a connection."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"{client.host}:{client.port}", *options],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=WAIT_SECONDS,
    )
    return (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_these_versions_are_spoken(client: Client, version: ssl.TLSVersion) -> None:
    with connected(client, context_of(client, version)) as tls:
        assert tls.version() == version.name.replace("_", ".")
        serves(tls)


def test_a_configuration_of_openssl_on_the_machine_has_no_effect(
    serve: Serve, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "openssl.cnf"
    file.write_text(
        "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMaxProtocol = TLSv1.2\n"
    )
    monkeypatch.setenv("OPENSSL_CONF", str(file))
    client = Client(serve(*authority.issue().options).url, authority.client())
    with connected(client, context_of(client)) as tls:
        assert tls.version() == "TLSv1.3"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_refused(client: Client, version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
        connected(client, context_of(client, version))


@pytest.mark.parametrize(("fixture", "expected"), [("client", ECDSA), ("rsa_client", RSA)])
def test_of_the_ciphers_of_tls_1_2_only_those_with_forward_secrecy_and_aead_are_spoken(
    request: pytest.FixtureRequest, fixture: str, expected: set[str]
) -> None:
    client: Client = request.getfixturevalue(fixture)
    every = context_of(client, ssl.TLSVersion.TLSv1_2)
    offered = {c["name"] for c in every.get_ciphers() if c["protocol"] != "TLSv1.3"}
    assert offered > ECDSA | RSA
    assert {"AES128-SHA", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES256-GCM-SHA384"} <= offered
    spoken, reasons = set(), set()
    for name in offered:
        context = context_of(client, ssl.TLSVersion.TLSv1_2, f"{name}:@SECLEVEL=0")
        try:
            with connected(client, context):
                spoken.add(name)
        except ssl.SSLError as error:
            reasons.add(error.reason)
    assert spoken == expected
    assert reasons == {"SSLV3_ALERT_HANDSHAKE_FAILURE"}


@pytest.mark.parametrize("group", ["X25519", "P-256", "P-384"])
def test_these_groups_are_spoken(client: Client, group: str) -> None:
    assert "Cipher is TLS_" in openssl(client, "-groups", group)


@pytest.mark.parametrize("group", ["ffdhe2048", "ffdhe8192", "P-521", "X448"])
def test_groups_that_cost_the_server_more_are_refused(client: Client, group: str) -> None:
    assert "alert handshake failure" in openssl(client, "-groups", group)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), ([], None)],
)
def test_http_1_1_is_chosen_if_the_client_asks(
    client: Client, offered: list[str], chosen: str | None
) -> None:
    context = context_of(client)
    if offered:
        context.set_alpn_protocols(offered)
    with connected(client, context) as tls:
        assert tls.selected_alpn_protocol() == chosen
        serves(tls)


def test_a_client_that_speaks_only_http_2_is_refused(client: Client) -> None:
    context = context_of(client)
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        connected(client, context)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_is_resumed_from_its_ticket(client: Client, version: ssl.TLSVersion) -> None:
    context = context_of(client, version)
    with connected(client, context) as tls:
        assert not tls.session_reused
        serves(tls)
        session = tls.session
    assert session
    assert session.has_ticket
    with connected(client, context, session) as tls:
        assert tls.session_reused
        serves(tls)


def test_the_server_keeps_no_session(client: Client) -> None:
    """A client without tickets gets no name for one."""
    output = openssl(client, "-tls1_2", "-no_ticket")
    assert "Cipher is ECDHE-" in output
    assert re.findall(r"Session-ID: *(\w*)", output) == [""]


def test_there_is_no_renegotiation(client: Client) -> None:
    output = openssl(client, "-tls1_2", stdin=b"R\n")
    assert "Cipher is ECDHE-" in output
    assert "RENEGOTIATING" in output
    assert "no renegotiation" in output


def test_there_is_no_early_data_and_no_compression(client: Client) -> None:
    output = openssl(client, "-ign_eof", stdin=get("/livez", "Connection: close"))
    assert "HTTP/1.1 200 OK" in output
    assert re.findall(r"Max Early Data: (\d+)", output) == ["0", "0"]
    assert "Compression: NONE" in output


def test_a_client_without_the_authority_says_so_and_the_log_at_level_debug_too(
    authority: Authority, serve: Serve
) -> None:
    process = serve(*authority.issue().options, "--log-level", "debug")
    client = Client(process.url, ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError):
        Wire(client)
    line = process.log_line(event="tls-handshake-failed")
    assert "unknown ca" in line["detail"]


def test_a_client_whose_name_for_the_server_is_another_is_served_all_the_same(
    client: Client,
) -> None:
    """There is one certificate: whether it is the right one is for the client to say."""
    context = context_of(client)
    context.check_hostname = False
    raw = socket.create_connection((client.host, client.port), WAIT_SECONDS)
    tls = TlsSocket(raw, context, "another.example")
    tls.sendall(get("/livez"))
    assert tls.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
    tls.close()
