"""What an account has left of what an environment takes most of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from picus_deploy.errors import REFUSED, code_of
from picus_deploy.site import Site

CPU_UNITS = 1024  # of a vCPU


@dataclass(frozen=True)
class Quota:
    """Its codes in Service Quotas, and what a new account has."""

    what: str
    service: str
    code: str
    default: float


ADDRESSES = Quota("addresses", "ec2", "L-0263D0A3", 5)
NETWORKS = Quota("networks", "vpc", "L-F678F1CE", 5)
FARGATE = Quota("vCPU on Fargate", "fargate", "L-3032A538", 6)
FUNCTIONS = Quota("invocations at a time", "lambda", "L-B99A9384", 10)
INVOCATION_SECONDS = 0.1  # of a deletion that is slow


@dataclass(frozen=True)
class Use:
    """How much there is of it with the environment, and how much there may be."""

    of: Quota
    used: float
    allowed: float

    @property
    def fits(self) -> bool:
        return self.used <= self.allowed

    def __str__(self) -> str:
        return f"{self.used:g} of {self.allowed:g} {self.of.what}"

    @property
    def command(self) -> str:
        """It asks AWS for enough."""
        return (
            f"`aws service-quotas request-service-quota-increase --service-code {self.of.service}"
            f" --quota-code {self.of.code} --desired-value {self.used:g}`"
        )


def uses(site: Site) -> Iterator[Use]:
    """Those of a network that is not there yet, and of the tasks at their most."""
    if site.stacks.find(site.environment.stack_name("network")) is None:
        ec2 = site.aws.client("ec2")
        both = site.environment.parameters("network").get("NatPerZone") == "true"
        addresses = len(ec2.describe_addresses()["Addresses"]) + (2 if both else 1)
        yield Use(ADDRESSES, addresses, allowed(site, ADDRESSES))
        vpcs = ec2.get_paginator("describe_vpcs").paginate()
        networks = sum(len(page["Vpcs"]) for page in vpcs) + 1
        yield Use(NETWORKS, networks, allowed(site, NETWORKS))
    tasks = site.environment.number("service", "MaxTasks", 1)
    units = site.environment.number("service", "CpuUnits", 256)
    # While a deployment runs there are blue and green tasks.
    yield Use(FARGATE, 2 * tasks * units / CPU_UNITS, allowed(site, FARGATE))
    requests = site.environment.number("function", "ApiRequestsPerSecond", 100)
    yield Use(FUNCTIONS, math.ceil(requests * INVOCATION_SECONDS), allowed(site, FUNCTIONS))


def allowed(site: Site, quota: Quota) -> float:
    """Of this account; where AWS does not say, what a new account has."""
    client = site.aws.client("service-quotas")
    try:
        said = client.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)
    except ClientError as error:
        if code_of(error) not in (*REFUSED, "NoSuchResourceException"):
            raise
        return quota.default
    return float(said["Quota"]["Value"])
