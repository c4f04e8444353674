"""What a template says once its parameters are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from picus_deploy.templates import parse


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
            return [self._resolved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"} and value["Ref"] in self._values:
            return self._values[value["Ref"]]
        return {name: self._resolved(one) for name, one in value.items()}
