"""What do tokens and TLS cost, and what do forged tokens take from a client with a good one?"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from harness.answers import WrongAnswerError, exchange, expect, receive
from harness.bench import ITEM_BYTES, Bench
from harness.processes import memory_kib
from harness.results import Figure, at_least, at_most
from harness.wrk import Requests, wrk

GET = "/picus/get/item-00000000"
ISSUER, AUDIENCE, SUBJECT = "https://issuer.example", "picus", "client"
SIGNATURE_BYTES = 256
FORGED_A_SECOND = 2000
SHARE_OF_CAPACITY = 0.3
TLS_CONNECTIONS = 1000


@dataclass(frozen=True)
class Files:
    auth: Path
    cert: Path
    key: Path
    good: str
    """A token."""
    forged: str
    """One of the same content, whose signature is wrong."""


def measure(bench: Bench) -> list[Figure]:
    folder = bench.folder("access")
    files = make_files(folder)
    figures = tokens(bench, folder, files) + tls(bench, files)
    bench.forget(folder)
    return figures


def tokens(bench: Bench, folder: Path, files: Files) -> list[Figure]:
    item = bench.item(ITEM_BYTES)
    with bench.start_picus() as plain, bench.start_picus(None, "--auth-file", files.auth) as picus:
        bearer = {"Authorization": f"Bearer {files.good}"}
        for port, headers in ((plain.port, {}), (picus.port, bearer)):
            expect(exchange(port, "POST", "/picus/put", headers, item), 201)
            expect(exchange(port, "GET", GET, headers), 200, item)
        expect(exchange(picus.port, "GET", GET, {"Authorization": f"Bearer {files.forged}"}), 401)
        with_token, without = Requests(picus.port, GET, headers=bearer), Requests(plain.port, GET)
        rates = bench.interleaved(
            {
                "token": lambda seconds: wrk(bench, with_token, seconds).requests_per_second,
                "none": lambda seconds: wrk(bench, without, seconds).requests_per_second,
            }
        )
        rate = median(rates["token"]) * SHARE_OF_CAPACITY
        good, forged = (
            request_file(folder / "good", files.good),
            request_file(folder / "forged", files.forged),
        )

        def paced(seconds: float) -> float:
            how = ["--port", picus.port, "--rate", rate, "--seconds", seconds, "--connections", 16]
            return bench.tool("bench_load", "pace", *how, good)["p99_us"]

        def beside_forged(seconds: float) -> float:
            with forged_tokens(bench, picus.port, forged, seconds):
                return paced(seconds)

        before = memory_kib(picus.pid)["RssAnon"]
        rounds = bench.interleaved({"alone": paced, "beside": beside_forged})
        growth = (memory_kib(picus.pid)["RssAnon"] - before) / 1024
    return [
        Figure(
            "get of 1 KiB with a token, 64 connections",
            "gets/s",
            rates["token"],
            "without authentication",
            rates["none"],
        ),
        Figure(
            f"get at 30 % of capacity beside {FORGED_A_SECOND} forged tokens a second: p99",
            "µs",
            rounds["beside"],
            "without them",
            rounds["alone"],
            at_most(2),
        ),
        Figure("growth by forged tokens: RssAnon", "MiB", [growth], goal=at_most(2, "MiB")),
    ]


def tls(bench: Bench, files: Files) -> list[Figure]:
    item = bench.item(ITEM_BYTES)
    data = bench.folder("tls")
    options = ("--tls-cert", files.cert, "--tls-key", files.key)
    with (
        bench.start_picus(data) as plain,
        bench.start_picus(data, *options, listen="tls:127.0.0.1:0") as picus,
    ):
        expect(exchange(plain.port, "POST", "/picus/put", {}, item), 201)

        def rate(requests: Requests) -> Callable[[float], float]:
            return lambda seconds: wrk(bench, requests, seconds).requests_per_second

        closing = {"Connection": "close"}
        rates = bench.interleaved(
            {
                "tls": rate(Requests(picus.port, GET, scheme="https")),
                "plain": rate(Requests(plain.port, GET)),
                "handshake": rate(Requests(picus.port, GET, headers=closing, scheme="https")),
            }
        )
        before = memory_kib(picus.pid)["RssAnon"]
        with idle_connections(picus.port):
            grown = memory_kib(picus.pid)["RssAnon"] - before
    held = grown * 1.024 / TLS_CONNECTIONS
    return [
        Figure(
            "get of 1 KiB over TLS, 64 connections",
            "gets/s",
            rates["tls"],
            "without TLS",
            rates["plain"],
            at_least(0.75),
        ),
        Figure(
            "get with a TLS handshake each",
            "gets/s",
            rates["handshake"],
            goal=at_least(2000, "gets/s"),
        ),
        Figure("memory of a TLS connection", "kB", [held], goal=at_most(80, "kB")),
    ]


def request_file(path: Path, token: str) -> Path:
    head = f"GET {GET} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    path.write_bytes(head.encode())
    return path


@contextlib.contextmanager
def forged_tokens(bench: Bench, port: int, request: Path, seconds: float) -> Iterator[None]:
    """The server refuses each of them, and from some number a second on without a look at it."""
    how = ["--port", port, "--status", "401,503", "--rate", FORGED_A_SECOND, "--seconds", seconds]
    command = bench.load_command("pace", *how, request)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as load:
        yield
    if load.returncode != 0:
        raise WrongAnswerError("a forged token was not refused")


@contextlib.contextmanager
def idle_connections(port: int) -> Iterator[None]:
    """Each has had one response."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.ExitStack() as stack:
        for _ in range(TLS_CONNECTIONS):
            plain = socket.create_connection(("127.0.0.1", port))
            client = stack.enter_context(context.wrap_socket(plain))
            client.sendall(f"GET {GET} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            expect(receive(client), 200)
        yield


def make_files(folder: Path) -> Files:
    """The keys of an issuer and of a server, the configuration, and tokens."""
    issuer, cert, key = folder / "issuer.pem", folder / "cert.pem", folder / "key.pem"
    openssl("genrsa", "-out", issuer, 2048)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    name = ("-subj", "/CN=localhost", "-days", 2)
    openssl("req", "-x509", *curve, "-nodes", "-keyout", key, "-out", cert, *name)
    modulus = openssl("rsa", "-in", issuer, "-noout", "-modulus").decode().strip().partition("=")[2]
    jwk = {"kty": "RSA", "kid": "1", "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}
    (folder / "keys.json").write_text(json.dumps({"keys": [jwk]}))
    rights = {SUBJECT: "items:read items:write"}
    trusted = {"issuer": ISSUER, "keys": "keys.json", "audience": [AUDIENCE], "grants": rights}
    auth = folder / "auth.json"
    auth.write_text(json.dumps({"issuers": [trusted]}))
    auth.chmod(0o600)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "exp": int(time.time()) + 7200}
    parts = ({"alg": "RS256", "kid": "1"}, claims)
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    signature = openssl("dgst", "-sha256", "-sign", issuer, text=signed.encode())
    return Files(
        auth=auth,
        cert=cert,
        key=key,
        good=f"{signed}.{base64url(signature)}",
        forged=f"{signed}.{base64url(bytes([1]) * SIGNATURE_BYTES)}",
    )


def openssl(*words: object, text: bytes = b"") -> bytes:
    command = ["openssl", *map(str, words)]
    run = subprocess.run(command, input=text, capture_output=True, check=True)
    return run.stdout


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
