"""Everything that a rehearsal needs, brought up: table, function, load balancer, blue, clients."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.access import EVERY_SCOPE, configuration, entry, new_token
from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.lambda_events import ALB_MULTI_VALUE
from harness.lambda_gateway import Gateway
from harness.lambda_process import LambdaProcess, variables_of
from harness.runtime_api import RuntimeApi
from rehearsal.balancer import BLUE, PRODUCTION, TEST, Balancer
from rehearsal.codedeploy import primary, write_service
from rehearsal.containers import runner_of
from rehearsal.driver import OCCUPIED
from rehearsal.ecs import Scheduler, TaskSet
from rehearsal.load import Load
from rehearsal.plan import SECRET, VERIFY, Plan
from rehearsal.site import Site, read_json, write_json
from rehearsal.tasks import Runner, Task
from rehearsal.waiting import NeverError, wait_until

START_SECONDS = 60
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Programs:
    """What is rehearsed, and with what: built programs, and how tasks of them run."""

    bootstrap: Path
    verify: Path
    load: Path
    runner: Runner
    remark: str  # what the tasks are


def programs_of(build: Path, image: Path | None, stack: contextlib.ExitStack) -> Programs:
    """Of a build directory. Without an image tasks are processes."""
    names = ("picus", "bootstrap", "picus-verify", "rehearsal_load")
    missing = [name for name in names if not (build / name).exists()]
    if missing:
        raise RuntimeError(f"not built: {', '.join(missing)}")
    picus, bootstrap, verify, load = (build / name for name in names)
    runner, remark = Runner(str(picus)), "Tasks are processes."
    if image:
        runner, remark = runner_of(image, picus, stack)
    return Programs(bootstrap, verify, load, runner, remark)


class Driver:
    """A process that deploys a revision."""

    def __init__(self, site: Site, revision: Path) -> None:
        self._log = site.directory / "driver.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rehearsal.driver", str(site.directory), str(revision)],
                env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> bool:
        """Whether the revision is deployed; false: rolled back."""
        code = self._process.wait()
        if code not in (0, 1):
            raise RuntimeError(f"the driver ended with {code}: {self._log.read_text()}")
        return code == 0

    def ended(self) -> bool:
        return self._process.poll() is not None

    def refused(self) -> bool:
        """Whether it ended because another one is at work."""
        return self._process.wait() == OCCUPIED

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)


class Stage:
    """`site` is the place that deployments happen in. What it starts ends with `stack`."""

    def __init__(
        self, directory: Path, plan: Plan, programs: Programs, stack: contextlib.ExitStack
    ) -> None:
        self.plan = plan
        self.directory = directory
        self._programs = programs
        self._stack = stack
        self._revisions = 0
        self._loads = 0
        self._drivers: list[Driver] = []
        dynamodb = DynamoDbLocal(directory)
        stack.callback(dynamodb.stop)
        self._table = dynamodb.create_table()
        self.tokens = {name: new_token() for name in ("load", "verification", "tester")}
        function = self._start_function(dynamodb)
        self.balancer = Balancer(directory, plan.health, function, dynamodb.port)
        stack.callback(self.balancer.stop)
        self.control = self.balancer.control
        self.site = Site(
            directory,
            plan.group,
            programs.runner,
            {
                **CREDENTIALS,
                "PICUS_REGION": REGION,
                "PICUS_TABLE": self._table,
                "PICUS_ENVIRONMENT_NAME": "rehearsal",
                "PICUS_ALLOW_HOST": "rehearsal",  # which the load's clients name
                "PICUS_DRAIN_DELAY": f"{1000 * plan.group.deregistration_seconds:.0f}ms",
                "PICUS_LISTEN": "127.0.0.1:0",  # a task has an address of its own on AWS
                SECRET: self.access("load", "verification"),
            },
            {VERIFY: str(programs.verify)},
            self.balancer.url(TEST),
            self.tokens["verification"],
        )
        self.site.save()
        stack.callback(self._kill_tasks)
        self._scheduler = Scheduler(self.site)
        stack.callback(self._scheduler.close)
        stack.callback(self.kill_drivers)
        self._start_service()

    def _start_function(self, dynamodb: DynamoDbLocal) -> int:
        """What deletes; the port that the load balancer reaches it at."""
        api = RuntimeApi()
        self._stack.callback(api.stop)
        variables = variables_of(dynamodb, self._table)
        variables[SECRET] = self.access("load", "verification")
        function = LambdaProcess(self._programs.bootstrap, self.directory, api, variables)
        self._stack.callback(function.stop)
        gateway = Gateway(ALB_MULTI_VALUE, api)
        self._stack.callback(gateway.stop)
        return int(gateway.url.rpartition(":")[2])

    def access(self, *names: str) -> str:
        """The access configuration in which these, and nobody else, may do everything."""
        scopes = " ".join(EVERY_SCOPE)
        return configuration(*(entry(name, self.tokens[name], scopes) for name in names))

    def _kill_tasks(self) -> None:
        for directory in (self.directory / "tasks").glob("*"):
            if (directory / "pid").exists():
                Task(directory).kill()

    def primary(self) -> tuple[str, list[Task]]:
        """The target group that has the traffic, and its tasks."""
        return primary(self.site)

    def running_tasks(self) -> set[str]:
        """The names of all, whichever deployment started them."""
        directories = (self.directory / "tasks").glob("*")
        tasks = [Task(directory) for directory in directories if (directory / "pid").exists()]
        return {task.name for task in tasks if task.running()}

    def revision(self, *, faulty: bool = False, **settings: str) -> Path:
        """A new one. A faulty one reaches its table by the way that can be harmed; `settings` are
        variables that its tasks have otherwise."""
        self._revisions += 1
        directory = self.directory / "revisions" / f"r-{self._revisions}"
        directory.mkdir(parents=True)
        self.plan.render(directory, f"picus-task:{self._revisions}")
        url = self.balancer.url("faulty" if faulty else "table")
        write_json(directory / "site.json", {"PICUS_ENDPOINT_URL": url, **settings})
        return directory

    def _start_service(self) -> None:
        """What the service stack makes: the first task set, in the blue target group."""
        first = TaskSet("d-0", BLUE, str(self.revision()))
        first.save(self.site)
        write_service(self.site, first)
        self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        """Until the service has as many healthy tasks as it wants, and no others."""
        count = self.plan.group.tasks

        def steady() -> bool:
            group, tasks = self.primary()
            return len(tasks) == count == len(self.control.healthy(group))

        wait_until(steady, START_SECONDS, "a steady service")

    def retire_a_task(self) -> int:
        """Fargate stops a task that has traffic, in the middle of it, and ECS starts another; the
        exit code of the first."""
        task = self._scheduler.retire(read_json(self.directory / "service.json")["task_set"])
        wait_until(lambda: not task.running(), START_SECONDS, f"end of {task.name}")
        self.wait_until_healthy()
        code = task.exit_code()
        assert code is not None
        return code

    def lose_a_task(self) -> None:
        """It ends without a word, as no deployment ends it."""
        _, tasks = self.primary()
        tasks[0].kill()

    def start_load(self, rate: int, seed: int = 1) -> Load:
        """Requests a second; 0: as fast as it goes."""
        port = self.balancer.ports[PRODUCTION]
        self._loads += 1
        name, token = f"load-{self._loads}", self.tokens["load"]
        load = Load(self._programs.load, self.directory, name, port, rate, token, seed)
        self._stack.callback(load.kill)
        return load

    def status_of(self, path: str, token: str = "") -> int:
        """Of a GET by a client of its own."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.balancer.ports[PRODUCTION], timeout=START_SECONDS
        )
        with contextlib.closing(connection):
            headers = {
                "Host": "rehearsal",
                "Authorization": f"Bearer {token or self.tokens['load']}",
            }
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            return response.status

    def deploy(self, revision: Path) -> Driver:
        driver = Driver(self.site, revision)
        self._drivers.append(driver)
        return driver

    def kill_drivers(self) -> None:
        """What they have begun, the next one takes up or rolls back."""
        while self._drivers:
            self._drivers.pop().kill()

    def wait_for_event(self, driver: Driver, event: str, since: int) -> dict[str, Any]:
        """The first note of it after that many of the timeline; waits while the driver works."""

        def seen() -> list[dict[str, Any]]:
            return [note for note in self.site.timeline()[since:] if note["event"] == event]

        seconds = self.plan.group.install_seconds + START_SECONDS
        wait_until(lambda: bool(seen()) or driver.ended(), seconds, event)
        found = seen()
        if not found:
            reasons = [note["why"] for note in self.site.timeline()[since:] if "why" in note]
            raise NeverError(f"the driver ended before {event}: {', '.join(reasons)}")
        return found[0]


@contextlib.contextmanager
def staged(directory: Path, plan: Plan, programs: Programs) -> Iterator[Stage]:
    """A stage on a DynamoDB Local of its own."""
    with contextlib.ExitStack() as stack:
        yield Stage(directory, plan, programs, stack)
