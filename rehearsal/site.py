"""The place that a deployment happens in, as all processes of the rehearsal know it: by files."""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rehearsal.alarm import AlarmRule
from rehearsal.balancer import BalancerControl
from rehearsal.tasks import Runner


class OccupiedError(Exception):
    """Another deployment is under way."""


@dataclass(frozen=True)
class Step:
    """Of a traffic shift: so many percent to the replacement, for so long."""

    percent: int
    seconds: float


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

    @classmethod
    def of(cls, members: dict[str, Any]) -> DeploymentGroup:
        steps = [Step(**one) for one in members["steps"]]
        alarms = [AlarmRule(**one) for one in members["alarms"]]
        return cls(**{**members, "steps": steps, "alarms": alarms})


@dataclass(frozen=True)
class Site:
    """Its directory has site.json, service.json (which task set is the primary one),
    task-sets, deployment.json (the last deployment), timeline.jsonl, and a directory for each
    task."""

    directory: Path
    group: DeploymentGroup
    runner: Runner
    environment: dict[str, str]  # what every task gets besides its definition
    hooks: dict[str, str]  # the programs that stand for functions, by name
    test_url: str
    token: str = ""  # what the verification sends

    def save(self) -> None:
        members = asdict(self) | {"directory": str(self.directory)}
        write_json(self.directory / "site.json", members)
        (self.directory / "timeline.jsonl").touch()

    @classmethod
    def load(cls, directory: Path) -> Site:
        members = read_json(directory / "site.json")
        members["directory"] = directory
        members["group"] = DeploymentGroup.of(members["group"])
        members["runner"] = Runner(**members["runner"])
        return cls(**members)

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

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """One deployment at a time. The lock ends with the process that has it."""
        with (self.directory / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OccupiedError("another deployment is under way") from None
            yield


def read_json(path: Path) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return members


def write_json(path: Path, members: dict[str, Any]) -> None:
    """Whole or not at all, whenever the process ends."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(members, indent=1), encoding="utf-8")
    new.replace(path)
