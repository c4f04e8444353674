"""Whether tasks can be containers here: the image is there, and podman runs it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from harness.container import RUN, ContainerHost
from rehearsal.tasks import Runner


def runner_of(image: Path, program: Path, stack: contextlib.ExitStack) -> tuple[Runner, str]:
    """What runs tasks, and a sentence that says what they are; if not containers, why. `image` is
    the directory of the built one, which is not to be older than the program."""
    archive = image / "picus.tar"
    if not archive.exists():
        return Runner(str(program)), "Tasks are processes: there is no image (`make image`)."
    if archive.stat().st_mtime < program.stat().st_mtime:
        return Runner(str(program)), "Tasks are processes: the image is older than the program."
    try:
        host = ContainerHost(image)
    except (AssertionError, OSError) as error:
        return Runner(str(program)), f"Tasks are processes: {error}"
    stack.callback(host.close)
    store = host.environment["CONTAINERS_STORAGE_CONF"]
    return Runner(str(program), host.image, list(RUN), store), f"Tasks are containers: {host.image}"
