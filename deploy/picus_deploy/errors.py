"""What can go wrong in ways that a person can do something about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError


class DeployError(Exception):
    """Says what was wrong, and what to do. The command prints it and ends with `exit_code`."""

    exit_code = 1


class UsageError(DeployError):
    """The command, its files or its settings are wrong; AWS was not asked to change anything."""

    exit_code = 2


class LockedError(DeployError):
    """Somebody else is at work on the same environment."""

    exit_code = 3


EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
UNKNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch")
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def code_of(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def explain(error: boto.ClientError) -> DeployError:
    """An answer of AWS's that nobody expected, with what it means for the caller."""
    code, text = code_of(error), message_of(error)
    if code in EXPIRED:
        return DeployError(f"The credentials have expired. Log in again, and repeat: {text}")
    if code in UNKNOWN:
        return DeployError(f"AWS does not know these credentials: {text}")
    if code in REFUSED:
        return DeployError(f"These credentials may not call {error.operation_name}: {text}")
    return DeployError(f"AWS refused {error.operation_name}: {code}: {text}")


@contextmanager
def explained() -> Iterator[None]:
    """Turns what boto3 raises into a DeployError. What was begun can be resumed."""
    try:
        yield
    except boto.ClientError as error:
        raise explain(error) from error
    except (boto.NoCredentialsError, boto.PartialCredentialsError) as error:
        raise UsageError(
            "No AWS credentials. Log in (`aws sso login`), or set AWS_PROFILE, or"
            " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except (boto.ProfileNotFound, boto.NoRegionError, boto.InvalidRegionError) as error:
        raise UsageError(f"{error}. Name the Region with --region or AWS_REGION.") from error
    except boto.EndpointConnectionError as error:
        raise DeployError(
            f"{error}: the network is down, or the Region is wrong. Repeat the command to resume."
        ) from error
    except ResponseParserError as error:
        raise DeployError(
            "The response is not AWS's: perhaps a proxy is in between."
            " Repeat the command to resume."
        ) from error
    except boto.BotoCoreError as error:
        raise DeployError(f"{error}. Repeat the command to resume.") from error
