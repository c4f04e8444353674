"""The version of this tree: CMakeLists.txt has it, everything else is compared with that."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_project = re.search(
    r"^project\(picus VERSION (\d+\.\d+\.\d+) ",
    (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"),
    re.MULTILINE,
)
assert _project, "CMakeLists.txt has no version"
VERSION = _project[1]
# What follows it in the line of --version: nothing where the sources are not a clone.
COMMIT = r"(?: \([0-9a-f]{12}(?:-changed)?\))?"
