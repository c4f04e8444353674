"""What an account has once, for all of its environments, and what nobody removes again."""

from __future__ import annotations

from botocore.exceptions import ClientError

from picus_deploy.aws import Aws
from picus_deploy.errors import code_of
from picus_deploy.progress import Progress

GITHUB = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
# AWS makes these when they are first needed, and the first service does not wait for them.
LINKED_ROLES = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
)


class Account:
    """Whoever calls `prepare` has to be an administrator."""

    def __init__(self, aws: Aws, progress: Progress) -> None:
        self._iam = aws.client("iam")
        self._provider = f"arn:{aws.partition}:iam::{aws.account}:oidc-provider/{GITHUB}"
        self._progress = progress

    def prepare(self, *, github: bool) -> None:
        """Makes what is missing."""
        for service in self.missing_roles():
            self._progress.step("account", f"the role of {service} is made")
            self._make_role(service)
        if github and not self.trusts_github():
            self._progress.step("account", "GitHub becomes a provider of identities")
            self._make_provider()

    def missing_roles(self) -> list[str]:
        """The services whose role is not there."""
        return [service for service in LINKED_ROLES if not self._has_role(service)]

    def trusts_github(self) -> bool:
        try:
            said = self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=self._provider)
        except ClientError as error:
            if code_of(error) not in ("NoSuchEntity", "NoSuchEntityException"):
                raise
            return False
        if AUDIENCE not in said["ClientIDList"]:  # somebody made it for another purpose
            self._iam.add_client_id_to_open_id_connect_provider(
                OpenIDConnectProviderArn=self._provider, ClientID=AUDIENCE
            )
        return True

    def _make_provider(self) -> None:
        try:
            self._iam.create_open_id_connect_provider(
                Url=f"https://{GITHUB}", ClientIDList=[AUDIENCE]
            )
        except ClientError as error:
            if code_of(error) not in ("EntityAlreadyExists", "EntityAlreadyExistsException"):
                raise

    def _has_role(self, service: str) -> bool:
        found = self._iam.list_roles(PathPrefix=f"/aws-service-role/{service}/", MaxItems=1)
        return bool(found["Roles"])

    def _make_role(self, service: str) -> None:
        try:
            self._iam.create_service_linked_role(AWSServiceName=service)
        except ClientError as error:
            if code_of(error) not in ("InvalidInput", "InvalidInputException"):  # made meanwhile
                raise
