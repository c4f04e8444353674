"""Certificates made for a test: by an authority of its own, for any host, for any time."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Pair(NamedTuple):
    """Two files, in PEM."""

    certificate: Path
    key: Path

    @property
    def options(self) -> tuple[str, ...]:
        """Of `picus serve`, which then listens on a free port of the loopback interface."""
        files = ("--tls-cert", str(self.certificate), "--tls-key", str(self.key))
        return ("--listen", "tls:127.0.0.1:0", *files)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Issues certificates; `bundle` is the file that trusts it."""

    def __init__(self, directory: Path, title: str = "authority") -> None:
        self._directory = directory
        self._title = title
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._count = 0
        own = self._builder(title, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.bundle = directory / f"{title}.pem"
        self.bundle.write_bytes(self._signed(own))

    def server(self, address: str = "127.0.0.1", *, expired: bool = False) -> ssl.SSLContext:
        """What a server at this address needs."""
        pair = self.issue(address, days=(-10, -1) if expired else (-1, 10))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        return context

    def client(self) -> ssl.SSLContext:
        """What a client needs to trust it."""
        return ssl.create_default_context(cafile=str(self.bundle))

    def issue(
        self,
        address: str = "127.0.0.1",
        days: tuple[int, int] = (-1, 10),
        key: Key | None = None,
    ) -> Pair:
        """A certificate for a server at this address, and its key, in new files."""
        self._count += 1
        key = key or ec.generate_private_key(ec.SECP256R1())
        host: x509.GeneralName = x509.DNSName(address)
        if address[0].isdigit():
            host = x509.IPAddress(ipaddress.ip_address(address))
        builder = self._builder("server", key, days).add_extension(
            x509.SubjectAlternativeName([host]), critical=False
        )
        stem = self._directory / f"{self._title}-{self._count}"
        pair = Pair(stem.with_suffix(".pem"), stem.with_suffix(".key"))
        pair.certificate.write_bytes(self._signed(builder))
        pair.key.touch(0o600)
        pair.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pair

    def _builder(
        self, subject: str, key: Key, days: tuple[int, int] = (-1, 10)
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(self._title))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY)
            .not_valid_after(now + days[1] * DAY)
        )

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        certificate = builder.sign(self._key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)
