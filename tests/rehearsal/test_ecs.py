"""Tasks that fail a health check are replaced, as ECS replaces them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.waiting import wait_until
from rehearsal.balancer import BLUE, Balancer
from rehearsal.ecs import Scheduler, TaskSet
from rehearsal.plan import read_plan
from rehearsal.site import Site
from rehearsal.tasks import Runner, Task

SECONDS = 30
TASKS = 2
# A server whose health is what two files say: in its own directory for the load balancer, and for
# `healthcheck`, which finds that directory by the port.
PROGRAM = """#!/usr/bin/env python3
import http.server, os, pathlib, signal, sys
ports = pathlib.Path(os.environ["PORTS"])
if sys.argv[1] == "healthcheck":
    port = os.environ["PICUS_LISTEN"].rpartition(":")[2]
    sys.exit(((ports / port).resolve() / "container-ill").exists())
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if os.path.exists("target-ill") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *words):
        pass
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
(ports / str(server.server_port)).symlink_to(os.getcwd())
print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"""


class Service:
    """Two tasks in blue."""

    def __init__(self, directory: Path, stack: contextlib.ExitStack) -> None:
        plan = read_plan("prod")
        program = directory / "program"
        program.write_text(PROGRAM, encoding="utf-8")
        program.chmod(0o755)
        (directory / "ports").mkdir()
        self.balancer = Balancer(directory, plan.health, 1, 1)
        stack.callback(self.balancer.stop)
        self.control = self.balancer.control
        environment = {"PORTS": str(directory / "ports"), "PATH": "/usr/bin:/bin"}
        group = dataclasses.replace(plan.group, tasks=TASKS)
        self.site = Site(directory, group, Runner(str(program)), environment, {}, "")
        (directory / "timeline.jsonl").touch()
        revision = self.site.revision("picus:1")
        revision.mkdir(parents=True)
        plan.render(revision, "picus:1")
        (revision / "site.json").write_text(json.dumps(environment), encoding="utf-8")
        self.set = TaskSet("d-1", BLUE, "picus:1")
        self.scheduler = Scheduler(self.site)
        stack.callback(self.scheduler.close)
        self.scheduler.start(self.set)
        self.wait_until_steady()

    def tasks(self) -> list[Task]:
        return self.scheduler.running(self.set)

    def names(self) -> list[str]:
        return [task.name for task in self.tasks()]

    def wait_until_steady(self, without: str = "") -> None:
        def steady() -> bool:
            names = self.names()
            healthy = self.control.healthy(BLUE)
            return without not in names and len(names) == TASKS == len(healthy)

        wait_until(steady, "a steady service", SECONDS)

    def events(self, task: str) -> list[tuple[str, str]]:
        notes = [note for note in self.site.timeline() if note.get("task") == task]
        return [(note["event"], note["why"]) for note in notes]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with contextlib.ExitStack() as stack:
        yield Service(tmp_path, stack)


@pytest.mark.parametrize(
    ("ill", "why"),
    [
        ("target-ill", "the health check of the target group"),
        ("container-ill", "the health check of its container"),
    ],
)
def test_a_task_that_fails_a_health_check_is_replaced(service: Service, ill: str, why: str) -> None:
    first, second = service.tasks()
    (first.directory / ill).touch()
    service.wait_until_steady(without=first.name)
    assert service.names() == [second.name, "d-1-3"]
    expected = [("task unhealthy", why), ("task stopped", "unhealthy")]
    wait_until(lambda: service.events(first.name) == expected, "the end of the first task", SECONDS)
    assert first.exit_code() == 0


def test_a_task_that_ends_is_replaced(service: Service) -> None:
    first, second = service.tasks()
    first.kill()
    service.wait_until_steady(without=first.name)
    assert service.names() == [second.name, "d-1-3"]


def test_a_task_set_ends_with_all_its_tasks(service: Service) -> None:
    wait_until(lambda: service.scheduler.end(service.set), "the end of the task set", SECONDS)
    assert service.tasks() == []
    assert service.control.healthy(BLUE) == set()
