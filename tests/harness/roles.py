"""A ministack that enforces rights, and on it the table and the roles of our templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.cloudformation import Stacks, Template, client, load, parameters, part_of
from harness.fault_proxy import FaultProxy
from harness.ministack import REGION, Ministack
from harness.recorder import Keys, Recorder

ENVIRONMENT = "dev"
# Who runs as which role of which stack.
SERVER = ("service", "TaskRole")
FUNCTION = ("function", "FunctionRole")
OPERATOR = ("table", "OperatorRole")
AGENT = ("service", "ExecutionRole")
ACCOUNT = "000000000000"  # ministack's
SECRETS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
ACCESS = f"{SECRETS}:picus-access-AbCdEf"
IMAGE = "picus@sha256:" + "0" * 64
DEFINITION = ("AttributeDefinitions", "KeySchema")

Policy = dict[str, Any]


def stack_name(stack: str) -> str:
    return f"picus-{ENVIRONMENT}-{stack}"


class Roles:
    """Programs are sent to `url`, where their calls are recorded."""

    def __init__(self, directory: Path, function: Template) -> None:
        self.ministack = Ministack(directory, AUTH="true")
        self.recorder = Recorder()
        self._proxy = FaultProxy(self.ministack.port)
        self._proxy.strike(self.recorder)
        self._stacks = Stacks(self.ministack)
        self._create("table", part_of(load("table"), {OPERATOR[1]}, {"TableName", "TableArn"}))
        self._create("registry", part_of(load("registry"), {"Repository"}, {"RepositoryArn"}))
        self._create("service", part_of(load("service"), {SERVER[1], AGENT[1]}))
        self._create("function", part_of(function, {FUNCTION[1]}))
        self.table = self._stacks.outputs[stack_name("table")]["TableName"]
        # What AWS's own programs use, as policies name it.
        logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
        self.resources = {
            "repository": self._stacks.outputs[stack_name("registry")]["RepositoryArn"],
            "task_logs": f"{logs}:{self._physical('service', 'TaskLogs')}:log-stream:s",
            "function_logs": f"{logs}:{self._physical('function', 'DeleteLogGroup')}:log-stream:s",
            "other_logs": f"{logs}:another:log-stream:s",
            "access": ACCESS,
            "other_secret": f"{SECRETS}:another-AbCdEf",
            "other_repository": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/another",
        }

    def _create(self, stack: str, template: Template) -> None:
        table = self._stacks.outputs.get(stack_name("table"), {}).get("TableName", "")
        handed = {
            "TableName": table,
            "HostNames": "localhost",
            "DrainSeconds": "20",
            "AuthArn": ACCESS,
        }
        given = {"Image": IMAGE, **handed, **parameters(ENVIRONMENT, stack)}
        self._stacks.create(stack_name(stack), template, given)

    def _physical(self, stack: str, logical: str) -> str:
        return self._stacks.physical(stack_name(stack), logical)

    @property
    def url(self) -> str:
        return self._proxy.url

    @property
    def options(self) -> tuple[str, ...]:
        """What `picus` has to be told to use the table."""
        return ("--table", self.table, "--region", REGION, "--endpoint-url", self.url)

    def aws(self, service: str) -> Any:
        """A caller who may do everything."""
        return client(self.ministack, service)

    def policy(self, stack: str, role: str) -> Policy:
        """All that a role of ours may do, as one document."""
        iam = self.aws("iam")
        name = self._physical(stack, role)
        assert not iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        statements: list[Any] = []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            statements += json.loads(json.dumps(document))["Statement"]
        return {"Version": "2012-10-17", "Statement": statements}

    def session(self, stack: str, role: str) -> Keys:
        """The credentials of a role of ours."""
        return self.assume(self._physical(stack, role))

    def session_with(self, role: str, policy: Policy) -> Keys:
        """The credentials of a role that is made now, with these rights."""
        everyone = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [everyone]})
        iam = self.aws("iam")
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=json.dumps(policy))
        return self.assume(role)

    def assume(self, role: str) -> Keys:
        arn = self.aws("iam").get_role(RoleName=role)["Role"]["Arn"]
        taken = self.aws("sts").assume_role(RoleArn=arn, RoleSessionName="picus")["Credentials"]
        keys = {
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }
        self.recorder.admit(role, keys)
        return keys

    def empty_table(self) -> None:
        """By another table of the same name and definition."""
        dynamodb = self.aws("dynamodb")
        dynamodb.update_table(TableName=self.table, DeletionProtectionEnabled=False)
        described = dynamodb.describe_table(TableName=self.table)["Table"]
        dynamodb.delete_table(TableName=self.table)
        dynamodb.create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            **{name: described[name] for name in DEFINITION},
        )

    def stop(self) -> None:
        self._proxy.stop()
        self.ministack.stop()
