"""Testers take one role, with which they get tokens for Picus and delete through the API."""

from __future__ import annotations

import pytest

from harness.cloudformation import load
from harness.policies import Request, allowed
from rights.statements import ACCOUNT, REGION, policy

TOKEN = "sts:GetWebIdentityToken"
INVOKE = "execute-api:Invoke"
API = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3/prod"
ROLE = policy("access", "TesterRole")


def token(audience: str = "picus", algorithm: str = "RS256", seconds: str = "900") -> Request:
    context = {"sts:IdentityTokenAudience": audience, "sts:SigningAlgorithm": algorithm}
    return Request(TOKEN, "*", context | {"sts:DurationSeconds": seconds})


def test_a_tester_gets_tokens_for_picus_and_deletes() -> None:
    assert allowed(token(), ROLE)
    assert allowed(token(seconds="3600"), ROLE)
    assert allowed(Request(INVOKE, f"{API}/DELETE/picus/moon"), ROLE)
    assert allowed(Request(INVOKE, f"{API}/DELETE/picus"), ROLE)


@pytest.mark.parametrize(
    "request_of",
    [
        token(audience="another"),
        token(algorithm="ES384"),
        token(seconds="3601"),
        Request("sts:SetWebIdentityTokenScope", "*"),
        Request("sts:TagSession", "*"),
        Request("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/Administrator"),
        Request(INVOKE, f"{API}/GET/picus/list"),
        Request(INVOKE, f"{API}/DELETE/other"),
        Request("dynamodb:DeleteItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/picus-dev-x"),
    ],
    ids=lambda one: f"{one.action} {one.resource} {sorted(one.context.values())}",
)
def test_a_tester_may_do_nothing_else(request_of: Request) -> None:
    assert not allowed(request_of, ROLE)


def test_the_group_may_take_that_role_and_no_other() -> None:
    resources = load("access")["Resources"]
    assert resources["TesterAccess"]["Properties"]["Groups"] == [{"Ref": "TesterGroup"}]
    (statement,) = resources["TesterAccess"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Resource"] == {"Fn::GetAtt": ["TesterRole", "Arn"]}
    (trust,) = resources["TesterRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRole"
