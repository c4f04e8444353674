"""`picus token show`: what a token says, and which check of a server fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Run
from harness.access import entry, new_token
from harness.certificates import Authority
from harness.issuer import Issuer, new_key

KEY = new_key("first")
TOKEN = new_token()
EXPIRED = new_token()


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    running = Issuer(Authority(tmp_path_factory.mktemp("authority")).server(), KEY)
    running.stop()
    return running


@pytest.fixture
def file(tmp_path: Path, issuer: Issuer) -> Path:
    """With the keys of the issuer in a file."""
    (tmp_path / "keys.json").write_bytes(issuer.key_set())
    tokens = [
        entry("ada", TOKEN, "items:read items:write"),
        entry("old", EXPIRED, "items:read", expires="2020-01-31T00:00:00Z"),
    ]
    issuers = [issuer.entry(keys="keys.json")]
    path = tmp_path / "access.json"
    path.write_text(json.dumps({"tokens": tokens, "issuers": issuers}))
    path.chmod(0o600)
    return path


def test_a_token_is_put_into_words(run: Run, issuer: Issuer, tmp_path: Path) -> None:
    done = run("token", "show", stdin=TOKEN + "\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "an API token; its check characters match\n"
    token = issuer.token(KEY, iat=1_800_000_000, scope="a\u001b[2Jb", nested={"a": [1]})
    token_file = tmp_path / "token"
    token_file.write_text(token)
    done = run("token", "show", "--token-file", token_file)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "a JSON Web Token, signed with ES256 by the key first"
    assert f"  iss: {issuer.url}" in lines
    assert "  iat: 2027-01-15T08:00:00Z" in lines
    assert '  nested: {"a":[1]}' in lines
    assert "  scope: a\\u001b[2Jb" in lines
    assert token not in done.stdout


def test_the_verdict_of_a_server_is_shown(run: Run, issuer: Issuer, file: Path) -> None:
    every = "items:read items:write items:delete"
    verdicts = {
        TOKEN: "accepted as ada, with items:read items:write",
        EXPIRED: "refused: an API token that has expired",
        new_token(): "refused: an API token that is not in the configuration",
        issuer.token(KEY): f"accepted as {issuer.url} anna, with {every}",
        issuer.token(KEY, sub="bert"): f"accepted as {issuer.url} bert, without a scope: add it "
        "to grants",
        issuer.token(KEY, aud="other"): "refused: aud names another service",
        issuer.token(new_key("first")): "refused: the signature does not match",
        issuer.token(new_key("second")): "refused: no key of the issuer has this kid and alg",
        issuer.token(KEY, exp=1): "refused: exp has passed",
    }
    for token, verdict in verdicts.items():
        done = run("token", "show", "--auth-file", file, stdin=token)
        assert done.stdout.splitlines()[-1] == verdict
        assert done.returncode == (0 if verdict.startswith("accepted") else 1)
        assert token not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "standard input: no token"),
        ("picus_" + "0" * 49, "an API token with a typing error, or a part of one"),
        ("a.b.c", "not a token: a header that is not one JSON object"),
        ("secret", "not a token: not an API token, and not three parts with two dots"),
    ],
)
def test_what_is_no_token_fails(run: Run, text: str, said: str) -> None:
    done = run("token", "show", stdin=text)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"picus: {said}\n"
