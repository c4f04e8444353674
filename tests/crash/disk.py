"""A disk of a known size, in a mount namespace of its own: nothing of it outlives the test."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

REASON = (
    "a small disk is needed: as root, or as a user who may have namespaces"
    " (kernel.unprivileged_userns_clone, user.max_user_namespaces)"
)


class Disk:
    """A tmpfs at `path`, seen by the programs that are started through `inside()` alone."""

    def __init__(self, path: Path, size: str) -> None:
        path.mkdir()
        self.path = path
        own_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        mount = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(path))}"
        # It holds the namespace until its standard input ends.
        self._keeper = subprocess.Popen(
            ["unshare", *own_user, "--mount", "sh", "-ec", f"{mount}; echo mounted; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._keeper.stdout
        assert self._keeper.stderr
        if self._keeper.stdout.readline() != b"mounted\n":
            told = self._keeper.stderr.read().decode().strip()
            self.close()
            raise AssertionError(f"{REASON}: {told}")
        self._enter = ["nsenter", "--target", str(self._keeper.pid), "--mount"]
        if own_user:
            self._enter += ["--user", "--preserve-credentials"]

    @property
    def contents(self) -> Path:
        """Where this process sees the files on it."""
        return Path(f"/proc/{self._keeper.pid}/root{self.path}")

    def inside(self, program: Path) -> Path:
        """A program that is this one, in the namespace."""
        script = self.path.with_name(f"{program.name}-in-{self.path.name}")
        script.write_text(f'#!/bin/sh\nexec {shlex.join([*self._enter, str(program)])} "$@"\n')
        script.chmod(0o755)
        return script

    def close(self) -> None:
        self._keeper.communicate()
