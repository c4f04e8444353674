"""Every right that a template grants is one that AWS knows, on a resource that it can be about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness import iam
from harness.cloudformation import TEMPLATES, Template, load, of_type
from rights.verdict import as_list

STACKS = sorted(path.stem for path in TEMPLATES.glob("*.yaml"))


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in of_type(template, "AWS::IAM::Role") | of_type(template, "AWS::IAM::ManagedPolicy"):
        properties = template["Resources"][name]["Properties"]
        documents = [one["PolicyDocument"] for one in properties.get("Policies", [])]
        documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        for document in documents:
            yield from ((name, statement) for statement in document["Statement"])


def mistakes(template: Template) -> list[str]:
    found = []
    for role, statement in statements(template):
        for action in as_list(statement["Action"]):
            if "*" in action:
                continue
            if not iam.is_known(action):
                found.append(f"{role}: there is no {action}")
            elif statement["Resource"] != "*" and not iam.knows_resources(action):
                found.append(f"{role}: {action} knows no resource, so that this grants nothing")
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_every_right_is_one_that_aws_knows_on_a_resource_that_it_can_be_about(stack: str) -> None:
    assert mistakes(load(stack)) == []


def test_those_of_the_function_too(function_stack: Template) -> None:
    assert mistakes(function_stack) == []


def open_to_other_accounts(template: Template) -> list[str]:
    """The roles that a service may take on behalf of an account that is not ours."""
    found = []
    for name in of_type(template, "AWS::IAM::Role"):
        trust = template["Resources"][name]["Properties"]["AssumeRolePolicyDocument"]
        for statement in trust["Statement"]:
            own = statement.get("Condition", {}).get("StringEquals", {})
            if "Service" in statement["Principal"] and "aws:SourceAccount" not in own:
                found.append(name)
    return found


def test_no_service_takes_a_role_on_behalf_of_another_account(function_stack: Template) -> None:
    for template in (function_stack, *map(load, STACKS)):
        assert open_to_other_accounts(template) == []


@pytest.mark.parametrize(
    ("action", "said"),
    [("codedeploy:StopDeployment", "knows no resource"), ("ecs:StartDeployment", "there is no")],
)
def test_a_right_that_grants_nothing_is_noticed(action: str, said: str) -> None:
    statement = {"Effect": "Allow", "Action": [action], "Resource": "arn:aws:x"}
    role = {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]}
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}}
    (found,) = mistakes(template)
    assert said in found
