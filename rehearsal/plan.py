"""What AWS would be told: read from the templates and parameters of an environment, and rendered
as `deploy/deploy` renders it.

AWS waits for minutes where the rehearsal waits for seconds: CodeDeploy's and CloudWatch's times are
multiplied by one scale. What a target group has to do with its targets, health checks and
deregistration, has a gentler one, since the programs' own times are as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.code_deploy_lifecycle import HOUR, Step, steps_of
from picus_deploy import rendering
from picus_deploy.environment import DEPLOY, HANDED, Environment
from rehearsal.alarm import AlarmRule
from rehearsal.balancer import GROUPS, HealthCheck
from rehearsal.cloudformation import Template
from rehearsal.site import DeploymentGroup

VERIFY = "picus-verify"
ACCESS = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:picus-access-AbCdEf"
SCALE = 1 / 60
TARGETS_SCALE = 1 / 20
METRIC_SECONDS = 60.0  # from the end of a period until CloudWatch has its metrics
SECRET = "PICUS_AUTH"  # of which the stage knows the text
# What the rehearsal says itself, since only AWS knows it, or since it is a time of AWS's.
SAID_HERE = {
    "PICUS_TABLE",
    "PICUS_REGION",
    "PICUS_DRAIN_DELAY",
    "PICUS_ALLOW_HOST",
    "PICUS_ENVIRONMENT_NAME",
}

Properties = dict[str, Any]


def camel(value: Any) -> Any:
    """As ECS's API spells the names of members."""
    if isinstance(value, list):
        return [camel(one) for one in value]
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: camel(one) for name, one in value.items()}
    return value


def target_group_of(alarm: Properties) -> str | None:
    """The one whose metric it watches, if it watches that of one."""
    found = [one for one in alarm["Dimensions"] if one["Name"] == "TargetGroup"]
    return next((group for group in GROUPS if f"-{group.title()}TargetGroup" in str(found)), None)


@dataclass(frozen=True)
class Plan:
    """Of one environment, with the rehearsal's times."""

    group: DeploymentGroup
    health: HealthCheck
    registered: dict[str, Any]  # the task definition that the service stack makes

    def render(self, directory: Path, image: str) -> None:
        """appspec.yaml and taskdef.json of a revision with this image."""
        appspec = rendering.appspec(image, VERIFY)
        (directory / "appspec.yaml").write_text(appspec, encoding="utf-8")
        definition = rendering.task_definition(self.registered, image)
        (directory / "taskdef.json").write_text(json.dumps(definition, indent=1), encoding="utf-8")


class Reader:
    """Of the templates of one environment, in the rehearsal's times."""

    def __init__(self, name: str, scale: float, deploy: Path) -> None:
        self._environment = Environment(name, deploy)
        self._scale = scale
        self._deploy = deploy

    def _template(self, stack: str) -> Template:
        path = self._deploy / "cloudformation" / f"{stack}.yaml"
        return Template(path, {**self._environment.parameters(stack), "AuthArn": ACCESS})

    def _target_group(self) -> Properties:
        """The two are alike."""
        kind = "AWS::ElasticLoadBalancingV2::TargetGroup"
        one, other = self._template("balancer").resources(kind).values()
        if one != other:
            raise ValueError("the two target groups differ")
        return one

    def health(self) -> HealthCheck:
        group = self._target_group()
        return HealthCheck(
            group["HealthCheckPath"],
            TARGETS_SCALE * float(group["HealthCheckIntervalSeconds"]),
            float(group["HealthCheckTimeoutSeconds"]),
            int(group["HealthyThresholdCount"]),
            int(group["UnhealthyThresholdCount"]),
        )

    def _deregistration_seconds(self) -> float:
        attributes = self._target_group()["TargetGroupAttributes"]
        name = "deregistration_delay.timeout_seconds"
        seconds = next(one["Value"] for one in attributes if one["Key"] == name)
        return TARGETS_SCALE * float(seconds)

    def _grace_seconds(self) -> float:
        service = self._template("service").only("AWS::ECS::Service")
        return TARGETS_SCALE * float(service["HealthCheckGracePeriodSeconds"])

    def registered(self) -> Properties:
        definition = self._template("service").only("AWS::ECS::TaskDefinition")
        for container in definition["ContainerDefinitions"]:
            given = {one["Name"]: one["Value"] for one in container["Environment"]}
            unknown = {name for name, value in given.items() if isinstance(value, dict)}
            unknown |= {one["Name"] for one in container["Secrets"]} - {SECRET}
            if not unknown <= SAID_HERE:
                raise ValueError(f"nobody says here what {unknown - SAID_HERE} are")
            container["Environment"] = [
                {"Name": name, "Value": value}
                for name, value in given.items()
                if name not in SAID_HERE
            ]
        result: Properties = camel(definition)
        return result

    def _tasks(self) -> int:
        """As many as there are when little is to do."""
        kind = "AWS::ApplicationAutoScaling::ScalableTarget"
        return int(self._template("service").only(kind)["MinCapacity"])

    def _alarms(self) -> list[AlarmRule]:
        """Those that stop deployments and watch one metric. Under constant load, those of the
        error rate would only repeat what the number of errors says."""
        observability = self._template("observability")
        alarms = observability.resources("AWS::CloudWatch::Alarm")
        _, handed = observability.output(HANDED["delivery"]["Alarms"][1])["Fn::Join"]
        watched = [alarms[one["Ref"]] for one in handed]
        return [self._alarm(one) for one in watched if "MetricName" in one]

    def _alarm(self, alarm: Properties) -> AlarmRule:
        periods = int(alarm["EvaluationPeriods"])
        return AlarmRule(
            alarm["MetricName"],
            target_group_of(alarm),
            alarm.get("Statistic") or alarm["ExtendedStatistic"],
            alarm["ComparisonOperator"],
            float(alarm["Threshold"]),
            self._scale * float(alarm["Period"]),
            periods,
            int(alarm.get("DatapointsToAlarm", periods)),
            self._scale * METRIC_SECONDS,
        )

    def group(self) -> DeploymentGroup:
        group = self._template("delivery").only("AWS::CodeDeploy::DeploymentGroup")
        ending = group["BlueGreenDeploymentConfiguration"][
            "TerminateBlueInstancesOnDeploymentSuccess"
        ]
        steps = steps_of(group["DeploymentConfigName"])
        return DeploymentGroup(
            tasks=self._tasks(),
            container=rendering.CONTAINER,
            steps=[Step(one.percent, one.seconds * self._scale) for one in steps],
            termination_wait_seconds=60
            * self._scale
            * float(ending["TerminationWaitTimeInMinutes"]),
            deregistration_seconds=self._deregistration_seconds(),
            grace_seconds=self._grace_seconds(),
            targets_scale=TARGETS_SCALE,
            install_seconds=self._scale * HOUR,
            alarms=self._alarms(),
        )


def read_plan(name: str, scale: float = SCALE, deploy: Path = DEPLOY) -> Plan:
    """Of `dev` or `prod`."""
    reader = Reader(name, scale, deploy)
    return Plan(reader.group(), reader.health(), reader.registered())
