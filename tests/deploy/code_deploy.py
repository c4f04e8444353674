"""AWS's side of a blue/green deployment, which no emulator has: a stand-in for CodeDeploy.

It takes a deployment through its lifecycle, one event each time that somebody asks, and moves the
service of moto's ECS at the end, or back. How the deployments go is the test's to say.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from moto.ecs import ecs_backends

EVENTS = (
    "Install",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
SHIFTED = EVENTS.index("AllowTraffic")
ON_ITS_WAY = ("Created", "InProgress")

Answer = dict[str, Any]


class RefusedError(Exception):
    """An error that CodeDeploy answers."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Deployment:
    identifier: str
    group: tuple[str, str]
    revision: Answer
    task_definition: str
    before: str
    description: str = ""
    fails: str = ""  # the event that fails it
    status: str = "Created"
    event: int = -1
    error: Answer = field(default_factory=dict)
    rollback: str = ""


class CodeDeploy:
    """All groups of one account and Region. `fail_next`: at which event the next ones fail."""

    def __init__(self, account: str, region: str) -> None:
        self._ecs = lambda: ecs_backends[account][region]
        self.groups: dict[tuple[str, str], tuple[str, str]] = {}  # to cluster and service
        self.deployments: dict[str, Deployment] = {}
        self.fail_next: deque[str] = deque()
        self.paused = False
        self._operations: dict[str, Callable[[Answer], Answer]] = {
            "CreateDeployment": self._create,
            "GetDeployment": self._get,
            "ListDeployments": self._list,
            "StopDeployment": self._stop,
            "GetDeploymentTarget": self._target,
        }

    def answer(self, operation: str, parameters: Answer) -> tuple[int, bytes]:
        """Status and body."""
        try:
            return 200, json.dumps(self._operations[operation](parameters)).encode()
        except RefusedError as error:
            return 400, json.dumps({"__type": error.code, "message": error.code}).encode()

    def _service(self, group: tuple[str, str]) -> Any:
        cluster, service = self.groups[group]
        return self._ecs().services[f"{cluster}:{service}"]

    def _create(self, asked: Answer) -> Answer:
        group = (asked["applicationName"], asked["deploymentGroupName"])
        if group not in self.groups:
            raise RefusedError("DeploymentGroupDoesNotExistException")
        if any(d.group == group and d.status in ON_ITS_WAY for d in self.deployments.values()):
            raise RefusedError("DeploymentLimitExceededException")
        spec = asked["revision"]["appSpecContent"]
        if hashlib.sha256(spec["content"].encode()).hexdigest() != spec["sha256"]:
            raise RefusedError("InvalidRevisionException")
        properties = yaml.safe_load(spec["content"])["Resources"][0]["TargetService"]["Properties"]
        arn = properties["TaskDefinition"]
        definition = self._ecs().describe_task_definition(arn)
        made: list[Answer] = definition.container_definitions
        containers = {c["name"]: c for c in made}
        balanced = properties["LoadBalancerInfo"]
        ports = containers[balanced["ContainerName"]]["portMappings"]
        assert balanced["ContainerPort"] in [port["containerPort"] for port in ports]
        fails = self.fail_next.popleft() if self.fail_next else ""
        before = self._service(group).task_definition
        begun = self._begin(group, asked["revision"], arn, before)
        self.deployments[begun].description = asked.get("description", "")
        self.deployments[begun].fails = fails
        return {"deploymentId": begun}

    def _begin(self, group: tuple[str, str], revision: Answer, arn: str, before: str) -> str:
        identifier = f"d-{len(self.deployments) + 1:09}"
        self.deployments[identifier] = Deployment(identifier, group, revision, arn, before)
        return identifier

    def _get(self, asked: Answer) -> Answer:
        one = self._find(asked)
        self._step(one)
        said: Answer = {
            "deploymentId": one.identifier,
            "status": one.status,
            "revision": one.revision,
            "description": one.description,
        }
        if one.error:
            said["errorInformation"] = one.error
        if one.rollback:
            said["rollbackInfo"] = {"rollbackDeploymentId": one.rollback}
        return {"deploymentInfo": said}

    def _step(self, one: Deployment) -> None:
        if one.status not in ON_ITS_WAY or self.paused:
            return
        one.status = "InProgress"
        if one.event >= 0 and EVENTS[one.event] == one.fails:
            self._end(one, "Failed", "LAMBDA" if one.event < SHIFTED else "ALARM_ACTIVE")
            return
        one.event += 1
        if one.event >= SHIFTED:
            self._service(one.group).task_definition = one.task_definition
        if one.event == len(EVENTS):
            one.status = "Succeeded"

    def _end(self, one: Deployment, status: str, code: str) -> None:
        """With the rollback that our deployment group asks for."""
        one.status = status
        one.error = {"code": code, "message": f"{EVENTS[max(one.event, 0)]} did not succeed"}
        self._service(one.group).task_definition = one.before
        one.rollback = self._begin(one.group, one.revision, one.before, one.before)

    def _stop(self, asked: Answer) -> Answer:
        one = self._find(asked)
        if one.status not in ON_ITS_WAY:
            raise RefusedError("DeploymentAlreadyCompletedException")
        assert asked["autoRollbackEnabled"] is True
        self._end(one, "Stopped", "MANUAL_STOP")
        return {"status": "Succeeded"}

    def _list(self, asked: Answer) -> Answer:
        group = (asked["applicationName"], asked["deploymentGroupName"])
        if group not in self.groups:
            raise RefusedError("DeploymentGroupDoesNotExistException")
        wanted = asked["includeOnlyStatuses"]
        found = [
            d.identifier
            for d in reversed(self.deployments.values())
            if d.group == group and d.status in wanted
        ]
        return {"deployments": found}

    def _target(self, asked: Answer) -> Answer:
        one = self._find(asked)
        if one.event < 0:
            raise RefusedError("DeploymentTargetDoesNotExistException")
        assert asked["targetId"] == ":".join(self.groups[one.group])
        begun = EVENTS[: one.event + 1]
        shifted = 100.0 if one.event > SHIFTED else 10.0 if one.event == SHIFTED else 0.0
        target = {
            "deploymentId": one.identifier,
            "lifecycleEvents": [
                {"lifecycleEventName": e, "status": "InProgress" if e in begun else "Pending"}
                for e in EVENTS
            ],
            "taskSetsInfo": [
                {"taskSetLabel": "Blue", "trafficWeight": 100.0 - shifted},
                {"taskSetLabel": "Green", "trafficWeight": shifted},
            ],
        }
        return {"deploymentTarget": {"deploymentTargetType": "ECSTarget", "ecsTarget": target}}

    def _find(self, asked: Answer) -> Deployment:
        if asked["deploymentId"] not in self.deployments:
            raise RefusedError("DeploymentDoesNotExistException")
        return self.deployments[asked["deploymentId"]]
