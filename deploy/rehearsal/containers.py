"""Whether tasks can be containers here: the image is there, and podman runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from rehearsal.tasks import Runner

# Without an overlay file system, which not every kernel allows.
STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "{0}/graph"\nrunroot = "{0}/run"\n'
PATIENCE_SECONDS = 120


def podman(store: Path, *arguments: str) -> str:
    """What it printed. Raises RuntimeError with what it complained of."""
    done = subprocess.run(
        ["podman", "--runtime", "runc", *arguments],
        env={**os.environ, "CONTAINERS_STORAGE_CONF": str(store)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    if done.returncode != 0:
        raise RuntimeError(f"podman {arguments[0]}: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def runner_of(archive: Path, program: Path, directory: Path) -> tuple[Runner, str]:
    """What runs tasks, and a sentence that says what they are, and if not containers, why.
    The image's storage lies in `directory`."""
    processes = Runner(str(program))
    if not archive.exists():
        return processes, "Tasks are processes: there is no image (`make image`)."
    if archive.stat().st_mtime < program.stat().st_mtime:
        return processes, "Tasks are processes: the image is older than the program (`make image`)."
    if not shutil.which("podman"):
        return processes, "Tasks are processes: there is no podman."
    directory.mkdir()
    store = directory / "storage.conf"
    store.write_text(STORAGE.format(directory), encoding="utf-8")
    try:
        image = podman(store, "load", "--quiet", f"--input={archive}").split()[-1]
        runner = Runner(str(program), image, str(store))
        podman(store, *runner.container("probe", {}, ["--version"]))
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return processes, f"Tasks are processes: containers do not run here ({error})."
    return runner, f"Tasks are containers of {image}."
