"""Everything that a rehearsal needs, brought up: table, function, load balancer, blue, clients."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from harness.access import EVERY_SCOPE, configuration, entry, new_token
from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.lambda_events import ALB_MULTI_VALUE
from harness.lambda_gateway import Gateway
from harness.lambda_process import LambdaProcess, variables_of
from harness.runtime_api import RuntimeApi
from harness.waiting import NeverError, wait_until
from picus_deploy.errors import code_of
from rehearsal.balancer import BLUE, PRODUCTION, TEST, Balancer
from rehearsal.codedeploy import Delivery, Service
from rehearsal.containers import runner_of
from rehearsal.driver import DEPLOYED, ROLLED_BACK, deployments_at
from rehearsal.ecs import Scheduler, TaskSet
from rehearsal.load import Load
from rehearsal.plan import SECRET, VERIFY, Plan
from rehearsal.site import Site
from rehearsal.tasks import Runner, Task

START_SECONDS = 60
DEPLOY_SECONDS = 600
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
    """A process that deploys a task definition."""

    def __init__(self, site: Site, url: str, task_definition: str) -> None:
        self._log = site.directory / "driver.log"
        path = ":".join(str(ROOT / name) for name in (".", "deploy", "tests"))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rehearsal.driver", url, task_definition],
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> bool:
        """Whether the revision is deployed; false: rolled back."""
        code = self._process.wait(DEPLOY_SECONDS)
        if code not in (DEPLOYED, ROLLED_BACK):
            raise RuntimeError(f"the driver ended with {code}: {self._log.read_text()}")
        return code == DEPLOYED

    def ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


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
        (directory / "timeline.jsonl").touch()
        self._scheduler = Scheduler(self.site)
        stack.callback(self._scheduler.close)
        # What the service stack makes.
        first = TaskSet("d-0", BLUE, self.revision())
        self._scheduler.start(first)
        self._delivery = Delivery(self.site, self._scheduler, first)
        self.wait_until_healthy()
        self.code_deploy = Service(self._delivery)
        stack.callback(self.code_deploy.close)
        self._deployments = deployments_at(self.code_deploy.url)
        stack.callback(self.kill_drivers)

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

    def primary(self) -> tuple[str, list[Task]]:
        """The target group that has the traffic, and its tasks."""
        task_set = self._delivery.serving
        return task_set.group, self._scheduler.running(task_set)

    def running_tasks(self) -> set[str]:
        """The names of all, whichever deployment started them."""
        return {task.name for task in self._scheduler.tasks if task.running()}

    def revision(self, *, faulty: bool = False, **settings: str) -> str:
        """A new one; its task definition. A faulty one reaches its table by the way that can be
        harmed; `settings` are variables that its tasks have otherwise."""
        self._revisions += 1
        name = f"picus-task:{self._revisions}"
        directory = self.site.revision(name)
        directory.mkdir(parents=True)
        self.plan.render(directory, name)
        url = self.balancer.url("faulty" if faulty else "table")
        own = json.dumps({"PICUS_ENDPOINT_URL": url, **settings})
        (directory / "site.json").write_text(own, encoding="utf-8")
        return name

    def wait_until_healthy(self) -> None:
        """Until the service has as many healthy tasks as it wants, and no others."""
        count = self.plan.group.tasks

        def steady() -> bool:
            group, tasks = self.primary()
            return len(tasks) == count == len(self.control.healthy(group))

        wait_until(steady, "a steady service", START_SECONDS)

    def retire_a_task(self) -> int:
        """Fargate stops a task that has traffic, in the middle of it, and ECS starts another; the
        exit code of the first."""
        task = self._scheduler.retire(self._delivery.serving.name)
        wait_until(lambda: not task.running(), f"end of {task.name}", START_SECONDS)
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

    def deploy(self, task_definition: str) -> Driver:
        driver = Driver(self.site, self.code_deploy.url, task_definition)
        self._drivers.append(driver)
        return driver

    def kill_drivers(self) -> None:
        while self._drivers:
            self._drivers.pop().kill()

    def refuses(self, task_definition: str) -> bool:
        """Whether CodeDeploy takes no other deployment now."""
        try:
            self._deployments.create(task_definition, "", "a second one")
        except ClientError as error:
            return code_of(error) == "DeploymentLimitExceededException"
        return False

    def stop(self) -> None:
        """The deployment that is on its way goes back, as by `deploy/deploy rollback`."""
        for identifier in self._deployments.on_their_way():
            self._deployments.stop(identifier)

    def give_up(self) -> None:
        """Nothing is on its way any more."""
        self.kill_drivers()
        self.stop()
        wait_until(lambda: not self._deployments.on_their_way(), "the way back", DEPLOY_SECONDS)

    def wait_for_event(self, driver: Driver, event: str, since: int) -> dict[str, Any]:
        """The first note of it after that many of the timeline; waits while the driver works."""

        def seen() -> list[dict[str, Any]]:
            return [note for note in self.site.timeline()[since:] if note["event"] == event]

        seconds = self.plan.group.install_seconds + START_SECONDS
        wait_until(lambda: bool(seen()) or driver.ended(), event, seconds)
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
