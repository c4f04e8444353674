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

import yaml

from rehearsal.alarm import Alarm
from rehearsal.balancer import PRODUCTION, TEST, other
from rehearsal.site import Site, read_json, write_json
from rehearsal.tasks import Task, container_of
from rehearsal.waiting import POLL_SECONDS

IN_PROGRESS, SUCCEEDED, ROLLED_BACK = "InProgress", "Succeeded", "RolledBack"
HOOK_SECONDS = 300  # an hour on AWS
RESTART_SECONDS = 0.5  # ECS waits longer and longer between the starts of a task that does not last


class FailedError(Exception):
    """The deployment has to go back."""


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
    reason: str = ""


def primary(site: Site) -> tuple[str, list[Task]]:
    """The target group that has the traffic between deployments, and its tasks."""
    service = read_json(site.directory / "service.json")
    return service["group"], [Task(Path(path)) for path in service["tasks"]]


def last_record(site: Site) -> Record | None:
    path = site.directory / "deployment.json"
    return Record(**read_json(path)) if path.exists() else None


class Deployment:
    """Of the revision in the record: a directory with appspec.yaml and taskdef.json."""

    def __init__(self, site: Site, record: Record) -> None:
        self.site = site
        self.record = record
        self._control = site.control()
        self._alarms = [Alarm(rule, self._control) for rule in site.group.alarms]
        self.stop_requested = threading.Event()
        revision = Path(record.revision)
        self._hooks: dict[str, str] = {}
        appspec = yaml.safe_load((revision / "appspec.yaml").read_text(encoding="utf-8"))
        for entry in appspec.get("Hooks", []):
            self._hooks |= entry
        service = appspec["Resources"][0]["TargetService"]["Properties"]
        container = service["LoadBalancerInfo"]["ContainerName"]
        self._container = container_of(revision / "taskdef.json", container)

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
        events: dict[str, Callable[[], None]] = {
            "BeforeInstall": self._no_more_than_its_hook,
            "Install": self._install,
            "AfterInstall": self._no_more_than_its_hook,
            "AllowTestTraffic": self._allow_test_traffic,
            "AfterAllowTestTraffic": self._no_more_than_its_hook,
            "BeforeAllowTraffic": self._no_more_than_its_hook,
            "AllowTraffic": self._allow_traffic,
            "AfterAllowTraffic": self._no_more_than_its_hook,
            "WaitForTermination": self._wait_for_termination,
            "Terminate": self._terminate_original,
        }
        names = list(events)
        try:
            for name in names[names.index(self.record.event) :]:
                self._enter(name)
                events[name]()
                self._run_hook(name)
        except FailedError as failure:
            self.roll_back(str(failure))
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
        """The replacement task set. A task that ends is started again, as ECS does."""
        slots = self._slots()
        registered: dict[str, Task] = {}
        restart_at = 0.0

        def healthy() -> bool:
            nonlocal restart_at
            tasks = {slot: self._task_of(slot) for slot in slots}
            for slot, task in tasks.items():
                if (task is None or not task.running()) and time.monotonic() >= restart_at:
                    if task is not None:
                        self._note("task ended", why=task.last_words())
                        restart_at = time.monotonic() + RESTART_SECONDS
                    self._start(slot)
                port = task.port() if task else None
                if task and port and slot not in registered:
                    self._control.register(self.record.replacement, slot, port)
                    registered[slot] = task
                elif task and slot in registered and registered[slot].name != task.name:
                    del registered[slot]
            return set(slots) <= self._control.healthy(self.record.replacement)

        self._wait_for(healthy, self.site.group.install_seconds, "healthy replacement tasks")

    def _slots(self) -> list[str]:
        return [f"task-{number + 1}" for number in range(self.site.group.tasks)]

    def _task_of(self, slot: str) -> Task | None:
        """The newest that was started in this place."""
        found = self._directories(slot)
        return Task(found[-1]) if found and (found[-1] / "pid").exists() else None

    def _directories(self, slot: str) -> list[Path]:
        found = (self.site.directory / "tasks").glob(f"{self.record.name}-{slot}-*")
        return sorted(found, key=lambda path: int(path.name.rpartition("-")[2]))

    def _start(self, slot: str) -> None:
        number = len(self._directories(slot)) + 1
        directory = self.site.directory / "tasks" / f"{self.record.name}-{slot}-{number}"
        own = self.site.environment | read_json(Path(self.record.revision) / "site.json")
        Task.start(directory, self.site.runner, self._container, own)

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
        tasks = [self._task_of(slot) for slot in self._slots()]
        old_group, old_tasks = primary(self.site)
        if old_group != self.record.replacement:  # else it was done before the driver was killed
            self._note("drain", group=self.record.original)
            self._end_tasks(self.record.original, old_tasks)
            paths = [str(task.directory) for task in tasks if task]
            write_json(
                self.site.directory / "service.json",
                {"group": self.record.replacement, "tasks": paths},
            )

    # The way back.

    def roll_back(self, reason: str) -> None:
        """All traffic to the original task set at once; then the replacement ends."""
        self._note("rollback", why=reason)
        self.record.reason = reason
        self._save()
        self._control.shift(PRODUCTION, self.record.original, 100)
        self._control.shift(TEST, self.record.original, 100)
        self._note("traffic back", to=self.record.original)
        directories = (self.site.directory / "tasks").glob(f"{self.record.name}-*")
        tasks = [Task(path) for path in directories if (path / "pid").exists()]
        self._end_tasks(self.record.replacement, [task for task in tasks if task.running()])
        self._end(ROLLED_BACK)

    def _end_tasks(self, group: str, tasks: list[Task]) -> None:
        """As ECS does it: out of the target group first, SIGTERM when that has let them go."""
        for target in self._control.targets(group):
            if target.status != "MAINT":
                self._control.drain(group, target.slot)
        deadline = time.monotonic() + self.site.group.deregistration_seconds
        while not self._control.idle(group) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        for slot in self._slots():
            self._control.deregister(group, slot)
        enders = [threading.Thread(target=self._end_task, args=(task,)) for task in tasks]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _end_task(self, task: Task) -> None:
        code = task.stop(self._container.get("stopTimeout", 30))
        served = task.port() is not None
        self._note("task stopped", task=task.name, code=code, served=served)

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
                env={"PATH": os.environ["PATH"]},
            )
        try:
            self._wait_for(lambda: hook.poll() is not None, HOOK_SECONDS, f"the hook {name}")
        finally:
            hook.kill()
            hook.wait()
        self._note("hook", name=name, code=hook.returncode)
        if hook.returncode != 0:
            raise FailedError(f"the hook of {event} failed: see {log}")

    def _pause(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        self._wait_for(lambda: time.monotonic() >= ends, seconds + 60, "the end of a pause")

    def _wait_for(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Under the alarms. Raises FailedError."""
        deadline = time.monotonic() + seconds
        while not condition():
            for ringing in filter(None, [alarm.ringing() for alarm in self._alarms]):
                raise FailedError(f"alarm: {ringing}")
            if self.stop_requested.is_set():
                raise FailedError("stopped on request")
            if time.monotonic() > deadline:
                raise FailedError(f"not within {seconds:.0f} s: {what}")
            time.sleep(POLL_SECONDS)

    def _end(self, status: str) -> None:
        self.record.status = status
        self._save()
        self._note(status)

    def _save(self) -> None:
        write_json(self.site.directory / "deployment.json", asdict(self.record))

    def _note(self, event: str, **members: Any) -> None:
        self.site.note(event, deployment=self.record.name, **members)
