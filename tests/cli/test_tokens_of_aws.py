"""Tokens that AWS STS makes for a role: `picus token aws` and `--token aws`."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from cli.conftest import Done, Run, Serve
from harness.access import bearer
from harness.certificates import Authority
from harness.client import Client
from harness.dynamodb import CREDENTIALS, REGION
from harness.sts import ROLE, Sts


@pytest.fixture
def env(sts: Sts, authority: Authority, tmp_path: Path) -> dict[str, str]:
    return {**sts.env, "AWS_CA_BUNDLE": str(authority.bundle), "HOME": str(tmp_path)}


@pytest.fixture
def token_aws(run: Run, env: dict[str, str]) -> Run:
    def run_it(*options: str, env: dict[str, str] = env) -> Done:
        return run("token", "aws", *options, env=env)

    return run_it


@pytest.fixture
def server_env(sts: Sts, authority: Authority) -> dict[str, str]:
    """Of a server that lets the role in."""
    every = "items:read items:write items:delete"
    configuration = {"issuers": [sts.entry(grants={ROLE: every})]}
    return {"PICUS_AUTH": json.dumps(configuration), "SSL_CERT_FILE": str(authority.bundle)}


def test_a_role_gets_a_token_that_a_server_accepts(
    token_aws: Run, sts: Sts, serve: Serve, server_env: dict[str, str]
) -> None:
    done = token_aws("--ttl", "2m")
    assert (done.returncode, done.stderr) == (0, "")
    expected = {"Audience": ["picus"], "DurationSeconds": 120, "SigningAlgorithm": "RS256"}
    assert sts.requests == [expected]
    server = serve(env=server_env)
    server.log_line(event="keys-fetched")
    token = done.stdout.removesuffix("\n")
    assert Client(server.url).list(headers=bearer(token)).status == 200
    line = server.log_line(event="request", status=200)
    assert line["principal"] == f"{sts.url} {ROLE}"


def test_the_time_is_that_of_the_session_at_most(
    token_aws: Run, sts: Sts, env: dict[str, str]
) -> None:
    assert token_aws().returncode == 0
    assert sts.requests[-1]["DurationSeconds"] == 900
    ends = {"AWS_CREDENTIAL_EXPIRATION": "2020-01-31T00:00:00Z"}
    assert token_aws(env=env | ends).returncode == 0
    assert sts.requests[-1]["DurationSeconds"] == 60


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vending": False}, "aws iam enable-outbound-web-identity-federation"),
        ({"session_seconds": 300}, "request a shorter time, or renew the credentials"),
        ({"allowed_audience": "other"}, "the permission sts:GetWebIdentityToken"),
    ],
)
def test_a_refusal_is_explained(
    token_aws: Run, sts: Sts, change: dict[str, object], said: str
) -> None:
    for name, value in change.items():
        setattr(sts, name, value)
    done = token_aws()
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_what_is_missing_is_named(token_aws: Run, env: dict[str, str]) -> None:
    done = token_aws(env={name: text for name, text in env.items() if name != "AWS_REGION"})
    assert done.returncode == 2
    assert "--region" in done.stderr
    for ttl in ("59s", "61m", "x"):
        assert token_aws("--ttl", ttl).returncode == 2
    keyless = {name: text for name, text in env.items() if "KEY" not in name}
    done = token_aws(env=keyless | {"AWS_EC2_METADATA_DISABLED": "true"})
    assert done.returncode == 1
    assert "credentials: environment" in done.stderr
    assert token_aws(env=env | {"AWS_SECRET_ACCESS_KEY": "wrong"}).returncode == 1


def test_clients_request_tokens_themselves(
    run: Run, sts: Sts, serve: Serve, env: dict[str, str], server_env: dict[str, str]
) -> None:
    server = serve(env=server_env)
    url = ("--url", server.url, "--token", "aws")
    put = run("import", "-", *url, stdin='{"id":"a"}\n', env=env)
    assert put.returncode == 0, put.stderr
    got = run("export", *url, env=env)
    assert (got.returncode, got.stdout) == (0, '{"id":"a"}\n')
    assert len(sts.requests) == 2
    other = run("export", *url, "--audience", "other", env=env)
    assert other.returncode == 3
    assert "--token aws: the credentials need the permission" in other.stderr


@pytest.mark.parametrize(
    ("options", "env", "said"),
    [
        ((), {}, "AWS_REGION"),
        ((), {"AWS_REGION": "eu-west-1", "PICUS_TOKEN": "x"}, "not two of them"),
        (("--token-file", "x"), {"AWS_REGION": "eu-west-1"}, "not two of them"),
    ],
)
def test_contradictions_are_refused(
    run: Run, options: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    done = run("export", "--url", "http://127.0.0.1:1", "--token", "aws", *options, env=env)
    assert done.returncode == 2
    assert said in done.stderr


def test_the_stand_in_answers_the_sdk(sts: Sts, authority: Authority) -> None:
    client = boto3.client(
        "sts",
        REGION,
        endpoint_url=sts.url,
        verify=str(authority.bundle),
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    made = client.get_web_identity_token(Audience=["picus"], SigningAlgorithm="RS256")
    assert made["WebIdentityToken"].count(".") == 2
    sts.vending = False
    with pytest.raises(ClientError, match="OutboundWebIdentityFederationDisabled"):
        client.get_web_identity_token(Audience=["picus"], SigningAlgorithm="RS256")
