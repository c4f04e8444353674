"""The function, and what it meets."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.dynamodb import DynamoDbLocal
from harness.lambda_process import LambdaProcess, variables_of
from harness.runtime_api import RuntimeApi


@pytest.fixture(scope="session")
def bootstrap(picus: Path) -> Path:
    """The function's program, which lies beside the one under test."""
    program = picus.with_name("bootstrap")
    assert program.exists(), f"{program} is not there: build the target `bootstrap`"
    return program


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    running = RuntimeApi()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def table(dynamodb: DynamoDbLocal) -> Iterator[str]:
    name = dynamodb.create_table()
    yield name
    dynamodb.delete_table(name)


@pytest.fixture
def run(
    bootstrap: Path, tmp_path: Path, dynamodb: DynamoDbLocal, table: str
) -> Iterator[Callable[..., LambdaProcess]]:
    """Starts the function: `run(api, PICUS_OPERATIONS="delete")`. It is ended after the test."""
    with contextlib.ExitStack() as stack:

        def run_one(api: RuntimeApi | None, **env: str) -> LambdaProcess:
            function = LambdaProcess(bootstrap, tmp_path, api, variables_of(dynamodb, table) | env)
            stack.callback(function.process.wait)
            stack.callback(function.process.kill)
            return function

        yield run_one


@pytest.fixture
def function(api: RuntimeApi, run: Callable[..., LambdaProcess]) -> Iterator[LambdaProcess]:
    """Running, and not yet ended by itself when the test ends."""
    started = run(api)
    yield started
    started.stop()
