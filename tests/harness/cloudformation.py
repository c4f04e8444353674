"""CloudFormation templates as the tests read them, and stacks of them on ministack."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import botocore.session
import yaml

from harness.ministack import REGION

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
TEMPLATES = DEPLOY / "cloudformation"
SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[\w.]+)?\}")
CREATE_SECONDS = 60
SESSION = botocore.session.get_session()  # one: it reads the services' descriptions once

Template = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Knows the short forms of intrinsic functions."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)
# `Version: 2012-10-17` is a string to CloudFormation.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(name: str) -> Template:
    """A template of ours, with every intrinsic function in its long form."""
    text = (TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8")
    template = yaml.load(text, _Loader)
    assert isinstance(template, dict)
    return template


def parameters(environment: str, stack: str) -> dict[str, str]:
    """What deploy/parameters has for a stack of an environment."""
    text = (DEPLOY / "parameters" / f"{environment}.yaml").read_text(encoding="utf-8")
    given = yaml.safe_load(text).get(stack) or {}
    return {name: json.dumps(value).strip('"') for name, value in given.items()}


def referenced(value: Any) -> set[str]:
    """The logical ids, parameters and conditions that a part of a template names."""
    if isinstance(value, list):
        return {name for one in value for name in referenced(one)}
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, inner in value.items():
        if key in ("Ref", "Condition") and isinstance(inner, str):
            found.add(inner)
        elif key == "Fn::GetAtt":
            found.add(inner[0] if isinstance(inner, list) else inner.split(".")[0])
        elif key == "Fn::Sub":
            found |= set(SUBSTITUTED.findall(inner if isinstance(inner, str) else inner[0]))
            found |= referenced(inner)
        elif key == "Fn::If":
            found |= {inner[0]} | referenced(inner[1:])
        elif key == "DependsOn":
            found |= {inner} if isinstance(inner, str) else set(inner)
        else:
            found |= referenced(inner)
    return found


def part_of(template: Template, resources: Iterable[str], outputs: Iterable[str] = ()) -> Template:
    """The template with nothing but these resources and outputs, and what they need."""
    every = template["Resources"]
    named = {name: template["Outputs"][name] for name in sorted(outputs)}
    wanted: set[str] = set()
    missing = set(resources) | (referenced(named) & set(every))
    while missing:
        name = missing.pop()
        wanted.add(name)
        missing |= (referenced(every[name]) & set(every)) - wanted
    kept = {name: every[name] for name in every if name in wanted}
    conditions = template.get("Conditions", {})
    used = referenced([kept, named, conditions])
    given = {name: one for name, one in template.get("Parameters", {}).items() if name in used}
    return {**template, "Parameters": given, "Resources": kept, "Outputs": named}


def of_type(template: Template, kind: str) -> set[str]:
    return {name for name, one in template["Resources"].items() if one["Type"] == kind}


def without(template: Template, *kinds: str) -> Template:
    """The template with no resources of these types, and nothing that waits for them."""
    gone = {name for kind in kinds for name in of_type(template, kind)}
    kept = {}
    for name, resource in template["Resources"].items():
        after = resource.get("DependsOn", [])
        after = [after] if isinstance(after, str) else after
        left = {"DependsOn": [one for one in after if one not in gone]}
        if name not in gone:
            kept[name] = {**resource, **left}
    return {**template, "Resources": kept}


class Cloud(Protocol):
    """ministack or moto."""

    @property
    def url(self) -> str: ...


def client(cloud: Cloud, service: str, **keys: str) -> Any:
    """A caller of one of its services; without keys it may do everything."""
    given = keys or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return SESSION.create_client(service, region_name=REGION, endpoint_url=cloud.url, **given)


class Stacks:
    """The stacks that a test made there."""

    def __init__(self, cloud: Cloud) -> None:
        self._aws = client(cloud, "cloudformation")
        self.outputs: dict[str, dict[str, str]] = {}

    def create(
        self, name: str, template: Template, given: dict[str, str] | None = None
    ) -> dict[str, str]:
        """Its outputs. Parameters that the template does not have are left out."""
        self._aws.create_stack(**self._request(name, template, given or {}))
        return self._completed(name, "CREATE_COMPLETE")

    def update(
        self, name: str, template: Template, given: dict[str, str] | None = None
    ) -> dict[str, str]:
        self._aws.update_stack(**self._request(name, template, given or {}))
        return self._completed(name, "UPDATE_COMPLETE")

    def delete(self, name: str) -> None:
        (stack,) = self._aws.describe_stacks(StackName=name)["Stacks"]
        self._aws.delete_stack(StackName=name)
        assert self._finished(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"

    @staticmethod
    def _request(name: str, template: Template, given: dict[str, str]) -> dict[str, Any]:
        known = template.get("Parameters") or {}
        return {
            "StackName": name,
            "TemplateBody": json.dumps(template),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in given.items()
                if key in known
            ],
        }

    def _completed(self, name: str, status: str) -> dict[str, str]:
        made = self._finished(name)
        assert made["StackStatus"] == status, self._failures(name)
        self.outputs[name] = {
            output["OutputKey"]: output["OutputValue"] for output in made.get("Outputs", [])
        }
        return self.outputs[name]

    def physical(self, name: str, logical: str) -> str:
        """The physical id of a resource."""
        found = self._aws.describe_stack_resource(StackName=name, LogicalResourceId=logical)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def _finished(self, name: str) -> dict[str, Any]:
        deadline = time.monotonic() + CREATE_SECONDS
        while True:
            (stack,) = self._aws.describe_stacks(StackName=name)["Stacks"]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return dict(stack)
            assert time.monotonic() < deadline, f"{name} is not made yet"

    def _failures(self, name: str) -> list[tuple[str, str]]:
        events = self._aws.describe_stack_events(StackName=name)["StackEvents"]
        failed = [event for event in events if "FAILED" in event["ResourceStatus"]]
        return [(one["LogicalResourceId"], one.get("ResourceStatusReason", "")) for one in failed]
