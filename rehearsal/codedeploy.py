"""A deployment as CodeDeploy carries it out: its lifecycle, its alarm, its way back."""

from __future__ import annotations

import itertools
import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.code_deploy_lifecycle import ENDS, EVENTS, IN_PROGRESS, SUCCEEDED, AppSpec
from rehearsal.alarm import Alarm, Metrics
from rehearsal.balancer import PRODUCTION, TEST, other
from rehearsal.ecs import TaskSet, tasks_of
from rehearsal.site import Site, read_json, write_json
from rehearsal.tasks import Task
from rehearsal.waiting import POLL_SECONDS

BACK = tuple(set(ENDS.values()))  # the statuses of one that was rolled back
# What CodeDeploy does after the last event, while the deployment is in progress still.
AFTERWARDS = ("WaitForTermination", "Terminate")
HOOK_SECONDS = 300  # an hour on AWS


class FailedError(Exception):
    """The deployment has to go back: why, in CodeDeploy's word and for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Record:
    """What is known of a deployment, on disk before the step that it speaks of."""

    name: str
    revision: str
    original: str
    replacement: str
    status: str = IN_PROGRESS
    event: str = "BeforeInstall"
    step: int = 0
    code: str = ""
    reason: str = ""


def primary(site: Site) -> tuple[str, list[Task]]:
    """The target group that has the traffic between deployments, and its tasks."""
    service = read_json(site.directory / "service.json")
    return service["group"], tasks_of(site, service["task_set"])


def write_service(site: Site, task_set: TaskSet) -> None:
    """This task set becomes the primary one."""
    service = {"group": task_set.group, "task_set": task_set.name}
    write_json(site.directory / "service.json", service)


def last_record(site: Site) -> Record | None:
    path = site.directory / "deployment.json"
    return Record(**read_json(path)) if path.exists() else None


class Deployment:
    """Of the revision in the record: a directory with appspec.yaml and taskdef.json."""

    def __init__(self, site: Site, record: Record) -> None:
        self.site = site
        self.record = record
        self._control = site.control()
        self._metrics = Metrics(site.directory, self._control)
        self._alarms = [Alarm(rule) for rule in site.group.alarms]
        self.stop_requested = threading.Event()
        revision = Path(record.revision)
        appspec = AppSpec.read((revision / "appspec.yaml").read_text(encoding="utf-8"))
        self._hooks = appspec.hooks
        if appspec.container != site.group.container:
            raise ValueError(f"the AppSpec names the container {appspec.container}")

    @classmethod
    def create(cls, site: Site, revision: Path) -> Deployment:
        group, _ = primary(site)
        last = last_record(site)
        number = int(last.name.removeprefix("d-")) + 1 if last else 1
        record = Record(f"d-{number}", str(revision), group, other(group))
        deployment = cls(site, record)
        deployment._save()
        return deployment

    # The way forward.

    def run(self) -> bool:
        """From where the record stands to the end, or back; whether it succeeded."""
        steps: dict[str, Callable[[], None]] = {
            "Install": self._install,
            "AllowTestTraffic": self._allow_test_traffic,
            "AllowTraffic": self._allow_traffic,
            "WaitForTermination": self._wait_for_termination,
            "Terminate": self._terminate_original,
        }
        names = [*EVENTS, *AFTERWARDS]
        try:
            for name in names[names.index(self.record.event) :]:
                self._enter(name)
                steps.get(name, self._no_more_than_its_hook)()
                self._run_hook(name)
        except FailedError as failure:
            self.roll_back(failure.code, str(failure))
            return False
        self._end(SUCCEEDED)
        return True

    def _enter(self, event: str) -> None:
        if event != self.record.event:
            self.record.step = 0
        self.record.event = event
        self._save()
        self._note(event)

    def _no_more_than_its_hook(self) -> None:
        pass

    def _install(self) -> None:
        """The replacement task set. ECS starts its tasks."""
        if TaskSet.load(self.site, self.record.name) is None:
            self._task_set().save(self.site)
        tasks, group = self.site.group.tasks, self.record.replacement
        self._wait_for(
            lambda: len(self._control.healthy(group)) >= tasks,
            self.site.group.install_seconds,
            "healthy replacement tasks",
        )

    def _task_set(self) -> TaskSet:
        return TaskSet(self.record.name, self.record.replacement, self.record.revision)

    def _allow_test_traffic(self) -> None:
        self._control.shift(TEST, self.record.replacement, 100)

    def _allow_traffic(self) -> None:
        for step in itertools.islice(self.site.group.steps, self.record.step, None):
            self._control.shift(PRODUCTION, self.record.replacement, step.percent)
            self._note("shift", percent=step.percent, to=self.record.replacement)
            self._pause(step.seconds)
            self.record.step += 1
            self._save()

    def _wait_for_termination(self) -> None:
        self._pause(self.site.group.termination_wait_seconds)

    def _terminate_original(self) -> None:
        """There is no way back from here."""
        service = read_json(self.site.directory / "service.json")
        if service["group"] != self.record.replacement:  # else it was done before the driver ended
            self._note("drain", group=self.record.original)
            self._end_task_set(service["task_set"])
            write_service(self.site, self._task_set())

    # The way back.

    def roll_back(self, code: str, reason: str) -> None:
        """All traffic to the original task set at once; then the replacement ends."""
        self._note("rollback", why=reason)
        self.record.code, self.record.reason = code, reason
        self._save()
        self._control.shift(PRODUCTION, self.record.original, 100)
        self._control.shift(TEST, self.record.original, 100)
        self._note("traffic back", to=self.record.original)
        self._end_task_set(self.record.name)
        self._end(ENDS[code])

    def _end_task_set(self, name: str) -> None:
        task_set = TaskSet.load(self.site, name)
        if task_set is not None:
            task_set.end(self.site)

    # What all steps use.

    def _run_hook(self, event: str) -> None:
        name = self._hooks.get(event)
        if name is None:
            return
        log = self.site.directory / f"{self.record.name}-{event}.log"
        with log.open("wb") as out:
            hook = subprocess.Popen(
                [self.site.hooks[name], self.site.test_url],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "PICUS_TOKEN": self.site.token},
            )
        try:
            self._wait_for(lambda: hook.poll() is not None, HOOK_SECONDS, f"the hook {name}")
        finally:
            hook.kill()
            hook.wait()
        self._note("hook", name=name, code=hook.returncode)
        if hook.returncode != 0:
            raise FailedError("HOOK_EXECUTION_FAILURE", f"the hook of {event} failed: see {log}")

    def _pause(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        self._wait_for(lambda: time.monotonic() >= ends, seconds + 60, "the end of a pause")

    def _wait_for(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Under the alarms. Raises FailedError."""
        deadline = time.monotonic() + seconds
        while not condition():
            samples = self._metrics.samples()
            for ringing in filter(None, [alarm.ringing(samples) for alarm in self._alarms]):
                raise FailedError("ALARM_ACTIVE", f"alarm: {ringing}")
            if self.stop_requested.is_set():
                raise FailedError("MANUAL_STOP", "stopped on request")
            if time.monotonic() > deadline:
                raise FailedError("TIMEOUT", f"not within {seconds:.0f} s: {what}")
            time.sleep(POLL_SECONDS)

    def _end(self, status: str) -> None:
        self.record.status = status
        self._save()
        self._note(status)

    def _save(self) -> None:
        write_json(self.site.directory / "deployment.json", asdict(self.record))

    def _note(self, event: str, **members: Any) -> None:
        self.site.note(event, deployment=self.record.name, **members)
