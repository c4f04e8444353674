"""Where credentials come from: against ministack's endpoints, and against botocore's choices."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from harness.ministack import REGION, Ministack

Fetch = Callable[..., list[dict[str, Any]]]

ROLE = "arn:aws:iam::000000000000:role/picus-test"


@pytest.fixture(scope="module")
def fetch(picus: Path) -> Fetch:
    """The credentials that such an environment leads to; `count` times, each fetched anew."""
    program = picus.with_name("credentials_line")

    def run(environment: dict[str, str], count: int = 1) -> list[dict[str, Any]]:
        # Nothing of this machine's own: neither its variables nor its files.
        process = subprocess.run(
            [program, str(count)],
            env={"HOME": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true", **environment},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert process.returncode == 0, process.stderr.decode()
        return [json.loads(line) for line in process.stdout.decode().splitlines()]

    return run


def caller_of(ministack: Ministack, credentials: dict[str, Any]) -> str:
    """Who that is, says STS."""
    client = botocore.session.Session().create_client(
        "sts",
        region_name=REGION,
        endpoint_url=ministack.url,
        aws_access_key_id=credentials["access_key_id"],
        aws_secret_access_key=credentials["secret_access_key"],
        aws_session_token=credentials["session_token"],
    )
    return str(client.get_caller_identity()["Arn"])


def assert_temporary(credentials: dict[str, Any]) -> None:
    assert "error" not in credentials, credentials
    assert credentials["access_key_id"].startswith("ASIA")
    assert credentials["secret_access_key"]
    assert credentials["session_token"]
    assert 3000 < credentials["expires"] - time.time() < 4000


def test_instance_metadata_gives_credentials(fetch: Fetch, ministack: Ministack) -> None:
    [credentials] = fetch(
        {
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": ministack.url,
        }
    )
    assert_temporary(credentials)


def test_the_container_endpoint_gives_credentials(fetch: Fetch, ministack: Ministack) -> None:
    [credentials] = fetch(
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{ministack.url}/v2/credentials/x"}
    )
    assert_temporary(credentials)


def test_a_web_identity_becomes_the_role(
    fetch: Fetch, ministack: Ministack, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("header.payload.signature\n", encoding="ascii")
    [credentials] = fetch(
        {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "AWS_ROLE_ARN": ROLE,
            "AWS_ROLE_SESSION_NAME": "of-the-test",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL_STS": ministack.url,
        }
    )
    assert_temporary(credentials)
    assert caller_of(ministack, credentials).endswith(":assumed-role/picus-test/of-the-test")


def test_each_fetch_brings_other_credentials(fetch: Fetch, ministack: Ministack) -> None:
    uri = f"{ministack.url}/v2/credentials/x"
    lines = fetch({"AWS_CONTAINER_CREDENTIALS_FULL_URI": uri}, count=20)
    assert len({line["access_key_id"] for line in lines}) == 20


def test_sts_says_why_it_refuses(fetch: Fetch, ministack: Ministack, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("hush-hush", encoding="ascii")
    [line] = fetch(
        {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "AWS_ROLE_ARN": "no-arn",
            "AWS_ENDPOINT_URL_STS": ministack.url,
        }
    )
    assert "web identity: STS returned 400, ValidationError" in line["error"]
    assert "hush" not in line["error"]


CREDENTIALS_FILE = """\
[default]
aws_access_key_id = file-default
aws_secret_access_key = s1
[both]
aws_access_key_id = file-both
aws_secret_access_key = s2
aws_session_token = t2
; a comment
[spaced]
aws_access_key_id=file-spaced
aws_secret_access_key    =   s3=with=equals
"""
CONFIG_FILE = """\
[default]
region = eu-west-1
[profile both]
aws_access_key_id = config-both
aws_secret_access_key = s4
[profile config]
aws_access_key_id = config-config
aws_secret_access_key = s5
s3 =
  addressing_style = path
"""
KEYS = {"AWS_ACCESS_KEY_ID": "environment", "AWS_SECRET_ACCESS_KEY": "s6"}
CASES: dict[str, dict[str, str]] = {
    "the default profile": {},
    "the environment before the default profile": KEYS,
    "the environment with a token": {**KEYS, "AWS_SESSION_TOKEN": "t6"},
    "the environment before a named profile": {**KEYS, "AWS_PROFILE": "both"},
    "the credentials file before the config file": {"AWS_PROFILE": "both"},
    "a profile of the config file": {"AWS_PROFILE": "config"},
    "a value with equals signs": {"AWS_PROFILE": "spaced"},
    "the old name of the variable": {"AWS_DEFAULT_PROFILE": "both"},
    "a profile before a web identity": {
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere",
        "AWS_PROFILE": "config",
        "AWS_ACCESS_KEY_ID": "environment",
        "AWS_SECRET_ACCESS_KEY": "s6",
        "AWS_ROLE_ARN": ROLE,
    },
    "the profile before the container": {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1"
    },
}


@pytest.mark.parametrize("variables", CASES.values(), ids=CASES.keys())
def test_the_same_environment_leads_where_botocore_goes(
    fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    (tmp_path / "credentials").write_text(CREDENTIALS_FILE, encoding="ascii")
    (tmp_path / "config").write_text(CONFIG_FILE, encoding="ascii")
    environment = {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        **variables,
    }
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    theirs = botocore.session.Session().get_credentials()
    assert theirs is not None
    [ours] = fetch(environment)
    assert ours.get("access_key_id") == theirs.access_key, ours
    assert ours["secret_access_key"] == theirs.secret_key
    assert ours["session_token"] == (theirs.token or "")


def test_where_nothing_is_configured_the_log_says_what_was_tried(fetch: Fetch) -> None:
    [line] = fetch({})
    for provider in ("environment", "profile", "web identity", "container", "instance metadata"):
        assert f"{provider}: " in line["error"]
