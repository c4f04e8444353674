"""The access configuration of an environment, where an administrator keeps it."""

from __future__ import annotations

import json

from deploy.account import client
from deploy.aws_side import ISSUER, AwsSide
from deploy.deployer import Deployer

ALL = "items:read items:write items:delete"


def configuration(*roles: str) -> str:
    """STS's tokens of these roles are accepted, for everything."""
    grants = dict.fromkeys(roles, ALL)
    return json.dumps({"issuers": [{"issuer": ISSUER, "audience": ["picus"], "grants": grants}]})


def store_secret(aws: AwsSide, text: str, name: str = "picus-dev-access") -> str:
    """Its ARN."""
    made = client(aws, "secretsmanager").create_secret(Name=name, SecretString=text)
    return str(made["ARN"])


def store_parameter(aws: AwsSide, text: str, name: str, kind: str = "String") -> str:
    """Its ARN, as a first version or the next."""
    ssm = client(aws, "ssm")
    ssm.put_parameter(Name=name, Value=text, Type=kind, Overwrite=True)
    return str(ssm.get_parameter(Name=name)["Parameter"]["ARN"])


def change_secret(aws: AwsSide, arn: str, text: str) -> str:
    """The identifier of its new version."""
    made = client(aws, "secretsmanager").put_secret_value(SecretId=arn, SecretString=text)
    return str(made["VersionId"])


def authenticate(deployer: Deployer, arn: str, environment: str = "dev") -> None:
    """From the next deployment on."""
    deployer.set("access", "AuthArn", arn, environment)
