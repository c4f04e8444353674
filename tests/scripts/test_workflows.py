"""What the workflows run is there, and they run nothing that the Makefile could not hold."""

from __future__ import annotations

import re
import shlex
import subprocess
from itertools import product
from pathlib import Path, PurePath
from typing import Any

import pytest
import yaml

from harness.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
PINNED = re.compile(r"^ +uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def workflow(name: str) -> dict[Any, Any]:
    text = (ROOT / ".github" / "workflows" / f"{name}.yaml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def jobs(path: Path) -> list[dict[str, Any]]:
    return list(workflow(path.stem)["jobs"].values())


def shards(job: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of its matrix; one without a name where it has none."""
    rows = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
    assert isinstance(rows, list)
    return rows


def commands(path: Path) -> list[list[str]]:
    """Every line of every `run:` block, in words, with the variables that come from a matrix.

    A shell that is replaced by its command (`exec`) runs the same.
    """
    found = []
    for job in jobs(path):
        for step, row in product(job.get("steps", []), shards(job)):
            block = step.get("run", "")
            for name, value in step.get("env", {}).items():
                field = re.fullmatch(r"\$\{\{ matrix\.(\w+) \}\}", value)
                block = block.replace(f"${name}", row[field[1]]) if field else block
            lines = [line.removeprefix("exec ") for line in block.splitlines()]
            found += [shlex.split(line) for line in lines if line.strip()]
    return found


def handed(words: list[str]) -> list[str]:
    """What a call of make passes on in ARGS, as the shell reads it there."""
    given = next((word for word in words if word.startswith("ARGS=")), "ARGS=")
    return shlex.split(given.removeprefix("ARGS="))


def targets(words: list[str]) -> list[str]:
    """Those that a call of make names, and those that it hands to make in a container."""
    named = [word for word in words[1:] if "=" not in word]
    inside = [word for word in handed(words) if "=" not in word and not word.startswith("-")]
    return named + (inside if named == ["debian"] else [])


def test_there_are_workflows_that_run_something() -> None:
    assert [path.stem for path in WORKFLOWS] == ["check", "nightly", "publish", "release"]
    assert all(commands(path) for path in WORKFLOWS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_is_a_target_of_the_makefile(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for words in commands(path):
        assert words[0] == "make", words
        assert targets(words), words
        for target in targets(words):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_what_runs_on_the_runner_itself_is_known() -> None:
    """The tests of these targets' scripts have no other commands than the runner (runner.txt)."""
    own = {targets(words)[0] for path in WORKFLOWS for words in commands(path)}
    assert own - {"deploy", "environment"} == {  # which need nothing but Python
        *("builder", "debian", "image", "images", "publish", "setup", "tag")
    }


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
    lines = [line for line in lines if "uses: ./" not in line]  # those are of the same commit
    assert lines
    for line in lines:
        assert PINNED.match(line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_failure_is_swallowed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "|| true" not in text
    assert "continue-on-error" not in text


def test_no_commit_is_checked_twice() -> None:
    # `on` is YAML 1.1's word for true.
    triggers = {path.stem: workflow(path.stem)[True] for path in WORKFLOWS}
    assert set(triggers["check"]) == {"pull_request", "workflow_call"}
    assert triggers["release"] == {"push": {"branches": ["main"]}}
    assert triggers["publish"] == {"push": {"tags": ["v*"]}}


def test_nothing_is_released_that_was_not_checked() -> None:
    release = workflow("release")["jobs"]
    assert release["check"]["uses"] == "./.github/workflows/check.yaml"
    assert "check" in release["dev"]["needs"]
    publish = workflow("publish")["jobs"]
    assert publish["check"]["uses"] == release["check"]["uses"]
    assert set(publish["publish"]["needs"]) == {"check", "build"}
    assert all(publish[name]["needs"] == "tag" for name in ("check", "build"))


def test_what_is_attested_is_what_is_built() -> None:
    """The names in the workflow are those that `make dist` writes."""
    steps = workflow("publish")["jobs"]["publish"]["steps"]
    given = [step["with"] for step in steps if step.get("uses", "").startswith("actions/attest@")]
    made = {
        f"build/dist/{name}"
        for architecture in ("amd64", "arm64")
        for name in (
            f"picus-{VERSION}-linux-{architecture}.tar.gz",
            f"picus_{VERSION}_{architecture}.deb",
        )
    }
    patterns = [line for one in given for line in one.get("subject-path", "").split()]
    matched = [name for name in made for pattern in patterns if PurePath(name).match(pattern)]
    assert sorted(matched) == sorted(made)
    bills = [one["sbom-path"] for one in given if "sbom-path" in one]
    assert bills == [f"build/dist/picus-linux-{name}.cdx.json" for name in ("amd64", "arm64")]
    assert given[0] == {"subject-checksums": "build/dist/SHA256SUMS"}


def test_a_tag_that_is_not_checked_yet_is_no_program() -> None:
    """Neither make nor a shell expands a variable of the environment that came from outside."""
    (step,) = [step for step in workflow("publish")["jobs"]["tag"]["steps"] if "run" in step]
    assert (step["run"], step["env"]) == ("make tag", {"ARGS": "${{ github.ref_name }}"})


def test_production_comes_after_dev_and_only_by_the_environments_rules() -> None:
    release = workflow("release")
    jobs = release["jobs"]
    assert jobs["dev"]["needs"] == ["check", "build"]
    assert jobs["prod"]["needs"] == "dev"
    assert (jobs["dev"]["environment"], jobs["prod"]["environment"]) == ("dev", "prod")
    assert release["permissions"] == {}
    assert "id-token" not in jobs["build"]["permissions"]


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_role_is_taken_last(name: str) -> None:
    """Neither a refused environment nor a package of pip or npm comes near its credentials."""
    steps = workflow("release")["jobs"][name]["steps"]
    at = {step.get("run") or step["uses"].partition("@")[0]: i for i, step in enumerate(steps)}
    role = at["aws-actions/configure-aws-credentials"]
    assert at[f"make environment ARGS={name}"] < at["make setup ARGS=deploy"] < role
    assert role == len(steps) - 2
    assert at[f"make deploy ARGS='{name} --yes'"] == len(steps) - 1


def test_a_run_that_waits_for_approval_does_not_block_dev() -> None:
    release = workflow("release")
    groups = [release["jobs"][name]["concurrency"]["group"] for name in ("dev", "prod")]
    assert groups == ["deploy-dev", "deploy-prod"]
    assert "github.run_id" in release["concurrency"]["group"]
    assert not any(
        release["jobs"][name]["concurrency"]["cancel-in-progress"] for name in ("dev", "prod")
    )
    # scripts/environment finds what was deployed by these names.
    assert [release["jobs"][name]["name"] for name in ("dev", "prod")] == [
        "Deploy to dev",
        "Deploy to prod",
    ]
    steps = [release["jobs"][name]["steps"] for name in ("dev", "prod")]
    assert [of_job[-1]["name"] for of_job in steps] == ["Deploy", "Deploy"]


def test_a_fork_without_an_account_deploys_nothing() -> None:
    jobs = workflow("release")["jobs"]
    assert jobs["build"]["if"] == "vars.PICUS_DEPLOY == 'true'"
    assert "build" in jobs["dev"]["needs"]  # which is skipped with it


def test_each_part_of_the_checks_has_twenty_minutes() -> None:
    assert all(job["timeout-minutes"] <= 20 for job in workflow("check")["jobs"].values())


def stages(*words: str) -> list[str]:
    """What scripts/test would run."""
    command = ["/usr/bin/python3", "scripts/test", *words, "--list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line.split()[0] for line in done.stdout.splitlines()]


def test_each_stage_of_the_checks_runs_in_one_part() -> None:
    rows = shards(workflow("check")["jobs"]["shard"])
    given = [word for row in rows for word in shlex.split(row["targets"]) if "ARGS=" in word]
    parts = [stages(*shlex.split(words.removeprefix("ARGS="))) for words in given]
    builds = re.compile("set-up|build-")
    run = [name for part in parts for name in part if not builds.match(name)]
    assert sorted(run) == sorted(name for name in stages("ci") if not builds.match(name))
    assert [row["targets"] for row in rows].count("lint") == 1


def test_what_takes_more_rights_gets_them() -> None:
    rows = shards(workflow("check")["jobs"]["shard"])
    privileged = [row["name"] for row in rows if "--privileged" in row["targets"]]
    assert privileged == ["privileged"]


def test_a_night_proves_everything_with_the_history_that_it_takes() -> None:
    nightly = workflow("nightly")["jobs"]["full"]
    checkout, *others = nightly["steps"]
    assert checkout["with"]["fetch-depth"] == 0
    assert [step["run"] for step in others if "run" in step] == [
        """exec make debian ARGS="--privileged test ARGS='full --total=19800'\"""",
        "make debian ARGS=--stop",
    ]
    assert nightly["timeout-minutes"] * 60 > 19800


def test_caches_are_saved_however_a_check_ends() -> None:
    steps = workflow("check")["jobs"]["shard"]["steps"]
    kinds = [step.get("uses", "").partition("@")[0] for step in steps]
    assert "actions/cache" not in kinds  # it saves after a success alone
    restore, save = (steps[kinds.index(f"actions/cache/{kind}")] for kind in ("restore", "save"))
    assert save["if"] == "always()"
    assert save["with"]["key"] == restore["with"]["key"]
    assert save["with"]["path"] == restore["with"]["path"]
    for name in ("release", "publish"):
        text = (ROOT / ".github" / "workflows" / f"{name}.yaml").read_text("utf-8")
        assert "actions/cache" not in text
        assert "PICUS_BUILDER" not in text


CACHED = [
    (path.stem, name)
    for path in WORKFLOWS
    for name, job in workflow(path.stem)["jobs"].items()
    if any("actions/cache" in step.get("uses", "") for step in job.get("steps", []))
]


@pytest.mark.parametrize(("name", "job"), CACHED)
def test_a_container_has_ended_before_its_cache_is_saved(name: str, job: str) -> None:
    """Signals of the runner reach the first process of a step alone; its end ends no container."""
    steps = workflow(name)["jobs"][job]["steps"]
    kinds = [step.get("uses", "").partition("@")[0] for step in steps]
    test, stop = steps[kinds.index("actions/cache/restore") + 1 : kinds.index("actions/cache/save")]
    assert test["run"].startswith("exec make debian ")
    assert len(test["run"].splitlines()) == 1
    assert (stop["run"], stop["if"]) == ("make debian ARGS=--stop", "always()")


def test_a_second_attempt_replaces_what_the_first_one_uploaded() -> None:
    steps = [step for path in WORKFLOWS for job in jobs(path) for step in job.get("steps", [])]
    uploads = [step for step in steps if "actions/upload-artifact@" in step.get("uses", "")]
    assert len(uploads) >= 3
    for step in uploads:
        assert step["with"].get("overwrite") is True, step["name"]


def test_checks_run_without_the_image_that_would_make_them_faster() -> None:
    shard = workflow("check")["jobs"]["shard"]
    assert shard["needs"] == "builder"
    assert shard["if"] == "${{ !cancelled() }}"


def test_a_rule_of_codeowners_names_what_is_there_and_who_is_real() -> None:
    """GitHub ignores a rule without a valid owner, and fails nothing."""
    lines = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    rules = [re.fullmatch(r"(# )?(\*|/\S*)((?: @[\w./-]+)+)", line) for line in lines]
    found = [rule for rule in rules if rule]
    assert found
    for rule in found:
        assert rule[2] == "*" or (ROOT / rule[2].strip("/")).exists(), rule[0]
        assert rule[1] or "@OWNER" not in rule[3], f"no user is called so: {rule[0]}"
    assert all(line.startswith("# ") or rule for line, rule in zip(lines, rules, strict=True))
