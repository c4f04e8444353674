"""Picus's commands that end, as a script would call them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

PATIENCE_SECONDS = 60

Done = subprocess.CompletedProcess[str]


def run(picus: Path, *arguments: str | Path, stdin: str = "") -> Done:
    """A command, run to its end."""
    return subprocess.run(
        [picus, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def check(picus: Path, data: Path) -> int:
    """How many items the store has. `picus check` has to find it whole."""
    done = run(picus, "check", "--data", data)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r": ([\d ]+) items, .*, no problems$", done.stdout.strip())
    assert found, done.stdout
    return int(found[1].replace(" ", ""))
