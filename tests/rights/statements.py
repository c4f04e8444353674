"""The statements of the templates' policies, with the names of an account in them."""

from __future__ import annotations

import re
from typing import Any

from harness.cloudformation import TEMPLATES, load
from harness.policies import Policy

ACCOUNT, REGION = "111122223333", "eu-west-1"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/picus-dev-access-Boundary-1"
KNOWN = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "EnvironmentName": "dev",
    "Boundary": BOUNDARY,
}
STACKS = sorted(path.stem for path in TEMPLATES.glob("*.yaml"))
BY_OTHERS = {"access", "pipeline"}  # an administrator makes these


def resolved(value: Any) -> Any:
    """With the account's names in it; what only AWS knows stays a wildcard."""
    if isinstance(value, list):
        return [resolved(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return KNOWN.get(value["Ref"], value["Ref"])
    if "Fn::Sub" in value:
        text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        return re.sub(r"\$\{([\w:.]+)\}", lambda found: KNOWN.get(found[1], "x"), text)
    if "Fn::GetAtt" in value or "Fn::ImportValue" in value or "Fn::If" in value:
        return "*"
    return {name: resolved(one) for name, one in value.items()}


def policy(stack: str, resource: str) -> Policy:
    properties = load(stack)["Resources"][resource]["Properties"]
    documents = [one["PolicyDocument"] for one in properties.get("Policies", [])]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return {"Statement": [resolved(one) for doc in documents for one in doc["Statement"]]}


EXECUTION = policy("access", "ExecutionRole")
