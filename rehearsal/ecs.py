"""ECS in the rehearsal: keeps the tasks of a service's task sets running and healthy.

The scheduler starts the tasks of a set, registers them in the target group, and replaces those that
end, that fail the health check of their container, or that fail the one of the target group. A
replacement starts before the unhealthy task is stopped: up to twice as many tasks as wanted
(ECS's default `maximumPercent`).
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.waiting import POLL_SECONDS
from rehearsal.container_check import ContainerCheck, check_of
from rehearsal.site import Site
from rehearsal.tasks import Task, container_of
from rehearsal.waiting import Repeated

RESTART_SECONDS = 0.5  # ECS waits longer and longer between the starts of a task that does not last
MAXIMUM = 2  # times the wanted number of tasks


@dataclass(frozen=True)
class TaskSet:
    """The tasks of one revision, in one target group."""

    name: str
    group: str
    task_definition: str


@dataclass
class Place:
    """A task, and what the scheduler knows of it."""

    task: Task
    slot: str
    check: ContainerCheck
    running_since: float | None = None  # it listens, and is registered
    unhealthy: str = ""
    stopping: threading.Thread | None = None


@dataclass
class Tasks:
    """Of one task set."""

    of: TaskSet
    container: dict[str, Any]
    environment: dict[str, str]
    wanted: bool = True
    places: list[Place] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    restart_at: float = 0.0


class Scheduler:
    """Works in a thread of its own until it is closed, which kills the tasks."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._control = site.control()
        self._sets: dict[str, Tasks] = {}
        self.tasks: list[Task] = []  # all that there were
        self._lock = threading.Lock()
        self._repeated = Repeated(self._work)

    def close(self) -> None:
        try:
            self._repeated.close()
        finally:
            for task in self.tasks:
                task.kill()

    def start(self, task_set: TaskSet) -> None:
        """Its tasks run until it is to end. It may run already."""
        revision = self._site.revision(task_set.task_definition)
        container = container_of(revision / "taskdef.json", self._site.group.container)
        own = json.loads((revision / "site.json").read_text(encoding="utf-8"))
        tasks = Tasks(task_set, container, self._site.environment | own)
        with self._lock:
            self._sets.setdefault(task_set.name, tasks)

    def end(self, task_set: TaskSet) -> bool:
        """Whether it has ended: its targets are deregistered, then its tasks are stopped."""
        with self._lock:
            tasks = self._sets.get(task_set.name)
            if tasks is not None:
                tasks.wanted = False
        return tasks is None

    def running(self, task_set: TaskSet) -> list[Task]:
        """Its tasks, in the order of their starts."""
        with self._lock:
            tasks = self._sets.get(task_set.name)
            return [one.task for one in tasks.places if one.task.running()] if tasks else []

    def _work(self) -> None:
        with self._lock:
            for one in list(self._sets.values()):
                self._care_for(one)

    def _care_for(self, tasks: Tasks) -> None:
        statuses = {one.slot: one.status for one in self._control.targets(tasks.of.group)}
        for place in list(tasks.places):
            self._register(tasks, place)
            self._judge(tasks, place, statuses.get(place.slot, ""))
            if place.stopping is None and not place.task.running():
                self._note(tasks, "task ended", task=place.task.name, why=place.task.last_words())
                self._control.deregister(tasks.of.group, place.slot)
                tasks.restart_at = time.monotonic() + RESTART_SECONDS
                self._forget(tasks, place)
        tasks.places = [
            one for one in tasks.places if one.stopping is None or one.stopping.is_alive()
        ]
        if tasks.wanted:
            self._scale(tasks, statuses)
        else:
            self._end(tasks)

    def _register(self, tasks: Tasks, place: Place) -> None:
        port = place.task.port()
        if place.running_since is None and port is not None and place.stopping is None:
            self._control.register(tasks.of.group, place.slot, port)
            place.running_since = time.monotonic()
            place.check.begin(port)

    def _judge(self, tasks: Tasks, place: Place, status: str) -> None:
        """Whether it has become unhealthy. A new task has a time of grace for both checks."""
        if place.running_since is None or place.unhealthy or place.stopping is not None:
            return
        failed = place.check.failed()
        if time.monotonic() < place.running_since + self._site.group.grace_seconds:
            return
        why = "the health check of its container" if failed else ""
        if not failed and status.startswith("DOWN"):
            why = "the health check of the target group"
        if why:
            place.unhealthy = why
            self._note(tasks, "task unhealthy", task=place.task.name, why=why)

    def _scale(self, tasks: Tasks, statuses: dict[str, str]) -> None:
        wanted = self._site.group.tasks
        there = [one for one in tasks.places if one.stopping is None]
        unhealthy = [one for one in there if one.unhealthy]
        if unhealthy and len(there) > wanted:
            others = [one for one in there if not one.unhealthy]
            if all(statuses.get(one.slot, "").startswith("UP") for one in others):
                for place in unhealthy[: len(there) - wanted]:
                    self._stop(tasks, place, "unhealthy")
                return
        missing = min(wanted - len(there) + len(unhealthy), MAXIMUM * wanted - len(there))
        if missing > 0 and time.monotonic() >= tasks.restart_at:
            self._start(tasks)

    def _start(self, tasks: Tasks) -> None:
        taken = {one.slot for one in tasks.places}
        slots = (one.slot for one in self._control.targets(tasks.of.group))
        slot = next(slot for slot in slots if slot not in taken)
        directory = self._site.directory / "tasks" / f"{tasks.of.name}-{next(tasks.numbers)}"
        task = Task(directory, self._site.runner, tasks.container, tasks.environment)
        scale = self._site.group.targets_scale
        check = check_of(tasks.container, self._site.runner, tasks.environment, scale)
        self.tasks.append(task)
        tasks.places.append(Place(task, slot, check))

    def _end(self, tasks: Tasks) -> None:
        for place in tasks.places:
            if place.stopping is None:
                self._stop(tasks, place, "its task set has ended")
        if not tasks.places:
            del self._sets[tasks.of.name]

    def _stop(
        self, tasks: Tasks, place: Place, why: str, first: Callable[[], None] | None = None
    ) -> None:
        """Out of the target group first, SIGTERM when that has let it go."""

        def stop() -> None:
            (first or drain)()
            code = place.task.stop(tasks.container.get("stopTimeout", 30))
            self._control.deregister(tasks.of.group, place.slot)
            served = place.running_since is not None
            members = {"task": place.task.name, "code": code, "served": served, "why": why}
            self._note(tasks, "task stopped", **members)

        def drain() -> None:
            if place.running_since is None:
                return
            self._control.drain(tasks.of.group, place.slot)
            deadline = time.monotonic() + self._site.group.deregistration_seconds
            while time.monotonic() < deadline:
                if self._control.idle(tasks.of.group, place.slot):
                    break
                time.sleep(POLL_SECONDS)
            self._control.deregister(tasks.of.group, place.slot)

        place.check.end()
        place.stopping = threading.Thread(target=stop, daemon=True)
        place.stopping.start()

    def _forget(self, tasks: Tasks, place: Place) -> None:
        place.check.end()
        tasks.places.remove(place)

    def retire(self, name: str) -> Task:
        """Fargate takes the place of the first task of a set: it is told to end at once, while it
        has traffic, and another one starts."""
        with self._lock:
            tasks = self._sets[name]
            place = next(one for one in tasks.places if one.stopping is None)
            self._stop(tasks, place, "retired", lambda: None)
        return place.task

    def _note(self, tasks: Tasks, event: str, **members: Any) -> None:
        self._site.note(event, deployment=tasks.of.name, **members)
