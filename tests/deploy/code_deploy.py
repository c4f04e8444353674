"""CodeDeploy, which no emulator has: a stand-in that answers as AWS's model and pages say.

Each answer is held against botocore's model, prose included. A deployment goes through its
lifecycle one event each time that somebody asks for it, and moves moto's ECS service and listeners
as CodeDeploy does. How the deployments go is the test's to say.

From AWS's pages: the lifecycle, in harness/code_deploy_lifecycle.py; at most one deployment of a
group is active; a rollback is a deployment of its own, made by `codeDeployRollback`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda import lambda_backends

from deploy.calls import Call
from deploy.traffic import Traffic
from harness.by_the_book import check_request, checked
from harness.code_deploy_lifecycle import (
    CREATED,
    ENDS,
    EVENTS,
    HOOKED,
    IN_PROGRESS,
    ON_ITS_WAY,
    SHIFT,
    SUCCEEDED,
    AppSpec,
)

FUNCTION_HOOKS = ("BeforeAllowTrafficHook", "AfterAllowTrafficHook")
MOST_AT_ONCE = 25  # of BatchGetDeployments
PAGE = 3  # of ListDeployments; AWS's is longer

Answer = dict[str, Any]


class RefusedError(Exception):
    """An error that CodeDeploy answers."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message or code


@dataclass
class Deployment:
    identifier: str
    group: tuple[str, str]
    task_definition: str
    before: str
    sha256: str = ""  # of its AppSpec; a rollback to what no deployment brought has none
    description: str = ""
    creator: str = "user"
    ignores_alarms: bool = False
    fails: str = ""  # the event that fails it, or in which an alarm goes off
    status: str = CREATED
    event: int = -1
    waiting: bool = False  # for the end of blue
    keeps_blue: bool = False
    stopping: bool = False
    created: float = field(default_factory=time.time)
    error: Answer = field(default_factory=dict)
    rollback: str = ""
    of: str = ""  # the deployment that this one rolls back


class CodeDeploy:
    """All groups of one account and Region."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region
        self.groups: dict[tuple[str, str], Traffic] = {}
        self.deployments: dict[str, Deployment] = {}
        self.function_groups: dict[tuple[str, str], Answer] = {}  # their properties
        self.forget()
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

    def forget(self) -> None:
        """What was to happen next."""
        self.fail_next: deque[str] = deque()  # at which event the next ones fail
        self.next_keeps_blue = False  # until somebody continues it
        self.alarms_ring = False
        self.paused = False
        self.function_fails = ""  # the event that fails the next move of a function's alias
        self.function_waits = False  # with a part of the clients at the new version
        self.rolls_back = False  # CloudFormation does
        self.refused = ""  # why CloudFormation has to roll back

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

    def waits(self, call: Call) -> bool:
        """Whether this call has just been told that nothing but the end of blue is waited for."""
        return call.operation == "GetDeployment" and self._find(call.parameters).waiting

    def add_group(self, application: str, name: str, properties: Answer) -> None:
        """From the properties of the CloudFormation resource."""
        if "ECSServices" not in properties:
            self.function_groups[application, name] = properties
            return
        self.groups[application, name] = Traffic(self._account, self._region, properties)

    def moves(self, policy: Answer) -> bool:
        """Whether CloudFormation's update policy brings an alias to its next version."""
        group = self.function_groups[policy["ApplicationName"], policy["DeploymentGroupName"]]
        hooks = [policy[name] for name in FUNCTION_HOOKS if name in policy]
        known = lambda_backends[self._account][self._region]
        assert all(known.get_function(hook) for hook in hooks), hooks
        alarms = group["AlarmConfiguration"]
        if self.alarms_ring and str(alarms["Enabled"]).lower() == "true":
            self.refused = "One or more alarms have been activated (Error code: ALARM_ACTIVE)"
        elif self.function_fails:
            self.refused = f"{self.function_fails} did not succeed"
        self.function_fails = ""
        return not self.refused

    # Deployments.

    def _create(self, asked: Answer) -> Answer:
        group = (asked["applicationName"], asked["deploymentGroupName"])
        if group not in self.groups:
            raise RefusedError("DeploymentGroupDoesNotExistException")
        for one in self.deployments.values():
            if one.group == group and one.status in ON_ITS_WAY:
                raise RefusedError(
                    "DeploymentLimitExceededException",
                    f"The Deployment Group '{group[1]}' already has an active Deployment"
                    f" '{one.identifier}'",
                )
        spec = asked["revision"]["appSpecContent"]
        if hashlib.sha256(spec["content"].encode()).hexdigest() != spec["sha256"]:
            raise RefusedError("InvalidRevisionException")
        arn = self._task_definition(group, spec["content"])
        begun = self._begin(group, arn, spec["sha256"])
        self._appspecs[group[0], spec["sha256"]] = spec["content"]
        begun.description = asked.get("description", "")
        begun.fails = self.fail_next.popleft() if self.fail_next else ""
        begun.keeps_blue, self.next_keeps_blue = self.next_keeps_blue, False
        begun.ignores_alarms = not asked.get("overrideAlarmConfiguration", {}).get("enabled", True)
        return {"deploymentId": begun.identifier}

    def _task_definition(self, group: tuple[str, str], content: str) -> str:
        """That of an AppSpec, which fits to it."""
        spec = AppSpec.read(content)
        containers = self.groups[group].containers(spec.task_definition)
        ports = containers[spec.container]["portMappings"]
        assert spec.port in [port["containerPort"] for port in ports]
        return spec.task_definition

    def _begin(self, group: tuple[str, str], arn: str, sha256: str) -> Deployment:
        identifier = f"d-{len(self.deployments) + 1:09}"
        begun = Deployment(identifier, group, arn, self.groups[group].primary(), sha256)
        self.deployments[identifier] = begun
        return begun

    def _get(self, asked: Answer) -> Answer:
        one = self._find(asked)
        self._step(one)
        return {"deploymentInfo": self._said(one)}

    def _get_several(self, asked: Answer) -> Answer:
        assert len(asked["deploymentIds"]) <= MOST_AT_ONCE
        found = [self._find({"deploymentId": name}) for name in asked["deploymentIds"]]
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
        group = (asked["applicationName"], asked["deploymentGroupName"])
        if group not in self.groups:
            raise RefusedError("DeploymentGroupDoesNotExistException")
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
        one = self._find(asked)
        if one.status not in ON_ITS_WAY:
            raise RefusedError("DeploymentAlreadyCompletedException")
        assert asked["autoRollbackEnabled"] is True
        one.stopping = True
        return {"status": "Pending"}

    def _continue(self, asked: Answer) -> None:
        one = self._find(asked)
        if one.status not in ON_ITS_WAY:
            raise RefusedError("DeploymentAlreadyCompletedException")
        if asked["deploymentWaitType"] != "TERMINATION_WAIT" or not one.waiting:
            raise RefusedError("DeploymentIsNotInReadyStateException")
        one.status = SUCCEEDED

    def _target(self, asked: Answer) -> Answer:
        one = self._find(asked)
        traffic = self.groups[one.group]
        if asked["targetId"] != traffic.target:
            raise RefusedError("DeploymentTargetDoesNotExistException")
        if one.event < 0:
            raise RefusedError("DeploymentNotStartedException")
        shifted = 100.0 if one.event > SHIFT else 10.0 if one.event == SHIFT else 0.0
        target = {
            "deploymentId": one.identifier,
            "targetId": traffic.target,
            "status": "InProgress" if one.status in ON_ITS_WAY else one.status,
            "lifecycleEvents": [self._event(one, index) for index in range(len(EVENTS))],
            "taskSetsInfo": [
                {"taskSetLabel": "Blue", "trafficWeight": 100.0 - shifted, "status": "PRIMARY"},
                {"taskSetLabel": "Green", "trafficWeight": shifted, "status": "ACTIVE"},
            ],
        }
        return {"deploymentTarget": {"deploymentTargetType": "ECSTarget", "ecsTarget": target}}

    @staticmethod
    def _event(one: Deployment, index: int) -> Answer:
        past = "Succeeded" if index < one.event or one.waiting else "InProgress"
        return {
            "lifecycleEventName": EVENTS[index],
            "status": past if index <= one.event else "Pending",
        }

    def _find(self, asked: Answer) -> Deployment:
        if asked["deploymentId"] not in self.deployments:
            raise RefusedError("DeploymentDoesNotExistException")
        return self.deployments[asked["deploymentId"]]

    # Their way.

    def _step(self, one: Deployment) -> None:
        if one.status not in ON_ITS_WAY or self.paused:
            return
        one.status = IN_PROGRESS
        if one.stopping:
            self._end(one, "MANUAL_STOP", "The deployment was stopped by a user.")
        elif self.alarms_ring and not one.ignores_alarms and one.creator == "user":
            self._end(one, "ALARM_ACTIVE", "One or more alarms have been activated.")
        elif one.event >= 0 and EVENTS[one.event] == one.fails:
            self._fail(one)
        elif one.waiting:
            one.status = IN_PROGRESS if one.keeps_blue else SUCCEEDED
        else:
            one.event += 1
            self._enter(one)

    def _enter(self, one: Deployment) -> None:
        traffic = self.groups[one.group]
        if one.event == len(EVENTS):
            one.event, one.waiting = len(EVENTS) - 1, True
        elif EVENTS[one.event] == "AllowTestTraffic":
            traffic.test()
        elif one.event == SHIFT:
            traffic.shift(10)
        elif one.event == SHIFT + 1:
            traffic.shift(100)
            traffic.promote(one.task_definition)

    def _fail(self, one: Deployment) -> None:
        why = f"{one.fails} did not succeed"
        if one.fails in HOOKED and one.fails != "AfterAllowTraffic":
            self._end(one, "HOOK_EXECUTION_FAILURE", why)
        else:
            self._end(one, "ALARM_ACTIVE", why)

    def _end(self, one: Deployment, code: str, message: str) -> None:
        """With the rollback that our deployment group asks for."""
        one.status = ENDS[code]
        one.error = {"code": code, "message": message}
        traffic = self.groups[one.group]
        known = [d for d in self.deployments.values() if d.status == SUCCEEDED and d.sha256]
        brought = [d.sha256 for d in known if d.task_definition == one.before]
        traffic.back(one.before)
        back = self._begin(one.group, one.before, brought[-1] if brought else "")
        back.creator, back.of = "codeDeployRollback", one.identifier
        back.event = SHIFT
        one.rollback = back.identifier
