"""What an image tells of its origin: version, commit, time, where the sources are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def git(*arguments: str) -> str:
    """What git says, or nothing where this is no clone."""
    if not shutil.which("git"):
        return ""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def version() -> str:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"^project\(picus VERSION (\S+)", text, re.MULTILINE)
    assert found
    return found[1]


def revision() -> str:
    """The commit, and whether the files differ from it."""
    return git("rev-parse", "HEAD") + ("-changed" if git("status", "--porcelain") else "")


def created() -> int:
    """The time of the commit, unless SOURCE_DATE_EPOCH says another; where there is none, 1970."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct") or 0)


def source_of(remote: str) -> str:
    """The address of a remote for people: without user and password, and nothing for a path."""
    remote = re.sub(r"^(?:ssh://)?git@([\w.-]+)[:/]", r"https://\1/", remote)
    parts = urllib.parse.urlsplit(remote)
    if parts.scheme != "https" or not parts.hostname:
        return ""
    return f"https://{parts.hostname}{parts.path}"
