"""What a server says that cannot start."""

from __future__ import annotations

import subprocess
from pathlib import Path


def refusal_of(picus: Path, options: tuple[str, ...], keys: dict[str, str]) -> str:
    """Its one line for the user. Nothing of it is a warning in the log."""
    done = subprocess.run(
        [picus, "serve", "--listen", "127.0.0.1:0", *options],
        env={"HOME": "/nowhere", **keys},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (3, "")
    (told,) = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert told.startswith("picus: ")
    assert '"level":"warning"' not in done.stderr
    return told
