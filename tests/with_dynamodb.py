#!/usr/bin/env python3
"""Runs a command with DynamoDB Local beside it, whose URL is in PICUS_TEST_DYNAMODB."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.dynamodb import DynamoDbLocal


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory() as directory:
        local = DynamoDbLocal(Path(directory))
        try:
            env = {**os.environ, "PICUS_TEST_DYNAMODB": local.url}
            return subprocess.run(command, env=env, check=False).returncode
        finally:
            local.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
