"""What docs/access.md shows is what the program takes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from docs.markdown import ROOT, blocks, commands
from harness.access import new_token

DOCUMENT = ROOT / "docs" / "access.md"


def run(picus: Path, directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [picus, *words], cwd=directory, capture_output=True, text=True, check=False
    )


def test_the_files_that_it_shows_are_some(picus: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"keys": []}', encoding="utf-8")
    for text, part in zip(blocks(DOCUMENT, "json"), ('"name": "ada"', "role/testers"), strict=True):
        (tmp_path / "access.json").write_text(text, encoding="utf-8")
        done = run(picus, tmp_path, "serve", "--auth-file", "access.json", "--check-config")
        assert (done.returncode, done.stderr) == (0, "")
        assert part in done.stdout


def test_its_commands_work_and_its_pattern_finds_the_token(picus: Path, tmp_path: Path) -> None:
    (text,) = blocks(DOCUMENT, "sh")
    done = subprocess.run(
        ["sh", "-e"],
        input=f'picus() {{ "{picus}" "$@"; }}\n{text}',
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    pattern = re.search(r"`(picus_\[.*?\})`", DOCUMENT.read_text(encoding="utf-8"))
    assert pattern
    assert re.fullmatch(pattern[1], done.stdout.splitlines()[0])
    assert re.fullmatch(pattern[1], new_token())
    assert (tmp_path / "access.json").read_text() == "{\n}\n"


def test_a_leaked_token_is_named_and_ended(picus: Path, tmp_path: Path) -> None:
    (block,) = [text for text in blocks(DOCUMENT, "console") if "leaked.txt" in text]
    (shown,) = commands(block)
    add = (
        "token",
        "add",
        "ada",
        "--scopes",
        "items:read items:write",
        "--auth-file",
        "access.json",
    )
    (tmp_path / "leaked.txt").write_text(run(picus, tmp_path, *add).stdout)
    show = shown.text.split()[1:]
    assert run(picus, tmp_path, *show).stdout.rstrip("\n") == shown.output
    remove = "token remove ada --auth-file access.json"
    assert f"`picus {remove}`" in DOCUMENT.read_text(encoding="utf-8")
    assert run(picus, tmp_path, *remove.split()).returncode == 0
    assert "refused: an API token that is not in" in run(picus, tmp_path, *show).stdout
