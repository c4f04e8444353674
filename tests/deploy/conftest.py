"""An account of AWS, and `deploy/deploy` as a person starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.aws_side import AwsSide
from deploy.deployer import Deployer, Packages


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares an environment comes first: each account with nothing in it takes that away."""
    places = [at for at, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ours = [items[at] for at in places]
    ours.sort(key=lambda item: "deployed" not in getattr(item, "fixturenames", ()))
    for at, item in zip(places, ours, strict=True):
        items[at] = item


@pytest.fixture(scope="session")
def aws_server() -> Iterator[AwsSide]:
    side = AwsSide()
    yield side
    side.stop()


@pytest.fixture(autouse=True)
def by_the_book(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each answer that the test's runs were given is one that AWS's models have."""
    yield
    if {"aws", "aws_server"} & set(request.fixturenames):
        unlike: list[str] = request.getfixturevalue("aws_server").unlike_aws
        found = sorted(set(unlike))
        unlike.clear()
        assert not found, "\n".join(found)


@pytest.fixture
def aws(aws_server: AwsSide) -> AwsSide:
    """An account with nothing in it."""
    aws_server.reset()
    return aws_server


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """What `make` would have built: real archives, with little in them."""
    return Packages(tmp_path_factory.mktemp("packages"))


@pytest.fixture
def deployer(aws: AwsSide, packages: Packages, tmp_path: Path) -> Deployer:
    """In that account."""
    return Deployer(aws, packages, tmp_path)


@pytest.fixture
def deployed(aws_server: AwsSide, packages: Packages, tmp_path: Path) -> Deployer:
    """Where dev is, whole, with whatever image an earlier test has brought there."""
    deployer = Deployer(aws_server, packages, tmp_path)
    if not aws_server.has_dev:
        aws_server.reset()
        deployer.succeed("dev")
        aws_server.has_dev = True
    aws_server.forget()
    return deployer
