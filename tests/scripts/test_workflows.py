"""What the workflows run is there, and they run nothing that the Makefile could not hold."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
PINNED = re.compile(r"^ +uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def steps(path: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def commands(path: Path) -> list[list[str]]:
    """Every line of every `run:` block, in words."""
    blocks = [step["run"] for step in steps(path) if "run" in step]
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line.strip()]


def targets(words: list[str]) -> list[str]:
    """Those that a call of make names, and those that it hands to make in a container."""
    named = [word for word in words[1:] if "=" not in word]
    handed = [word.removeprefix("ARGS=").split() for word in words if word.startswith("ARGS=")]
    return named + (handed[0] if named == ["debian"] and handed else [])


def test_there_are_workflows_that_run_something() -> None:
    assert [path.stem for path in WORKFLOWS] == ["check", "release"]
    assert all(commands(path) for path in WORKFLOWS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_is_a_target_of_the_makefile(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for words in commands(path):
        assert words[0] == "make", words
        assert targets(words), words
        for target in targets(words):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_deploys_is_understood_by_the_script(path: Path) -> None:
    for words in commands(path):
        if targets(words) == ["deploy"]:
            given = next(w.removeprefix("ARGS=") for w in words if w.startswith("ARGS="))
            done = subprocess.run(
                [ROOT / "deploy" / "deploy", *given.split(), "--help"],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert given.split()[0] in ("dev", "prod")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_with_its_version_beside(path: Path) -> None:
    lines = [line for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert PINNED.match(line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_failure_is_swallowed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "|| true" not in text
    assert "continue-on-error" not in text


def test_production_comes_after_dev_and_only_by_the_environments_rules() -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yaml").read_text("utf-8"))
    jobs = release["jobs"]
    assert jobs["dev"]["needs"] == "build"
    assert jobs["prod"]["needs"] == "dev"
    assert (jobs["dev"]["environment"], jobs["prod"]["environment"]) == ("dev", "prod")
    assert release["permissions"] == {}
    assert "id-token" not in jobs["build"]["permissions"]
