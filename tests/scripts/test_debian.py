"""scripts/on-debian, builder and engine, with engines that keep a record and use no container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness import runner

ROOT = Path(__file__).resolve().parents[2]
# Of its arguments, what follows `bash` is the command: that one is run, without a container.
ENGINE = """#!/bin/bash
echo "${{0##*/}} $*" >>{record}
case $1 in
  info) exit {info} ;;
  pull | manifest) exit {pull} ;;
  push) exit ${{PUSH:-0}} ;;
  build) exit ${{BUILD:-0}} ;;
  image) exit 1 ;;
  ps) [[ -z $RUNNING ]] || echo "$RUNNING" ;;
  run) while [[ $1 != bash ]]; do shift; done; exec "$@" ;;
esac
"""


class Machine:
    """A checkout, and a PATH as on GitHub's runner with the engines that a test puts there."""

    def __init__(self, directory: Path) -> None:
        self.tree = directory / "checkout"
        self.bin = directory / "bin"
        self.record = directory / "record"
        self.home = directory / "home"
        shutil.copytree(ROOT / "scripts", self.tree / "scripts")
        self.home.mkdir()
        runner.fill(self.bin)
        self.program("make", f'echo "make $*" >>{self.record}; exit ${{EXIT:-0}}')
        self.program("apt-get", f'echo "apt-get $*" >>{self.record}')

    def program(self, name: str, body: str) -> None:
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).write_text(body if body.startswith("#!") else f"#!/bin/bash\n{body}\n")
        (self.bin / name).chmod(0o755)

    def engine(self, name: str, info: int = 0, pull: int = 0) -> None:
        self.program(name, ENGINE.format(record=self.record, info=info, pull=pull))

    def run(
        self, script: str, *arguments: str, tree: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [(tree or self.tree) / "scripts" / script, *arguments],
            env={"PATH": str(self.bin), "HOME": str(self.home), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, word: str) -> list[str]:
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [line for line in lines if re.match(rf"\w+ {word}\b", line)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_one_engine_is_enough(machine: Machine, name: str) -> None:
    machine.engine(name)
    done = machine.run("on-debian", "lint", "test", "ARGS=ci black-box")
    assert done.returncode == 0, done.stderr
    (call,) = machine.calls("run")
    assert call.startswith(f"{name} run --rm ")
    assert machine.record.read_text().splitlines()[-1] == "make lint test ARGS=ci black-box"


def test_an_engine_that_does_not_work_is_passed_over(machine: Machine) -> None:
    machine.engine("docker", info=1)
    machine.engine("podman")
    assert machine.run("engine").stdout == "podman\n"


@pytest.mark.parametrize("script", ["on-debian", "builder"])
@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ((), "no container engine is installed: install docker or podman"),
        (
            ("docker", "podman"),
            "`docker info` fails: start its service, join the group docker, or use podman",
        ),
        (("podman",), "`podman info` fails: its output names the reason"),
    ],
)
def test_no_engine_is_one_sentence(
    machine: Machine, script: str, broken: tuple[str, ...], sentence: str
) -> None:
    for name in broken:
        machine.engine(name, info=1)
    arguments = ("lint",) if script == "on-debian" else ()
    done = machine.run(script, *arguments, PICUS_BUILDER="registry.example/b")
    assert done.returncode == 2
    assert done.stderr == f"scripts/engine: {sentence}\n"
    assert not machine.calls("run")


@pytest.mark.parametrize(
    ("script", "arguments", "sentence"),
    [
        ("on-debian", (), "no target"),
        ("on-debian", ("--privileged",), "no target"),
        ("on-debian", ("--stop", "test"), "unexpected argument"),
        ("builder", ("--pull",), "unexpected argument"),
        ("builder", (), "PICUS_BUILDER is not set"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    machine: Machine, script: str, arguments: tuple[str, ...], sentence: str
) -> None:
    machine.engine("docker")
    done = machine.run(script, *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr


def test_the_checkout_has_its_own_path_inside(machine: Machine) -> None:
    machine.engine("docker")
    assert machine.run("on-debian", "lint").returncode == 0
    (call,) = machine.calls("run")
    assert f"--volume {machine.tree}:{machine.tree} " in call
    assert f"--workdir {machine.tree} " in call
    assert "PICUS_STAMPS=/var/" in call  # what is installed there is not installed here
    assert f"MAVEN_OPTS=-Dmaven.repo.local={machine.tree}/build/cache/m2" in call


def test_the_environment_of_python_is_not_the_machines(machine: Machine) -> None:
    """Another Python would look for its packages in another folder of it."""
    machine.engine("docker")
    assert machine.run("on-debian", "dist").returncode == 0
    (call,) = machine.calls("run")
    assert f"--volume {machine.tree}/build/debian-venv:{machine.tree}/.venv " in call
    # The engine would make both places as root.
    assert (machine.tree / "build" / "debian-venv").is_dir()
    assert (machine.tree / ".venv").is_dir()


def test_the_directory_of_git_is_there_for_a_second_work_tree_too(
    machine: Machine, tmp_path: Path
) -> None:
    machine.engine("docker")
    git = ["git", "-C", str(machine.tree), "-c", "user.name=a", "-c", "user.email=a@picus.example"]
    subprocess.run([*git[:3], "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message=a"], check=True)
    assert machine.run("on-debian", "lint").returncode == 0
    assert ":ro" not in machine.calls("run")[-1]
    second = tmp_path / "second"
    subprocess.run([*git, "worktree", "add", "--quiet", str(second)], check=True)
    done = machine.run("on-debian", "lint", tree=second)
    assert done.returncode == 0, done.stderr
    assert f"--volume {machine.tree}/.git:{machine.tree}/.git:ro " in machine.calls("run")[-1]


def test_without_more_rights_the_tests_are_told(machine: Machine) -> None:
    machine.engine("docker")
    assert machine.run("on-debian", "test").returncode == 0
    assert machine.run("on-debian", "--privileged", "test").returncode == 0
    plain, privileged = machine.calls("run")
    assert "PICUS_UNPRIVILEGED=1" in plain
    assert "--privileged" not in plain
    assert "--privileged --cgroupns=host " in privileged
    assert "PICUS_UNPRIVILEGED" not in privileged


def test_what_make_says_is_the_result(machine: Machine) -> None:
    machine.engine("docker")
    assert machine.run("on-debian", "test", EXIT="7").returncode == 7


def test_an_interrupt_waits_for_what_make_still_writes(machine: Machine) -> None:
    machine.engine("docker")
    started = machine.home / "started"
    os.mkfifo(started)
    machine.program(
        "make",
        f"trap 'sleep 0.3; echo ended >>{machine.record}; exit' TERM; echo >{started};"
        " while :; do sleep 0.1; done",
    )
    with subprocess.Popen(
        [machine.tree / "scripts" / "on-debian", "test"],
        env={"PATH": f"{machine.bin}:/usr/bin:/bin", "HOME": str(machine.home)},
    ) as process:
        started.read_text()
        process.terminate()
    assert process.returncode == 143
    assert machine.record.read_text().splitlines()[-1] == "ended"


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_what_still_runs_for_this_checkout_is_stopped(machine: Machine, name: str) -> None:
    machine.engine(name)
    assert machine.run("on-debian", "test").returncode == 0
    label = f"--label picus.checkout={machine.tree} "
    assert label in machine.calls("run")[0]
    done = machine.run("on-debian", "--stop", RUNNING="c1\nc2")
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.calls("ps") == [
        f"{name} ps --quiet --filter label=picus.checkout={machine.tree}"
    ]
    assert machine.calls("stop") == [f"{name} stop -t 60 c1 c2"]
    assert len(machine.calls("run")) == 1


def test_where_nothing_runs_nothing_is_stopped(machine: Machine) -> None:
    machine.engine("docker")
    done = machine.run("on-debian", "--stop", RUNNING="")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not machine.calls("stop")
    assert not machine.calls("run")


def test_what_is_cached_does_not_grow_without_end(machine: Machine) -> None:
    machine.engine("docker")
    assert machine.run("on-debian", "test").returncode == 0
    assert "--env CCACHE_MAXSIZE=500M " in machine.calls("run")[0]
    # What has no lists of packages cannot say which ones are old.
    assert "\napt-get" not in machine.record.read_text()


def test_a_builder_image_is_used_if_it_can_be_pulled(machine: Machine) -> None:
    machine.engine("docker")
    builder = "registry.example/Someone/Picus/builder"
    assert machine.run("on-debian", "lint", PICUS_BUILDER=builder).returncode == 0
    name = machine.run("builder", "--name", PICUS_BUILDER=builder).stdout.strip()
    assert re.fullmatch(r"registry\.example/someone/picus/builder:[0-9a-f]{16}-\d{4}-\d\d", name)
    assert f" {name} bash " in machine.calls("run")[-1]

    machine.engine("docker", pull=1)
    done = machine.run("on-debian", "lint", PICUS_BUILDER=builder)
    assert done.returncode == 0
    assert "cannot be pulled" in done.stderr
    assert " docker.io/library/debian:12@sha256:" in machine.calls("run")[-1]


def test_a_builder_image_is_made_once_for_the_same_packages(machine: Machine) -> None:
    machine.engine("docker")  # which says that the registry has it
    builder = "registry.example/picus"
    assert machine.run("builder", "--push", PICUS_BUILDER=builder).returncode == 0
    assert not machine.calls("push")

    machine.engine("docker", pull=1)
    assert machine.run("builder", "--push", PICUS_BUILDER=builder).returncode == 0
    name = machine.run("builder", "--name", PICUS_BUILDER=builder).stdout.strip()
    assert machine.calls("push") == [f"docker push {name}"]
    assert f"--tag {name} " in machine.calls("build")[-1]

    with (machine.tree / "scripts" / "packages.txt").open("a") as file:
        file.write("run tree for a test\n")
    other = machine.run("builder", "--name", PICUS_BUILDER=builder).stdout.strip()
    assert other != name


def test_a_builder_image_that_cannot_be_pushed_is_a_warning(machine: Machine) -> None:
    """An organisation may forbid new packages; checks then install what they need themselves."""
    machine.engine("docker", pull=1)
    builder = "registry.example/picus"
    done = machine.run("builder", "--push", PICUS_BUILDER=builder, PUSH="1")
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert "cannot be pushed" in line
    assert machine.run("builder", "--push", PICUS_BUILDER=builder, BUILD="1").returncode == 0
    assert machine.run("builder", PICUS_BUILDER=builder, BUILD="1").returncode == 1


def test_debian_is_named_by_its_digest() -> None:
    """The same one wherever Picus is compiled, in lines that Dependabot reads."""
    bases = set()
    for name in ("scripts/builder.Containerfile", "deploy/container/Containerfile"):
        text = (ROOT / name).read_text("utf-8")
        stages = {"scratch", *re.findall(r"^FROM .* AS (\S+)$", text, re.MULTILINE)}
        bases |= set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages
    (base,) = bases
    assert re.fullmatch(r"docker\.io/library/debian:12@sha256:[0-9a-f]{64}", base)


def test_what_an_unprivileged_container_leaves_out_is_named(tmp_path: Path) -> None:
    cases = [
        "tests/crash/test_full_disk.py",
        f"{Path(__file__)}::{test_debian_is_named_by_its_digest.__name__}",
    ]
    command = [sys.executable, "-m", "pytest", "--numprocesses=1", "-p", "no:cacheprovider"]
    junit = tmp_path / "junit.xml"
    done = subprocess.run(
        [*command, f"--junitxml={junit}", *cases],
        cwd=ROOT,
        env={**os.environ, "PICUS_UNPRIVILEGED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "7 cases left out: this system allows too little" in done.stdout
    properties = ElementTree.parse(junit).iter("property")
    told = [one.get("value") for one in properties if one.get("name") == "left out"]
    case = "crash/test_full_disk.py::test_a_full_disk_refuses_writes_and_loses_nothing"
    assert case in told  # to scripts/test
    assert case in done.stdout
    twice = "test_an_import_that_found_no_room_can_be_repeated_when_there_is_some"
    assert f"crash/test_full_disk.py::{twice}, 2 cases" in told
    assert "1 passed" in done.stdout


def test_what_listens_on_ipv6_is_left_out_by_name_where_there_is_none() -> None:
    """As in a container of docker 20.10."""
    cases = [
        "tests/upgrade/test_handover.py::test_several_listeners_are_handed_over_together",
        f"{Path(__file__)}::{test_debian_is_named_by_its_digest.__name__}",
    ]
    program = "import pytest, socket, sys; socket.has_ipv6 = False; sys.exit(pytest.main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "--numprocesses=0", "-p", "no:cacheprovider", *cases],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 cases left out: this system allows too little" in done.stdout
    assert cases[0].removeprefix("tests/") in done.stdout
    assert "1 passed" in done.stdout
