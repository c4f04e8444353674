"""moto: a second opinion on what CloudFormation makes."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.loopback_program import LoopbackProgram
from harness.ministack import without_aws


class Moto(LoopbackProgram):
    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "moto")

    def command(self) -> list[str]:
        start = "from moto.server import main; main()"
        return [sys.executable, "-c", start, "-H", self.host, "-p", str(self.port)]

    def environment(self) -> dict[str, str]:
        return without_aws()

    def greet(self) -> None:
        self.fetch("/moto-api/")
