"""The stacks that deploy/deploy of 0.1.0 has made become those of now.

deploy-0.1.0.tar.gz is what deploys, as `git archive` packs it of the commit that scripts/previous
names.
"""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from deploy.account import running, table_of, version
from deploy.aws_side import AwsSide
from deploy.deployer import ROOT, Deployer, Packages
from deploy.rendering import STACKS

BEFORE = Path(__file__).with_name("deploy-0.1.0.tar.gz")
LOCK = Path("deploy/serverless/package-lock.json")


@pytest.fixture
def of_0_1_0(aws: AwsSide, packages: Packages, tmp_path: Path) -> Deployer:
    """What a person had who cloned 0.1.0."""
    deployer = Deployer(aws, packages, tmp_path / "0.1.0")
    osls = (deployer.root / "deploy" / "serverless" / "node_modules").readlink()
    shutil.rmtree(deployer.root / "deploy")
    with tarfile.open(BEFORE) as archive:
        archive.extractall(deployer.root)
    (deployer.root / "deploy" / "serverless" / "node_modules").symlink_to(osls)
    shutil.copy(ROOT / LOCK, deployer.root / LOCK)  # it is the same
    return deployer


def test_an_environment_of_0_1_0_is_deployed_and_keeps_its_table_and_address(
    aws: AwsSide, of_0_1_0: Deployer, deployer: Deployer
) -> None:
    address = of_0_1_0.succeed("dev").out.splitlines()[-1]
    before, table = running(aws), table_of(aws)
    digest = deployer.new_image()
    deployer.new_function()
    done = deployer.succeed("dev")
    assert running(aws) == digest != before
    assert table_of(aws) == table
    assert version(aws) == version(aws, "next")
    assert done.out.splitlines()[-1] == address
    assert deployer.succeed("status", "dev").out.count("_COMPLETE") == len(STACKS)
    aws.forget()
    deployer.succeed("dev")
    assert not aws.changes()
