"""The access configuration of tasks and function: a secret or a parameter, in one version of it.

A deployment names the version. So a changed configuration is deployed as a new image is: it passes
the verification first, and a rollback goes back to what ran before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from picus_deploy.aws import Aws
from picus_deploy.environment import Environment
from picus_deploy.errors import DeployError, UsageError, code_of

# All variables of a function together have at most 4 KB.
MAX_BYTES = 3072
LABEL = "picus.access-version"
ABSENT = ("ResourceNotFoundException", "ParameterNotFound")


@dataclass(frozen=True)
class Access:
    """What AuthArn names, as it is now."""

    arn: str
    version: str
    text: str

    @property
    def parameter(self) -> str:
        """The name of a parameter of SSM; empty for a secret."""
        return parameter_of(self.arn)

    @property
    def for_tasks(self) -> str:
        """`valueFrom` of a task definition. ECS takes versions of secrets only."""
        return self.arn if self.parameter else f"{self.arn}:::{self.version}"

    @property
    def for_function(self) -> str:
        """A dynamic reference, which CloudFormation resolves."""
        if self.parameter:
            return f"{{{{resolve:ssm:{self.parameter}:{self.version}}}}}"
        return f"{{{{resolve:secretsmanager:{self.arn}:SecretString:::{self.version}}}}}"

    @property
    def issuers(self) -> list[dict[str, Any]]:
        """As the configuration has them."""
        said = json.loads(self.text).get("issuers")
        return [one for one in said or [] if isinstance(one, dict)]

    def require(self, role: str) -> None:
        """Stops where `role`, which verifies every deployment, would get a 403."""
        if not any(role in (one.get("grants") or {}) for one in self.issuers):
            raise DeployError(
                f"The verification would be refused: no issuer in {self.arn} has {role} in"
                ' `grants`. Add it with "items:read items:write items:delete", and repeat.'
            )


def parameter_of(arn: str) -> str:
    name = arn.partition(":parameter/")[2]
    return f"/{name}" if "/" in name else name


def access_of(aws: Aws, environment: Environment) -> Access | None:
    """None where there is no authentication."""
    arn = environment.auth_arn
    if not arn:
        return None
    try:
        found = _parameter(aws, arn) if parameter_of(arn) else _secret(aws, arn)
    except ClientError as error:
        if code_of(error) not in ABSENT:
            raise
        raise UsageError(f"AuthArn of access: {arn} is not there.") from error
    _check(found)
    return found


def _secret(aws: Aws, arn: str) -> Access:
    said = aws.client("secretsmanager").get_secret_value(SecretId=arn)
    return Access(arn, said["VersionId"], said.get("SecretString", ""))


def _parameter(aws: Aws, arn: str) -> Access:
    said = aws.client("ssm").get_parameter(Name=parameter_of(arn))["Parameter"]
    if said["Type"] != "String":
        raise UsageError(
            f"AuthArn of access: {arn} is a {said['Type']}, which CloudFormation does not resolve"
            " for functions. Use a String (it has no tokens, only digests) or a secret."
        )
    return Access(arn, str(said["Version"]), said["Value"])


def _check(found: Access) -> None:
    """`picus serve --check-config` checks all of it; here, that it can be deployed."""
    try:
        said: Any = json.loads(found.text)
    except ValueError as error:
        raise UsageError(f"AuthArn of access: {found.arn} is not JSON: {error}") from error
    if not isinstance(said, dict):
        raise UsageError(f"AuthArn of access: {found.arn} is not a JSON object.")
    size = len(found.text.encode())
    if size > MAX_BYTES:
        raise UsageError(
            f"AuthArn of access: {found.arn} has {size} bytes. A function has room for {MAX_BYTES}."
        )
