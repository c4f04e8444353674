"""Services that stand in for AWS's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.ministack import Ministack


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministack]:
    """Instance metadata only in sessions of version two."""
    running = Ministack(tmp_path_factory.mktemp("ministack"), MINISTACK_IMDS_V2_REQUIRED="1")
    yield running
    running.stop()
