"""CodeDeploy, which no emulator has: a stand-in that answers as AWS's model and pages say.

Requests and responses are held against botocore's model, prose included. How a deployment advances,
and what it moves, is in code_deploy_lifecycle.py; who makes its steps is said by who uses this.

From AWS's pages: at most one deployment of a group is active; an active alarm or a request stops
one until its original tasks end; the rollback is a deployment of its own, made by
`codeDeployRollback`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from harness.by_the_book import check_request, checked
from harness.code_deploy_lifecycle import (
    ENDS,
    EVENTS,
    IN_PROGRESS,
    ON_ITS_WAY,
    SHIFT,
    SUCCEEDED,
    AppSpec,
    Deployment,
    FailedError,
    Name,
    World,
)

MOST_AT_ONCE = 25  # of BatchGetDeployments
PAGE = 3  # of ListDeployments; AWS's is longer

Answer = dict[str, Any]


class RefusedError(Exception):
    """An error response of CodeDeploy."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message or code


class CodeDeploy:
    """All groups of one account and Region."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.groups: dict[Name, World] = {}
        self.deployments: dict[str, Deployment] = {}
        self._ways: dict[str, Iterator[None]] = {}
        self._appspecs: dict[tuple[str, str], str] = {}  # by application and hash
        self.operations: dict[str, Callable[[Answer], Answer | None]] = {
            "CreateDeployment": self._create,
            "BatchGetDeployments": self._get_several,
            "GetDeployment": self._get,
            "GetApplicationRevision": self._revision,
            "ListDeployments": self._list,
            "StopDeployment": self._stop,
            "ContinueDeployment": self._continue,
            "GetDeploymentTarget": self._target,
        }

    def answer(self, operation: str, parameters: Answer) -> tuple[int, bytes]:
        """Status and body."""
        check_request("codedeploy", operation, parameters)
        try:
            said = self.operations[operation](parameters)
        except RefusedError as error:
            body = {"__type": error.code, "message": error.message}
            return 400, json.dumps(body).encode()
        if said is None:
            return 200, b""
        return 200, json.dumps(checked("codedeploy", operation, said)).encode()

    # The operations.

    def _create(self, asked: Answer) -> Answer:
        group = self._group(asked)
        for one in self.deployments.values():
            if one.group == group and one.status in ON_ITS_WAY:
                raise RefusedError(
                    "DeploymentLimitExceededException",
                    f"The Deployment Group '{group[1]}' already has an active Deployment"
                    f" '{one.identifier}'",
                )
        given = asked["revision"]["appSpecContent"]
        if hashlib.sha256(given["content"].encode()).hexdigest() != given["sha256"]:
            raise RefusedError("InvalidRevisionException")
        spec, world = AppSpec.read(given["content"]), self.groups[group]
        made = Deployment(
            self._identifier(),
            group,
            world,
            self._now,
            spec.task_definition,
            world.primary(),
            given["sha256"],
            spec.hooks,
            asked.get("description", ""),
            ignores_alarms=not asked.get("overrideAlarmConfiguration", {}).get("enabled", True),
            termination_wait_seconds=world.termination_wait_seconds,
        )
        world.begin(made.identifier, spec)
        self._appspecs[group[0], made.sha256] = given["content"]
        self._begin(made, made.forward())
        return {"deploymentId": made.identifier}

    def _identifier(self) -> str:
        return f"d-{len(self.deployments) + 1:09}"

    def _begin(self, made: Deployment, way: Iterator[None]) -> None:
        self.deployments[made.identifier] = made
        self._ways[made.identifier] = way

    def _group(self, asked: Answer) -> Name:
        group = (asked["applicationName"], asked["deploymentGroupName"])
        if group not in self.groups:
            raise RefusedError("DeploymentGroupDoesNotExistException")
        return group

    def _get(self, asked: Answer) -> Answer:
        return {"deploymentInfo": self._said(self.find(asked))}

    def _get_several(self, asked: Answer) -> Answer:
        assert len(asked["deploymentIds"]) <= MOST_AT_ONCE
        found = [self.find({"deploymentId": name}) for name in asked["deploymentIds"]]
        return {"deploymentsInfo": [self._said(one) for one in found]}

    @staticmethod
    def _said(one: Deployment) -> Answer:
        said: Answer = {
            "applicationName": one.group[0],
            "deploymentGroupName": one.group[1],
            "deploymentId": one.identifier,
            "status": one.status,
            "createTime": one.created,
            "creator": one.creator,
            "description": one.description,
            "computePlatform": "ECS",
            "instanceTerminationWaitTimeStarted": one.waiting,
        }
        if one.sha256:
            said["revision"] = {
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": None, "sha256": one.sha256},
            }
        if one.error:
            said["errorInformation"] = one.error
        if one.rollback:
            said["rollbackInfo"] = {"rollbackDeploymentId": one.rollback}
        if one.of:
            said["rollbackInfo"] = {"rollbackTriggeringDeploymentId": one.of}
        return said

    def _revision(self, asked: Answer) -> Answer:
        sha256 = asked["revision"]["appSpecContent"]["sha256"]
        content = self._appspecs.get((asked["applicationName"], sha256))
        if content is None:
            raise RefusedError("RevisionDoesNotExistException")
        spec = {"content": content, "sha256": sha256}
        return {
            "applicationName": asked["applicationName"],
            "revision": {"revisionType": "AppSpecContent", "appSpecContent": spec},
            "revisionInfo": {},
        }

    def _list(self, asked: Answer) -> Answer:
        group = self._group(asked)
        found = [
            one.identifier
            for one in self.deployments.values()
            if one.group == group and one.status in asked["includeOnlyStatuses"]
        ]
        found.sort(key=lambda name: hashlib.sha256(name.encode()).digest())  # in no promised order
        first = int(asked.get("nextToken", 0))
        more = {"nextToken": str(first + PAGE)} if first + PAGE < len(found) else {}
        return {"deployments": found[first : first + PAGE], **more}

    def _stop(self, asked: Answer) -> Answer:
        one = self._active(asked)
        assert asked["autoRollbackEnabled"] is True
        one.stopping = True
        return {"status": "Pending"}

    def _continue(self, asked: Answer) -> None:
        one = self._active(asked)
        if asked["deploymentWaitType"] != "TERMINATION_WAIT" or not one.waiting:
            raise RefusedError("DeploymentIsNotInReadyStateException")
        one.continued = True

    def _target(self, asked: Answer) -> Answer:
        one = self.find(asked)
        target = one.world.target
        if asked["targetId"] != target:
            raise RefusedError("DeploymentTargetDoesNotExistException")
        if one.event < 0:
            raise RefusedError("DeploymentNotStartedException")
        weights = (("Blue", 100 - one.shifted, "PRIMARY"), ("Green", one.shifted, "ACTIVE"))
        said = {
            "deploymentId": one.identifier,
            "targetId": target,
            "status": {"Created": "Pending", "Stopped": "Failed"}.get(one.status, one.status),
            "lifecycleEvents": [self._event(one, index) for index in range(len(EVENTS))],
            "taskSetsInfo": [
                {"taskSetLabel": label, "trafficWeight": float(weight), "status": status}
                for label, weight, status in weights
            ],
        }
        return {"deploymentTarget": {"deploymentTargetType": "ECSTarget", "ecsTarget": said}}

    @staticmethod
    def _event(one: Deployment, index: int) -> Answer:
        past = "Succeeded" if index < one.event or one.waiting else "InProgress"
        return {
            "lifecycleEventName": EVENTS[index],
            "status": past if index <= one.event else "Pending",
        }

    def find(self, asked: Answer) -> Deployment:
        if asked["deploymentId"] not in self.deployments:
            raise RefusedError("DeploymentDoesNotExistException")
        return self.deployments[asked["deploymentId"]]

    def _active(self, asked: Answer) -> Deployment:
        one = self.find(asked)
        if one.status not in ON_ITS_WAY:
            raise RefusedError("DeploymentAlreadyCompletedException")
        return one

    # Their way.

    def step(self, one: Deployment) -> None:
        if one.status not in ON_ITS_WAY:
            return
        one.status = IN_PROGRESS
        try:
            next(self._ways[one.identifier], None)
        except FailedError as failure:
            self._roll_back(one, failure)

    def _roll_back(self, one: Deployment, failure: FailedError) -> None:
        """As our deployment group asks for."""
        one.world.back()
        known = [d for d in self.deployments.values() if d.status == SUCCEEDED and d.sha256]
        brought = [d.sha256 for d in known if d.task_definition == one.before]
        made = Deployment(
            self._identifier(),
            one.group,
            one.world,
            self._now,
            one.before,
            one.before,
            brought[-1] if brought else "",
            creator="codeDeployRollback",
            event=SHIFT,
            of=one.identifier,
        )
        self._begin(made, made.terminate())
        one.rollback = made.identifier
        one.error = {"code": failure.code, "message": str(failure)}
        one.end(ENDS[failure.code], why=str(failure))
