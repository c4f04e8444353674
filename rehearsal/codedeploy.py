"""CodeDeploy of the rehearsal: in real time, on HAProxy and the tasks of `rehearsal/ecs.py`."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time

from harness.code_deploy import CodeDeploy
from harness.code_deploy_lifecycle import AppSpec, World
from harness.http_server import Answer, HttpServer, Request
from rehearsal.alarm import Alarm, Metrics
from rehearsal.balancer import PRODUCTION, TEST, other
from rehearsal.ecs import Scheduler, TaskSet
from rehearsal.site import Site
from rehearsal.waiting import Repeated

GROUP = ("rehearsal", "rehearsal")  # the application and its deployment group
STEP_SECONDS = 0.1


class Delivery(World):
    """What its deployment group moves. `serving` is the primary task set."""

    target = "rehearsal:picus"
    hook_seconds = 300.0  # programs take the time that they take

    def __init__(self, site: Site, scheduler: Scheduler, first: TaskSet) -> None:
        self.steps = site.group.steps
        self.termination_wait_seconds = site.group.termination_wait_seconds
        self.install_seconds = site.group.install_seconds
        self.serving = first
        self._site, self._scheduler = site, scheduler
        self._control = site.control()
        self._hook: subprocess.Popen[bytes] | None = None

    def primary(self) -> str:
        return self.serving.task_definition

    def begin(self, identifier: str, spec: AppSpec) -> None:
        assert spec.container == self._site.group.container
        self._original = self.serving
        self._replacement = TaskSet(identifier, other(self.serving.group), spec.task_definition)
        self._metrics = Metrics(self._site.directory, self._control)
        self._alarms = [Alarm(rule) for rule in self._site.group.alarms]

    def installed(self) -> bool:
        self._scheduler.start(self._replacement)
        healthy = self._control.healthy(self._replacement.group)
        return len(healthy) >= self._site.group.tasks

    def allow_test(self) -> None:
        self._control.shift(TEST, self._replacement.group, 100)

    def shift(self, percent: int) -> None:
        self._control.shift(PRODUCTION, self._replacement.group, percent)
        self.note("shift", percent=str(percent), to=self._replacement.group)

    def promote(self) -> None:
        self.serving = self._replacement

    def back(self) -> None:
        for listener in (PRODUCTION, TEST):
            self._control.shift(listener, self._original.group, 100)
        self.note("traffic back", to=self._original.group)
        self.serving = self._original
        self._end_hook()

    def end_other(self) -> bool:
        self._metrics.close()
        pair = self._original, self._replacement
        return self._scheduler.end(next(one for one in pair if one is not self.serving))

    def hook(self, event: str, function: str) -> str | None:
        """A program in the function's place: its exit code is the status."""
        if self._hook is None:
            log = self._site.directory / f"{self._replacement.name}-{event}.log"
            with log.open("wb") as out:
                self._hook = subprocess.Popen(
                    [self._site.hooks[function], self._site.test_url],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env={"PATH": os.environ["PATH"], "PICUS_TOKEN": self._site.token},
                )
        code = self._hook.poll()
        if code is None:
            return None
        self._end_hook()
        self.note("hook", function=function, code=str(code))
        return "Failed" if code else "Succeeded"

    def _end_hook(self) -> None:
        if self._hook is not None:
            self._hook.kill()
            self._hook.wait()
            self._hook = None

    def alarm_rings(self) -> bool:
        samples = self._metrics.samples()
        ringing = [metric for alarm in self._alarms if (metric := alarm.ringing(samples))]
        if ringing:
            self.note("alarm", metric=ringing[0])
        return bool(ringing)

    def note(self, what: str, **more: str) -> None:
        self._site.note(what, **{"deployment": self._replacement.name, **more})


class Service(CodeDeploy):
    """On a port of this machine, until it is closed."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(time.monotonic)
        self.groups[GROUP] = delivery
        self._lock = threading.Lock()
        self._server = HttpServer(self._respond)
        self.url = self._server.url
        self._steps = Repeated(self._advance, STEP_SECONDS)

    def close(self) -> None:
        self._server.stop()
        self._steps.close()

    def _respond(self, request: Request) -> Answer:
        operation = request.headers["x-amz-target"].rpartition(".")[2]
        with self._lock:
            status, body = self.answer(operation, json.loads(request.body))
        return Answer(status, {"Content-Type": "application/x-amz-json-1.1"}, body)

    def _advance(self) -> None:
        with self._lock:
            for one in list(self.deployments.values()):
                self.step(one)
