"""Templates as an environment's parameters leave them: without conditions and parameters."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT / "deploy") not in sys.path:
    sys.path.append(str(ROOT / "deploy"))

from picus_deploy import templates  # noqa: E402
from picus_deploy.environment import STACKS, Environment  # noqa: E402

NOTHING = object()
OWN_NAME = re.compile(r"(?<=picus[-/ ])prod\b|(?<=environment:)prod\b", re.IGNORECASE)
NAME = re.compile(r"\$\{(\w+)\}")


class Rendering:
    """One stack of one environment."""

    def __init__(self, environment: str, kind: str) -> None:
        stack = Environment(environment).stack(kind)
        self._template = templates.parse(stack.template)
        self._parameters = {
            name: str(stack.parameters.get(name, said.get("Default", f"<{name}>")))
            for name, said in self._template.get("Parameters", {}).items()
        }

    def resources(self) -> dict[str, Any]:
        """Those whose conditions hold."""
        return {
            name: self.plain({k: v for k, v in resource.items() if k != "Condition"})
            for name, resource in self._template["Resources"].items()
            if self.holds(resource.get("Condition"))
        }

    def holds(self, condition: str | None) -> bool:
        return condition is None or bool(self.plain(self._template["Conditions"][condition]))

    def plain(self, value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in map(self.plain, value) if one is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((word, inside),) = value.items()
            if word in FUNCTIONS:
                return FUNCTIONS[word](self, inside)
        members = {name: self.plain(one) for name, one in value.items()}
        return {name: one for name, one in members.items() if one is not NOTHING}

    def ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NOTHING
        return self._parameters.get(name, f"<{name}>")

    def substitute(self, value: Any) -> str:
        text = value if isinstance(value, str) else value[0]
        return NAME.sub(lambda found: str(self._parameters.get(found[1], found[0])), text)


FUNCTIONS: dict[str, Any] = {
    "Ref": Rendering.ref,
    "Condition": Rendering.holds,
    "Fn::Equals": lambda it, two: it.plain(two[0]) == it.plain(two[1]),
    "Fn::Not": lambda it, one: not it.plain(one[0]),
    "Fn::And": lambda it, all_of: all(it.plain(all_of)),
    "Fn::Or": lambda it, any_of: any(it.plain(any_of)),
    "Fn::If": lambda it, three: it.plain(three[1] if it.holds(three[0]) else three[2]),
    "Fn::Sub": Rendering.substitute,
}


@dataclass(frozen=True)
class Difference:
    """Where, and what it is in dev and in prod."""

    path: str
    dev: str
    prod: str


def differences(one: Any, other: Any, path: str = "") -> list[Difference]:
    """Where two documents are not the same, without what lies below that."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = []
        for name in sorted({*one, *other}):
            below = f"{path}.{name}" if path else name
            if name not in one or name not in other:
                words = ["there" if name in side else "none" for side in (one, other)]
                found.append(Difference(below, *words))
            else:
                found += differences(one[name], other[name], below)
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [line for i, (a, b) in pairs for line in differences(a, b, f"{path}[{i}]")]
    return [] if one == other else [Difference(path, str(one), str(other))]


def of_environments() -> dict[tuple[str, str], set[tuple[str, str]]]:
    """By stack and `Resource.Property`: the values in dev and prod. Own names do not count."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for kind in STACKS:
        dev, prod = (_stack(name, kind) for name in ("dev", "prod"))
        for one in differences(dev, json.loads(OWN_NAME.sub("dev", json.dumps(prod)))):
            resource, *rest = re.sub(r"\[\d+\]", "", one.path).split(".")
            named = [part for part in rest if part != "Properties"][:1]
            found.setdefault((kind, ".".join([resource, *named])), set()).add((one.dev, one.prod))
    return found


def _stack(environment: str, kind: str) -> Any:
    if kind == "function":  # its template is osls's to make, from these
        return {"Function": Environment(environment).parameters(kind)}
    return json.loads(json.dumps(Rendering(environment, kind).resources()))
