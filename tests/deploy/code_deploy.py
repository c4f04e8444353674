"""CodeDeploy of an account on moto: a step with each question, in which a day passes.

How the deployments go is the test's to say. Moves of a function's alias are CloudFormation's.
"""

from __future__ import annotations

import itertools
from collections import deque
from math import inf

from moto.awslambda import lambda_backends

from deploy.calls import Call
from deploy.traffic import Traffic
from harness import code_deploy
from harness.code_deploy import Answer

FUNCTION_HOOKS = ("BeforeAllowTrafficHook", "AfterAllowTrafficHook")
DAY = 86400.0


class CodeDeploy(code_deploy.CodeDeploy):
    """All groups of one account and Region."""

    groups: dict[tuple[str, str], Traffic]  # type: ignore[assignment]

    def __init__(self, account: str, region: str) -> None:
        super().__init__(itertools.count(0.0, DAY).__next__)
        self._account, self._region = account, region
        self.function_groups: dict[tuple[str, str], Answer] = {}  # their properties
        self.forget()

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

    def waits(self, call: Call) -> bool:
        """Whether this call has just been told that nothing but the end of blue is waited for."""
        return call.operation == "GetDeployment" and self.find(call.parameters).waiting

    def add_group(self, application: str, name: str, properties: Answer) -> None:
        """From the properties of the CloudFormation resource."""
        if "ECSServices" not in properties:
            self.function_groups[application, name] = properties
            return
        traffic = Traffic(self._account, self._region, properties, lambda: self.alarms_ring)
        self.groups[application, name] = traffic

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

    def _create(self, asked: Answer) -> Answer:
        said = super()._create(asked)
        one = self.find(said)
        self.groups[one.group].fails = self.fail_next.popleft() if self.fail_next else ""
        if self.next_keeps_blue:
            one.termination_wait_seconds, self.next_keeps_blue = inf, False
        return said

    def _get(self, asked: Answer) -> Answer:
        if not self.paused:
            self.step(self.find(asked))
        return super()._get(asked)
