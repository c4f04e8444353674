"""The place that deployments happen in, as all parts of the rehearsal know it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.code_deploy_lifecycle import Step
from rehearsal.alarm import AlarmRule
from rehearsal.balancer import BalancerControl
from rehearsal.tasks import Runner


@dataclass(frozen=True)
class DeploymentGroup:
    """What the templates say of deployments. Times are those of the rehearsal."""

    container: str
    tasks: int
    steps: list[Step]
    termination_wait_seconds: float
    deregistration_seconds: float
    grace_seconds: float  # in which ECS ignores failed health checks of a new task
    targets_scale: float  # of the times of health checks
    install_seconds: float
    alarms: list[AlarmRule]


@dataclass(frozen=True)
class Site:
    """Its directory has revisions, timeline.jsonl, and a directory for each task."""

    directory: Path
    group: DeploymentGroup
    runner: Runner
    environment: dict[str, str]  # what every task gets besides its definition
    hooks: dict[str, str]  # the programs that stand for functions, by name
    test_url: str
    token: str = ""  # what the verification sends

    def revision(self, task_definition: str) -> Path:
        """The directory that has appspec.yaml and taskdef.json."""
        return self.directory / "revisions" / task_definition

    def control(self) -> BalancerControl:
        return BalancerControl(self.directory)

    def note(self, event: str, **members: Any) -> None:
        """One line for the timeline."""
        line = json.dumps({"at": time.time(), "event": event, **members}) + "\n"
        with (self.directory / "timeline.jsonl").open("a", encoding="utf-8") as out:
            out.write(line)

    def timeline(self) -> list[dict[str, Any]]:
        text = (self.directory / "timeline.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]
