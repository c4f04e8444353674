"""Whether a policy is what a program needs, no less and no more."""

from __future__ import annotations

import http.client
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from harness.cloudformation import SESSION, client
from harness.ministack import REGION
from harness.recorder import Keys
from harness.roles import ACCOUNT, Policy, Roles
from rights.programs import Program

OTHER_TABLE = "somebody-elses"
NUMBERS = itertools.count(1)
# Calls that need nothing to be known, one of each service that keeps something worth having.
ELSEWHERE = (
    ("s3", "list_buckets"),
    ("iam", "list_roles"),
    ("lambda", "list_functions"),
    ("ecs", "list_clusters"),
    ("ecr", "describe_repositories"),
    ("logs", "describe_log_groups"),
    ("ssm", "describe_parameters"),
    ("secretsmanager", "list_secrets"),
    ("kms", "list_keys"),
    ("sns", "list_topics"),
    ("sqs", "list_queues"),
    ("cloudformation", "list_stacks"),
    ("cloudwatch", "list_metrics"),
    ("ec2", "describe_vpcs"),
    ("elbv2", "describe_load_balancers"),
)
REFUSALS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")


@dataclass(frozen=True)
class Job:
    """What runs in a role: a program of ours, and what AWS itself does in the role's name.

    Of the latter: actions, and the names of resources (Roles.resources) or `*`.
    """

    program: Program | None
    platform: frozenset[tuple[str, str]] = frozenset()
    outside: frozenset[tuple[str, str]] = frozenset()  # what belongs to somebody else


def as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def granted(policy: Policy) -> set[str]:
    actions: set[str] = set()
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow", statement
        actions |= set(as_list(statement["Action"]))
    return actions


def allows(policy: Policy, action: str, resource: str) -> bool:
    context = EvalContext("arn", "AssumedRole", ACCOUNT, action, resource, REGION)
    return bool(evaluate(context, [parse_policy_document(policy)]).decision == "Allow")


@dataclass(frozen=True)
class Trial:
    """A job under a policy, in a role that was made for it."""

    roles: Roles
    job: Job
    policy: Policy
    role: str
    keys: Keys


def trial(roles: Roles, job: Job, policy: Policy) -> Trial:
    role = f"trial-{next(NUMBERS)}"
    return Trial(roles, job, policy, role, roles.session_with(role, policy))


def too_little(trial: Trial, picus: Path, directory: Path) -> Iterator[str]:
    """In words, what cannot be done. Afterwards it is known what was used."""
    yield from about_platform(trial)
    if trial.job.program:
        try:
            trial.job.program(picus, directory, trial.roles, trial.keys)
        except AssertionError as error:
            yield f"the program fails: {str(error)[:300]}"
    called = trial.roles.recorder.calls(trial.role)
    yield from sorted(f"refused: {call.action}" for call in called if not call.allowed)


def never_used(trial: Trial) -> Iterator[str]:
    called = trial.roles.recorder.calls(trial.role)
    used = {call.action for call in called if call.table == trial.roles.table}
    used |= {action for action, _ in trial.job.platform}
    yield from (f"never used: {action}" for action in sorted(granted(trial.policy) - used))


def too_much(trial: Trial) -> Iterator[str]:
    """What of other resources, and of other actions on the own one, is not refused."""
    for action, name in sorted(trial.job.outside):
        if allows(trial.policy, action, trial.roles.resources[name]):
            yield f"allowed: {action} on {name}"
    for operation in SESSION.get_service_model("dynamodb").operation_names:
        own = f"dynamodb:{operation}" in granted(trial.policy)
        for table in (OTHER_TABLE,) if own else (OTHER_TABLE, trial.roles.table):
            if passes(trial.roles, trial.keys, operation, table):
                yield f"allowed: {operation} on {table}"


def about_platform(trial: Trial) -> Iterator[str]:
    """Judged by ministack's rules, not by its services: they name these resources otherwise."""
    for action, name in sorted(trial.job.platform):
        if not allows(trial.policy, action, trial.roles.resources.get(name, name)):
            yield f"refused: {action} on {name}"


def elsewhere(roles: Roles, keys: Keys) -> Iterator[str]:
    """Calls of other services that are not refused."""
    names = {
        "aws_access_key_id": keys["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": keys["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": keys["AWS_SESSION_TOKEN"],
    }
    for service, call in ELSEWHERE:
        try:
            getattr(client(roles.ministack, service, **names), call)()
        except ClientError as error:
            if error.response["Error"]["Code"] in REFUSALS:
                continue
        yield f"{service}: {call}"


def passes(roles: Roles, keys: Keys, operation: str, table: str) -> bool:
    """Whether a call comes as far as to be understood."""
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
    }
    url = f"{roles.ministack.url}/"
    request = AWSRequest("POST", url, headers=headers, data=json.dumps({"TableName": table}))
    identity = Credentials(
        keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], keys["AWS_SESSION_TOKEN"]
    )
    SigV4Auth(identity, "dynamodb", REGION).add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", roles.ministack.port, timeout=60)
    try:
        connection.request("POST", "/", request.data, dict(request.headers))
        return b"AccessDenied" not in connection.getresponse().read()
    finally:
        connection.close()
