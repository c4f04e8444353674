"""scripts/environment against a server that answers as GitHub's REST API documents it."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "environment"
Rules = list[dict[str, Any]]
Step = tuple[str, str | None] | None
DONE, FAILED = ("completed", "success"), ("completed", "failure")
CANCELLED, SKIPPED = ("completed", "cancelled"), ("completed", "skipped")
LOST, NOT_BEGUN = ("in_progress", None), ("queued", None)
REVIEWER = {"type": "User", "reviewer": {"login": "someone", "id": 1, "type": "User"}}
REVIEWERS = {
    "id": 1,
    "node_id": "n",
    "type": "required_reviewers",
    "prevent_self_review": False,
    "reviewers": [REVIEWER],
}
BRANCHES = {"id": 2, "node_id": "n", "type": "branch_policy"}
WAIT = {"id": 3, "node_id": "n", "type": "wait_timer", "wait_timer": 30}
MAIN_ONLY = {"protected_branches": False, "custom_branch_policies": True}


def steps(step: Step) -> list[dict[str, Any]]:
    """What the API has of a job whose step Deploy has this status and conclusion."""
    if not step:
        return []
    of_deploy = {"name": "Deploy", "status": step[0], "conclusion": step[1], "number": 2}
    return [{"name": "Check out", "status": DONE[0], "conclusion": DONE[1], "number": 1}, of_deploy]


class GitHub:
    """Knows one repository with one environment."""

    def __init__(self) -> None:
        self.rules: Rules = []
        self.branches: dict[str, bool] | None = None
        self.asked: list[tuple[str, str | None]] = []
        # Of each run: for each of its jobs that deploy, the status and conclusion of the step that
        # does. None: the job has no steps yet.
        self.runs: dict[int, dict[str, Step]] = {}
        github = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                github.asked.append((self.path, self.headers["Authorization"]))
                known = github.answer(self.path)
                body = json.dumps(known or {"message": "Not Found"}).encode()
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever).start()

    def answer(self, path: str) -> dict[str, Any] | None:
        path, _, query = path.removeprefix("/repos/someone/picus/").partition("?")
        if path.startswith("environments/"):
            return self.environment()
        if path == "actions/workflows/release.yaml/runs":
            assert query == "event=push&per_page=100"
            runs = [
                {"id": 7000 + number, "run_number": number, "head_sha": f"{number:040}"}
                for number in sorted(self.runs, reverse=True)
            ]
            return {"total_count": len(runs), "workflow_runs": runs}
        of_jobs = re.fullmatch(r"actions/runs/7(\d{3})/jobs", path)
        if not of_jobs:
            return None
        assert query == "filter=all&per_page=100"
        jobs = [
            {"name": f"Deploy to {name}", "steps": steps(step)}
            for name, step in self.runs[int(of_jobs[1])].items()
        ]
        jobs.insert(0, {"name": "Build", "steps": steps(DONE)})
        return {"total_count": len(jobs), "jobs": jobs}

    def environment(self) -> dict[str, Any]:
        return {
            "id": 161088068,
            "node_id": "n",
            "name": "prod",
            "created_at": "2026-11-23T22:00:40Z",
            "updated_at": "2026-11-23T22:00:40Z",
            "protection_rules": self.rules,
            "deployment_branch_policy": self.branches,
        }

    def ask(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        told = {
            "API_URL": self.url,
            "REPOSITORY": "someone/picus",
            "TOKEN": "t0",
            "RUN_NUMBER": "41",
            **env,
        }
        return subprocess.run(
            [SCRIPT, *arguments],
            env={f"GITHUB_{name}": value for name, value in told.items() if value},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def github() -> Iterator[GitHub]:
    running = GitHub()
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_an_environment_with_its_rules_passes(github: GitHub) -> None:
    github.rules, github.branches = [WAIT, REVIEWERS, BRANCHES], MAIN_ONLY
    done = github.ask("prod")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert github.asked[0] == ("/repos/someone/picus/environments/prod", "Bearer t0")


@pytest.mark.parametrize(
    "rules",
    [[], [WAIT, BRANCHES], [{**REVIEWERS, "reviewers": []}]],
    ids=["none", "other", "nobody"],
)
def test_production_without_reviewers_is_refused(github: GitHub, rules: Rules) -> None:
    github.rules, github.branches = rules, MAIN_ONLY
    done = github.ask("prod")
    assert done.returncode == 1
    assert "the environment prod has no required reviewers" in done.stderr
    assert "private repositories" in done.stderr
    assert github.ask("dev").returncode == 0  # needs none


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_an_environment_that_every_branch_deploys_from_is_refused(
    github: GitHub, name: str
) -> None:
    github.rules = [REVIEWERS]
    done = github.ask(name)
    assert done.returncode == 1
    assert f"the environment {name} has no branch restriction" in done.stderr


def test_an_older_commit_does_not_replace_a_newer_one(github: GitHub) -> None:
    github.rules, github.branches = [REVIEWERS], MAIN_ONLY
    github.runs = {
        39: {"dev": DONE, "prod": DONE},
        41: {"dev": LOST},
        42: {"dev": DONE, "prod": None},
        43: {"dev": SKIPPED, "prod": NOT_BEGUN},
        44: {},
    }
    refused = github.ask("dev")
    assert refused.returncode == 1
    assert (
        f"the environment dev may have the commit of the later run 42 ({42:040})" in refused.stderr
    )
    assert github.ask("prod").returncode == 0
    assert github.ask("dev", RUN_NUMBER="42").returncode == 0


@pytest.mark.parametrize("step", [CANCELLED, LOST, FAILED], ids=["cancelled", "lost", "failed"])
def test_a_deployment_that_did_not_end_well_can_have_changed_the_environment(
    github: GitHub, step: Step
) -> None:
    github.rules, github.branches = [REVIEWERS], MAIN_ONLY
    github.runs = {42: {"prod": step}}
    refused = github.ask("prod")
    assert refused.returncode == 1
    assert "may have the commit of the later run 42" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "env", "sentence"),
    [
        ((), {}, "name one of dev, prod"),
        (("staging",), {}, "name one of dev, prod"),
        (("prod",), {"TOKEN": ""}, "the variable GITHUB_TOKEN is not set"),
        (("prod",), {"RUN_NUMBER": ""}, "the variable GITHUB_RUN_NUMBER is not set"),
        (("prod",), {"REPOSITORY": "someone/else"}, "GitHub's API gives no answer: HTTP Error 404"),
        (("prod",), {"API_URL": "http://127.0.0.1:1"}, "GitHub's API gives no answer: "),
    ],
)
def test_a_question_that_cannot_be_asked_is_one_sentence(
    github: GitHub, arguments: tuple[str, ...], env: dict[str, str], sentence: str
) -> None:
    done = github.ask(*arguments, **env)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr
