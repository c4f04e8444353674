"""What AWS's models say of their answers in prose only: which member is there only when.

A rule is a sentence of the model, word by word, and what it comes to. A shape of ABSENT is in no
answer that Picus gets, so that nothing has to hold what is said of it. What else the prose says is
about requests or about AWS, in BESIDE. tests/deploy/test_prose.py compares the three with the
models: each sentence that restricts an answer is in one of them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel, Shape

Answer = dict[str, Any]

# What `deploy/deploy`, osls and the tests ask of the services whose answers steer a deployment.
OPERATIONS = {
    "cloudformation": (
        "CancelUpdateStack",
        "CreateChangeSet",
        "CreateStack",
        "DeleteChangeSet",
        "DeleteStack",
        "DescribeChangeSet",
        "DescribeStackEvents",
        "DescribeStackResource",
        "DescribeStackResources",
        "DescribeStacks",
        "ExecuteChangeSet",
        "GetTemplate",
        "ListStackResources",
        "UpdateStack",
        "UpdateTerminationProtection",
        "ValidateTemplate",
    ),
    "codedeploy": (
        "BatchGetDeployments",
        "ContinueDeployment",
        "CreateDeployment",
        "GetApplicationRevision",
        "GetDeployment",
        "GetDeploymentTarget",
        "ListDeployments",
        "PutLifecycleEventHookExecutionStatus",
        "StopDeployment",
    ),
    "ecs": (
        "DeleteService",
        "DescribeServices",
        "DescribeTaskDefinition",
        "ListClusters",
        "ListServices",
        "RegisterTaskDefinition",
    ),
    "elbv2": (
        "DescribeListeners",
        "DescribeLoadBalancerAttributes",
        "DescribeLoadBalancers",
        "ModifyLoadBalancerAttributes",
    ),
    "lambda": ("GetAlias", "GetFunction", "ListVersionsByFunction"),
    "secretsmanager": ("CreateSecret", "GetSecretValue", "PutSecretValue"),
    "ssm": ("DeleteParameters", "GetParameter", "GetParametersByPath", "PutParameter"),
    "sts": ("AssumeRole", "GetCallerIdentity"),
}


@dataclass(frozen=True)
class Place:
    """A structure in an answer."""

    said: Answer
    within: tuple[Answer, ...]  # what it is part of, the innermost first
    operation: str


@dataclass(frozen=True)
class Rule:
    """Of a member of a shape; `holds` is asked of each such structure, with the member or not."""

    service: str
    shape: str
    member: str
    prose: str
    holds: Callable[[Place], bool]


def absent_unless(member: str, condition: Callable[[Place], bool]) -> Callable[[Place], bool]:
    return lambda place: member not in place.said or condition(place)


def only_with(member: str, other: str, *values: str) -> Callable[[Place], bool]:
    return absent_unless(member, lambda place: place.said.get(other) in values)


def not_with(member: str, other: str) -> Callable[[Place], bool]:
    return absent_unless(member, lambda place: other not in place.said)


def never(member: str) -> Callable[[Place], bool]:
    return absent_unless(member, lambda _: False)


def token(member: str) -> Callable[[Place], bool]:
    """Null, where there is no other page; not empty."""
    return absent_unless(member, lambda place: bool(place.said[member]))


def on_fargate(member: str) -> Callable[[Place], bool]:
    """`launchType` is the structure's own, or that of the service."""

    def there(place: Place) -> bool:
        kinds = [one["launchType"] for one in (place.said, *place.within) if "launchType" in one]
        return not kinds or kinds[0] == "FARGATE"

    return absent_unless(member, there)


def rolls(place: Place) -> bool:
    service = place.within[0] if place.within else {}
    return bool(service.get("deploymentController", {}).get("type", "ECS") == "ECS")


def same_group(place: Place) -> bool:
    """Of an action that names one target group, and a list."""
    if "ForwardConfig" not in place.said or "TargetGroupArn" not in place.said:
        return True
    groups = [one["TargetGroupArn"] for one in place.said["ForwardConfig"].get("TargetGroups", [])]
    return groups in ([], [place.said["TargetGroupArn"]])


def updated(place: Place) -> bool:
    status = str(place.said.get("StackStatus", ""))
    return not status.startswith(("CREATE_", "REVIEW_"))


RULES = (
    Rule(
        "codedeploy",
        "AppSpecContent",
        "content",
        "The content property of the appSpecContent object in the returned revision is always"
        " null.",
        absent_unless("content", lambda place: place.operation != "GetDeployment"),
    ),
    Rule(
        "ecs",
        "Service",
        "launchType",
        "When using the DescribeServices API, this field is omitted if the service was created"
        " using a capacity provider strategy.",
        not_with("launchType", "capacityProviderStrategy"),
    ),
    Rule(
        "ecs",
        "Service",
        "capacityProviderStrategy",
        "When using the DescribeServices API, this field is omitted if the service was created"
        " using a launch type.",
        not_with("capacityProviderStrategy", "launchType"),
    ),
    Rule(
        "ecs",
        "Service",
        "platformFamily",
        "A platform family is specified only for tasks using the Fargate launch type.",
        on_fargate("platformFamily"),
    ),
    Rule(
        "ecs",
        "Service",
        "platformVersion",
        "A platform version is only specified for tasks that are hosted on Fargate.",
        on_fargate("platformVersion"),
    ),
    Rule(
        "ecs",
        "TaskSet",
        "platformFamily",
        "A platform family is specified only for tasks that use the Fargate launch type.",
        on_fargate("platformFamily"),
    ),
    Rule(
        "ecs",
        "TaskSet",
        "platformVersion",
        "A platform version is only specified for tasks run on Fargate.",
        on_fargate("platformVersion"),
    ),
    Rule(
        "ecs",
        "Deployment",
        "platformFamily",
        "A platform family is specified only for tasks using the Fargate launch type.",
        on_fargate("platformFamily"),
    ),
    Rule(
        "ecs",
        "Deployment",
        "platformVersion",
        "A platform version is only specified for tasks using the Fargate launch type.",
        on_fargate("platformVersion"),
    ),
    Rule(
        "ecs",
        "TaskDefinition",
        "runtimePlatform",
        "A platform family is specified only for tasks using the Fargate launch type.",
        absent_unless(
            "runtimePlatform",
            lambda place: "FARGATE" in place.said.get("requiresCompatibilities", ["FARGATE"]),
        ),
    ),
    *(
        Rule(
            "ecs",
            "DeploymentConfiguration",
            member,
            f"Only valid when the deployment strategy is {kind}.",
            only_with(member, "strategy", kind),
        )
        for member, kind in (("canaryConfiguration", "CANARY"), ("linearConfiguration", "LINEAR"))
    ),
    Rule(
        "ecs",
        "Deployment",
        "rolloutState",
        "The rolloutState of a service is only returned for services that use the rolling update"
        " (ECS) deployment type that aren't behind a Classic Load Balancer.",
        absent_unless("rolloutState", rolls),
    ),
    Rule(
        "ecs",
        "LoadBalancer",
        "loadBalancerName",
        "If you are using an Application Load Balancer or a Network Load Balancer the load balancer"
        " name parameter should be omitted.",
        not_with("loadBalancerName", "targetGroupArn"),
    ),
    Rule(
        "ecs",
        "LoadBalancer",
        "targetGroupArn",
        "A target group ARN is only specified when using an Application Load Balancer or Network"
        " Load Balancer.",
        not_with("targetGroupArn", "loadBalancerName"),
    ),
    *(
        Rule(
            "ecs",
            shape,
            "nextToken",
            "This value is null when there are no more results to return.",
            token("nextToken"),
        )
        for shape in ("ListClustersResponse", "ListServicesResponse")
    ),
    Rule(
        "elbv2",
        "Certificate",
        "IsDefault",
        "This value is not included in the output when describing a listener, but is included when"
        " describing listener certificates.",
        absent_unless("IsDefault", lambda place: place.operation != "DescribeListeners"),
    ),
    Rule(
        "elbv2",
        "Action",
        "TargetGroupArn",
        "Specify only when Type is forward and you want to route to a single target group.",
        only_with("TargetGroupArn", "Type", "forward"),
    ),
    Rule(
        "elbv2",
        "Action",
        "ForwardConfig",
        "If you specify both ForwardConfig and TargetGroupArn, you can specify only one target"
        " group using ForwardConfig and it must be the same target group specified in"
        " TargetGroupArn.",
        same_group,
    ),
    *(
        Rule(
            "elbv2",
            "Action",
            member,
            f"Specify only when Type is {kind}.",
            only_with(member, "Type", kind),
        )
        for member, kind in (
            ("ForwardConfig", "forward"),
            ("RedirectConfig", "redirect"),
            ("FixedResponseConfig", "fixed-response"),
            ("AuthenticateOidcConfig", "authenticate-oidc"),
            ("AuthenticateCognitoConfig", "authenticate-cognito"),
            ("JwtValidationConfig", "jwt-validation"),
        )
    ),
    Rule(
        "elbv2",
        "DescribeListenersOutput",
        "NextMarker",
        "Otherwise, this is null.",
        token("NextMarker"),
    ),
    Rule(
        "cloudformation",
        "Parameter",
        "ResolvedValue",
        "This field is returned only for Systems Manager parameter types in the template.",
        never("ResolvedValue"),  # no template of ours has such a parameter
    ),
    Rule(
        "cloudformation",
        "Stack",
        "LastUpdatedTime",
        "This field will only be returned if the stack has been updated at least once.",
        absent_unless("LastUpdatedTime", updated),
    ),
    *(
        Rule("cloudformation", shape, "NextToken", prose, token("NextToken"))
        for shape, prose in (
            ("DescribeStacksOutput", "If no additional page exists, this value is null."),
            ("DescribeStackEventsOutput", "If no additional page exists, this value is null."),
            ("DescribeChangeSetOutput", "If there is no additional page, this value is null."),
        )
    ),
    *(
        Rule(
            "cloudformation",
            shape,
            member,
            "Only present for drift-aware change sets.",
            never(member),  # we make no such change set
        )
        for shape, member in (
            ("DescribeChangeSetOutput", "StackDriftStatus"),
            ("DescribeChangeSetOutput", "DeploymentMode"),
            ("ResourceChange", "ResourceDriftStatus"),
            ("ResourceTargetDefinition", "BeforeValueFrom"),
            ("ResourceTargetDefinition", "AfterValueFrom"),
        )
    ),
    Rule(
        "cloudformation",
        "DescribeChangeSetOutput",
        "OnStackFailure",
        "This is only valid when the ChangeSetType parameter is set to CREATE.",
        never("OnStackFailure"),  # nobody asks for it
    ),
    Rule(
        "cloudformation",
        "ResourceTargetDefinition",
        "Name",
        "For all other attributes, the value is null.",
        only_with("Name", "Attribute", "Properties"),
    ),
    Rule(
        "cloudformation",
        "Change",
        "HookInvocationCount",
        "Is either null, if no Hooks invoke for the resource, or contains the number of Hooks that"
        " will invoke for the resource.",
        absent_unless("HookInvocationCount", lambda place: place.said["HookInvocationCount"] > 0),
    ),
    Rule(
        "secretsmanager",
        "GetSecretValueResponse",
        "SecretBinary",
        "If the secret was created by using the Secrets Manager console, or if the secret value was"
        " originally provided as a string, then this field is omitted.",
        not_with("SecretBinary", "SecretString"),
    ),
)

# In no answer that we get.
ABSENT = {
    ("cloudformation", "ResourceDriftIgnoredAttribute"),
    ("ecs", "DeploymentLifecycleHook"),
    ("ecs", "EFSAuthorizationConfig"),
    ("ecs", "EFSVolumeConfiguration"),
    ("ecs", "PlacementStrategy"),
    ("ecs", "S3FilesVolumeConfiguration"),
    ("ecs", "ServiceManagedEBSVolumeConfiguration"),
    ("secretsmanager", "ReplicationStatusType"),
}
# What the prose of these says restricts no answer.
DEFAULTS, DOES = "of what is asked for", "what AWS does, and not what it answers"
BESIDE = {
    ("cloudformation", "GetTemplateOutput", "StagesAvailable"): DOES,
    ("cloudformation", "ResourceChange", "Replacement"): DOES,
    ("cloudformation", "ResourceTargetDefinition", "RequiresRecreation"): "its enumeration",
    ("ecs", "ContainerDefinition", "cpu"): DEFAULTS,
    ("ecs", "ContainerDefinition", "essential"): DEFAULTS,
    ("ecs", "DeploymentConfiguration", "maximumPercent"): DOES,
    ("ecs", "DeploymentConfiguration", "minimumHealthyPercent"): DOES,
    ("ecs", "HealthCheck", "interval"): DEFAULTS,
    ("ecs", "HealthCheck", "retries"): DEFAULTS,
    ("ecs", "HealthCheck", "startPeriod"): DEFAULTS,
    ("ecs", "HealthCheck", "timeout"): DEFAULTS,
    ("ecs", "LinuxParameters", "maxSwap"): DEFAULTS,
    ("ecs", "TaskDefinition", "revision"): DOES,
    ("ecs", "TaskSet", "computedDesiredCount"): DOES,
    ("ecs", "TaskSet", "startedBy"): "of external deployments",
    ("lambda", "EnvironmentResponse", "Variables"): "of CloudTrail",
    ("lambda", "FunctionConfiguration", "Environment"): "of CloudTrail",
    ("lambda", "GetFunctionResponse", "Tags"): "of permissions",
}

RESTRICTS = re.compile(
    r"\b(null|omitted|specified only|always|(isn.t|not) used"
    r"|only (be |specified |one |valid )?(returned|if|when|for|present|specified|target)"
    r"|not (included|returned|present|populated|applicable))\b",
    re.IGNORECASE,
)


def sentences(documentation: str) -> Iterator[str]:
    """Those that restrict what an answer may have."""
    text = html.unescape(re.sub(r"<[^>]+>", "", documentation))
    for one in re.split(r"(?<=[.!])\s+|\n", text):
        if RESTRICTS.search(one):
            yield " ".join(one.split())


def structures(shape: Shape | None, known: frozenset[str] = frozenset()) -> Iterator[Shape]:
    """Of an answer, each once on each way."""
    if shape is None or shape.name in known:
        return
    known |= {shape.name}
    if shape.type_name == "structure":
        yield shape
        for member in shape.members.values():
            yield from structures(member, known)
    elif shape.type_name in ("list", "map"):
        yield from structures(shape.member if shape.type_name == "list" else shape.value, known)


def mistakes(model: OperationModel, answer: Answer) -> Iterator[str]:
    """What AWS would not answer, with the sentence that says so."""
    service = model.service_model.service_name
    if model.name not in OPERATIONS.get(service, (model.name,)):
        yield "nobody has read its prose: add it to OPERATIONS"
    for shape, place in places(answer, model.output_shape, (), model.name):
        if (service, shape) in ABSENT:
            yield f"{shape}: what its prose says is held against nothing"
        for rule in RULES:
            if (rule.service, rule.shape) == (service, shape) and not rule.holds(place):
                yield f"{shape}.{rule.member}: {rule.prose}"


def places(
    value: Any, shape: Shape | None, within: tuple[Answer, ...], operation: str
) -> Iterator[tuple[str, Place]]:
    """Every structure of an answer, with the name of its shape."""
    if shape is None:
        return
    inner: list[tuple[Any, Shape]] = []
    if shape.type_name == "structure":
        yield shape.name, Place(value, within, operation)
        inner = [(one, shape.members[name]) for name, one in value.items()]
        within = (value, *within)
    elif shape.type_name == "list":
        inner = [(one, shape.member) for one in value]
    elif shape.type_name == "map":
        inner = [(one, shape.value) for one in value.values()]
    for one, its_shape in inner:
        yield from places(one, its_shape, within, operation)
