"""scripts/setup in a copy of the tree, with an apt-get and a dpkg-query that only keep a record."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import runner

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "tests/requirements.txt",
    "tests/dynamodb/pom.xml",
    "tests/dynamodb/install",
    "deploy/requirements.txt",
)


class Machine:
    """A Debian of which only the list of installed packages is there."""

    def __init__(self, directory: Path) -> None:
        self.tree = directory / "tree"
        self.bin = directory / "bin"
        self.record = directory / "record"
        self.installed = directory / "installed"
        self.installed.write_text("")
        shutil.copytree(ROOT / "scripts", self.tree / "scripts")
        for name in COPIED:
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.tree / name)
        install = self.tree / "scripts" / "node-packages"
        install.write_text(f'#!/bin/bash\necho "node-packages $1" >>{self.record}\n')
        install.chmod(0o755)
        runner.fill(self.bin)
        self.program("apt-get", f'echo "apt-get $*" >>{self.record}')
        self.program("dpkg", f'[[ $1 != --add* ]] && echo amd64 || echo "dpkg $*" >>{self.record}')
        native = "/:/!s/$/:amd64/; s/^libcli11-dev:amd64/libcli11-dev:all/; s/^/installed /"
        self.program("dpkg-query", f"sed '{native}' {self.installed}")

    def program(self, name: str, body: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    def run(self, job: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.tree / "scripts" / "setup", job],
            env={"PATH": str(self.bin), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def fill_venv(self) -> None:
        """Environments that are there, with a Python that does nothing."""
        for venv in (self.tree / ".venv", self.tree / ".venv" / "checkov"):
            (venv / "bin").mkdir(parents=True)
            (venv / "bin" / "python").symlink_to("/bin/true")
            (venv / "bin" / "go").symlink_to("/bin/true")

    def calls(self) -> list[str]:
        return self.record.read_text().splitlines() if self.record.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    if os.geteuid() != 0:
        made.program("sudo", 'exec "$@"')
    return made


JOBS = ("run", "quick", "ci", "full", "lint", "image", "arm64", "bench", "deploy", "dist")
TIERS = {"quick": ("quick",), "ci": ("quick", "ci"), "full": ("quick", "ci", "arm64", "full")}


def packages(job: str, with_run: bool = True) -> set[str]:
    lines = (ROOT / "scripts" / "packages.txt").read_text().splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    jobs = {*TIERS.get(job, (job,)), *(["run"] if with_run else [])}
    return {word[1] for word in words if word[0] in jobs}


def test_every_package_says_what_it_is_for() -> None:
    for line in (ROOT / "scripts" / "packages.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            job, _, reason = line.split(None, 2)
            assert job in JOBS
            assert len(reason) > 3


def test_what_is_missing_is_named_with_its_reason_and_installed(machine: Machine) -> None:
    done = machine.run("run")
    assert done.returncode == 0, done.stderr
    assert "clang-19: the C++23 compiler" in done.stderr
    update, install = machine.calls()
    assert update.endswith(" update")
    assert {"--no-install-recommends", "--no-remove", "-y"} <= set(install.split())
    assert packages("run") <= set(install.split())
    assert not (packages("full") - packages("run")) & set(install.split())


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_brings_what_it_runs_and_what_smaller_tiers_run(machine: Machine, tier: str) -> None:
    machine.fill_venv()
    machine.program("mvn", "true")
    assert machine.run(tier).returncode == 0
    (install,) = [call for call in machine.calls() if " install " in call]
    installed = set(install.partition(" --no-remove ")[2].split())
    assert installed == packages(tier)
    foreign = {name for name in installed if name.endswith(":arm64")}
    engines = installed & {"podman", "buildah", "runc", "qemu-user-static"}
    assert bool(foreign) == ("dpkg --add-architecture arm64" in machine.calls()) == (tier == "full")
    assert (
        engines
        == {
            "quick": set(),
            "ci": {"podman", "buildah", "runc"},
            "full": {"podman", "buildah", "runc", "qemu-user-static"},
        }[tier]
    )


def test_the_first_tier_has_no_environment_for_checkov(machine: Machine) -> None:
    machine.fill_venv()
    for venv in (".venv", ".venv/checkov"):
        (machine.tree / venv / "bin" / "python").unlink()
        machine_python = machine.tree / venv / "bin" / "python"
        machine_python.write_text(f'#!/bin/bash\necho "{venv} $*" >>{machine.record}\n')
        machine_python.chmod(0o755)
    machine.program("mvn", "true")
    assert machine.run("quick").returncode == 0
    assert not [
        call for call in machine.calls() if call.startswith((".venv/checkov", "node-packages"))
    ]
    assert machine.run("ci").returncode == 0
    assert [call.split()[0] for call in machine.calls() if "venv" in call.split()[0]] == [
        ".venv",
        ".venv",
        ".venv/checkov",
    ]


def test_what_is_there_is_not_installed(machine: Machine) -> None:
    machine.installed.write_text("\n".join(packages("run") - {"ccache"}) + "\n")
    assert machine.run("run").returncode == 0
    assert machine.calls()[1].split()[-1] == "ccache"
    assert "clang-19" not in machine.calls()[1]


def test_nothing_is_asked_of_apt_when_all_is_there(machine: Machine) -> None:
    machine.installed.write_text("\n".join(packages("run")) + "\n")
    done = machine.run("run")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.calls() == []


def test_libraries_of_another_architecture_are_installed_beside_the_machines_own(
    machine: Machine,
) -> None:
    foreign = packages("arm64") - packages("run")
    assert all(name.endswith(":arm64") for name in foreign)
    machine.installed.write_text("\n".join(packages("run")) + "\n")
    assert machine.run("arm64").returncode == 0
    added, update, install = machine.calls()
    assert added == "dpkg --add-architecture arm64"
    assert update.endswith(" update")
    assert set(install.split()[-len(foreign) :]) == foreign
    machine.installed.write_text("\n".join(foreign) + "\n")  # they are not the machine's own
    assert machine.run("run").returncode == 0
    assert packages("run") <= set(machine.calls()[-1].split())


def test_benchmarks_bring_dynamodb_local_and_the_rivals(machine: Machine) -> None:
    machine.installed.write_text("\n".join(packages("bench")) + "\n")
    machine.program("mvn", f'echo "mvn" >>{machine.record}')
    rivals = machine.tree / "bench" / "rivals" / "install"
    rivals.parent.mkdir(parents=True)
    rivals.write_text(f'#!/bin/bash\necho "rivals" >>{machine.record}\n')
    rivals.chmod(0o755)
    done = machine.run("bench")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.calls() == ["mvn", "rivals"]
    assert machine.run("bench").returncode == 0
    assert machine.calls() == ["mvn", "rivals", "rivals"]  # they know what they have


def test_a_second_call_does_nothing(machine: Machine) -> None:
    assert machine.run("run").returncode == 0
    before = machine.calls()
    machine.program("dpkg-query", "exit 1")
    done = machine.run("run")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.calls() == before


def test_a_changed_list_is_looked_at_again(machine: Machine) -> None:
    assert machine.run("run").returncode == 0
    with (machine.tree / "scripts" / "packages.txt").open("a") as file:
        file.write("run tree for a test\n")
    assert machine.run("run").returncode == 0
    assert "tree" in machine.calls()[-1].split()


def test_a_failed_installation_is_said_and_tried_again(machine: Machine) -> None:
    machine.program("apt-get", f'echo "apt-get $*" >>{machine.record}; [[ "$*" == *update ]]')
    for _ in range(2):
        done = machine.run("run")
        assert done.returncode == 1
        assert "could not install" in done.stderr
    assert len(machine.calls()) == 4


def test_dynamodb_local_is_fetched_once_and_for_tests_only(machine: Machine) -> None:
    machine.fill_venv()
    machine.installed.write_text("\n".join(packages("ci") | packages("lint")) + "\n")
    machine.program("mvn", f'echo "mvn $*" >>{machine.record}')
    for job in ("run", "lint", "quick", "ci", "ci"):
        assert machine.run(job).returncode == 0
    # Whether packages of Node.js are there already, their own installation knows.
    call, *others = machine.calls()
    assert others == ["node-packages deploy/serverless", "node-packages tests/browser"] * 2
    assert {"--strict-checksums", "tests/dynamodb/pom.xml"} <= set(call.split())
    assert call.endswith(f"-DoutputDirectory={machine.tree}/build/dynamodb-local")


def test_a_failed_fetch_is_said_and_tried_again(machine: Machine) -> None:
    machine.installed.write_text("\n".join(packages("quick")) + "\n")
    machine.program("mvn", f'echo "mvn $*" >>{machine.record}; exit 1')
    for _ in range(2):
        done = machine.run("quick")
        assert done.returncode == 1
        assert "Maven could not fetch DynamoDB Local" in done.stderr
    assert len(machine.calls()) == 2


def test_another_system_gets_one_clear_line(machine: Machine) -> None:
    (machine.bin / "apt-get").unlink()
    done = machine.run("run")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "not a Debian system" in done.stderr
    assert machine.run("run", PICUS_NO_APT="1").returncode == 0


def test_an_unknown_job_is_refused(machine: Machine) -> None:
    assert machine.run("dance").returncode == 2


@pytest.mark.parametrize("job", ["image", "deploy"])
def test_the_runner_needs_no_package(machine: Machine, job: str) -> None:
    for name in runner.REPLACED & runner.commands():
        machine.program(name, "exit 0")
    for name in ("apt-get", "dpkg"):
        (machine.bin / name).unlink()
    machine.fill_venv()
    done = machine.run(job)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_docker_without_buildx_builds_no_image(machine: Machine) -> None:
    """As Debian 12 has it: its service runs, and it starts containers."""
    machine.fill_venv()
    machine.program("git", "exit 0")
    machine.program("docker", "[[ $1 != buildx ]]")
    assert machine.run("image").returncode == 0
    assert "buildah" in machine.calls()[-1].split()


def test_what_builds_no_picus_itself_brings_no_compiler(machine: Machine) -> None:
    machine.fill_venv()
    assert machine.run("image").returncode == 0
    installed = set(machine.calls()[-1].split())
    assert packages("image") - packages("run") <= installed
    assert not packages("run") & installed - packages("image", with_run=False)


def test_another_container_on_the_same_checkout_installs_its_own_packages(
    machine: Machine, tmp_path: Path
) -> None:
    for name in ("first", "second", "second"):
        assert machine.run("run", PICUS_STAMPS=str(tmp_path / name)).returncode == 0
    assert len(machine.calls()) == 4  # update and install, in each
