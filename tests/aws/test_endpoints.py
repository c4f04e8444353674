"""AWS's endpoints are those that botocore's rules give, in every region and of every kind."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import botocore.loaders
import pytest
from botocore.endpoint_provider import EndpointProvider

LOADER = botocore.loaders.Loader()
PARTITIONS = LOADER.load_data("partitions")
# Without the stand-ins for services that have one endpoint for a whole partition.
REGIONS = [
    region
    for partition in PARTITIONS["partitions"]
    for region in partition["regions"]
    if not region.endswith("-global")
]
# Regions that nobody knows yet are those of a known partition.
FUTURE = ["eu-west-9", "cn-south-9", "us-gov-north-9", "us-iso-north-9", "us-isob-north-9"]
KINDS = list(itertools.product([False, True], repeat=2))


@pytest.mark.parametrize("service", ["dynamodb", "sts", "codedeploy"])
def test_an_endpoint_is_the_one_of_botocore_s_rules(picus: Path, service: str) -> None:
    rules = LOADER.load_service_model(service, "endpoint-rule-set-1")
    provider = EndpointProvider(rules, PARTITIONS)
    asked = [(region, *kind) for region in [*REGIONS, *FUTURE] for kind in KINDS]
    assert len(REGIONS) > 40
    beside = {"UseGlobalEndpoint": False} if service == "sts" else {}
    wanted = [
        provider.resolve_endpoint(
            Region=region, UseFIPS=fips, UseDualStack=dual_stack, **beside
        ).url
        for region, fips, dual_stack in asked
    ]
    lines = "".join(f"{service} {region} {fips:d} {dual:d}\n" for region, fips, dual in asked)
    done = subprocess.run(
        [picus.with_name("endpoint_lines")],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    found = done.stdout.split()
    differing = [
        (line, ours, theirs)
        for line, ours, theirs in zip(asked, found, wanted, strict=True)
        if ours != theirs
    ]
    assert differing == []
