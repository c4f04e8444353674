"""The certificate: what is refused at the start, and how a renewal gets into use."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness.certificates import Authority, Pair
from harness.client import Client
from harness.command import run
from harness.process import PicusProcess
from harness.tls_socket import TlsSocket
from harness.wire import Wire, get
from metrics.scrape import ADMIN, admin_url, parse, scrape, value
from tls.conftest import Serve
from upgrade.load import load


def serial_of(pair: Pair) -> int:
    return x509.load_pem_x509_certificate(pair.certificate.read_bytes()).serial_number


def serial_shown(client: Client) -> int:
    """Of the certificate that a new connection gets."""
    with Wire(client) as wire:
        assert isinstance(wire.socket, TlsSocket)
        certificate = wire.socket.tls.getpeercert(binary_form=True)
    assert certificate
    return x509.load_der_x509_certificate(certificate).serial_number


def wait_until_shown(client: Client, pair: Pair) -> None:
    while serial_shown(client) != serial_of(pair):
        pass


def assert_expiry(process: PicusProcess, pair: Pair) -> None:
    """The metric is how long the certificate is valid."""
    ends = x509.load_pem_x509_certificate(pair.certificate.read_bytes()).not_valid_after_utc
    most = (ends - datetime.now(UTC)).total_seconds()
    left = value(parse(scrape(admin_url(process))), "picus_tls_certificate_expiry_seconds")
    assert (ends - datetime.now(UTC)).total_seconds() - 1 <= left <= most


class Live:
    """Two links as certbot has them in `live`, which a renewal turns one after the other."""

    def __init__(self, directory: Path, pair: Pair) -> None:
        self.links = Pair(directory / "fullchain.pem", directory / "privkey.pem")
        self.renew(pair)

    def renew(self, pair: Pair) -> None:
        for link, file in zip(self.links, pair, strict=True):
            self.turn(link, file)

    def turn(self, link: Path, file: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            link.with_suffix(".new").unlink()
        link.with_suffix(".new").symlink_to(file)
        link.with_suffix(".new").replace(link)


def test_renewals_under_load_lose_no_request(
    serve: Serve, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    live = Live(tmp_path, authority.issue())
    process = serve(*live.links.options, "--access-log", "off")
    client = Client(process.url, authority.client())
    with Wire(client) as old, load([process.url], fresh=3, kept=2) as (tally, _):
        for _ in range(2):
            pair = authority.issue()
            live.renew(pair)
            wait_until_shown(client, pair)
            tally.wait_for(100)
        old.send(get("/livez"))  # on the certificate with which it began
        assert old.answer().status == 200
    assert process.log_line(event="certificate-reloaded")["expires"].endswith("Z")


def test_a_pair_that_does_not_fit_is_logged_and_the_one_before_it_stays(
    serve: Serve, authority: Authority, tmp_path: Path
) -> None:
    first, second = authority.issue(), authority.issue()
    live = Live(tmp_path, first)
    process = serve(*live.links.options, *ADMIN)
    client = Client(process.url, authority.client())
    assert_expiry(process, first)
    live.turn(live.links.certificate, second.certificate)
    line = process.log_line(event="certificate-not-reloaded")
    assert line["level"] == "error"
    assert str(live.links.key) in line["detail"]
    assert "key values mismatch" in line["detail"]
    assert serial_shown(client) == serial_of(first)
    live.turn(live.links.key, second.key)
    wait_until_shown(client, second)
    assert_expiry(process, second)


@pytest.mark.parametrize(
    ("days", "level"),
    [((-80, 10), "warning"), ((-90, -1), "error"), ((-1, 5), None), ((-70, 20), None)],
)
def test_a_certificate_that_should_have_been_renewed_is_logged(
    serve: Serve, authority: Authority, days: tuple[int, int], level: str | None
) -> None:
    """A certificate for a few days is not late from the start."""
    process = serve(*authority.issue(days=days).options)
    if level:
        line = process.log_line(event="certificate-expires")
        assert (line["level"], line["days"]) == (level, days[1] - 1)
    else:
        process.stop()
        assert not [text for text in process.err.lines() if "certificate-expires" in text]


def test_a_key_that_others_may_read_is_a_warning(serve: Serve, authority: Authority) -> None:
    pair = authority.issue()
    pair.key.chmod(0o640)
    line = serve(*pair.options).log_line(event="configuration", level="warning")
    assert str(pair.key) in line["detail"]
    assert "chmod 600" in line["detail"]


def with_passphrase(key: Path) -> None:
    secret = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


def test_files_that_cannot_be_used_are_refused_at_the_start(
    picus: Path, authority: Authority, tmp_path: Path
) -> None:
    good, other, locked = (authority.issue() for _ in range(3))
    weak = authority.issue(key=rsa.generate_private_key(65537, 1024))
    koblitz = authority.issue(key=ec.generate_private_key(ec.SECP256K1()))
    with_passphrase(locked.key)
    nothing = tmp_path / "nothing.pem"
    empty = tmp_path / "empty.pem"
    empty.touch()
    for certificate, key, file, reason in (
        (nothing, good.key, nothing, "No such file"),
        (good.certificate, nothing, nothing, "No such file"),
        (empty, good.key, empty, "not a certificate in PEM"),
        (good.certificate, empty, empty, "not the key of"),
        (good.certificate, other.key, other.key, "key values mismatch"),
        (good.certificate, locked.key, locked.key, "without a passphrase"),
        (tmp_path, good.key, tmp_path, "not a regular file"),
        (*weak, weak.certificate, "key too small"),
        (*koblitz, koblitz.certificate, "the curve secp256k1"),
    ):
        options = Pair(certificate, key).options
        done = run(picus, "serve", *options, "--data", tmp_path / "data")
        assert done.returncode == 2, done
        assert f"--tls-cert, --tls-key: {file}: " in done.stderr
        assert reason in done.stderr
    assert not (tmp_path / "data").exists()


def test_nobody_is_asked_for_a_passphrase(
    picus: Path, authority: Authority, tmp_path: Path
) -> None:
    pair = authority.issue()
    with_passphrase(pair.key)
    command = shlex.join([str(picus), "serve", *pair.options, "--data", str(tmp_path / "data")])
    done = run(
        Path("script"), "--quiet", "--return", "--command", command, "/dev/null"
    )  # a terminal
    assert done.returncode == 2, done
    assert "without a passphrase" in done.stdout
    assert "Enter" not in done.stdout


def test_options_that_do_not_go_together_are_refused(
    picus: Path, authority: Authority, tmp_path: Path
) -> None:
    pair = authority.issue()
    listen, files = pair.options[:2], pair.options[2:]
    plain = ("--listen", "127.0.0.1:0")
    for options, reason in (
        (listen, "needs --tls-cert and --tls-key"),
        ((*listen, *files[:2]), "needs --tls-cert and --tls-key"),
        ((*plain, *files), "give --listen tls:HOST:PORT"),
        ((*plain, *files[2:]), "give --listen tls:HOST:PORT"),
        (("--listen", "tls:unix:/tmp/x", *files), "--listen"),
        (("--listen", "tls:0.0.0.0:0", *files), "--insecure-no-auth"),
    ):
        done = run(picus, "serve", *options, "--data", tmp_path / "data")
        assert done.returncode == 2, done
        assert reason in done.stderr


def test_the_start_reports_that_the_pair_is_in_order(picus: Path, authority: Authority) -> None:
    done = run(picus, "serve", *authority.issue().options, "--check-config")
    assert done.returncode == 0, done
    assert "tls-cert" in done.stdout


def test_curl_and_openssl_trust_the_chain(serve: Serve, tmp_path: Path) -> None:
    """An authority, one that it made, and the certificate: the server sends the last two."""
    commands = """
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key \
          -out root.pem -subj /CN=root -days 9 -addext basicConstraints=critical,CA:TRUE
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout middle.key \
          -out middle.csr -subj /CN=middle
        echo basicConstraints=critical,CA:TRUE > middle.ext
        openssl x509 -req -in middle.csr -CA root.pem -CAkey root.key -out middle.pem -days 9 \
          -extfile middle.ext
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem \
          -out leaf.csr -subj /CN=leaf
        echo subjectAltName=IP:127.0.0.1 > leaf.ext
        openssl x509 -req -in leaf.csr -CA middle.pem -CAkey middle.key -out leaf.pem -days 9 \
          -extfile leaf.ext
        cat leaf.pem middle.pem > chain.pem
    """
    subprocess.run(["sh", "-ec", commands], cwd=tmp_path, check=True, capture_output=True)
    pair = Pair(tmp_path / "chain.pem", tmp_path / "key.pem")
    process = serve(*pair.options)
    for command in (
        ("curl", "--silent", "--fail", "--cacert", "root.pem", f"{process.url}/livez"),
        (
            *("openssl", "s_client", "-CAfile", "root.pem", "-verify_return_error"),
            *("-verify_ip", "127.0.0.1", "-connect", process.url.removeprefix("https://")),
        ),
    ):
        done = subprocess.run(
            command, cwd=tmp_path, stdin=subprocess.DEVNULL, check=False, capture_output=True
        )
        assert done.returncode == 0, done
