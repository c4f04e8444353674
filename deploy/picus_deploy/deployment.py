"""CodeDeploy: a deployment from its creation, or from wherever it is, to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from botocore.exceptions import ClientError

from picus_deploy import rendering
from picus_deploy.aws import Aws
from picus_deploy.errors import DeployError, code_of
from picus_deploy.progress import Pause, Progress

ON_ITS_WAY = ("Created", "Queued", "InProgress", "Baking", "Ready")
# The end of a description: what had the traffic before.
BEFORE = re.compile(r"; before it (arn:\S+)$")
# CodeDeploy tells of a target only after it has begun with it.
NO_TARGET_YET = ("DeploymentTargetDoesNotExistException", "DeploymentNotStartedException")


def task_definition_of(said: dict[str, Any]) -> str:
    """What a deployment brings, by what GetDeployment says of it. Rollbacks name it too."""
    content = said["revision"]["appSpecContent"]["content"]
    properties = yaml.safe_load(content)["Resources"][0]["TargetService"]["Properties"]
    return str(properties["TaskDefinition"])


@dataclass(frozen=True)
class Group:
    """From the outputs of the delivery stack; the target is CodeDeploy's name for the service."""

    application: str
    name: str
    verify_function: str
    target: str

    @staticmethod
    def of(outputs: dict[str, str], target: str) -> Group:
        return Group(
            outputs["Application"], outputs["DeploymentGroup"], outputs["VerifyFunction"], target
        )


class Deployments:
    """Those of one deployment group."""

    def __init__(self, aws: Aws, group: Group, progress: Progress, pause: Pause) -> None:
        self._client = aws.client("codedeploy")
        self._group = group
        self._progress = progress
        self._pause = pause

    def on_their_way(self) -> list[str]:
        """At most one: CodeDeploy takes no second for the same group."""
        return list(self._list(*ON_ITS_WAY))

    def history(self) -> Iterator[str]:
        """The task definitions that had the traffic, the last one first.

        The oldest is what ran before the first deployment.
        """
        said: dict[str, Any] = {}
        for identifier in self._list("Succeeded"):
            said = self._get(identifier)
            yield task_definition_of(said)
        yield from BEFORE.findall(said.get("description", ""))

    def task_definition(self, identifier: str) -> str:
        return task_definition_of(self._get(identifier))

    def create(self, task_definition: str, before: str, why: str) -> str:
        """From one task definition to another; its id."""
        text = rendering.appspec(task_definition, self._group.verify_function)
        created = self._client.create_deployment(
            applicationName=self._group.application,
            deploymentGroupName=self._group.name,
            revision=rendering.revision(text),
            description=f"{why}; before it {before}",
        )
        return str(created["deploymentId"])

    def stop(self, identifier: str) -> None:
        """Sends the traffic back to where it was. One that has ended meanwhile stays as it is."""
        try:
            self._client.stop_deployment(deploymentId=identifier, autoRollbackEnabled=True)
        except ClientError as error:
            if code_of(error) != "DeploymentAlreadyCompletedException":
                raise

    def follow(self, identifier: str) -> None:
        """Until its end. Raises when that is no success, after the traffic is back where it was."""
        said = self._wait(identifier)
        if said["status"] == "Succeeded":
            return
        problem = said.get("errorInformation", {})
        why = f"{problem.get('code', 'no code')}: {problem.get('message', 'no reason given')}"
        rollback = said.get("rollbackInfo", {}).get("rollbackDeploymentId")
        if rollback and rollback != identifier:
            self._progress.step("traffic", f"{identifier} {said['status'].lower()}: {why}")
            back = self._wait(rollback)
            if back["status"] == "Succeeded":
                raise DeployError(f"{identifier} {said['status'].lower()}: {why}. Rolled back.")
            why += f"; and its rollback {rollback} {back['status'].lower()}: look at the service"
        raise DeployError(f"{identifier} {said['status'].lower()}: {why}")

    def _wait(self, identifier: str) -> dict[str, Any]:
        while True:
            said = self._get(identifier)
            if said["status"] not in ON_ITS_WAY:
                self._progress.step("traffic", f"{identifier} {said['status'].lower()}")
                return said
            self._progress.step("traffic", f"{identifier} {self._where(identifier)}")
            self._pause()

    def _where(self, identifier: str) -> str:
        """The event of its lifecycle that it has come to, and how the traffic is divided."""
        try:
            answer = self._client.get_deployment_target(
                deploymentId=identifier, targetId=self._group.target
            )
        except ClientError as error:
            if code_of(error) not in NO_TARGET_YET:
                raise
            return "has not begun"
        target = answer["deploymentTarget"].get("ecsTarget", {})
        begun = [e for e in target.get("lifecycleEvents", []) if e["status"] != "Pending"]
        event = begun[-1]["lifecycleEventName"] if begun else "Start"
        weights = [
            f"{one['taskSetLabel'].lower()} {one.get('trafficWeight', 0):.0f} %"
            for one in target.get("taskSetsInfo", [])
            if "taskSetLabel" in one
        ]
        return ", ".join([event, *weights])

    def _get(self, identifier: str) -> dict[str, Any]:
        return dict(self._client.get_deployment(deploymentId=identifier)["deploymentInfo"])

    def _list(self, *statuses: str) -> Iterator[str]:
        more: dict[str, str] = {}
        while True:
            page = self._client.list_deployments(
                applicationName=self._group.application,
                deploymentGroupName=self._group.name,
                includeOnlyStatuses=list(statuses),
                **more,
            )
            yield from page["deployments"]
            if not page.get("nextToken"):
                return
            more = {"nextToken": page["nextToken"]}
