"""ministack: AWS's services on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from harness.loopback_program import LoopbackProgram

REGION = "us-east-1"


def without_aws() -> dict[str, str]:
    """The variables of this process, but those that lead to an account."""
    return {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}


class Ministack(LoopbackProgram):
    """`settings` are its variables: `AUTH="true"`.

    `program`: what runs it instead of its own start. (-P: its folder has a module of that name.)
    """

    def __init__(self, directory: Path, program: Path | None = None, **settings: str) -> None:
        self._start = ["-P", str(program)] if program else ["-m", "ministack"]
        own = {"BIND_HOST": self.host, "MINISTACK_REGION": REGION, "TMPDIR": str(directory)}
        self._settings = {**own, **settings}
        super().__init__(directory, "ministack")

    def command(self) -> list[str]:
        return [sys.executable, *self._start]

    def environment(self) -> dict[str, str]:
        return {**without_aws(), **self._settings, "GATEWAY_PORT": str(self.port)}

    def greet(self) -> None:
        self.fetch("/_ministack/health")
