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
UNKNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure")
UNSIGNED = ("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
)
LOGGED_OUT = (
    boto.CredentialRetrievalError,
    boto.LoginError,
    boto.SSOError,
    boto.TokenRetrievalError,
)
LOG_IN = "Log in again (`aws sso login`, or new keys), and repeat the command to resume"


def code_of(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def explain(error: boto.ClientError) -> DeployError:
    """An answer of AWS's that nobody expected, with what it means for the caller."""
    code, text = code_of(error), message_of(error)
    if code in EXPIRED:
        return DeployError(f"The credentials have expired. {LOG_IN}: {text}")
    if code in UNKNOWN:
        return DeployError(
            f"AWS does not know these credentials: {text}. Log in again (`aws sso login`, or new"
            " keys). A Region that the account has not enabled knows none: name another with"
            " --region."
        )
    if code in UNSIGNED:
        return DeployError(
            f"AWS refuses the signature: {text}. The secret key is wrong, or the clock of this"
            " machine."
        )
    if code in REFUSED:
        return DeployError(
            f"These credentials may not call {error.operation_name}: {text}. The first deployment"
            " of an environment is an administrator's."
        )
    if code in THROTTLED:
        return DeployError(
            f"AWS throttles {error.operation_name}, after all retries: {text}. Wait a minute, and"
            " repeat the command to resume."
        )
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
    except boto.ProfileNotFound as error:
        raise UsageError(f"{error}: see `aws configure list-profiles`, and AWS_PROFILE.") from error
    except (boto.NoRegionError, boto.InvalidRegionError) as error:
        raise UsageError(f"{error}. Name the Region with --region or AWS_REGION.") from error
    except LOGGED_OUT as error:
        raise DeployError(f"{error}. {LOG_IN}.") from error
    except boto.SSLError as error:
        raise DeployError(
            f"{error}. Perhaps a proxy is in between: AWS_CA_BUNDLE names its certificate."
        ) from error
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
