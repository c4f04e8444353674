"""CloudFormation's rule that an export neither changes nor goes while another stack imports it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import clean_json


def exports(stack: Stack) -> dict[str, str]:
    return {str(one.name): str(one.value) for one in stack.exports}


def _imports(value: Any, conditions: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _imports(one, conditions)
    elif isinstance(value, dict):
        if "Fn::ImportValue" in value:
            yield value["Fn::ImportValue"]
        if "Fn::If" in value:
            name, yes, no = value["Fn::If"]
            yield from _imports(yes if conditions[name] else no, conditions)
            return
        for one in value.values():
            yield from _imports(one, conditions)


def imports(stack: Stack) -> set[str]:
    """Those of the branches that are taken."""
    resources = stack.template_dict.get("Resources", {})
    found = _imports(resources, stack.resource_map.lazy_condition_map)
    return {str(clean_json(one, stack.resource_map)) for one in found}


def check(before: dict[str, str], after: dict[str, str], others: list[Stack]) -> None:
    """Raises where CloudFormation would have refused."""
    lost = {name for name, value in before.items() if after.get(name) != value}
    for other in others:
        used = lost & imports(other)
        assert not used, f"{', '.join(sorted(used))} is in use by {other.name}"
