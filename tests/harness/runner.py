"""GitHub's machine for the jobs of the workflows, as far as its list of software goes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

LIST = Path(__file__).resolve().parents[1] / "scripts" / "runner.txt"
# These need a service or an account: a test has its own in their place.
REPLACED = {"docker", "gh", "skopeo"}


def commands() -> set[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return {name for line in lines if line[0] != "#" for name in line.partition(": ")[2].split()}


def fill(directory: Path) -> None:
    """Makes a directory for PATH with these commands."""
    directory.mkdir()
    for name in commands() - REPLACED:
        found = sys.executable if name == "python3" else shutil.which(name)
        assert found, name
        (directory / name).symlink_to(Path(found).resolve())
