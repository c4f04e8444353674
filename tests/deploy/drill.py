"""The first days of dev and prod in one account, as the pipeline's roles, in one go.

Each step begins where the one before it ended. Only what no pipeline may do is an administrator's:
to make its roles, and to destroy.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from deploy.account import as_role, client, subject, version
from deploy.auth import authenticate, configuration, store_parameter
from deploy.authorization import Grant, grants, needs
from deploy.aws_side import AwsSide
from deploy.deployer import Deployer, Done
from deploy.interruptions import leave_blue_waiting, until_done

ENVIRONMENTS = ("dev", "prod")
HOST = "picus.example.com"
# Each parameter of dev, and what it becomes.
CHANGES = {
    "network": {"NatPerZone": "true", "FlowLogRetentionDays": "30"},
    "table": {"BillingMode": "PROVISIONED", "DeletionProtection": "true"},
    "registry": {},
    "balancer": {
        "CertificateArn": "of ACM",
        "HostName": HOST,
        "ClientCidr": "10.0.0.0/8",
        "OperatorCidr": "10.1.0.0/16",
        "DeregistrationDelaySeconds": "30",
        "LogRetentionDays": "30",
        "DeletionProtection": "true",
    },
    "service": {
        "CpuArchitecture": "ARM64",
        "CpuUnits": "512",
        "MemoryMiB": "2048",
        "MinTasks": "2",
        "MaxTasks": "5",
        "LogRetentionDays": "30",
        "OtlpEndpoint": "https://xray.us-east-1.amazonaws.com",
        "CorsOrigin": "https://app.example.com",
    },
    "observability": {
        "AlarmEmail": "someone@example.com",
        "ReadUnitsPerMinute": "7000",
        "WriteUnitsPerMinute": "4000",
        "Metrics": "emf",
    },
    "limits": {},
    "delivery": {
        "DeploymentConfiguration": "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "BlueMinutes": "6",
        "LogRetentionDays": "30",
    },
    "function": {
        "LogRetentionDays": "30",
        "MemorySize": "512",
        "CorsOrigin": "https://app.example.com",
        "OtlpEndpoint": "https://xray.us-east-1.amazonaws.com",
        "ApiRequestsPerSecond": "200",
        "BasePath": "/store",
        "DeploymentConfiguration": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    },
}
ALARM = "ALARM_ACTIVE: One or more alarms have been activated"
BAD = [  # where prod stops, and why
    ("AfterAllowTestTraffic, blue 100 %, green 0 %", "AfterAllowTestTraffic did not succeed"),
    ("AllowTraffic, blue 90 %, green 10 %", ALARM),
    ("AfterAllowTraffic, blue 0 %, green 100 %", ALARM),
]
# What cannot change, what an administrator changes, and what has a step of its own.
FIXED = {"VpcCidr", "ZoneA", "ZoneB", "Scheme", "FunctionName", "EnvironmentName"}
FIXED |= {"NetworkStack", "RegistryStack", "BalancerStack", "ServiceStack"}
OTHERS = {"Subjects", "ExistingTable", "AuthArn", "Testers"}


class Drill:
    """Who works where, and what they were allowed to."""

    def __init__(self, aws: AwsSide, deployer: Deployer, *, interrupted: bool) -> None:
        self.aws, self.deployer = aws, deployer
        self._interrupted = interrupted
        self.administrator = deployer.credentials
        self._roles: dict[str, str] = {}

    def succeed(self, *words: str) -> str:
        """What it has printed in the end: at once, or after a kill at every change."""
        if not self._interrupted:
            return self.deployer.succeed(*words).out
        runs: list[Done] = []
        until_done(self.aws, self.deployer, *words, ended=runs.append)
        return runs[0].out

    def bootstrap(self, environment: str) -> None:
        self.deployer.set("pipeline", "Subjects", subject(environment), environment)
        out = self.succeed(environment, "--bootstrap", "--yes")
        self._roles[environment] = out.splitlines()[-1]

    @contextmanager
    def role_of(self, environment: str) -> Iterator[Deployer]:
        """Everything that is called inside has to be granted to the environment's role."""
        self.aws.forget()
        as_role(self.aws, self.deployer, self._roles[environment])
        self.aws.forget()
        yield self.deployer
        own = self.deployer.credentials["AWS_ACCESS_KEY_ID"]
        calls = [call for call in self.aws.calls if call.key_id == own]
        assert calls
        needed = {need for call in calls for need in needs(call, self.aws)}
        allowed = self._grants(environment)
        assert not [need for need in needed if not any(one.covers(need) for one in allowed)]
        self.deployer.credentials = self.administrator

    def _grants(self, environment: str) -> list[Grant]:
        name = self._roles[environment].rsplit("/", 1)[-1]
        iam = client(self.aws, "iam")
        policy = iam.get_role_policy(RoleName=name, PolicyName="deploy")["PolicyDocument"]
        return grants(policy if isinstance(policy, dict) else ast.literal_eval(policy))

    def parameters(self, environment: str, stack: str) -> dict[str, str]:
        name = f"picus-{environment}-{stack}"
        (said,) = client(self.aws, "cloudformation").describe_stacks(StackName=name)["Stacks"]
        return {one["ParameterKey"]: one["ParameterValue"] for one in said.get("Parameters", [])}

    def serving(self, environment: str) -> str:
        """The image that has the traffic."""
        out = self.deployer.succeed("status", environment).out
        (line,) = [line for line in out.splitlines() if line.startswith("running ")]
        return line.rsplit("@", 1)[-1]

    def fails(self, deployer: Deployer, environment: str, where: str, why: str) -> None:
        """A new image that does not come through, and what ran before that runs again."""
        before = self.serving(environment)
        deployer.new_image()
        self.aws.code_deploy.fail_next.append(where.partition(",")[0])
        done = deployer(environment, "--yes")
        assert done.code == 1, str(done)
        assert where in done.out
        assert f"{why}. Rolled back." in done.err
        assert self.serving(environment) == before


def first_days(drill: Drill) -> None:
    drill.deployer.set("observability", "AlarmEmail", "someone@picus.test", "prod")
    drill.aws.issues_tokens = True
    for environment in ENVIRONMENTS:
        only_who_may(drill, environment)
    bad_versions(drill)
    a_way_back_and_an_urgent_fix(drill)
    every_parameter_changes(drill)
    a_restored_table_is_served(drill)
    both_are_destroyed(drill)


def only_who_may(drill: Drill, environment: str) -> None:
    """Closed from the first day: the first deployment ends where verification would be refused."""
    name, deployer = f"/picus-{environment}/access", drill.deployer
    authenticate(deployer, store_parameter(drill.aws, configuration(), name), environment)
    drill.bootstrap(environment)
    with drill.role_of(environment):
        done = deployer(environment, "--yes")
        assert done.code == 1, str(done)
    (role,) = re.findall(r"has (arn:aws:iam::\S+) in `grants`", done.err)
    store_parameter(drill.aws, configuration(role), name)
    with drill.role_of(environment):
        drill.succeed(environment, "--yes")


def bad_versions(drill: Drill) -> None:
    """One that verification finds, one that alarms find with a tenth, and with all clients."""
    with drill.role_of("prod") as deployer:
        for where, why in BAD:
            drill.fails(deployer, "prod", where, why)
        drill.aws.code_deploy.function_fails = "BeforeAllowTraffic"
        before = version(drill.aws, function="picus-prod-delete")
        deployer.new_function()
        assert deployer("prod", "--yes").code == 1
        assert version(drill.aws, function="picus-prod-delete") == before


def a_way_back_and_an_urgent_fix(drill: Drill) -> None:
    with drill.role_of("prod") as deployer:
        drill.succeed("prod", "--yes")
        before = drill.serving("prod")
        deployer.new_image()
        drill.succeed("prod", "--yes")
        drill.aws.code_deploy.alarms_ring = True
        drill.succeed("rollback", "prod")
        assert drill.serving("prod") == before
        drill.aws.code_deploy.alarms_ring = False
        leave_blue_waiting(drill.aws, deployer, "prod")
        digest = deployer.new_image()
        drill.succeed("prod", "--yes", "--skip-wait")
        assert drill.serving("prod") == digest


def every_parameter_changes(drill: Drill) -> None:
    path = drill.deployer.root / "deploy" / "parameters" / "dev.yaml"
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    for stack, values in given.items():
        left = set(values or {}) - FIXED - OTHERS
        assert left == set(CHANGES.get(stack, {})), stack
    asked = client(drill.aws, "acm").request_certificate(DomainName=HOST)
    CHANGES["balancer"]["CertificateArn"] = asked["CertificateArn"]
    for stack, changes in CHANGES.items():
        for name, value in changes.items():
            quoted = f"'{value}'" if "/" in value else value
            drill.deployer.set(stack, name, quoted)
    with drill.role_of("dev") as deployer:
        digest = deployer.new_image("arm64")
        out = drill.succeed("dev")
        assert out.splitlines()[-1] == f"https://{HOST}"
        assert drill.serving("dev") == digest
        (container,) = definition_of(drill)["containerDefinitions"]
        given = {one["name"]: one["value"] for one in container["environment"]}
        assert given["PICUS_DRAIN_DELAY"] == "30s"
        assert given["PICUS_ALLOW_HOST"].startswith(f"{HOST},")
        assert given["PICUS_CORS_ORIGIN"] == "https://app.example.com"
        assert given["PICUS_METRICS"] == "emf"
    for stack, changes in CHANGES.items():
        if stack != "function":
            now = drill.parameters("dev", stack)
            assert {name: now[name] for name in changes} == changes, stack
    function = clients_function(drill)
    assert function["MemorySize"] == 512
    variables = function["Environment"]["Variables"]
    assert variables["PICUS_BASE_PATH"] == "/store"
    assert variables["PICUS_CORS_ORIGIN"] == "https://app.example.com"


def definition_of(drill: Drill) -> dict[str, Any]:
    """The newest task definition of dev, which is what serves."""
    ecs = client(drill.aws, "ecs")
    found = ecs.describe_task_definition(taskDefinition="picus-dev-service")
    return dict(found["taskDefinition"])


def clients_function(drill: Drill) -> dict[str, Any]:
    """As the version of dev's clients is."""
    found = client(drill.aws, "lambda").get_function(
        FunctionName="picus-dev-delete", Qualifier=version(drill.aws)
    )
    return dict(found["Configuration"])


def a_restored_table_is_served(drill: Drill) -> None:
    tables = client(drill.aws, "dynamodb")
    restored = "picus-dev-restored-1"
    old = [one for one in tables.list_tables()["TableNames"] if one.startswith("picus-dev-table-")]
    tables.create_table(
        TableName=restored,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    drill.deployer.set("table", "ExistingTable", restored)
    with drill.role_of("dev"):
        drill.succeed("dev")
    variables = clients_function(drill)["Environment"]["Variables"]
    assert variables["PICUS_TABLE"] == restored
    assert set(old) < set(tables.list_tables()["TableNames"])
    drill.deployer.set("table", "ExistingTable", "''")
    done = drill.deployer("dev")
    assert done.code == 1, str(done)
    assert f"{old[0]} of an earlier dev still has its items" in done.err


def both_are_destroyed(drill: Drill) -> None:
    """Not by accident, and no table with them."""
    deployer, tables = drill.deployer, client(drill.aws, "dynamodb")
    before = tables.list_tables()["TableNames"]
    done = deployer("destroy", "prod", "--yes")
    assert done.code == 1, str(done)
    assert "Add --unprotect" in done.err
    assert "and 12 of its stacks are protected from deletion" in done.err
    with pytest.raises(ClientError, match="TerminationProtection"):
        client(drill.aws, "cloudformation").delete_stack(StackName="picus-prod-table")
    for environment in ENVIRONMENTS:
        drill.succeed("destroy", environment, "--yes", "--unprotect")
        assert "CREATE_COMPLETE" not in deployer("status", environment).out
    assert tables.list_tables()["TableNames"] == before
    (protected,) = [one for one in before if one.startswith("picus-prod-")]
    assert tables.describe_table(TableName=protected)["Table"]["DeletionProtectionEnabled"]
