"""Who deploys an environment cannot make an administrator of anybody, whatever a template says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.cloudformation import Template, load, of_type
from harness.policies import Policy, Request, allowed
from rights.statements import ACCOUNT, BOUNDARY, BY_OTHERS, EXECUTION, REGION, STACKS, policy
from rights.verdict import as_list

# What would make an administrator of a role, or hand it one.
ESCALATIONS = (
    ("iam:CreateUser", "*"),
    ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/picus-dev-service-TaskRole-1"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/picus-dev-service-TaskRole-1"),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/Administrator"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:other"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:picus-dev-delete"),
    ("cloudformation:CreateStack", "*"),
    ("ec2:RunInstances", "*"),
    ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/picus-prod-table-Table-1"),
    ("s3:GetObject", "arn:aws:s3:::somebody-elses/key"),
)
ADMINISTRATOR: Policy = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


LIMIT = policy("access", "Boundary")


def calls(stack: str, name: str, role: dict[str, Any], boundary: str) -> Iterator[Request]:
    """Those by which CloudFormation makes a role; `boundary` is what the template gives it."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/picus-dev-{stack}-{name}-1"
    known = {"iam:PermissionsBoundary": boundary} if boundary else {}
    yield Request("iam:CreateRole", arn, known)
    for _ in role.get("Policies", []):
        yield Request("iam:PutRolePolicy", arn, known)
    for _ in role.get("ManagedPolicyArns", []):
        yield Request("iam:AttachRolePolicy", arn, known)


def roles() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for stack in set(STACKS) - BY_OTHERS:
        template: Template = load(stack)
        for name in of_type(template, "AWS::IAM::Role"):
            yield stack, name, template["Resources"][name]["Properties"]


def test_every_role_of_ours_can_be_made_and_has_the_boundary() -> None:
    found = list(roles())
    assert len(found) >= 6
    for stack, name, role in found:
        chosen = role["PermissionsBoundary"]["Fn::If"]
        assert chosen == ["HasBoundary", {"Ref": "Boundary"}, {"Ref": "AWS::NoValue"}], name
        for request in calls(stack, name, role, BOUNDARY):
            assert allowed(request, EXECUTION), (stack, request)


@pytest.mark.parametrize("boundary", ["", f"arn:aws:iam::{ACCOUNT}:policy/another"])
def test_a_template_that_makes_an_administrator_is_refused(boundary: str) -> None:
    for role in ({"Policies": [ADMINISTRATOR]}, {"ManagedPolicyArns": ["AdministratorAccess"]}):
        requests = list(calls("service", "Mighty", role, boundary))
        assert not [one for one in requests if allowed(one, EXECUTION)]


def test_within_the_boundary_nobody_is_an_administrator() -> None:
    for action, resource in ESCALATIONS:
        assert not allowed(Request(action, resource), ADMINISTRATOR, LIMIT), action


@pytest.mark.parametrize(
    "action",
    ["iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion"],
)
def test_the_boundary_cannot_be_removed_or_changed(action: str) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/picus-dev-service-TaskRole-1"
    for resource in (role, BOUNDARY):
        request = Request(action, resource, {"iam:PermissionsBoundary": BOUNDARY})
        assert not allowed(request, EXECUTION)


def test_who_deploys_changes_no_role_of_who_deploys() -> None:
    for stack in BY_OTHERS:
        for action in ("iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:PassRole"):
            arn = f"arn:aws:iam::{ACCOUNT}:role/picus-dev-{stack}-ExecutionRole-1"
            known = {"iam:PermissionsBoundary": BOUNDARY}
            assert not allowed(Request(action, arn, known), EXECUTION), (stack, action)


def test_a_role_is_handed_to_no_service_but_those_that_run_ours() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/picus-dev-service-TaskRole-1"
    for service in ("ec2.amazonaws.com", "cloudformation.amazonaws.com"):
        request = Request("iam:PassRole", arn, {"iam:PassedToService": service})
        assert not allowed(request, EXECUTION), service


@pytest.mark.parametrize(
    ("action", "resource"), [case for case in ESCALATIONS if not case[0].endswith("FunctionCode")]
)
def test_cloudformation_does_none_of_it_for_who_deploys(action: str, resource: str) -> None:
    known = {"aws:RequestedRegion": REGION}
    assert not allowed(Request(action, resource, known), EXECUTION)


def test_what_the_roles_may_do_is_within_the_boundary() -> None:
    """Else a right that a template grants would be none."""
    for stack, name, _ in roles():
        for statement in policy(stack, name)["Statement"]:
            if statement["Effect"] == "Deny":
                continue
            for action in as_list(statement["Action"]):
                covered = [one for one in LIMIT["Statement"] if action in as_list(one["Action"])]
                assert covered, (stack, name, action)
