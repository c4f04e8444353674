"""Each role may do what its program does, and nothing else: one right more or less is noticed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cloudformation import TEMPLATES, Template, load, of_type
from harness.roles import AGENT, FUNCTION, OPERATOR, SERVER, Policy, Roles
from rights.programs import delete, operate, serve
from rights.verdict import (
    Job,
    Trial,
    as_list,
    elsewhere,
    granted,
    never_used,
    too_little,
    too_much,
    trial,
)

# What Lambda does as the function's role: its log, and its traces (X-Ray knows no resources).
LAMBDA = {
    ("logs:CreateLogStream", "function_logs"),
    ("logs:PutLogEvents", "function_logs"),
    ("xray:PutTraceSegments", "*"),
    ("xray:PutTelemetryRecords", "*"),
}
# What the server sends to X-Ray with --otlp-endpoint. ministack has no receiver of OTLP.
SPANS = {("xray:PutTraceSegments", "*")}
# What ECS does to start a task and to take its log lines.
ECS = {
    ("ecr:GetAuthorizationToken", "*"),
    ("ecr:BatchCheckLayerAvailability", "repository"),
    ("ecr:BatchGetImage", "repository"),
    ("ecr:GetDownloadUrlForLayer", "repository"),
    ("logs:CreateLogStream", "task_logs"),
    ("logs:PutLogEvents", "task_logs"),
    ("secretsmanager:GetSecretValue", "access"),
    ("ssm:GetParameters", "access"),  # where it is a parameter
}
OTHER_SECRETS = {("secretsmanager:GetSecretValue", "other_secret")}
OTHER_LOGS = {("logs:PutLogEvents", "other_logs"), ("logs:CreateLogStream", "other_logs")}
OTHER_IMAGES = {("ecr:BatchGetImage", "other_repository")}
JOBS = {
    SERVER: Job(serve, frozenset(SPANS)),
    FUNCTION: Job(delete, frozenset(LAMBDA), frozenset(OTHER_LOGS)),
    OPERATOR: Job(operate),
    AGENT: Job(None, frozenset(ECS), frozenset(OTHER_LOGS | OTHER_IMAGES | OTHER_SECRETS)),
}
GRANTS = {
    SERVER: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan", "xray:PutTraceSegments"],
    FUNCTION: ["dynamodb:DeleteItem", "dynamodb:GetItem", *sorted(action for action, _ in LAMBDA)],
    OPERATOR: ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"],
    AGENT: sorted(action for action, _ in ECS),
}
Role = tuple[str, str]
TryOut = Callable[[Role, Policy], Trial]


def name_of(value: Any) -> str:
    return "-".join(value) if isinstance(value, tuple) else str(value)


@pytest.fixture
def try_out(roles: Roles) -> TryOut:
    return lambda role, policy: trial(roles, JOBS[role], policy)


@pytest.mark.parametrize("role", JOBS, ids=name_of)
def test_a_role_is_what_its_program_needs_and_no_more(
    roles: Roles, try_out: TryOut, picus: Path, tmp_path: Path, role: Role
) -> None:
    policy = roles.policy(*role)
    assert sorted(granted(policy)) == GRANTS[role]
    tried = try_out(role, policy)
    assert list(too_little(tried, picus, tmp_path)) == []
    assert list(never_used(tried)) == []
    assert list(too_much(tried)) == []


@pytest.mark.parametrize("role", JOBS, ids=name_of)
def test_no_other_service_knows_a_role(roles: Roles, role: Role) -> None:
    assert list(elsewhere(roles, roles.session(*role))) == []


@pytest.mark.parametrize(
    ("role", "action"),
    [(role, action) for role, actions in GRANTS.items() for action in actions],
    ids=name_of,
)
def test_one_right_less_is_noticed(
    roles: Roles, try_out: TryOut, picus: Path, tmp_path: Path, role: Role, action: str
) -> None:
    policy = without(roles.policy(*role), action)
    assert action not in granted(policy)
    told = list(too_little(try_out(role, policy), picus, tmp_path))
    assert any(line.startswith(f"refused: {action}") for line in told), told


@pytest.mark.parametrize("role", JOBS, ids=name_of)
def test_one_right_more_is_noticed(
    roles: Roles, try_out: TryOut, picus: Path, tmp_path: Path, role: Role
) -> None:
    policy = roles.policy(*role)
    resource = policy["Statement"][0]["Resource"]
    more = {"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": resource}
    policy["Statement"].append(more)
    tried = try_out(role, policy)
    assert list(too_little(tried, picus, tmp_path)) == []
    assert list(never_used(tried)) == ["never used: dynamodb:UpdateItem"]


@pytest.mark.parametrize("role", JOBS, ids=name_of)
def test_a_right_on_more_than_its_resource_is_noticed(
    roles: Roles, try_out: TryOut, role: Role
) -> None:
    policy = roles.policy(*role)
    for statement in policy["Statement"]:
        statement["Resource"] = "*"
    assert list(too_much(try_out(role, policy)))


def without(policy: Policy, action: str) -> Policy:
    """Statements that would be empty go with it."""
    left = copy.deepcopy(policy)
    for statement in left["Statement"]:
        statement["Action"] = [one for one in as_list(statement["Action"]) if one != action]
    left["Statement"] = [one for one in left["Statement"] if one["Action"]]
    return left


# Stacks whose roles nothing here runs in, and where their rights are looked at.
ELSEWHERE = {
    "network": "VPC flow logs: rights as AWS documents them",
    "delivery": "tests/verify",
    "pipeline": "tests/deploy",
    "access": "tests/rights/test_boundary.py",
}
CODE_DEPLOY = (
    "function",
    "CodeDeployRole",
)  # AWS's own policy for it, on fewer resources: test_reference


def every_role(function: Template) -> Iterator[Role]:
    yield from (("function", name) for name in of_type(function, "AWS::IAM::Role"))
    for path in TEMPLATES.glob("*.yaml"):
        yield from ((path.stem, name) for name in of_type(load(path.stem), "AWS::IAM::Role"))


def test_every_role_is_accounted_for(function_stack: Template) -> None:
    roles = {role for role in every_role(function_stack) if role[0] not in ELSEWHERE}
    assert roles == {*JOBS, CODE_DEPLOY}
