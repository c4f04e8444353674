"""A deployment of CodeDeploy to ECS, from event to event, as AWS's pages describe it.

What it moves is a `World`: moto's service and listeners in the tests of deploy/deploy, tasks behind
HAProxy in the rehearsal. It advances by steps, and time is what the clock says: the tests make a
step with each request for the deployment, the rehearsal many in a second.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any, Protocol

import yaml

EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
SHIFT = EVENTS.index("AllowTraffic")
ACTIONS = ("Install", "AllowTestTraffic", "AllowTraffic")  # the others may have hooks
CREATED, IN_PROGRESS, SUCCEEDED = "Created", "InProgress", "Succeeded"
ON_ITS_WAY = (CREATED, IN_PROGRESS)
# What ends it, and the status that it has then. Its rollback is a deployment of its own.
ENDS = {
    "HOOK_EXECUTION_FAILURE": "Failed",
    "TIMEOUT": "Failed",
    "ALARM_ACTIVE": "Stopped",
    "MANUAL_STOP": "Stopped",
}
HOUR = 3600.0
CONFIGURATION = re.compile(
    r"CodeDeployDefault\.ECS(?:AllAtOnce|Canary(?P<canary>\d+)Percent(?P<bake>\d+)Minutes"
    r"|Linear(?P<part>\d+)PercentEvery(?P<pause>\d+)Minutes)"
)

Name = tuple[str, str]  # of an application and a deployment group


class FailedError(Exception):
    """The deployment has to go back: why, in CodeDeploy's word and for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Step:
    """Of a traffic shift: so many percent to the replacement, for so long."""

    percent: int
    seconds: float


def steps_of(configuration: str) -> list[Step]:
    """CodeDeploy's own deployment configurations by their names."""
    found = CONFIGURATION.fullmatch(configuration)
    if not found:
        raise ValueError(f"no deployment configuration of CodeDeploy's for ECS: {configuration}")
    last = Step(100, 0)
    if found["canary"]:
        return [Step(int(found["canary"]), 60.0 * int(found["bake"])), last]
    if found["part"]:
        part, pause = int(found["part"]), 60.0 * int(found["pause"])
        return [*(Step(percent, pause) for percent in range(part, 100, part)), last]
    return [last]


@dataclass(frozen=True)
class AppSpec:
    """Raises where CodeDeploy would refuse it."""

    task_definition: str
    container: str
    port: int
    hooks: dict[str, str]

    @staticmethod
    def read(text: str) -> AppSpec:
        document = yaml.safe_load(text)
        hooks = {event: name for one in document.get("Hooks", []) for event, name in one.items()}
        assert set(hooks) <= set(EVENTS) - set(ACTIONS), hooks
        (resource,) = document["Resources"]
        properties = resource["TargetService"]["Properties"]
        balanced = properties["LoadBalancerInfo"]
        return AppSpec(
            properties["TaskDefinition"],
            balanced["ContainerName"],
            int(balanced["ContainerPort"]),
            hooks,
        )


class World(Protocol):
    """What the deployments of one group move: at any time one has an original, and a replacement.

    No method waits. What takes time returns whether it is done, and is called again until it is.
    """

    target: str  # CodeDeploy's name for the service
    steps: list[Step]
    termination_wait_seconds: float
    install_seconds: float = HOUR
    hook_seconds: float = HOUR

    def primary(self) -> str:
        """The task definition of the tasks that have the traffic."""

    def begin(self, identifier: str, spec: AppSpec) -> None:
        """What follows is about this deployment. Raises where the AppSpec does not fit."""

    def installed(self) -> bool:
        """Whether the replacement has its tasks, and they are healthy."""

    def allow_test(self) -> None:
        """The test listener's traffic goes to the replacement."""

    def shift(self, percent: int) -> None:
        """So much of the production listener's traffic goes to the replacement."""

    def promote(self) -> None:
        """The replacement is the primary task set."""

    def back(self) -> None:
        """All traffic goes to the original, which is the primary task set."""

    def end_other(self) -> bool:
        """Whether the tasks that are not the primary ones have ended."""

    def hook(self, event: str, function: str) -> str | None:
        """The status that the hook has reported: `Succeeded`, `Failed`, or nothing yet."""

    def alarm_rings(self) -> bool:
        """Whether an alarm of the group is active."""

    def note(self, what: str, **more: str) -> None:
        """An event of the lifecycle, or an end, for those who watch."""


@dataclass
class Deployment:
    """Goes its way by steps, each of which a `yield` ends."""

    identifier: str
    group: Name
    world: World
    now: Callable[[], float]
    task_definition: str
    before: str
    sha256: str = ""  # of its AppSpec; a rollback to what no deployment brought has none
    hooks: dict[str, str] = field(default_factory=dict)
    description: str = ""
    creator: str = "user"
    ignores_alarms: bool = False
    termination_wait_seconds: float = 0.0
    status: str = CREATED
    event: int = -1
    shifted: int = 0  # percent
    waiting: bool = False  # for the end of the original
    continued: bool = False
    stopping: bool = False
    created: float = field(default_factory=time.time)
    error: dict[str, Any] = field(default_factory=dict)
    rollback: str = ""
    of: str = ""  # the deployment that this one rolls back

    def end(self, status: str, **more: str) -> None:
        self.status = status
        self.world.note(status, deployment=self.identifier, **more)

    def forward(self) -> Iterator[None]:
        """Raises FailedError."""
        world = self.world
        self._judge()
        for self.event, event in enumerate(EVENTS):
            world.note(event)
            if event == "Install":
                yield from self._until(world.installed, world.install_seconds, "TIMEOUT")
            elif event == "AllowTraffic":
                yield from self._shift()
            else:
                if event == "AllowTestTraffic":
                    world.allow_test()
                hook = partial(self._hooked, event)
                yield from self._until(hook, world.hook_seconds, "HOOK_EXECUTION_FAILURE")
        self.waiting = True
        world.note("WaitForTermination")
        yield from self._pause(self.termination_wait_seconds)
        world.note("Terminate")
        yield from self.terminate()  # there is no way back any more

    def terminate(self) -> Iterator[None]:
        """All that is left to do, also for a rollback."""
        while not self.world.end_other():
            yield
        self.end(SUCCEEDED)

    def _shift(self) -> Iterator[None]:
        for step in self.world.steps:
            self.world.shift(step.percent)
            self.shifted = step.percent
            yield from self._pause(step.seconds)
        self.world.promote()

    def _pause(self, seconds: float) -> Iterator[None]:
        ends = self.now() + seconds
        return self._until(lambda: self.continued or self.now() >= ends)

    def _hooked(self, event: str) -> bool:
        """Whether the event has no hook, or one that has succeeded."""
        function = self.hooks.get(event)
        status = self.world.hook(event, function) if function else "Succeeded"
        if status == "Failed":
            raise FailedError("HOOK_EXECUTION_FAILURE", f"{event} did not succeed")
        return status is not None

    def _until(
        self, done: Callable[[], bool], seconds: float = inf, late: str = ""
    ) -> Iterator[None]:
        """At least one step, under the alarms."""
        deadline = self.now() + seconds
        yield
        self._judge()
        while not done():
            if self.now() > deadline:
                what = EVENTS[self.event]
                raise FailedError(late, f"{what} did not succeed within {seconds:.0f} s")
            yield
            self._judge()

    def _judge(self) -> None:
        if self.stopping:
            raise FailedError("MANUAL_STOP", "The deployment was stopped by a user")
        if self.world.alarm_rings() and not self.ignores_alarms:
            raise FailedError("ALARM_ACTIVE", "One or more alarms have been activated")
