"""Our templates and parameter files, as tests look at them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from cfnlint.decode import decode

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
TEMPLATES = DEPLOY / "cloudformation"
ENVIRONMENTS = ("dev", "prod")
# The order in which they are made. `function` is the template that the Serverless Framework makes.
ORDER = ["access", "pipeline", "network", "table", "registry", "balancer", "service"]
ORDER += ["observability", "limits", "dashboard", "delivery", "function"]
NAMES = sorted(path.stem for path in TEMPLATES.glob("*.yaml"))
sys.path.append(str(DEPLOY))
ENVIRONMENT = import_module("picus_deploy.environment")
HANDED: dict[str, dict[str, tuple[str, str]]] = ENVIRONMENT.HANDED
SHARED: dict[str, tuple[str, tuple[str, ...]]] = ENVIRONMENT.SHARED
# What another program names or makes, which is not a template here.
MADE_BY_OSLS: dict[str, set[str]] = {}
USED_BY_OSLS = {
    "balancer": {"ProductionListener", "TestListener"},
}
# What the stacks of 0.1.0 import until they are updated: CloudFormation keeps it for them.
IMPORTED_BEFORE = {
    "network": {"NatAddressA", "NatAddressB"},
    "table": {"TableName", "TableArn"},
    "balancer": {"TestUrl", "TestPort", "HostNames", "DrainSeconds"},
    "observability": {
        "TargetErrorsAlarm",
        "BalancerErrorsAlarm",
        "LatencyAlarm",
        "BlueUnhealthyAlarm",
        "GreenUnhealthyAlarm",
    },
}
# What deploy/deploy finds out and passes.
COMPUTED = {"service": {"Image"}, "delivery": {"VerifyPackage"}}


def handed(stack: str) -> set[str]:
    """The parameters that are outputs or parameters of another stack."""
    shared = {name for name, (_, takers) in SHARED.items() if stack in takers}
    return set(HANDED.get(stack, {})) | shared


def passed(stack: str) -> set[str]:
    """The parameters that no file has."""
    return COMPUTED.get(stack, set()) | handed(stack)


Template = dict[str, Any]


@cache
def load(name: str) -> Template:
    """With every intrinsic function in its long form, as cfn-lint reads it."""
    return read(TEMPLATES / f"{name}.yaml")


def read(path: Path) -> Template:
    template, problems = decode(str(path))
    assert not problems, problems
    return plain(template)


def plain(value: Any) -> Any:
    """Without cfn-lint's own types."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


@cache
def parameters(environment: str) -> dict[str, dict[str, str]]:
    """Of each stack, as CloudFormation takes them."""
    path = DEPLOY / "parameters" / f"{environment}.yaml"
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        stack: {name: text_of(value) for name, value in (values or {}).items()}
        for stack, values in given.items()
    }


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(text_of(one) for one in value)
    return str(value)


def resources(template: Template, *types: str) -> dict[str, dict[str, Any]]:
    """Their properties, by logical name; of all types if none is named."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if not types or resource["Type"] in types
    }


def every(value: Any) -> Iterator[tuple[str, Any]]:
    """Each key with its value, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from every(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every(inner)


def imports(template: Template) -> set[str]:
    """What it imports: `${TableStack}-TableArn`, always the name of a stack that is a parameter."""
    found = set()
    for key, value in every(template):
        if key == "Fn::ImportValue":
            assert set(value) == {"Fn::Sub"}, value
            found.add(value["Fn::Sub"])
    return found


def exports(template: Template) -> dict[str, Any]:
    """Name behind the stack's own -> value."""
    found = {}
    for name, output in template.get("Outputs", {}).items():
        if "Export" in output:
            given = output["Export"]["Name"]
            assert given == {"Fn::Sub": f"${{AWS::StackName}}-{name}"}, given
            found[name] = output["Value"]
    return found


def names_used(template: Template) -> set[str]:
    """What Ref, GetAtt, Sub, If and Condition name in resources, outputs, conditions and rules."""
    used: set[str] = set()
    body = {key: value for key, value in template.items() if key != "Parameters"}
    for key, value in every(body):
        if key in ("Ref", "Condition") and isinstance(value, str):
            used.add(value)
        elif key in ("Fn::GetAtt", "Fn::If"):
            used.add(value[0])
        elif key == "Fn::Sub":
            text, own = (value, {}) if isinstance(value, str) else value
            used |= {name.split(".")[0] for name in variables(text) if name not in own}
        elif key == "DependsOn":
            used |= {value} if isinstance(value, str) else set(value)
    return used


def variables(text: str) -> set[str]:
    """The names between `${` and `}`."""
    return {part.split("}")[0] for part in text.split("${")[1:] if not part.startswith("!")}


def assert_allowed(parameter: dict[str, Any], value: str) -> None:
    """What CloudFormation looks at before it makes anything."""
    if "AllowedValues" in parameter:
        assert value in {text_of(one) for one in parameter["AllowedValues"]}, value
    if "AllowedPattern" in parameter:
        assert re.fullmatch(parameter["AllowedPattern"], value), value
    if parameter["Type"] == "Number":
        assert float(value) >= parameter.get("MinValue", float("-inf")), value
        assert float(value) <= parameter.get("MaxValue", float("inf")), value


def conditions(template: Template, given: dict[str, str]) -> dict[str, bool]:
    """What each condition comes to with these parameters, and the defaults of the others."""
    known = template.get("Parameters", {})
    values = {name: text_of(said["Default"]) for name, said in known.items() if "Default" in said}
    values |= given
    stated = template.get("Conditions", {})

    def text(value: Any) -> str:
        return values[value["Ref"]] if isinstance(value, dict) else text_of(value)

    def holds(value: Any) -> bool:
        ((function, inner),) = value.items()
        match function:
            case "Condition":
                return holds(stated[inner])
            case "Fn::Equals":
                return text(inner[0]) == text(inner[1])
            case "Fn::Not":
                return not holds(inner[0])
            case "Fn::And":
                return all(holds(one) for one in inner)
            case "Fn::Or":
                return any(holds(one) for one in inner)
        raise AssertionError(f"no such condition: {function}")

    return {name: holds(value) for name, value in stated.items()}


def decided(value: Any, holding: dict[str, bool]) -> Any:
    """Every Fn::If replaced by the branch that is taken; what is AWS::NoValue is left out."""
    nothing = {"Ref": "AWS::NoValue"}
    if isinstance(value, list):
        branches = [decided(inner, holding) for inner in value]
        return [inner for inner in branches if inner != nothing]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        return decided(yes if holding[name] else no, holding)
    members = {key: decided(inner, holding) for key, inner in value.items()}
    return {key: inner for key, inner in members.items() if inner != nothing}
