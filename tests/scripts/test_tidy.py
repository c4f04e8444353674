"""What clang-tidy is given to read, in which order, and what is remembered. A stand-in for it notes
what it was given."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIDY = """#!/bin/sh
for last; do :; done
case $1 in --version) echo stand-in; exit;; esac
echo "${last##*/}" >> read
! grep -n FAULT "$last"
"""


@dataclass
class Sources:
    """A repository with sources that the build compiles."""

    root: Path
    tidy: ModuleType
    remarks: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def write(self, name: str, text: str = "") -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def git(self, *words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *words], cwd=self.root, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--message=x")

    def check(self, budget: float = 60) -> list[str]:
        """The sources that clang-tidy read, in that order."""
        commands = [
            {
                "directory": str(self.root),
                "file": path.name,
                "command": f"clang++-19 -o x.o -c {path.name}",
            }
            for path in sorted(self.root.glob("*.cpp"))
        ]
        self.write("build/tidy/compile_commands.json", json.dumps(commands))
        self.write("read")
        self.remarks.clear()
        self.found = self.tidy.check(self.root, 1, budget, self.remarks.append)
        return (self.root / "read").read_text("utf-8").split()


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    programs = tmp_path / "programs"
    root = tmp_path / "root"
    (root / "build/tidy").mkdir(parents=True)
    programs.mkdir()
    for name, text in {"clang-tidy-19": TIDY, "cmake": "#!/bin/sh\n"}.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(ROOT / "scripts" / "lint")
    made = Sources(root, __import__("tidy"))
    made.write(".clang-tidy")
    made.write(".gitignore", "/build\n/read\n")
    made.write("a.h")
    made.write("a.cpp", '#include "a.h"\n')
    made.write("b.cpp")
    made.git("init", "--quiet")
    made.commit()
    return made


def test_what_passed_is_read_again_only_when_one_of_its_files_changed(sources: Sources) -> None:
    assert sorted(sources.check()) == ["a.cpp", "b.cpp"]
    assert sources.check() == []
    sources.write("a.h", "// changed\n")
    assert sources.check() == ["a.cpp"]
    sources.write("a.h")
    assert sources.check() == []


def test_what_failed_is_read_again(sources: Sources) -> None:
    sources.write("b.cpp", "// FAULT\n")
    assert sorted(sources.check()) == ["a.cpp", "b.cpp"]
    assert sources.found == ["1:// FAULT\n"]
    assert sources.check() == ["b.cpp"]


def test_what_changed_last_is_read_first(sources: Sources) -> None:
    sources.write("c.cpp", "// longer than the others\n")
    sources.commit()
    assert sources.check()[0] == "c.cpp"
    sources.write("new.cpp")
    sources.write("a.h", "// changed\n")
    sources.write("c.cpp", "// it is longer than the others\n")
    sources.commit()
    sources.write("a.h", "// changed again\n")
    sources.write("untracked.cpp")
    assert sorted(sources.check()[:2]) == ["a.cpp", "untracked.cpp"]


def test_what_there_was_no_time_for_is_said(sources: Sources) -> None:
    assert sources.check(budget=-60) == []
    assert sources.found == []
    assert sources.remarks[0].startswith("cpp: 2 of 2 units were not read within")
    sources.check()
    assert sources.check(budget=-60) == []
    assert sources.remarks == []
