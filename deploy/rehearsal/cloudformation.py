"""What a template says once its parameters are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Sub x` is `{"Fn::Sub": x}`."""


def _construct(loader: yaml.Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _construct)


class Template:
    """References to parameters and conditions are resolved; what only AWS knows stays as it is."""

    def __init__(self, path: Path, parameters: dict[str, str]) -> None:
        self.path = path
        self._document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506
        declared = self._document.get("Parameters", {})
        defaults = {name: one["Default"] for name, one in declared.items() if "Default" in one}
        self._values: dict[str, Any] = {**defaults, **parameters}

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties of all resources of a type, by logical id."""
        return {
            name: self._resolved(resource.get("Properties", {}))
            for name, resource in self._document["Resources"].items()
            if resource["Type"] == kind and self._exists(resource)
        }

    def _exists(self, resource: dict[str, Any]) -> bool:
        return "Condition" not in resource or self._holds({"Condition": resource["Condition"]})

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolved(one) for one in value if not self._is_nothing(one)]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"} and value["Ref"] in self._values:
            return self._values[value["Ref"]]
        if set(value) == {"Fn::If"}:
            return self._resolved(self._choice(value))
        return {
            name: self._resolved(one) for name, one in value.items() if not self._is_nothing(one)
        }

    def _choice(self, value: dict[str, Any]) -> Any:
        condition, then, otherwise = value["Fn::If"]
        return then if self._holds({"Condition": condition}) else otherwise

    def _is_nothing(self, value: Any) -> bool:
        if isinstance(value, dict) and set(value) == {"Fn::If"}:
            return self._is_nothing(self._choice(value))
        return bool(value == {"Ref": "AWS::NoValue"})

    def _holds(self, condition: Any) -> bool:
        """Of the functions that conditions may have."""
        ((name, value),) = condition.items()
        if name == "Condition":
            return self._holds(self._document["Conditions"][value])
        if name == "Fn::Equals":
            one, other = (self._resolved(side) for side in value)
            return str(one) == str(other)
        if name == "Fn::Not":
            return not self._holds(value[0])
        if name in ("Fn::And", "Fn::Or"):
            held = [self._holds(one) for one in value]
            return all(held) if name == "Fn::And" else any(held)
        raise ValueError(f"{self.path}: a condition with {name}")
