"""All stacks are created, updated and deleted, in their order, with the parameters of the files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from templates import stacks
from templates.emulators import PROGRAMS, Emulator

REST_SECONDS = 60
IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/picus@sha256:{'0' * 64}"
GIVEN = {"service": {"Image": IMAGE}, "delivery": {"VerifyPackage": "picus-verify.zip"}}
HOST = "picus.example.com"
# Each condition of each template is false in one of the two, and true in the other.
VARIANTS: dict[str, dict[str, dict[str, str]]] = {
    "dev": {
        "network": {"ZoneA": "us-east-1b", "ZoneB": "us-east-1c"},
        "balancer": {"OperatorCidr": ""},
    },
    "prod": {
        "table": {"BillingMode": "PROVISIONED"},
        "balancer": {"HostName": HOST, "Scheme": "internet-facing"},
        "observability": {"AlarmEmail": "someone@example.com", "Metrics": "emf"},
        "pipeline": {"Subjects": "repo:somebody/picus:environment:prod"},
    },
}
CHANGED = {
    "network": {"FlowLogRetentionDays": "30"},
    "table": {"TargetPercent": "60"},
    "balancer": {"LogRetentionDays": "30"},
    "service": {"CpuUnits": "1024", "MemoryMiB": "2048", "LogRetentionDays": "60"},
    "observability": {"LatencySeconds": "2"},
    "delivery": {"BlueMinutes": "7"},
    "pipeline": {"Subjects": "repo:somebody/other:environment:dev"},
}
# moto forgets a log group that changes.
NOT_IN_MOTO = {("network", "FlowLogRetentionDays"), ("service", "LogRetentionDays")}
# Made by osls from serverless.yml, which tests/serverless creates; the others need its export.
FUNCTION = {
    "Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}},
    "Outputs": {
        "FunctionName": {
            "Value": "delete",
            "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-FunctionName"}},
        }
    },
}


class Site:
    """The stacks of one environment on one emulator."""

    def __init__(self, emulator: Emulator, environment: str) -> None:
        self.emulator = emulator
        self._environment = environment
        self._cloudformation = emulator.client("cloudformation")
        self.parameters: dict[str, dict[str, str]] = {}
        for kind in stacks.ORDER:
            own = stacks.parameters(environment)[kind] if kind != "function" else {}
            variant = VARIANTS[environment].get(kind, {})
            self.parameters[kind] = {**own, **GIVEN.get(kind, {}), **variant}
        if self.parameters["balancer"]["HostName"]:
            certificate = emulator.client("acm").request_certificate(DomainName=HOST)
            self.parameters["balancer"]["CertificateArn"] = certificate["CertificateArn"]

    def name(self, kind: str) -> str:
        return f"picus-{self._environment}-{kind}"

    def template(self, kind: str) -> stacks.Template:
        whole = FUNCTION if kind == "function" else stacks.load(kind)
        return self.emulator.adapted(whole, self.parameters[kind])

    def create(self, kind: str) -> dict[str, Any]:
        for name, (source, output) in stacks.HANDED.get(kind, {}).items():
            if kind != "function":
                self.parameters[kind][name] = self.outputs(source)[output]
        self._cloudformation.create_stack(**self._request(kind))
        return self._at_rest(kind, "CREATE_COMPLETE")

    def update(self, kind: str, changed: dict[str, str]) -> dict[str, Any]:
        self.parameters[kind] |= changed
        self._cloudformation.update_stack(**self._request(kind))
        return self._at_rest(kind, "UPDATE_COMPLETE")

    def delete(self, kind: str) -> None:
        identifier = self.stack(kind)["StackId"]
        self._cloudformation.delete_stack(StackName=self.name(kind))
        deadline = time.monotonic() + REST_SECONDS
        while True:
            try:
                (said,) = self._cloudformation.describe_stacks(StackName=identifier)["Stacks"]
            except ClientError:
                return
            if said["StackStatus"] == "DELETE_COMPLETE":
                return
            assert "FAILED" not in said["StackStatus"], self._failures(kind)
            assert time.monotonic() < deadline

    def stack(self, kind: str) -> dict[str, Any]:
        (said,) = self._cloudformation.describe_stacks(StackName=self.name(kind))["Stacks"]
        return dict(said)

    def outputs(self, kind: str) -> dict[str, str]:
        return {one["OutputKey"]: one["OutputValue"] for one in self.stack(kind).get("Outputs", [])}

    def physical(self, kind: str, logical: str) -> str:
        said = self._cloudformation.describe_stack_resources(StackName=self.name(kind))
        (found,) = (
            one["PhysicalResourceId"]
            for one in said["StackResources"]
            if one.get("LogicalResourceId") == logical
        )
        return str(found)

    def made(self, kind: str) -> set[str]:
        said = self._cloudformation.describe_stack_resources(StackName=self.name(kind))
        return {
            one["LogicalResourceId"] for one in said["StackResources"] if "LogicalResourceId" in one
        }

    def _request(self, kind: str) -> dict[str, Any]:
        return {
            "StackName": self.name(kind),
            "TemplateBody": json.dumps(self.template(kind)),
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in self.parameters[kind].items()
            ],
        }

    def _at_rest(self, kind: str, wanted: str) -> dict[str, Any]:
        deadline = time.monotonic() + REST_SECONDS
        while (said := self.stack(kind))["StackStatus"].endswith("_IN_PROGRESS"):
            assert time.monotonic() < deadline, f"{kind} is still {said['StackStatus']}"
        assert said["StackStatus"] == wanted, self._failures(kind)
        return said

    def _failures(self, kind: str) -> list[str]:
        events = self._cloudformation.describe_stack_events(StackName=self.name(kind))
        return [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events["StackEvents"]
            if event["ResourceStatus"].endswith("FAILED")
        ]


@pytest.fixture(scope="module", params=[*PROGRAMS])
def emulator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    directory: Path = tmp_path_factory.mktemp(request.param)
    running = Emulator(request.param, directory)
    yield running
    running.stop()


def expected(site: Site, kind: str, part: str) -> set[str]:
    """The resources or outputs that the parameters ask for."""
    template = site.template(kind)
    holding = stacks.conditions(template, site.parameters[kind])
    return {
        name
        for name, one in template.get(part, {}).items()
        if "Condition" not in one or holding[one["Condition"]]
    }


@pytest.mark.parametrize("environment", stacks.ENVIRONMENTS)
def test_all_stacks_are_created_updated_and_deleted(emulator: Emulator, environment: str) -> None:
    site = Site(emulator, environment)
    for kind in stacks.ORDER:
        site.create(kind)
        assert site.made(kind) == expected(site, kind, "Resources"), kind
        if kind != "function":
            assert set(site.outputs(kind)) == expected(site, kind, "Outputs"), kind
    check_what_was_made(site)
    before = site.outputs("service")["TaskDefinition"]
    for kind, every_change in CHANGED.items():
        left_out = NOT_IN_MOTO if emulator.name == "moto" else set()
        changed = {k: v for k, v in every_change.items() if (kind, k) not in left_out}
        if not changed:
            continue
        said = site.update(kind, changed)
        given = {one["ParameterKey"]: one["ParameterValue"] for one in said["Parameters"]}
        assert all(value in given[name] for name, value in changed.items()), kind
    check_what_was_changed(site, before)
    for kind in reversed(stacks.ORDER):
        if (emulator.name, kind) == ("moto", "network"):
            delete_route_tables(site)
        site.delete(kind)
    check_what_stays(site)


def check_what_was_made(site: Site) -> None:
    (service,) = services(site)
    assert service["taskDefinition"] == site.outputs("service")["TaskDefinition"]
    listeners = site.emulator.client("elbv2").describe_listeners(
        LoadBalancerArn=site.physical("balancer", "LoadBalancer")
    )["Listeners"]
    secure = bool(site.parameters["balancer"]["CertificateArn"])
    assert {(one["Port"], one["Protocol"]) for one in listeners} == (
        {(443, "HTTPS"), (8443, "HTTPS"), (80, "HTTP")}
        if secure
        else {(80, "HTTP"), (8080, "HTTP")}
    )


def services(site: Site) -> list[dict[str, Any]]:
    names = site.outputs("service")
    client = site.emulator.client("ecs")
    said = client.describe_services(cluster=names["Cluster"], services=[names["ServiceName"]])
    return list(said["services"])


def check_what_was_changed(site: Site, before: str) -> None:
    """A new task definition is a revision of the same family, and does not reach the service."""
    (service,) = services(site)
    assert service["taskDefinition"] == before
    if site.emulator.name == "ministack":  # changes no task definition; moto, no log group
        groups = site.emulator.client("logs").describe_log_groups()["logGroups"]
        assert 60 in {group.get("retentionInDays") for group in groups}
        return
    after = site.outputs("service")["TaskDefinition"]
    assert after != before
    assert after.rsplit(":", 1)[0] == before.rsplit(":", 1)[0]


def delete_route_tables(site: Site) -> None:
    """moto's CloudFormation leaves them, and then refuses to delete the VPC."""
    client = site.emulator.client("ec2")
    vpc = {"Name": "vpc-id", "Values": [site.outputs("network")["Vpc"]]}
    for table in client.describe_route_tables(Filters=[vpc])["RouteTables"]:
        if not any(one["Main"] for one in table["Associations"]):
            client.delete_route_table(RouteTableId=table["RouteTableId"])


def check_what_stays(site: Site) -> None:
    if site.emulator.name == "ministack":  # retains nothing
        return
    tables = site.emulator.client("dynamodb").list_tables()["TableNames"]
    assert [name for name in tables if name.startswith(site.name("table"))]
