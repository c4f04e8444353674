"""CodeDeploy: a deployment from its creation, or from wherever it is, to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from picus_deploy import rendering
from picus_deploy.aws import Aws
from picus_deploy.errors import DeployError, code_of
from picus_deploy.progress import Pause, Progress

ON_ITS_WAY = ("Created", "Queued", "InProgress", "Baking", "Ready")
AT_ONCE = 25  # of BatchGetDeployments
ROLLBACK = "codeDeployRollback"  # the creator of a deployment that CodeDeploy began to roll back
# How the description of a deployment begins that goes back, and how each one ends: with what had
# the traffic before.
WAY_BACK = "deploy/deploy rollback"
BEFORE = re.compile(r"; before it (arn:\S+)$")


@dataclass(frozen=True)
class Group:
    """From the outputs of the delivery stack; the target is CodeDeploy's name for the service."""

    application: str
    name: str
    verify_function: str
    verify_log: str
    target: str

    @staticmethod
    def of(outputs: dict[str, str], target: str) -> Group:
        return Group(
            application=outputs["Application"],
            name=outputs["DeploymentGroup"],
            verify_function=outputs["VerifyFunction"],
            verify_log=outputs.get("VerifyLog", ""),  # stacks of 0.1.0 have it not
            target=target,
        )

    def hint(self, problem: dict[str, Any]) -> str:
        """Where to look, or what to do, after a deployment with this problem."""
        if problem.get("code") == "ALARM_ACTIVE":
            return " While an alarm is active, --ignore-alarms deploys the fix of its cause."
        if problem.get("code") == "HOOK_EXECUTION_FAILURE" and self.verify_log:
            return f" The reason is in the log: `aws logs tail {self.verify_log} --since 1h`."
        return ""


def is_way_back(said: dict[str, Any]) -> bool:
    """Whether it brings the version before: because it was asked for, or another one failed."""
    asked = str(said.get("description", "")).startswith(WAY_BACK)
    return asked or said.get("creator") == ROLLBACK


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

    def any_succeeded(self) -> bool:
        """Whether what runs was ever verified: a rollback of CodeDeploy's own verifies nothing."""
        return any(one.get("creator") != ROLLBACK for one in self._succeeded())

    def history(self) -> Iterator[str]:
        """The task definitions that had the traffic, the last one first.

        The oldest is what ran before the first of ours that succeeded. What CodeDeploy made to roll
        back one that failed may be older still, and names nothing.
        """
        before: list[str] = []
        for said in self._succeeded():
            before = BEFORE.findall(said.get("description", "")) or before
            brought = self._brought(said)
            if brought:
                yield brought
        yield from before

    def has_gone_back(self) -> str | None:
        """The last deployment that succeeded, where that is a way back."""
        newest = next(iter(self._succeeded()), None)
        return str(newest["deploymentId"]) if newest and is_way_back(newest) else None

    def goes_back(self, identifier: str) -> bool:
        return is_way_back(self._get(identifier))

    def task_definition(self, identifier: str) -> str | None:
        """What a deployment brings; nothing if CodeDeploy does not say, as of a rollback."""
        return self._brought(self._get(identifier))

    def create(
        self, task_definition: str, before: str, why: str, *, ignore_alarms: bool = False
    ) -> str:
        """From one task definition to another; its id."""
        text = rendering.appspec(task_definition, self._group.verify_function)
        # A deployment that is to end an alarm would be stopped by it.
        override = {"overrideAlarmConfiguration": {"enabled": False}} if ignore_alarms else {}
        created = self._client.create_deployment(
            applicationName=self._group.application,
            deploymentGroupName=self._group.name,
            revision=rendering.revision(text),
            description=f"{why}; before it {before}",
            **override,
        )
        return str(created["deploymentId"])

    def stop(self, identifier: str) -> None:
        """Sends the traffic back to where it was. One that has ended meanwhile stays as it is."""
        try:
            self._client.stop_deployment(deploymentId=identifier, autoRollbackEnabled=True)
        except ClientError as error:
            if code_of(error) != "DeploymentAlreadyCompletedException":
                raise

    def follow(self, identifier: str, *, skip_wait: bool = False) -> None:
        """Until its end. Raises when that is no success, after the traffic is back where it was.

        With `skip_wait` blue is ended as soon as nothing else is waited for: no way back then.
        """
        said = self._wait(identifier, skip_wait)
        if said["status"] == "Succeeded":
            return
        problem = said.get("errorInformation", {})
        why = f"{problem.get('code', 'no code')}: {problem.get('message', 'no reason given')}"
        rollback = said.get("rollbackInfo", {}).get("rollbackDeploymentId")
        if rollback and rollback != identifier:
            self._progress.step("traffic", f"{identifier} {said['status'].lower()}: {why}")
            back = self._wait(rollback, skip_wait)
            if back["status"] == "Succeeded":
                raise DeployError(
                    f"{identifier} {said['status'].lower()}: {why}. Rolled back."
                    f"{self._group.hint(problem)}"
                )
            why += f"; and its rollback {rollback} {back['status'].lower()}: look at the service"
        raise DeployError(f"{identifier} {said['status'].lower()}: {why}")

    def _wait(self, identifier: str, skip_wait: bool) -> dict[str, Any]:
        while True:
            said = self._get(identifier)
            if said["status"] not in ON_ITS_WAY:
                self._progress.step("traffic", f"{identifier} {said['status'].lower()}")
                return said
            self._progress.step("traffic", f"{identifier} {self._where(said)}")
            if skip_wait and said.get("instanceTerminationWaitTimeStarted"):
                self._end_wait(identifier)
            self._pause()

    def _end_wait(self, identifier: str) -> None:
        self._progress.step("traffic", f"{identifier}: blue is ended at once")
        try:
            self._client.continue_deployment(
                deploymentId=identifier, deploymentWaitType="TERMINATION_WAIT"
            )
        except ClientError as error:
            if code_of(error) != "DeploymentAlreadyCompletedException":
                raise

    def _where(self, said: dict[str, Any]) -> str:
        """The event of its lifecycle that it has come to, and how the traffic is divided.

        It is for people only: whatever is wrong with it ends no deployment.
        """
        if said.get("instanceTerminationWaitTimeStarted"):
            return "all traffic is green's, blue waits to be ended"
        try:
            answer = self._client.get_deployment_target(
                deploymentId=said["deploymentId"], targetId=self._group.target
            )
        except (BotoCoreError, ClientError):
            return said["status"].lower()
        target = answer["deploymentTarget"].get("ecsTarget", {})
        begun = [e for e in target.get("lifecycleEvents", []) if e["status"] != "Pending"]
        event = begun[-1]["lifecycleEventName"] if begun else "Start"
        weights = [
            f"{one['taskSetLabel'].lower()} {one.get('trafficWeight', 0):.0f} %"
            for one in target.get("taskSetsInfo", [])
            if "taskSetLabel" in one
        ]
        return ", ".join([event, *weights])

    def _brought(self, said: dict[str, Any]) -> str | None:
        """GetDeployment has the hash of the AppSpec only; its text is that of the revision."""
        digest = said.get("revision", {}).get("appSpecContent", {}).get("sha256")
        if digest is None:
            return None
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": digest}}
        try:
            found = self._client.get_application_revision(
                applicationName=self._group.application, revision=revision
            )
        except ClientError as error:
            if code_of(error) != "RevisionDoesNotExistException":
                raise
            return None
        document = yaml.safe_load(found["revision"]["appSpecContent"]["content"])
        return str(document["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"])

    def _get(self, identifier: str) -> dict[str, Any]:
        return dict(self._client.get_deployment(deploymentId=identifier)["deploymentInfo"])

    def _succeeded(self) -> list[dict[str, Any]]:
        """The newest first. CodeDeploy promises no order."""
        found = list(self._list("Succeeded"))
        said: list[dict[str, Any]] = []
        for start in range(0, len(found), AT_ONCE):
            some = found[start : start + AT_ONCE]
            said += self._client.batch_get_deployments(deploymentIds=some)["deploymentsInfo"]
        return sorted(said, key=lambda one: one["createTime"], reverse=True)

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
