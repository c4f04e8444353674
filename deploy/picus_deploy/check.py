"""`deploy/deploy ENV --check`: what is missing or unwise, before anything changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from picus_deploy import quotas
from picus_deploy.account import Account
from picus_deploy.environment import STACKS, Environment
from picus_deploy.errors import REFUSED, UsageError, code_of
from picus_deploy.function import Function
from picus_deploy.packages import read
from picus_deploy.site import Site

GOOD, UNWISE, UNSAFE = "ok", "unwise", "unsafe"
EVERYBODY = "0.0.0.0/0"
PLACEHOLDER = re.compile(r"\bexample\b", re.IGNORECASE)
ACCESS = "authentication"
ISSUER = "issuer of IAM tokens"


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    what: str
    state: str
    text: str

    def __str__(self) -> str:
        return f"{self.what:<22} {self.state:<7} {self.text}"


def of_parameters(environment: Environment) -> Iterator[Finding]:
    """What the files say. Production does not begin with anything unsafe."""
    balancer, network = environment.parameters("balancer"), environment.parameters("network")
    email = environment.parameters("observability").get("AlarmEmail")
    yield Finding(
        "alarm address",
        GOOD if email else UNSAFE,
        email or "nobody is notified of an alarm: set AlarmEmail of observability",
    )
    protected = all(
        environment.parameters(kind).get("DeletionProtection") == "true"
        for kind in ("table", "balancer")
    )
    yield Finding(
        "deletion protection",
        GOOD if protected else UNSAFE,
        "table and load balancer" if protected else "set DeletionProtection of table and balancer",
    )
    certificate = balancer.get("CertificateArn")
    yield Finding(
        "certificate",
        GOOD if certificate else UNWISE,
        certificate
        or "requests are not encrypted: `aws acm request-certificate`, then set CertificateArn and"
        " HostName of balancer",
    )
    yield of_clients(environment)
    both = network.get("NatPerZone") == "true"
    yield Finding(
        "NAT",
        GOOD if both else UNWISE,
        "one a zone"
        if both
        else "one for both zones, so that tasks stop with its zone: set NatPerZone of network",
    )
    tasks = environment.number("service", "MinTasks", 1)
    alone = "one, which stops with its zone: set MinTasks of service"
    yield Finding(
        "tasks",
        GOOD if tasks > 1 else UNWISE,
        f"{tasks} at least" if tasks > 1 else alone,
    )
    subjects = environment.parameters("pipeline").get("Subjects")
    yield Finding("GitHub", GOOD, subjects or "may not deploy: Subjects of pipeline is empty")
    examples = [
        f"{name} of {kind}"
        for kind in STACKS
        for name, value in environment.parameters(kind).items()
        if PLACEHOLDER.search(value)
    ]
    yield Finding(
        "placeholders",
        UNSAFE if examples else GOOD,
        f"{', '.join(examples)}: replace the example" if examples else "none",
    )


def of_clients(environment: Environment) -> Finding:
    """Who can connect."""
    balancer, network = environment.parameters("balancer"), environment.parameters("network")
    scheme, clients = balancer.get("Scheme", ""), balancer.get("ClientCidr", "")
    if clients == EVERYBODY and scheme == "internet-facing":
        if not environment.auth_arn:
            text = (
                f"{clients}: everybody on the internet may change every item: set ClientCidr of"
                " balancer, or AuthArn of access"
            )
            return Finding("reachability", UNSAFE, text)
        if not balancer.get("CertificateArn"):
            text = (
                f"{clients}: tokens cross the internet unencrypted: set CertificateArn of balancer"
            )
            return Finding("reachability", UNSAFE, text)
    if scheme == "internal" and clients == network.get("VpcCidr"):
        text = (
            f"{clients} is the network of Picus itself, so that nobody else can connect: connect"
            " your network to it, and set ClientCidr of balancer to your addresses"
        )
        return Finding("reachability", UNWISE, text)
    return Finding("reachability", GOOD, f"{clients}, {scheme}")


def of_files(site: Site) -> Iterator[Finding]:
    """What was built."""
    try:
        image = site.packages.image_for(site.environment).digest
        read(site.packages.verify, "lambda")
        Function(site.aws, site.environment, site.packages.function).fingerprint({})
    except UsageError as error:
        yield Finding("packages", UNWISE, str(error))
        return
    yield Finding("packages", GOOD, image)


def of_account(site: Site) -> Iterator[Finding]:
    """What AWS says of the account. Whoever may not ask is told so."""
    yield Finding("account and Region", GOOD, f"{site.aws.account}, {site.aws.region}")
    for what, question in (("roles of services", _linked_roles), ("quotas", _quotas)):
        try:
            yield question(site)
        except ClientError as error:
            if code_of(error) not in REFUSED:
                raise
            yield Finding(what, UNWISE, f"not known: {error.operation_name} is not allowed")


def _linked_roles(site: Site) -> Finding:
    missing = Account(site.aws, site.progress).missing_roles()
    command = f"`deploy/deploy {site.environment.name}`"
    text = f"{', '.join(missing)}: missing, an administrator's first {command} creates them"
    text = text if missing else "there"
    return Finding("roles of services", UNWISE if missing else GOOD, text)


def _quotas(site: Site) -> Finding:
    found = list(quotas.uses(site))
    state = GOOD if all(one.fits for one in found) else UNWISE
    text = ", ".join(map(str, found))
    commands = " ".join(one.command for one in found if not one.fits)
    more = f": ask for more by {commands}" if commands else ""
    return Finding("quotas", state, f"{text}{more}")


def of_access(site: Site) -> Iterator[Finding]:
    """Who has to have a token, and whether the verification gets one: STS issues it."""
    if not site.environment.auth_arn:
        text = (
            "whoever can connect to the load balancer may change every item: set AuthArn of access"
            " (docs/access.md)"
        )
        yield Finding(ACCESS, UNSAFE, text)
        return
    for what, question in ((ACCESS, _configuration), (ISSUER, _issuer)):
        try:
            yield question(site)
        except UsageError as error:
            yield Finding(what, UNSAFE, str(error))
        except ClientError as error:
            if code_of(error) not in REFUSED:
                raise
            yield Finding(what, UNWISE, f"not known: {error.operation_name} is not allowed")


def _configuration(site: Site) -> Finding:
    assert site.access
    return Finding(ACCESS, GOOD, f"{site.access.arn}, version {site.access.version}")


def _issuer(site: Site) -> Finding:
    try:
        said = site.aws.client("iam").get_outbound_web_identity_federation_info()
    except ClientError as error:
        if code_of(error) != "FeatureDisabled":
            raise
        said = {}
    if said.get("JwtVendingEnabled"):
        issuer = said["IssuerIdentifier"]
        text = f"add {issuer}, the account's, to `issuers` of the configuration in AuthArn"
        known = (
            issuer in {one.get("issuer") for one in site.access.issuers} if site.access else False
        )
        return Finding(ISSUER, GOOD if known else UNSAFE, issuer if known else text)
    command = "`aws iam enable-outbound-web-identity-federation`"
    return Finding(ISSUER, UNSAFE, f"the account issues no tokens: an administrator runs {command}")


def check(site: Site) -> int:
    """The whole table. 1 where production would be refused."""
    findings = [*of_account(site), *of_files(site), *of_parameters(site.environment)]
    findings += of_access(site)
    for finding in findings:
        site.progress.say(str(finding))
    unsafe = refused(site.environment, findings)
    site.progress.say()
    site.progress.say(verdict(site.environment.name, unsafe))
    return 1 if unsafe else 0


def verdict(name: str, unsafe: list[Finding]) -> str:
    """What to do next."""
    names = ", ".join(finding.what for finding in unsafe)
    does = f"refuses this until it is changed: {names}" if unsafe else "deploys this"
    return (
        f"`deploy/deploy {name}` {does}. Settings are in deploy/parameters/{name}.yaml, and"
        " docs/deploying.md explains them."
    )


def refused(environment: Environment, findings: list[Finding]) -> list[Finding]:
    unsafe = [finding for finding in findings if finding.state == UNSAFE]
    if environment.name != "prod":  # without tokens no deployment passes its verification
        return [finding for finding in unsafe if finding.what == ISSUER]
    return unsafe


def require(site: Site, *, insecure_no_auth: bool) -> None:
    """At the start of a deployment: what is not good is said, and production is refused unsafe."""
    if insecure_no_auth and site.environment.auth_arn:
        raise UsageError("--insecure-no-auth contradicts AuthArn of access.")
    findings = [*of_access(site), *of_parameters(site.environment)]
    for finding in findings:
        if finding.state != GOOD:
            site.progress.say(str(finding))
    unsafe = refused(site.environment, findings)
    unsafe = [one for one in unsafe if not (insecure_no_auth and one.what == ACCESS)]
    if unsafe:
        name = "Production" if site.environment.name == "prod" else site.environment.name
        names = ", ".join(finding.what for finding in unsafe)
        raise UsageError(
            f"{name} is not deployed like this: {names}. See above, and"
            f" `deploy/deploy {site.environment.name} --check`."
        )
