"""The function's stack, as the Serverless Framework makes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cloudformation import Template
from harness.osls import package


@pytest.fixture(scope="session", params=["dev", "prod"])
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def template(environment: str, archive: Path, of_all_workers: Path) -> Template:
    return package(environment, of_all_workers / f"osls-{environment}", archive)
