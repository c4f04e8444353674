"""What rights a call needs, and what a policy grants: by AWS's Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from deploy.aws_side import ACCOUNT, REGION, AwsSide
from deploy.calls import Call
from harness import iam

# AWS looks at these before it makes a deployment, besides the deployment's own right.
WITH_CREATE_DEPLOYMENT = (
    ("GetDeploymentConfig", "deploymentconfig:CodeDeployDefault.ECSAllAtOnce"),
    ("RegisterApplicationRevision", "application:{application}"),
    ("GetApplicationRevision", "application:{application}"),
)
OF_BUCKETS = {"HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket"}
OF_OBJECTS = {"HeadObject": "GetObject", "GetObject": "GetObject", "PutObject": "PutObject"}


@dataclass(frozen=True)
class Need:
    """One right: an action on a resource, and to whom a role is passed."""

    action: str
    resource: str
    passed_to: str = ""


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def needs(call: Call, aws: AwsSide) -> Iterator[Need]:
    """Of one call: each an action that AWS has, on a resource that it can be about."""
    for need in _needs(call, aws):
        assert iam.is_about(need.action, need.resource), need
        yield need


def _needs(call: Call, aws: AwsSide) -> Iterator[Need]:
    """Asking who one is needs none."""
    asked, service = call.parameters, call.service
    if service == "sts":
        return
    if service == "s3":
        yield from _of_s3(call)
        return
    action = f"{service}:{call.operation}"
    for resource in _resources(call, aws) if iam.knows_resources(action) else ["*"]:
        yield Need(action, resource)
    if "RoleARN" in asked:
        yield Need("iam:PassRole", asked["RoleARN"], "cloudformation.amazonaws.com")
    for role in ("taskRoleArn", "executionRoleArn"):
        if role in asked:
            yield Need("iam:PassRole", asked[role], "ecs-tasks.amazonaws.com")
    if call.operation == "CreateDeployment":
        for action, resource in WITH_CREATE_DEPLOYMENT:
            named = resource.format(application=asked["applicationName"])
            yield Need(f"codedeploy:{action}", arn("codedeploy", named))
    if "overrideAlarmConfiguration" in asked:  # it is a change of the group, for one deployment
        group = f"{asked['applicationName']}/{asked['deploymentGroupName']}"
        yield Need("codedeploy:UpdateDeploymentGroup", arn(service, f"deploymentgroup:{group}"))


def _of_s3(call: Call) -> Iterator[Need]:
    bucket = f"arn:aws:s3:::{call.parameters['Bucket']}"
    if call.operation in OF_BUCKETS:
        yield Need(f"s3:{OF_BUCKETS[call.operation]}", bucket)
    elif call.operation == "DeleteObjects":
        for one in call.parameters["Objects"]:
            version = "Version" if "VersionId" in one else ""
            yield Need(f"s3:DeleteObject{version}", f"{bucket}/{one['Key']}")
    else:
        yield Need(f"s3:{OF_OBJECTS[call.operation]}", f"{bucket}/{call.parameters['Key']}")


def _resources(call: Call, aws: AwsSide) -> list[str]:
    asked, service = call.parameters, call.service
    if service in ("cloudformation", "secretsmanager"):
        name = asked.get("StackName") or asked["SecretId"]
        return [name if name.startswith("arn:") else arn(service, f"stack/{name}/identifier")]
    if service == "ssm":
        names = asked.get("Names") or [asked.get("Name") or asked["Path"]]
        return [arn(service, f"parameter{name}") for name in names]
    if call.operation == "RegisterTaskDefinition":
        return [arn(service, f"task-definition/{asked['family']}:*")]
    if service == "ecs":
        return [arn(service, f"service/{asked['cluster']}/{name}") for name in asked["services"]]
    if service in ("ecr", "lambda"):
        kind = {"ecr": f"repository/{asked.get('repositoryName')}"}
        return [arn(service, kind.get(service, f"function:{asked.get('FunctionName')}"))]
    assert service == "codedeploy", call
    return [arn(service, one) for one in _of_codedeploy(call, aws)]


def _of_codedeploy(call: Call, aws: AwsSide) -> set[str]:
    asked = call.parameters
    if call.operation == "GetApplicationRevision":
        return {f"application:{asked['applicationName']}"}
    named = asked.get("deploymentIds") or [asked.get("deploymentId")]
    groups = {aws.code_deploy.deployments[one].group for one in named if one}
    groups = groups or {(asked["applicationName"], asked["deploymentGroupName"])}
    return {f"deploymentgroup:{'/'.join(group)}" for group in groups}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Grant:
    """One action on one resource, out of a statement that allows."""

    action: str
    resource: str
    passed_to: str = ""

    def covers(self, need: Need) -> bool:
        return (
            self.action == need.action
            and fnmatchcase(need.resource, self.resource)
            and self.passed_to == need.passed_to
        )


def grants(policy: dict[str, Any]) -> list[Grant]:
    """All that a policy allows. It may have one kind of condition, and no wildcards in actions."""
    found = []
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        condition = statement.get("Condition", {}).get("StringEquals", {})
        assert set(condition) <= {"iam:PassedToService"}, condition
        for action in listed(statement["Action"]):
            assert "*" not in action
            found += [
                Grant(action, resource, condition.get("iam:PassedToService", ""))
                for resource in listed(statement["Resource"])
            ]
    return found
