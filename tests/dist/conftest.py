"""What `make dist` makes of the release build, once for a session."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.version import ROOT, VERSION

RELEASE = ROOT / "build" / "release"
DEB = f"picus_{VERSION}_amd64.deb"


def make(out: Path, *options: str) -> Path:
    """`make dist` without its set-up and its builds."""
    command = [sys.executable, "scripts/dist", "--built", f"--out={out}", *options]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return out


@pytest.fixture(scope="session")
def dist(picus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files for this machine."""
    if picus.parent != RELEASE:
        pytest.fail("packages are made of the release build: run this on build/release/picus")
    place = tmp_path_factory.getbasetemp()
    out = (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "dist"
    with out.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "SHA256SUMS").exists():  # written last
            make(out, "--architecture=amd64")
    return out
