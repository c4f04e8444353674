"""The known faults apply to today's source, and what puts them back demands a red test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATCHES = sorted((ROOT / "tests" / "known-faults").glob("*.patch"))
RUNNER = ROOT / "scripts" / "test" / "known_faults.py"
APPLY_AGAIN = """
{path} does not apply any more: the source that it changes has changed.
Put the fault into the source by hand, replace the patch's diff by what `git diff -U2` prints, keep
its head, and take the fault out again. `{runner} {name}` shows that a test finds it."""


@pytest.fixture
def known_faults(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(RUNNER.parent)
    return __import__("known_faults")


def test_there_are_25_at_least() -> None:
    assert len(PATCHES) >= 25


@pytest.mark.parametrize("path", PATCHES, ids=lambda path: path.stem)
def test_a_fault_can_be_put_back_and_says_who_finds_it(
    path: Path, known_faults: ModuleType
) -> None:
    fault = known_faults.read(path)
    assert fault.files()
    assert all(known_faults.tier_of(line) for line in fault.tests)
    done = subprocess.run(
        ["git", "apply", "--check", path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    again = APPLY_AGAIN.format(path=path, runner=RUNNER.relative_to(ROOT), name=path.stem)
    assert done.returncode == 0, done.stderr + again


@pytest.mark.parametrize(
    ("test", "tier"),
    [
        ("unit lmdb A*", "quick"),
        ("black-box tests/contract/test_put.py --shape=server-lmdb -k a", "quick"),
        ("black-box tests/cli/test_serve.py::test_a tests/docs/test_aws.py", "ci"),
        ("black-box tests/docs/test_aws.py::test_a", "ci"),
        ("black-box tests/fuzz/test_fuzz.py", "ci"),
        ("black-box tests/image/test_image.py", "ci"),
        ("black-box tests/rehearsal/test_short.py", "ci"),
        ("black-box tests/memory", "full"),
        ("black-box tests/soak/test_soak.py", "full"),
        ("black-box tests/previous/test_previous.py", "full"),
        ("black-box tests/dist/test_arm64.py::test_a", "full"),
        ("black-box tests/deploy/test_every_kill.py", "full"),
        ("black-box tests/browser/test_volume.py", "full"),
        ("black-box tests/rehearsal/test_alarmed_canary.py", "full"),
    ],
)
def test_a_test_is_of_the_smallest_tier_with_a_stage_that_runs_it(
    test: str, tier: str, known_faults: ModuleType
) -> None:
    assert known_faults.tier_of(test) == tier


TREE = {
    "value.py": "def value():\n    return 1\n",
    "tests/test_value.py": (
        "import os\nimport signal\n\nimport value\n\n\n"
        "def test_it(pytestconfig):\n    assert value.value() == 1\n\n\n"
        "def test_nothing():\n    pass\n\n\n"
        "def test_options():\n    assert os.environ['ASAN_OPTIONS'] == 'detect_leaks=1'\n\n\n"
        "def test_interrupted():\n    if value.value() == 2:\n"
        "        os.kill(os.getppid(), signal.SIGINT)\n"
    ),
    "tests/conftest.py": 'def pytest_addoption(parser):\n    parser.addoption("--picus")\n',
    "pytest.ini": "[pytest]\npythonpath = .\n",
}
PATCH = """Fault: It was two.
Mended-in: make it one
Test: {test}

diff --git a/value.py b/value.py
--- a/value.py
+++ b/value.py
@@ -1,2 +1,2 @@
 def value():
-    return {line}
+    return 2
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project in Python, whose build is nothing."""
    root = tmp_path / "project"
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "tests" / "known-faults").mkdir()
    (root / ".gitignore").write_text("build/\n.venv\n__pycache__/\n")
    (root / ".venv").symlink_to(ROOT / ".venv")
    subprocess.run(["git", "init", "-q", root], check=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "cmake").symlink_to("/bin/true")
    return root


# It starts in half the time.
PLAIN = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def put_back(
    tree: Path, test: str, line: str = "1", arguments: Sequence[str] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    patch = tree / "tests" / "known-faults" / "two.patch"
    patch.write_text(PATCH.format(test=test, line=line))
    path = f"{tree.parent / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, RUNNER, f"--root={tree}", *arguments],
        env={**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **PLAIN, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fault_that_a_test_finds_is_named_with_its_tier(tree: Path) -> None:
    for _ in range(2):  # the second time in the copy of the first
        done = put_back(tree, "black-box tests/test_value.py::test_it")
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[-1] == "1 passed, 0 failed"
        assert "    red    ci     black-box tests/test_value.py::test_it" in done.stdout
    assert "return 1" in (tree / "value.py").read_text()
    assert "return 1" in (tree / "build" / "known-faults" / "tree" / "value.py").read_text()


@pytest.mark.parametrize(
    ("test", "line", "reason"),
    [
        ("black-box tests/test_value.py::test_nothing", "1", "no test turned red"),
        ("black-box tests/test_value.py::test_it", "3", "does not apply"),
        ("black-box tests/test_value.py::test_lost", "1", "pytest's exit code 4 without the fault"),
        ("black-box tests/test_value.py -k lost", "1", "pytest's exit code 5 without the fault"),
        ("unit lost A*", "1", "no program lost_test without the fault"),
    ],
)
def test_a_fault_that_nobody_finds_fails(tree: Path, test: str, line: str, reason: str) -> None:
    done = put_back(tree, test, line, PICUS_UNPRIVILEGED="0")
    assert done.returncode == 1
    assert reason in done.stdout
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed"


def test_a_test_that_fails_anyway_proves_nothing(tree: Path) -> None:
    (tree / "value.py").write_text("def value():\n    return 0\n")
    done = put_back(tree, "black-box tests/test_value.py::test_it", "0")
    assert done.returncode == 1
    assert "red without the fault" in done.stdout


def test_a_fault_whose_test_this_system_does_not_allow_is_left_out_by_name(tree: Path) -> None:
    junit = tree / "junit.xml"
    test = "black-box tests/test_value.py -k privileged"
    done = put_back(tree, test, "1", [f"--junit={junit}"], PICUS_UNPRIVILEGED="1")
    assert done.returncode == 0, done.stdout
    assert "\ntwo " in done.stdout
    assert "LEFT OUT" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 1 skipped"
    (case,) = ElementTree.parse(junit).iter("testcase")
    assert case.find("skipped") is not None
    (left_out,) = ElementTree.parse(junit).iter("property")  # for the summary of scripts/test
    assert left_out.attrib == {"name": "left out", "value": "two"}


def test_a_report_of_a_sanitizer_is_not_the_runner_s(tree: Path) -> None:
    test = "black-box tests/test_value.py::test_options"
    options = "log_path=/nowhere/report:detect_leaks=1"
    done = put_back(tree, test, ASAN_OPTIONS=options)
    assert "no test turned red" in done.stdout


def test_results_are_written_fault_by_fault(tree: Path) -> None:
    junit = tree / "junit.xml"
    (tree / "tests" / "known-faults" / "one.patch").write_text(
        PATCH.format(test="black-box tests/test_value.py::test_it", line="1")
    )
    test = "black-box tests/test_value.py::test_interrupted"
    done = put_back(tree, test, "1", [f"--junit={junit}"])
    assert done.returncode != 0
    assert [case.get("name") for case in ElementTree.parse(junit).iter("testcase")] == ["one"]


def test_no_name_of_a_fault_is_ignored(tree: Path) -> None:
    done = put_back(tree, "black-box tests/test_value.py::test_it", "1", ["two", "misspelt"])
    assert done.returncode == 2
    assert done.stderr == "known_faults.py: there is no fault 'misspelt'; there are: two\n"
    assert done.stdout == ""
