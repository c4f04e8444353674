"""moto and ministack, each with what it knows of CloudFormation's types."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS
from moto.cloudformation.parsing import get_model_map

from harness.ministack import REGION, Ministack
from harness.moto_server import Moto
from templates.stacks import Template, conditions, decided, every

KNOWN = {"moto": set(get_model_map()), "ministack": set(_RESOURCE_HANDLERS)}
# Before other tests of this process make moto know more.
HAS_ATTRIBUTE = {
    kind: model.has_cfn_attr
    for kind, model in get_model_map().items()
    if hasattr(model, "get_cfn_attribute")
}
VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)(\.[A-Za-z]+)?\}")


PROGRAMS: dict[str, Callable[[Path], Moto | Ministack]] = {"moto": Moto, "ministack": Ministack}


class Emulator:
    """One of them, empty."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self._program = PROGRAMS[name](directory)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self._program.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def stop(self) -> None:
        self._program.stop()

    def adapted(self, template: Template, parameters: dict[str, str]) -> Template:
        """What it knows of a template; what is left out is named where it is referred to."""
        resources = template["Resources"]
        left_out = {name for name, one in resources.items() if not self._knows(one)}
        kept = {name: one for name, one in resources.items() if name not in left_out}
        body = {**template, "Resources": kept}
        body.pop("Rules", None)  # neither looks at them
        unknown = unknown_attributes(template) if self.name == "moto" else set()
        adapted: Template = without(body, left_out, unknown)
        return for_moto(adapted, parameters) if self.name == "moto" else adapted

    def _knows(self, resource: dict[str, Any]) -> bool:
        # An alarm on what several metrics come to is refused by ministack.
        sums = "Metrics" in resource.get("Properties", {})
        return resource["Type"] in KNOWN[self.name] and not (self.name == "ministack" and sums)


def unknown_attributes(template: Template) -> set[tuple[str, str]]:
    """What Fn::GetAtt asks of resources and moto cannot say."""
    unknown = set()
    for key, value in every(template):
        if key == "Fn::GetAtt":
            kind = template["Resources"][value[0]]["Type"]
            known = HAS_ATTRIBUTE.get(kind, lambda _: False)
            if kind in KNOWN["moto"] and not known(value[1]):
                unknown.add((value[0], value[1]))
    return unknown


def for_moto(template: Template, parameters: dict[str, str]) -> Template:
    """What it gets wrong: AWS::NoValue in lists, Fn::Cidr, names of repositories, and the order.

    It names repositories with capitals, which its ECR then refuses. It makes first what outputs
    name, whatever that depends on without referring to it.
    """
    holding = conditions(template, parameters)
    for one in template["Resources"].values():
        if one.get("DeletionPolicy") == "RetainExceptOnCreate":
            one["DeletionPolicy"] = "Retain"  # the only one of the two that it knows
        properties = decided(one.get("Properties", {}), holding)
        if one["Type"] == "AWS::ECR::Repository":
            properties["RepositoryName"] = {"Ref": "AWS::StackName"}
        if one["Type"] == "AWS::ECS::Service":
            both = [properties["TaskDefinition"], {"Ref": "TaskDefinition"}]
            properties["TaskDefinition"] = {"Fn::Select": ["0", both]}
        if one["Type"] == "AWS::EC2::Subnet":
            index, ranges = properties["CidrBlock"]["Fn::Select"]
            whole, _, bits = ranges["Fn::Cidr"]
            network = ipaddress.ip_network(parameters[whole["Ref"]])
            smaller = network.subnets(new_prefix=32 - int(bits))
            properties["CidrBlock"] = str(list(smaller)[int(index)])
        one["Properties"] = properties
    return template


def without(value: Any, left_out: set[str], unknown: set[tuple[str, str]]) -> Any:
    """References to resources that are left out, and attributes that are unknown, become texts."""
    if isinstance(value, list):
        return [without(inner, left_out, unknown) for inner in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in left_out:
        return f"{value['Ref']}-left-out"
    if "Fn::GetAtt" in value:
        name, attribute = value["Fn::GetAtt"]
        if name in left_out or (name, attribute) in unknown:
            return f"{name}-left-out"
    kept: dict[str, Any] = {}
    for key, inner in value.items():
        if key == "DependsOn":
            names = [inner] if isinstance(inner, str) else inner
            kept[key] = [name for name in names if name not in left_out]
        elif key == "Fn::Sub" and isinstance(inner, str):
            kept[key] = VARIABLE.sub(
                lambda m: f"{m[1]}-left-out" if m[1] in left_out else m[0], inner
            )
        else:
            kept[key] = without(inner, left_out, unknown)
    return kept
