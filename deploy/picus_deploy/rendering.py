"""The AppSpec and the task definition that a deployment consists of.

Both come from deploy/codedeploy/, with ${NAMES} filled in. The task definition there has only what
differs from the one that it follows.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from string import Template
from typing import Any

from picus_deploy.access import LABEL, Access
from picus_deploy.environment import DEPLOY

CODEDEPLOY = DEPLOY / "codedeploy"
CONTAINER = "picus"

Document = dict[str, Any]

# What ECS adds to a task definition when it registers one.
ADDED = (
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
)


def fill(path: Path, **names: str) -> str:
    """Every name has to be given, and no other."""
    template = Template(path.read_text(encoding="utf-8"))
    surplus = set(names) - set(template.get_identifiers())
    if surplus:
        raise ValueError(f"{path} has no {', '.join(sorted(surplus))}")
    return template.substitute(names)


def appspec(task_definition: str, verify_function: str) -> str:
    """The text that CodeDeploy is given."""
    return fill(
        CODEDEPLOY / "appspec.yaml",
        TASK_DEFINITION=task_definition,
        VERIFY_FUNCTION=verify_function,
        CONTAINER=CONTAINER,
    )


def revision(text: str) -> Document:
    """An AppSpec as CreateDeployment takes it."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        "revisionType": "AppSpecContent",
        "appSpecContent": {"content": text, "sha256": digest},
    }


def task_definition(last: Document, image: str, access: Access | None = None) -> Document:
    """What RegisterTaskDefinition is given: `last`, as ECS describes it, with these."""
    overlay = json.loads(fill(CODEDEPLOY / "taskdef.json", CONTAINER=CONTAINER, IMAGE=image))
    if access:
        (container,) = overlay["containerDefinitions"]
        container["secrets"] = [{"name": "PICUS_AUTH", "valueFrom": access.for_tasks}]
        container["dockerLabels"] = {LABEL: access.version}
    kept = {name: value for name, value in last.items() if name not in ADDED}
    return merged(kept, overlay)


def merged(under: Document, over: Document) -> Document:
    """Members of `over` win. Lists of named things are merged by name; no name may be new."""
    result = dict(under)
    for name, value in over.items():
        if isinstance(value, list):
            by_name = {entry["name"]: entry for entry in value}
            known = [entry["name"] for entry in under[name]]
            strange = set(by_name) - set(known)
            if strange:
                raise ValueError(f"no {', '.join(sorted(strange))} among {', '.join(known)}")
            result[name] = [merged(one, by_name.get(one["name"], {})) for one in under[name]]
        else:
            result[name] = value
    return result


def same(one: Document, other: Document) -> bool:
    """Whether two task definitions say the same, whatever ECS adds, leaves empty, or reorders."""
    return canonical(one) == canonical(other)


def canonical(value: Any) -> Any:
    if isinstance(value, dict):
        members = {k: canonical(v) for k, v in value.items() if k not in ADDED}
        return {k: v for k, v in sorted(members.items()) if v not in ({}, [], None)}
    if isinstance(value, list):
        return sorted(
            (canonical(one) for one in value), key=lambda one: json.dumps(one, default=str)
        )
    return value
