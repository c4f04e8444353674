"""What a template says once its parameters are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from picus_deploy.templates import parse

NOTHING = {"Ref": "AWS::NoValue"}


class Template:
    """References to parameters and conditions are resolved; what only AWS knows stays as it is."""

    def __init__(self, path: Path, parameters: dict[str, str]) -> None:
        self.path = path
        self._document = parse(path.read_text(encoding="utf-8"))
        declared = self._document.get("Parameters", {})
        defaults = {name: one["Default"] for name, one in declared.items() if "Default" in one}
        self._values: dict[str, Any] = {**defaults, **parameters}

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties of all resources of a type, by logical id."""
        return {
            name: self._resolved(resource.get("Properties", {}))
            for name, resource in self._document["Resources"].items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> dict[str, Any]:
        """Properties of the one resource of a type."""
        found = self.resources(kind)
        if len(found) != 1:
            raise ValueError(f"{self.path}: not one {kind}, but: {', '.join(found) or 'none'}")
        return next(iter(found.values()))

    def output(self, name: str) -> Any:
        """The value of an output."""
        return self._document["Outputs"][name]["Value"]

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in map(self._resolved, value) if one != NOTHING]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"} and value["Ref"] in self._values:
            return self._values[value["Ref"]]
        if set(value) == {"Fn::If"}:
            name, yes, no = value["Fn::If"]
            return self._resolved(yes if self._holds(self._document["Conditions"][name]) else no)
        members = {name: self._resolved(one) for name, one in value.items()}
        return {name: one for name, one in members.items() if one != NOTHING}

    def _holds(self, condition: Any) -> bool:
        ((function, inner),) = condition.items()
        match function:
            case "Fn::Equals":
                one, other = map(self._resolved, inner)
                return bool(one == other)
            case "Fn::Not":
                return not self._holds(inner[0])
            case "Fn::And":
                return all(map(self._holds, inner))
            case "Fn::Or":
                return any(map(self._holds, inner))
            case "Condition":
                return self._holds(self._document["Conditions"][inner])
        raise ValueError(f"{self.path}: no such condition: {function}")
