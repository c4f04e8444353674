"""`deploy/deploy ENV --plan`: what a deployment would change, as change sets tell it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from picus_deploy.environment import HANDED, ROOT, STACKS, Stack
from picus_deploy.errors import DeployError, UsageError, code_of
from picus_deploy.function import Function
from picus_deploy.service import image_of
from picus_deploy.site import Site
from picus_deploy.stacks import CAPABILITIES, STILLBORN, State

NAME = "picus-plan"
FUNCTION_TEMPLATE = "cloudformation-template-update-stack.json"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
# What only a deployment knows; a plan takes it as it is.
COMPUTED = {"service": "Image", "delivery": "VerifyPackage"}
LATER = "known after the deployment"

Change = dict[str, Any]


def plan(site: Site) -> int:
    """Prints the changes; changes nothing."""
    archive = site.packages.image_for(site.environment)
    for kind in STACKS:
        name = site.environment.stack_name(kind)
        state = site.stacks.settle(name, kind)
        if state is None or state.status in STILLBORN:
            site.progress.say(f"{kind:<14} would be made")
            continue
        changes = (
            _function_changes(site, state) if kind == "function" else _changes(site, state, kind)
        )
        site.progress.say(f"{kind:<14} {f'{len(changes)} changes' if changes else 'unchanged'}")
        for change in changes:
            site.progress.say(f"  {described(change)}")
    if site.stacks.find(site.environment.stack_name("delivery")) is None:
        site.progress.say(f"{'image':<14} would be pushed: {archive.digest}")
        return 0
    service = site.service()
    now = image_of(service.definition(service.running())).rsplit("@", 1)[-1]
    same = now == archive.digest
    site.progress.say(f"{'image':<14} {'unchanged' if same else f'{now} -> {archive.digest}'}")
    return 0


def _changes(site: Site, state: State, kind: str) -> list[Change]:
    computed = handed(site, kind)
    if kind in COMPUTED:
        computed[COMPUTED[kind]] = state.parameters[COMPUTED[kind]]
    stack = site.environment.stack(kind, computed)
    return [] if site.stacks.unchanged(stack, state) else changes_of(site, stack)


def _function_changes(site: Site, state: State) -> list[Change]:
    function = Function(site.aws, site.environment, site.packages.function, site.access)
    given = {**handed(site, "function"), "StopOnAlarm": "true"}
    if state.outputs.get("Fingerprint") == function.fingerprint(given):
        return []
    folder = ROOT / "build" / "deploy" / site.environment.name / "function"
    bucket = site.outputs("registry")["Artifacts"]
    function.run("package", bucket, None, given, "--package", str(folder))
    text = (Path(folder) / FUNCTION_TEMPLATE).read_text(encoding="utf-8")
    return changes_of(site, Stack("function", state.name, json.dumps(json.loads(text)), given))


def handed(site: Site, kind: str) -> dict[str, str]:
    """As the other stacks are; what they do not say yet is as it would be after a deployment."""
    known: dict[str, str] = {}
    for name, (source, output) in HANDED.get(kind, {}).items():
        state = site.stacks.find(site.environment.stack_name(source))
        known[name] = state.outputs.get(output, LATER) if state else LATER
    return known


def changes_of(site: Site, stack: Stack, role: str | None = None) -> list[Change]:
    """What CloudFormation would do to the resources of a stack that is there."""
    client = site.aws.client("cloudformation")
    parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in stack.parameters.items()]
    request = {
        "StackName": stack.name,
        "ChangeSetName": NAME,
        "TemplateBody": stack.template,
        "Parameters": parameters,
        "Capabilities": CAPABILITIES,
        **({"RoleARN": role} if role else {}),
    }
    try:
        client.create_change_set(**request)
    except ClientError as error:
        if code_of(error) != "AlreadyExistsException":
            raise
        client.delete_change_set(StackName=stack.name, ChangeSetName=NAME)  # an interrupted plan's
        client.create_change_set(**request)
    try:
        while True:
            said = client.describe_change_set(StackName=stack.name, ChangeSetName=NAME)
            if not said["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
                break
            site.pause()
    finally:
        client.delete_change_set(StackName=stack.name, ChangeSetName=NAME)
    if said["Status"] == "FAILED":
        reason = said.get("StatusReason", "")
        if "didn't contain changes" in reason or "No updates" in reason:
            return []
        raise DeployError(f"No change set for {stack.name}: {reason}")
    return [one["ResourceChange"] for one in said.get("Changes", []) if "ResourceChange" in one]


def described(change: Change) -> str:
    words = [change["Action"].lower(), change["LogicalResourceId"], change["ResourceType"]]
    if change.get("Replacement") in ("True", "Conditional"):
        words.append("replaced" if change["Replacement"] == "True" else "perhaps replaced")
    return " ".join(words)


def serving(actions: list[dict[str, Any]]) -> set[str]:
    """The target groups that get traffic. CodeDeploy leaves the other there, with weight 0."""
    found = set()
    for action in actions:
        groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
        found |= {one["TargetGroupArn"] for one in groups if one.get("Weight", 1) > 0}
        if not groups and "TargetGroupArn" in action:
            found.add(action["TargetGroupArn"])
    return found


def guard_scheme(site: Site) -> None:
    """Before the first stack: what the template of the load balancer would refuse only later.

    A load balancer that moves between subnets is a new one, and target groups serve only one.
    """
    given = site.environment.parameters("balancer")
    scheme = given.get("Scheme", "")
    name = site.environment.stack_name("balancer")
    state = site.stacks.settle(name, "balancer")
    if state and state.status not in STILLBORN:
        # Stacks of 0.1.0 had no such parameter: a certificate decided.
        certified = bool(state.parameters.get("CertificateArn"))
        is_now = state.parameters.get("Scheme", "internet-facing" if certified else "internal")
        if scheme != is_now:
            raise UsageError(
                f"The load balancer of {name} is {is_now}, and Scheme says {scheme}: that cannot be"
                f" changed. Set Scheme: {is_now}, or make the environment anew (docs/aws.md)."
            )
    if scheme == "internet-facing" and not given.get("CertificateArn"):
        raise UsageError("An internet-facing load balancer needs CertificateArn of balancer.")
    if given.get("CertificateArn") and not given.get("HostName"):
        raise UsageError("CertificateArn of balancer needs HostName: a name of the certificate.")


def listeners_in_use(site: Site, stack: Stack, role: str) -> list[str]:
    """The listeners that an update would send back to blue while green serves.

    CodeDeploy moves the listeners past CloudFormation. An update that touches one resets it to what
    the template says.
    """
    state = site.stacks.settle(stack.name, stack.kind)
    if state is None or state.status in STILLBORN or site.stacks.unchanged(stack, state):
        return []
    touched = [c for c in changes_of(site, stack, role) if c["ResourceType"] == LISTENER]
    if not touched:
        return []
    client = site.aws.client("elbv2")
    arn = state.outputs["ProductionListener"]
    try:
        listener = client.describe_listeners(ListenerArns=[arn])["Listeners"][0]
    except ClientError as error:
        if code_of(error) != "ListenerNotFound":
            raise
        return []
    if state.outputs["BlueTargetGroup"] in serving(listener["DefaultActions"]):
        return []
    return [str(c["LogicalResourceId"]) for c in touched]
