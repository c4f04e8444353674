"""One version everywhere: that of CMakeLists.txt."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from docs.markdown import DOCUMENTS, ROOT
from harness.version import COMMIT, VERSION

NUMBER = re.compile(r"\b\d+\.\d+\.\d+\b")
# Where a document shows a version of Picus, by what stands before it.
IN_DOCUMENTS = re.compile(
    r"(?:/picus:|picus[_-]|picus-v|tag v|--version |\"version\":\")(\d+\.\d+\.\d+)\b"
)


@pytest.mark.parametrize("program", ["picus", "picus-verify"])
def test_every_program_prints_it_with_the_commit(picus: Path, program: str) -> None:
    done = subprocess.run(
        [picus.with_name(program), "--version"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(rf"{program} {re.escape(VERSION)}{COMMIT}\n", done.stdout)
    is_clone = subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True, check=False)
    assert ("(" in done.stdout) == (is_clone.returncode == 0)


def test_the_api_description_has_it() -> None:
    text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["info"]["version"] == VERSION
    found = re.findall(r"\bversion: (\d+\.\d+\.\d+)", text)
    assert set(found) == {VERSION}
    assert len(found) >= 3


def test_the_documents_show_it() -> None:
    found = {
        (path.name, version)
        for path in DOCUMENTS
        if path.name not in ("CHANGELOG.md", "upgrading.md") and path.parent.name != "decisions"
        for version in IN_DOCUMENTS.findall(path.read_text(encoding="utf-8"))
    }
    assert found
    assert {version for _, version in found} == {VERSION}, found


def test_the_image_and_the_packages_take_it_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts" / "image")
    assert __import__("labels").version() == VERSION
