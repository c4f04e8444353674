"""The Lambda function's program, run as Lambda runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from harness.dynamodb import CREDENTIALS, REGION, DynamoDbLocal
from harness.process import SANITIZER, STOP_SECONDS, LineReader, LogLine, parse_log
from harness.runtime_api import RuntimeApi

FUNCTION = {
    "AWS_REGION": REGION,
    "AWS_LAMBDA_FUNCTION_NAME": "picus",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "LAMBDA_TASK_ROOT": "/var/task",
    **CREDENTIALS,
}


def variables_of(dynamodb: DynamoDbLocal, table: str) -> dict[str, str]:
    """What tells the function where its items are."""
    return {"PICUS_TABLE": table, "PICUS_ENDPOINT_URL": dynamodb.url}


class LambdaProcess:
    """An execution environment. Its environment has nothing but what is given, and sanitizers'."""

    def __init__(
        self, bootstrap: Path, directory: Path, api: RuntimeApi | None, env: dict[str, str]
    ) -> None:
        kept = {name: text for name, text in os.environ.items() if "SAN_" in name}
        address = {"AWS_LAMBDA_RUNTIME_API": api.address} if api else {}
        self.process = subprocess.Popen(
            [str(bootstrap)],
            cwd=directory,
            env={**kept, **FUNCTION, **address, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout
        assert self.process.stderr
        self.out = LineReader(self.process.stdout, directory / f"{self.process.pid}.out")
        self.err = LineReader(self.process.stderr, directory / f"{self.process.pid}.err")

    def log_line(self, **members: Any) -> LogLine:
        """Waits for the log line that has all these members."""

        def wanted(line: str) -> bool:
            parsed = parse_log(line)
            return all(parsed.get(name) == value for name, value in members.items())

        return parse_log(self.err.wait_for(wanted, 30, f"log line with {members}"))

    def running(self) -> bool:
        return self.process.poll() is None

    def wait(self) -> int:
        """Waits for the end; the exit code."""
        try:
            code = self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
        self.err.join()
        return code

    def stop(self) -> None:
        """As Lambda ends it: without a word. It has to have lived until then."""
        alive = self.running()
        self.process.kill()
        self.process.wait()
        self.err.join()
        lines = self.err.lines()
        assert alive, f"it ended by itself: {lines[-20:]}"
        assert not [line for line in lines if SANITIZER.search(line)], "\n".join(lines)
