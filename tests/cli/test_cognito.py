"""Tokens that Amazon Cognito makes, with its keys in a file."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from cli.conftest import Serve
from harness.access import bearer
from harness.client import Client
from harness.cloudformation import client
from harness.ministack import Ministack

PASSWORD = "Secret-of-anna-1"


class Cognito:
    """One user pool with one user, and what she gets when she signs in."""

    def __init__(self, ministack: Ministack) -> None:
        service = client(ministack, "cognito-idp")
        self.pool = service.create_user_pool(PoolName="testers")["UserPool"]["Id"]
        flow = "ADMIN_USER_PASSWORD_AUTH"
        made = service.create_user_pool_client(
            UserPoolId=self.pool, ClientName="picus", ExplicitAuthFlows=[f"ALLOW_{flow}"]
        )
        self.client = made["UserPoolClient"]["ClientId"]
        service.admin_create_user(UserPoolId=self.pool, Username="anna")
        service.admin_set_user_password(
            UserPoolId=self.pool, Username="anna", Password=PASSWORD, Permanent=True
        )
        signed_in = service.admin_initiate_auth(
            UserPoolId=self.pool,
            ClientId=self.client,
            AuthFlow=flow,
            AuthParameters={"USERNAME": "anna", "PASSWORD": PASSWORD},
        )
        self.tokens = signed_in["AuthenticationResult"]
        with urllib.request.urlopen(f"{ministack.url}/{self.pool}/.well-known/jwks.json") as said:
            self.keys: bytes = said.read()


@pytest.fixture
def cognito(tmp_path: Path) -> Iterator[Cognito]:
    ministack = Ministack(tmp_path)
    yield Cognito(ministack)
    ministack.stop()


def test_a_user_of_a_pool_is_let_in_with_her_id_token(
    cognito: Cognito, serve: Serve, tmp_path: Path
) -> None:
    """An access token of Cognito has no `aud`: it could be for any service of the pool."""
    (tmp_path / "keys.json").write_bytes(cognito.keys)
    claims = jwt.decode(cognito.tokens["IdToken"], options={"verify_signature": False})
    issuer = {
        "issuer": claims["iss"],
        "keys": "keys.json",
        "audience": [cognito.client],
        "grants": {claims["sub"]: "items:read"},
    }
    access = tmp_path / "access.json"
    access.write_text(json.dumps({"issuers": [issuer]}), encoding="utf-8")
    access.chmod(0o600)
    items = Client(serve("--auth-file", str(access)).url)
    by_kind = {kind: bearer(cognito.tokens[kind]) for kind in ("IdToken", "AccessToken")}
    assert items.list(headers=by_kind["IdToken"]).status == 200
    assert items.put({"id": "a"}, headers=by_kind["IdToken"]).status == 403
    assert items.list(headers=by_kind["AccessToken"]).status == 401
