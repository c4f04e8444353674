"""A deployment of CodeDeploy to ECS as AWS's pages describe it, for both of its stand-ins.

The tests of deploy/deploy let it go an event further with each request, on moto; the rehearsal goes
through it in real time, on HAProxy and containers. Which events there are and in which order, who
of them may have hooks, what an AppSpec says, and how a deployment ends is the same for both.
"""

from __future__ import annotations

from dataclasses import dataclass

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
HOOKED = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)
CREATED, IN_PROGRESS, SUCCEEDED = "Created", "InProgress", "Succeeded"
ON_ITS_WAY = (CREATED, IN_PROGRESS)
# What ends it, and the status that it has then. Its rollback is a deployment of its own.
ENDS = {
    "HOOK_EXECUTION_FAILURE": "Failed",
    "TIMEOUT": "Failed",
    "ALARM_ACTIVE": "Stopped",
    "MANUAL_STOP": "Stopped",
}


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
        assert set(hooks) <= set(HOOKED), hooks
        (resource,) = document["Resources"]
        properties = resource["TargetService"]["Properties"]
        balanced = properties["LoadBalancerInfo"]
        return AppSpec(
            properties["TaskDefinition"],
            balanced["ContainerName"],
            int(balanced["ContainerPort"]),
            hooks,
        )
