"""Keys that a server fetches from an issuer over https: new ones, wrong ones, and none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwcrypto.jwk
import jwcrypto.jwt
import jwt as pyjwt
import pytest

from cli.conftest import Run, Serve
from harness.access import bearer
from harness.certificates import Authority
from harness.client import Client
from harness.faulty_server import Fault, Forward
from harness.http_server import Answer, Request
from harness.issuer import DISCOVERY, KEYS, Issuer, Key, new_key
from harness.process import PicusProcess

FIRST = new_key("first")
SECOND = new_key("second", "RSA")
THIRD = new_key("third", "OKP")

Start = Callable[..., PicusProcess]


@pytest.fixture
def issuer(authority: Authority) -> Iterator[Issuer]:
    running = Issuer(authority.server(), FIRST)
    yield running
    running.stop()


@pytest.fixture
def start(serve: Serve, issuer: Issuer, authority: Authority) -> Iterator[Start]:
    """A server that knows the issuer; the members are those of its entry. It logs no token."""

    started: list[PicusProcess] = []

    def start_one(**members: Any) -> PicusProcess:
        configuration = json.dumps({"issuers": [issuer.entry(**members)]})
        env = {"PICUS_AUTH": configuration, "SSL_CERT_FILE": str(authority.bundle)}
        started.append(serve(env=env))
        return started[-1]

    yield start_one
    for server in started:
        server.stop()
        log = "\n".join(server.out.lines() + server.err.lines())
        assert not [token for token in issuer.made if token in log]


def status(server: PicusProcess, token: str) -> int:
    answer = Client(server.url).list(headers=bearer(token))
    assert token.encode() not in answer.body
    return answer.status


def test_keys_come_from_the_discovery_document(start: Start, issuer: Issuer) -> None:
    server = start()
    line = server.log_line(event="keys-fetched")
    assert (line["issuer"], line["keys"], line["fresh_s"]) == (issuer.url, 1, 600)
    assert issuer.asked == {DISCOVERY: 1, KEYS: 1}
    assert status(server, issuer.token(FIRST)) == 200
    assert status(server, issuer.token(FIRST, sub="bert")) == 403
    assert status(server, issuer.token(SECOND)) == 401
    line = server.log_line(event="request", error="unauthenticated")
    assert line["detail"] == "no key of the issuer has this kid and alg"


def test_keys_come_from_a_url_of_the_configuration(start: Start, issuer: Issuer) -> None:
    issuer.headers = {"cache-control": "public, max-age=7200", "age": "200"}
    server = start(keys=issuer.url + KEYS)
    assert server.log_line(event="keys-fetched")["fresh_s"] == 7000
    assert issuer.asked == {KEYS: 1}
    assert status(server, issuer.token(FIRST)) == 200


def test_an_issuer_may_end_with_a_slash(start: Start, issuer: Issuer) -> None:
    name = issuer.discovery["issuer"] = issuer.url + "/"
    server = start(issuer=name)
    server.log_line(event="keys-fetched", issuer=name)
    assert status(server, issuer.token(FIRST, iss=name)) == 200
    assert status(server, issuer.token(FIRST)) == 401


def by_pyjwt(issuer: Issuer, key: Key, algorithm: str) -> str:
    secret = key.as_pem(private=True)
    return pyjwt.encode(issuer.claims(), secret, algorithm, {"kid": key.kid})


def by_jwcrypto(issuer: Issuer, key: Key, algorithm: str) -> str:
    header = {"alg": algorithm, "kid": key.kid}
    made = jwcrypto.jwt.JWT(header, issuer.claims())
    made.make_signed_token(jwcrypto.jwk.JWK(**key.as_dict(private=True)))
    return str(made.serialize())


def by_joserfc(issuer: Issuer, key: Key, _: str) -> str:
    return issuer.token(key)


@pytest.mark.parametrize("make", [by_joserfc, by_pyjwt, by_jwcrypto])
def test_tokens_of_any_maker_are_accepted(
    start: Start, issuer: Issuer, make: Callable[[Issuer, Key, str], str]
) -> None:
    issuer.keys = [FIRST, SECOND, THIRD]
    server = start()
    server.log_line(event="keys-fetched", keys=3)
    for key, algorithm in ((FIRST, "ES256"), (SECOND, "RS256"), (THIRD, "EdDSA")):
        assert status(server, make(issuer, key, algorithm)) == 200, algorithm


def test_a_token_makes_the_server_connect_to_nobody(
    start: Start, issuer: Issuer, authority: Authority
) -> None:
    other = Issuer(authority.server(), SECOND)
    server = start()
    server.log_line(event="keys-fetched")
    for name in ("jku", "x5u"):
        token = issuer.token(SECOND, {name: other.url + KEYS})
        assert status(server, token) == 401
    assert status(server, other.token(SECOND)) == 401
    other.stop()
    assert not other.seen


def test_a_rotation_under_load_refuses_no_good_token(start: Start, issuer: Issuer) -> None:
    server = start()
    server.log_line(event="keys-fetched")
    token = issuer.token(FIRST)
    rotated, over = threading.Event(), threading.Event()
    found: list[int] = []

    def ask() -> None:
        client = Client(server.url)
        while not over.is_set():
            mine = token
            found.append(client.list(headers=bearer(mine)).status)
            if mine != old:
                rotated.set()

    old = token
    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    issuer.keys = [FIRST, SECOND]
    token = issuer.token(SECOND)
    assert rotated.wait(30)
    over.set()
    for client in clients:
        client.join()
    assert set(found) == {200}
    assert issuer.fetches == 2
    assert status(server, old) == 200


def test_a_key_that_left_the_set_is_refused_at_once(start: Start, issuer: Issuer) -> None:
    server = start()
    server.log_line(event="keys-fetched")
    old = issuer.token(FIRST)
    assert status(server, old) == 200
    issuer.keys = [SECOND]
    assert status(server, issuer.token(SECOND)) == 200
    assert status(server, old) == 401


def test_a_flood_of_unknown_keys_causes_one_fetch(start: Start, issuer: Issuer) -> None:
    server = start()
    server.log_line(event="keys-fetched")
    for number in range(100):
        forged = issuer.token(new_key(f"forged-{number}"))
        assert status(server, forged) == 401
    assert issuer.fetches == 2
    assert status(server, issuer.token(FIRST)) == 200


def broken(issuer: Issuer, path: str, answer: Callable[[Answer], Answer | None]) -> Fault:
    """The issuer, but for what it answers to this path."""

    def fault(request: Request, _: Forward) -> Answer | None:
        whole = issuer.answer(request)
        return answer(whole) if request.target == path else whole

    return fault


def never(issuer: Issuer) -> None:
    """Holds the response back until the end of the test."""
    issuer.over.wait()


FAULTS: dict[str, tuple[str, Callable[[Issuer, Answer], Answer | None], str]] = {
    "huge keys": (KEYS, lambda _, whole: replace(whole, body=whole.body + b" " * 150_000), KEYS),
    "slow keys": (KEYS, lambda issuer, _: never(issuer), "no response in time"),
    "moved keys": (
        KEYS,
        lambda issuer, _: Answer(302, {"location": issuer.url + "/elsewhere"}),
        "status 302",
    ),
    "an error": (KEYS, lambda _, __: Answer(500), "status 500"),
    "a part of the keys": (KEYS, lambda _, whole: replace(whole, status=206), "status 206"),
    "no keys": (KEYS, lambda _, __: Answer(200, {}, b'{"key": []}'), "not an object with keys"),
    "too many keys": (
        KEYS,
        lambda _, __: Answer(200, {}, json.dumps({"keys": [{}] * 101}).encode()),
        "more than 100 keys",
    ),
    "cut keys": (KEYS, lambda _, whole: replace(whole, missing=1), KEYS),
    "another issuer": (
        DISCOVERY,
        lambda issuer, _: Answer(
            200, {}, json.dumps(issuer.discovery | {"issuer": issuer.url + "/"}).encode()
        ),
        "another issuer",
    ),
    "keys in clear": (
        DISCOVERY,
        lambda issuer, _: Answer(
            200, {}, json.dumps(issuer.discovery | {"jwks_uri": "http://127.0.0.1/"}).encode()
        ),
        "jwks_uri is not an https URL",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_issuer_lets_nobody_in(start: Start, issuer: Issuer, fault: str) -> None:
    path, answer, said = FAULTS[fault]
    issuer.fault = broken(issuer, path, lambda whole: answer(issuer, whole))
    server = start()
    line = server.log_line(event="keys-not-fetched")
    assert (line["level"], line["issuer"], line["keys"]) == ("error", issuer.url, 0)
    assert said in line["detail"]
    client = Client(server.url)
    refused = client.list(headers=bearer(issuer.token(FIRST)))
    assert (refused.status, refused.code) == (503, "auth-unavailable")
    assert refused["Retry-After"]
    assert client.request("GET", "/readyz").status == 200
    assert "/elsewhere" not in issuer.asked


def test_an_untrusted_issuer_lets_nobody_in(serve: Serve, issuer: Issuer, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    configuration = json.dumps({"issuers": [issuer.entry()]})
    server = serve(env={"PICUS_AUTH": configuration, "SSL_CERT_FILE": str(other.bundle)})
    assert "certificate" in server.log_line(event="keys-not-fetched")["detail"]
    assert status(server, issuer.token(FIRST)) == 503
    assert not issuer.asked


def test_keys_hold_while_the_issuer_is_away(start: Start, issuer: Issuer) -> None:
    server = start()
    server.log_line(event="keys-fetched")
    issuer.fault = lambda *_: None
    # What it has never seen, it cannot judge; what it has, it can.
    assert status(server, issuer.token(SECOND)) == 503
    assert server.log_line(event="keys-not-fetched")["level"] == "warning"
    assert status(server, issuer.token(FIRST)) == 200
    issuer.keys = [FIRST, SECOND]
    issuer.fault = lambda request, _: issuer.answer(request)
    server.log_line(event="keys-fetched", keys=2)
    assert status(server, issuer.token(SECOND)) == 200


def test_a_server_gets_the_keys_of_an_issuer_that_comes_late(start: Start, issuer: Issuer) -> None:
    issuer.fault = lambda *_: None
    server = start()
    server.log_line(event="keys-not-fetched")
    assert status(server, issuer.token(FIRST)) == 503
    issuer.fault = lambda request, _: issuer.answer(request)
    server.log_line(event="keys-fetched")
    assert status(server, issuer.token(FIRST)) == 200


def test_a_change_of_the_file_keeps_the_keys_of_an_issuer(
    serve: Serve, issuer: Issuer, authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "access.json"
    file.write_text(json.dumps({"issuers": [issuer.entry()]}))
    env = {"SSL_CERT_FILE": str(authority.bundle)}
    server = serve("--auth-file", str(file), env=env)
    server.log_line(event="keys-fetched")
    token = issuer.token(FIRST)
    assert status(server, token) == 200
    revoked = [{"issuer": issuer.url, "sub": "anna"}]
    file.write_text(json.dumps({"issuers": [issuer.entry()], "revoked": revoked}))
    server.log_line(event="access-reloaded")
    assert status(server, token) == 401
    assert issuer.fetches == 1
    file.write_text(json.dumps({"issuers": [issuer.entry(keys=issuer.url + KEYS)]}))
    while status(server, token) != 200:
        pass
    assert issuer.fetches == 2  # keys at another place may be others


def test_a_server_follows_a_file_of_keys(serve: Serve, issuer: Issuer, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(issuer.key_set())
    file = tmp_path / "access.json"
    file.write_text(json.dumps({"issuers": [issuer.entry(keys=keys.name)]}))
    server = serve("--auth-file", str(file))
    old = issuer.token(FIRST)
    assert status(server, old) == 200
    issuer.keys = [SECOND]
    keys.write_bytes(issuer.key_set())
    server.log_line(event="access-reloaded")
    assert status(server, old) == 401
    assert status(server, issuer.token(SECOND)) == 200
    assert not issuer.asked


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"keys": "http://127.0.0.1/keys"}, "keys: not an https URL"),
        ({"keys": "https://user@127.0.0.1/keys"}, "keys: not an https URL"),
        ({"issuer": "anna"}, "keys: without it, issuer must be an https URL"),
    ],
)
def test_keys_that_cannot_be_fetched_keep_a_server_from_starting(
    run: Run, issuer: Issuer, members: dict[str, str], said: str
) -> None:
    configuration = json.dumps({"issuers": [issuer.entry() | members]})
    done = run("serve", "--check-config", env={"PICUS_AUTH": configuration})
    assert done.returncode == 2
    assert f"issuers[0].{said}" in done.stderr
    assert not issuer.asked
