"""CloudFormation's role may do all that CloudFormation does for a resource of ours.

What that is say the schemas of AWS's resource types: the rights that each handler needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from harness import iam
from harness.cloudformation import Template, load
from harness.policies import Request, allowed
from rights.statements import ACCOUNT, BOUNDARY, BY_OTHERS, EXECUTION, REGION, STACKS

HANDLERS = ("create", "read", "update", "delete")
# Rights of handlers for what no resource of ours has.
NOT_FOR_US = {
    "autoscaling:DescribeTags": "flow logs of networks of EC2 instances",
    "cognito-idp:*": "listeners that ask Cognito who somebody is",
    "ec2:*VpnGateway": "private networks of others",
    "ecs:PutAccountSetting*": "settings of the whole account",
    "elasticfilesystem:*": "functions with a file system",
    "firehose:*": "log groups that Firehose delivers",
    "iam:*RolePolicy": "roles with policies beside their own",
    "iam:DeleteRolePermissionsBoundary": "roles without the boundary",
    "kinesis:*": "tables with a stream",
    "kms:*": "keys that are not AWS's own",
    "lambda:GetCodeSigningConfig": "functions that are signed",
    "lambda:GetLayerVersion": "functions with layers",
    "lambda:PassCapacityProvider": "functions on instances",
    "logs:*IndexPolicy": "log groups with indexes",
    "logs:DeleteResourcePolicy": "log groups that others may write to",
    "s3tables:*": "buckets with tables",
    "vpc-lattice:*": "endpoints of networks of services",
    "vpce:AllowMultiRegion": "endpoints in other Regions",
}
CONTEXT = {
    "aws:RequestedRegion": REGION,
    "iam:PermissionsBoundary": BOUNDARY,
    "iam:PassedToService": "ecs-tasks.amazonaws.com",
    "iam:AWSServiceName": "ecs.amazonaws.com",
    "kms:ViaService": f"dynamodb.{REGION}.amazonaws.com",
}
NAMES = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT}


def types(function_stack: Template) -> set[str]:
    """Those of the stacks that CloudFormation makes with its role."""
    templates = [function_stack, *(load(name) for name in STACKS if name not in BY_OTHERS)]
    return {one["Type"] for template in templates for one in template["Resources"].values()}


def rights(kind: str) -> set[str]:
    """Of its handlers, as far as AWS's reference of rights has them."""
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    handlers = schema.get("handlers", {})
    named = {one for name in HANDLERS for one in handlers.get(name, {}).get("permissions", [])}
    return {one for one in named if iam.is_known(one)}


def resources(action: str) -> Iterator[str]:
    """One of each form that the action can be about, with a name of ours."""
    own = "aws-service-role/ecs" if "ServiceLinked" in action else "picus-dev-service-x-1"
    for form in iam.forms(action):
        yield iam.VARIABLE.sub(lambda found: NAMES.get(found[1], own), form)


def refused(action: str) -> bool:
    requests = [Request(action, one, CONTEXT) for one in resources(action)]
    return not any(allowed(request, EXECUTION) for request in requests)


def test_cloudformation_may_do_what_its_handlers_do(function_stack: Template) -> None:
    kinds = types(function_stack)
    needed = {kind: rights(kind) for kind in kinds}
    assert len([kind for kind, actions in needed.items() if actions]) > 35
    lacking = {action for actions in needed.values() for action in actions if refused(action)}
    explained = {one: [a for a in lacking if fnmatchcase(a, one)] for one in NOT_FOR_US}
    assert lacking == {action for found in explained.values() for action in found}
    assert not [one for one, found in explained.items() if not found], "explained for nothing"
