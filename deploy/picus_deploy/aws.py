"""The account and Region that everything happens in."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from picus_deploy.errors import UsageError, explained

PATIENT = Config(
    retries={"mode": "standard", "max_attempts": 8}, connect_timeout=10, read_timeout=60
)


@dataclass(frozen=True)
class Aws:
    """Clients of one session. Every client retries what AWS calls retryable."""

    session: boto3.Session
    region: str
    account: str
    caller: str
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.session.client(service, config=PATIENT)
        return self._clients[service]

    @property
    def partition(self) -> str:
        return self.caller.split(":")[1]


def connect(region: str | None) -> Aws:
    """Who we are, by the credentials that boto3 finds. Nothing else is looked at."""
    with explained():
        # boto3 reads AWS_DEFAULT_REGION only; the tools of AWS and Picus itself read this one too.
        session = boto3.Session(region_name=region or os.environ.get("AWS_REGION"))
        if not session.region_name:
            raise UsageError("No Region. Name it with --region, or AWS_REGION.")
        if session.region_name not in known_regions(session):
            raise UsageError(
                f"There is no Region {session.region_name}: name another with --region or"
                " AWS_REGION, as in us-east-1."
            )
        identity = session.client("sts", config=PATIENT).get_caller_identity()
    return Aws(session, session.region_name, identity["Account"], identity["Arn"])


def known_regions(session: boto3.Session) -> set[str]:
    partitions = session.get_available_partitions()
    return {name for part in partitions for name in session.get_available_regions("ecs", part)}
