"""Which cases of the contract run on which shapes, by tier."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from harness.shapes import SHAPES
from harness.tiers import CARRIERS, REFERENCES, carrier_of, shapes_of

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
NAMES = sorted(SHAPES, key=len, reverse=True)
CASE = re.compile(rf"^(contract/\S+?::\w+)\[({'|'.join(NAMES)})(?:-(.*))?\]$", re.MULTILINE)
MEANING, TRANSPORT = "contract/test_conditions.py", "contract/test_problems.py"


@cache
def collected(
    *words: str, module: str = "", week: str = "2026-W48", code: int = 0
) -> tuple[str, ...]:
    """The lines of what would run."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *words, str(TESTS / (module or "contract"))],
        cwd=TESTS,
        env={**os.environ, "PICUS_TEST_WEEK": week},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return tuple((done.stdout + done.stderr).splitlines())


def shapes_by_case(lines: tuple[str, ...]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for test, shape, parameters in CASE.findall("\n".join(lines)):
        found[test, parameters].add(shape)
    return found


@pytest.mark.parametrize("tier", ["quick", "ci"])
def test_meaning_runs_on_the_references_and_on_one_carrier(tier: str) -> None:
    found = shapes_by_case(collected(f"--tier={tier}", module=MEANING))
    whole = shapes_by_case(collected(module=MEANING))
    assert found.keys() == whole.keys()
    for case, shapes in found.items():
        assert shapes >= whole[case] & set(REFERENCES), case
        assert len(shapes - set(REFERENCES)) == 1, case
        assert shapes <= whole[case], case
    carriers = {shape for shapes in found.values() for shape in shapes} - set(REFERENCES)
    assert len(carriers) > 2


@pytest.mark.parametrize("tier", ["quick", "ci"])
def test_transport_runs_on_every_shape_of_the_tier_that_can(tier: str) -> None:
    found = shapes_by_case(collected(f"--tier={tier}", module=TRANSPORT))
    whole = shapes_by_case(collected(module=TRANSPORT))
    able = {name for name in shapes_of(tier) if not SHAPES[name].only_contract}
    assert found == {case: shapes & able for case, shapes in whole.items()}


def test_a_week_chooses_once_and_the_next_one_otherwise() -> None:
    script = "from harness.tiers import *; print(carrier_of('x', 'abc', '2026-W48'))"
    again = subprocess.run(
        [sys.executable, "-c", script], cwd=TESTS, capture_output=True, text=True, check=True
    )
    assert again.stdout.strip() == carrier_of("x", "abc", "2026-W48")
    this, other = (
        shapes_by_case(collected("--tier=ci", module=MEANING, week=week))
        for week in ("2026-W48", "2026-W49")
    )
    assert this != other


def test_a_case_meets_every_carrier_in_as_many_weeks_as_there_are_carriers() -> None:
    carriers = CARRIERS["ci"]
    weeks = ["2026-W50", "2026-W51", "2026-W52", "2026-W53", *(f"2027-W{n}" for n in range(1, 40))]
    for case in map(str, range(50)):
        met = [carrier_of(case, carriers, week) for week in weeks[: len(carriers)]]
        assert sorted(map(str, met)) == sorted(carriers)
    assert len({carrier_of(str(n), carriers, weeks[0]) for n in range(200)}) == len(carriers)


MODULES = sorted((TESTS / "contract").glob("test_*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_of_the_contract_says_what_it_is_about(path: Path) -> None:
    marks = re.findall(r"^pytestmark = .*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    found = re.findall(r"pytest\.mark\.(transport|meaning)\b", " ".join(marks))
    assert len(found) == 1, "pytestmark has to have one of pytest.mark.transport and .meaning"


def test_every_shape_is_a_reference_or_a_carrier_or_has_tests_of_its_own() -> None:
    of_tiers = {*shapes_of("quick"), *shapes_of("ci")}
    assert set(SHAPES) - of_tiers == {"image-lmdb", "server-tls"}
    assert set(shapes_of("full")) == set(SHAPES)


TAKES_MORE = re.compile(r"mark\.privileged|[(,]\s*(image|container_host): ")


def test_full_has_every_file_with_and_without_more_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stages without these rights leave out what is marked, or uses the image."""
    monkeypatch.syspath_prepend(ROOT / "scripts" / "test")
    stages = __import__("stages")
    of_full = [one for one in stages.stages_of("full") if one.kind == "pytest"]
    every = ("privileged", "not privileged")

    def has(name: str, rights: str) -> bool:
        """Whether a stage runs the cases of the file that are marked so."""
        return any(
            stages.runs(stage, name)
            and (rights in stage.command or not {*every} & {*stage.command})
            for stage in of_full
        )

    files = {str(path.relative_to(ROOT)): path for path in sorted(TESTS.rglob("test_*.py"))}
    assert len(files) > 100
    assert [name for name in files if not has(name, "not privileged")] == []
    marked = [
        name
        for name, path in files.items()
        if TAKES_MORE.search(path.read_text(encoding="utf-8")) and path != Path(__file__)
    ]
    assert len(marked) > 5
    assert [name for name in marked if not has(name, "privileged")] == []


def test_thread_sanitizer_sees_every_unit_test_that_starts_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts" / "test")
    programs = set()
    for lists in (ROOT / "src").rglob("CMakeLists.txt"):
        declared = re.findall(
            r"picus_test\((\w+)\s+SOURCES ([\w./\s]+?) LINK", lists.read_text("utf-8")
        )
        for program, sources in declared:
            texts = ((lists.parent / name).read_text("utf-8") for name in sources.split())
            if any(re.search(r"std::(jthread|thread|async|mutex)\b", text) for text in texts):
                programs.add(program)
    assert len(programs) > 5
    assert programs - set(__import__("stages").THREADED) == set()
