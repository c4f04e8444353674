"""What AWS would be told: read from the templates, the parameters and what `deploy/deploy` renders.

AWS waits for minutes where the rehearsal waits for seconds: all of CodeDeploy's, CloudWatch's and the load
balancer's times are multiplied by one scale. The times of the tasks themselves are as they are.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from picus_deploy import rendering
from picus_deploy.environment import DEPLOY, Environment

from rehearsal.alarm import AlarmRule
from rehearsal.balancer import HealthCheck
from rehearsal.cloudformation import Template
from rehearsal.site import DeploymentGroup, Step

VERIFY = "picus-verify"
SCALE = 1 / 60
INSTALL_SECONDS = 3600.0  # how long CodeDeploy waits for the replacement task set
CONFIGURATION = re.compile(
    r"CodeDeployDefault\.ECS(?:AllAtOnce|Canary(?P<canary>\d+)Percent(?P<bake>\d+)Minutes"
    r"|Linear(?P<part>\d+)PercentEvery(?P<pause>\d+)Minutes)"
)


def steps_of(configuration: str) -> list[Step]:
    """CodeDeploy's own deployment configurations by their names, in AWS's time."""
    found = CONFIGURATION.fullmatch(configuration)
    if not found:
        raise ValueError(f"no deployment configuration of CodeDeploy's for ECS: {configuration}")
    last = Step(100, 0)
    if found["canary"]:
        return [Step(int(found["canary"]), 60.0 * int(found["bake"])), last]
    if found["part"]:
        part = int(found["part"])
        return [Step(n, 60.0 * int(found["pause"])) for n in range(part, 100, part)] + [last]
    return [last]


def only(resources: dict[str, dict[str, Any]], what: str) -> dict[str, Any]:
    if len(resources) != 1:
        raise ValueError(f"not one {what}, but: {', '.join(resources) or 'none'}")
    return next(iter(resources.values()))


def camel(value: Any) -> Any:
    """As ECS's API spells the names of members."""
    if isinstance(value, list):
        return [camel(one) for one in value]
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: camel(one) for name, one in value.items()}
    return value


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
    """Of the templates of one environment."""

    def __init__(self, name: str, deploy: Path = DEPLOY) -> None:
        self._environment = Environment(name, deploy)
        self._deploy = deploy

    def template(self, stack: str) -> Template:
        path = self._deploy / "cloudformation" / f"{stack}.yaml"
        return Template(path, self._environment.parameters(stack))

    def target_group(self) -> dict[str, Any]:
        """The two are alike."""
        kind = "AWS::ElasticLoadBalancingV2::TargetGroup"
        found = list(self.template("balancer").resources(kind).values())
        rules = [{k: v for k, v in one.items() if k.startswith("Health")} for one in found]
        if len(found) != 2 or rules[0] != rules[1]:
            raise ValueError("the balancer has not two target groups with the same health checks")
        return found[0]

    def task_definition(self) -> dict[str, Any]:
        kind = "AWS::ECS::TaskDefinition"
        definition = only(self.template("service").resources(kind), kind)
        for container in definition["ContainerDefinitions"]:
            # What only AWS knows (the table's name, the Region) the rehearsal has to say itself.
            given = container.get("Environment", [])
            container["Environment"] = [one for one in given if not isinstance(one["Value"], dict)]
        result: dict[str, Any] = camel(definition)
        return result

    def alarm(self) -> dict[str, Any]:
        """The one of a target group's answers 5xx; both have their own."""
        alarms = self.template("observability").resources("AWS::CloudWatch::Alarm").values()
        found = [one for one in alarms if "HTTPCode_Target_5XX_Count" in json.dumps(one)]
        if not found:
            raise ValueError("no alarm watches the answers 5xx of the targets")
        return found[0]


def read_plan(name: str, deploy: Path = DEPLOY, scale: float = SCALE) -> Plan:
    """Of `dev` or `prod`."""
    reader = Reader(name, deploy)
    target_group = reader.target_group()
    attributes = {one["Key"]: one["Value"] for one in target_group["TargetGroupAttributes"]}
    kind = "AWS::CodeDeploy::DeploymentGroup"
    group = only(reader.template("delivery").resources(kind), kind)
    termination = group["BlueGreenDeploymentConfiguration"][
        "TerminateBlueInstancesOnDeploymentSuccess"
    ]
    kind = "AWS::ECS::Service"
    service = only(reader.template("service").resources(kind), kind)
    alarm = reader.alarm()
    periods = int(alarm["EvaluationPeriods"])
    return Plan(
        DeploymentGroup(
            rendering.CONTAINER,
            int(service["DesiredCount"]),
            [Step(one.percent, one.seconds * scale) for one in steps_of(group["DeploymentConfigName"])],
            60 * scale * float(termination["TerminationWaitTimeInMinutes"]),
            scale * float(attributes["deregistration_delay.timeout_seconds"]),
            scale * INSTALL_SECONDS,
            AlarmRule(
                float(alarm["Threshold"]),
                scale * float(alarm["Period"]),
                periods,
                int(alarm.get("DatapointsToAlarm", periods)),
            ),
        ),
        HealthCheck(
            target_group["HealthCheckPath"],
            scale * float(target_group["HealthCheckIntervalSeconds"]),
            int(target_group["HealthyThresholdCount"]),
            int(target_group["UnhealthyThresholdCount"]),
        ),
        reader.task_definition(),
    )
