"""The index of the decisions lists every one, and every number that the sources name is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from docs.markdown import ROOT, prose, table

FOLDER = ROOT / "docs" / "decisions"
INDEX = FOLDER / "README.md"
FILES = sorted(set(FOLDER.glob("*.md")) - {INDEX})
HEADING = re.compile(r"^## (\d+)\. (.*)$", re.MULTILINE)
# "decision 5", "decisions 5, 6 and 7".
REFERENCE = re.compile(r"\bdecisions?\s+(\d+(?:(?:,\s+|\s+and\s+)\d+)*)", re.IGNORECASE)
TEXTS = (".h", ".cpp", ".py", ".md", ".yaml", ".cmake", ".txt", ".cjs", ".js", ".go", "")


def decisions() -> list[tuple[int, str, str]]:
    """Number, title, file without its suffix; in the order of the numbers."""
    return sorted(
        (int(number), title, file.stem)
        for file in FILES
        for number, title in HEADING.findall(prose(file))
    )


def tracked() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]
    folders = ("src", "tests", "docs", "scripts", "deploy", "bench", "cmake")
    return [path for one in folders for path in (ROOT / one).rglob("*") if path.is_file()]


def test_the_index_is_that_of_the_files() -> None:
    wanted = [[str(n), title, f"[{file}]({file}.md)"] for n, title, file in decisions()]
    assert table(INDEX, "Decisions") == wanted


def test_numbers_go_up_by_one_and_rise_within_each_file() -> None:
    numbers = [number for number, _, _ in decisions()]
    assert numbers == list(range(1, len(numbers) + 1))
    for file in FILES:
        within = [int(number) for number, _ in HEADING.findall(prose(file))]
        assert within, f"{file.name} has no decision"
        assert within == sorted(within), file.name


def test_every_number_that_a_file_names_is_a_decision() -> None:
    known = {number for number, _, _ in decisions()}
    named: dict[int, str] = {}
    for path in tracked():
        if path.suffix in TEXTS:
            text = path.read_text(encoding="utf-8", errors="replace")
            for numbers in REFERENCE.findall(text):
                for number in re.findall(r"\d+", numbers):
                    named.setdefault(int(number), path.relative_to(ROOT).as_posix())
    assert len(named) >= 5
    assert {number: file for number, file in named.items() if number not in known} == {}
