"""What policies come to, by IAM's rules: a denial wins, a boundary limits, and all else is no."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Policy = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One action on one resource, with what AWS knows of it besides."""

    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict, hash=False)


def allowed(request: Request, policy: Policy, boundary: Policy | None = None) -> bool:
    documents = [policy, *([boundary] if boundary else [])]
    return all(_says(request, document, "Allow") for document in documents) and not any(
        _says(request, document, "Deny") for document in documents
    )


def _says(request: Request, policy: Policy, effect: str) -> bool:
    return any(
        statement["Effect"] == effect and _matches(request, statement)
        for statement in policy["Statement"]
    )


def _matches(request: Request, statement: dict[str, Any]) -> bool:
    action = request.action.lower()
    return (
        any(fnmatchcase(action, one.lower()) for one in _listed(statement["Action"]))
        and any(fnmatchcase(request.resource, one) for one in _listed(statement["Resource"]))
        and all(
            _holds(request, operator, key, value)
            for operator, pairs in statement.get("Condition", {}).items()
            for key, value in pairs.items()
        )
    )


def _holds(request: Request, operator: str, key: str, value: Any) -> bool:
    found = request.context.get(key)
    if operator == "StringEquals":
        return found in _listed(value)
    if operator == "ForAllValues:StringEquals":  # holds where there is no value
        return found is None or found in _listed(value)
    if operator == "NumericLessThanEquals":
        return found is not None and float(found) <= float(value)
    assert operator == "ArnLike", operator
    return found is not None and any(fnmatchcase(found, one) for one in _listed(value))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
