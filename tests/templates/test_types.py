"""What neither moto nor ministack makes is named in the documents, with what checks it instead."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import validate_parameters

from templates import stacks
from templates.emulators import KNOWN

DOCUMENT = stacks.DEPLOY.parent / "docs" / "aws-checks.md"
# The call that CloudFormation makes for a type, with the names that differ.
CALLS: dict[str, tuple[str, str, dict[str, str]]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "application-autoscaling",
        "RegisterScalableTarget",
        {},
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        "application-autoscaling",
        "PutScalingPolicy",
        {"ScalingTargetId": "ResourceId"},
    ),
    "AWS::CodeDeploy::Application": ("codedeploy", "CreateApplication", {}),
    "AWS::CodeDeploy::DeploymentGroup": (
        "codedeploy",
        "CreateDeploymentGroup",
        {"ECSServices": "ecsServices"},
    ),
    "AWS::EC2::SecurityGroupEgress": ("ec2", "AuthorizeSecurityGroupEgress", {}),
    "AWS::IAM::Group": ("iam", "CreateGroup", {}),
}

# A rule of a security group, which the call takes inside IpPermissions.
FLAT = {"Description", "DestinationSecurityGroupId"}


def used() -> set[str]:
    return {
        resource["Type"]
        for name in stacks.NAMES
        for resource in stacks.load(name)["Resources"].values()
    }


def documented() -> dict[str, dict[str, str]]:
    """Type -> what moto, ministack and others do with it."""
    rows = re.findall(r"^\| `(AWS::[\w:]+)` \|(.+)\|$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    found = {}
    for name, cells in rows:
        moto, ministack, instead = (cell.strip() for cell in cells.split("|"))
        found[name] = {"moto": moto, "ministack": ministack, "instead": instead}
    return found


def test_the_table_of_types_says_who_makes_what() -> None:
    table = documented()
    assert list(table) == sorted(used())
    for name, row in table.items():
        for program in ("moto", "ministack"):
            assert row[program] == ("yes" if name in KNOWN[program] else "no"), (name, program)


def test_what_neither_makes_has_something_else_that_checks_it() -> None:
    alone = {name for name in used() if not any(name in known for known in KNOWN.values())}
    assert alone == set(CALLS)
    for name in alone:
        assert len(documented()[name]["instead"].split()) > 3, name


def plainly(value: Any) -> Any:
    """Intrinsic functions become texts; what a call takes as a number or a truth becomes one."""
    if isinstance(value, list):
        return [plainly(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
        return "text"
    return {key: plainly(inner) for key, inner in value.items()}


def as_called(value: Any, shape: Any, renamed: dict[str, str]) -> Any:
    """Properties spelled as the call spells them. Unknown ones keep their name."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {name.lower(): name for name in shape.members}
        spelled = {}
        for key, inner in value.items():
            name = members.get(str(renamed.get(key, key)).lower(), key)
            known = shape.members.get(name)
            spelled[name] = as_called(inner, known, renamed) if known else inner
        return spelled
    if shape.type_name == "list" and isinstance(value, list):
        return [as_called(inner, shape.member, renamed) for inner in value]
    if value == "text" and shape.type_name in ("integer", "long", "double", "float"):
        return 1
    return value


def calls() -> list[tuple[str, str]]:
    return [
        (stack, name)
        for stack in stacks.NAMES
        for name, resource in stacks.load(stack)["Resources"].items()
        if resource["Type"] in CALLS
    ]


def shaped(stack: str, name: str) -> tuple[Any, dict[str, Any]]:
    """The shape of the call's input, and the properties as that input."""
    resource = stacks.load(stack)["Resources"][name]
    service, operation, renamed = CALLS[resource["Type"]]
    model = get_session().get_service_model(service).operation_model(operation)
    spelled = as_called(plainly(resource.get("Properties", {})), model.input_shape, renamed)
    required = set(model.input_shape.required_members) - set(spelled)
    # What CloudFormation takes from another resource, or makes up.
    return model.input_shape, {**spelled, **dict.fromkeys(required, "text")}


@pytest.mark.parametrize(("stack", "name"), calls())
def test_the_api_takes_the_properties_of_what_neither_makes(stack: str, name: str) -> None:
    shape, given = shaped(stack, name)
    outside = set(given) - set(shape.members) - FLAT
    assert not outside, f"the call has no {outside}"
    validate_parameters({key: value for key, value in given.items() if key in shape.members}, shape)
    check_enumerations(given, shape)


def check_enumerations(value: Any, shape: Any) -> None:
    if shape.type_name == "structure" and isinstance(value, dict):
        for key, inner in value.items():
            if key in shape.members:
                check_enumerations(inner, shape.members[key])
    elif shape.type_name == "list" and isinstance(value, list):
        for inner in value:
            check_enumerations(inner, shape.member)
    elif shape.type_name == "string" and shape.enum and value != "text":
        assert value in shape.enum, f"{value} is none of {shape.enum}"
