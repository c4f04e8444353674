"""`deploy/deploy destroy ENV`: all that can go, in the reverse order; data stays, and is named."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from picus_deploy import templates
from picus_deploy.environment import ADMINISTRATORS, STACKS
from picus_deploy.errors import DeployError, UsageError, code_of
from picus_deploy.site import Site
from picus_deploy.stacks import State

AT_ONCE = 100
PROTECTION = "deletion_protection.enabled"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
BUCKET, REPOSITORY, TABLE = "AWS::S3::Bucket", "AWS::ECR::Repository", "AWS::DynamoDB::Table"


def confirm(site: Site, *, yes: bool) -> None:
    """What is destroyed is asked for by its name, unless that was answered before."""
    if yes:
        return
    name = site.environment.name
    site.progress.say(f"All of {name} in account {site.aws.account}, {site.aws.region}.")
    try:
        answer = input(f"Type {name} to destroy it: ")
    except EOFError:
        raise UsageError("Nobody is there to be asked: add --yes.") from None
    if answer.strip() != name:
        raise UsageError("Nothing was changed.")


def destroy(site: Site, *, unprotect: bool) -> int:
    """Goes on where an earlier try ended. Refuses while anything is protected, unless told."""
    with site.lock() as lock:
        site.check = lock.check
        if unprotect:
            unprotect_balancer(site)
        else:
            refuse_protected(site)
        stop_deployments(site)
        kept: list[str] = []
        access = site.stacks.find(site.environment.stack_name("access"))
        role = access.outputs.get("ExecutionRole") if access else None
        for kind in reversed(STACKS):
            state = site.stacks.settle(site.environment.stack_name(kind), kind)
            if state is None:
                site.progress.step(kind, "not there")
                continue
            kept += empty(site, kind, state)
            site.stacks.protect(state, kind, wanted=False)
            site.stacks.delete(state, kind, None if kind in ADMINISTRATORS else role)
    site.progress.say()
    site.progress.say(f"{site.environment.name} is gone.")
    for name in kept:
        site.progress.say(f"Kept, with what is in it: {name}")
    return 0


def refuse_protected(site: Site) -> None:
    """Before anything goes: half of an environment is of no use to anybody."""
    found = protected_table(site)
    found += [f"the load balancer {arn.rsplit('/', 2)[-2]}" for arn in protected_balancers(site)]
    states = [site.stacks.find(site.environment.stack_name(kind)) for kind in STACKS]
    stacks = len([state for state in states if state and state.protected])
    found += [f"{stacks} of its stacks"] if stacks else []
    if found:
        named = " and ".join(found)
        verb = "are" if found[1:] or stacks else "is"
        raise DeployError(
            f"{named[:1].upper()}{named[1:]} {verb} protected from deletion, so"
            f" {site.environment.name} is not destroyed. Add --unprotect to destroy it anyway: the"
            " table stays, with its items and its protection."
        )


def protected_table(site: Site) -> list[str]:
    state = site.stacks.find(site.environment.stack_name("table"))
    if state is None or "TableName" not in state.outputs:
        return []
    name = state.outputs["TableName"]
    try:
        table = site.aws.client("dynamodb").describe_table(TableName=name)["Table"]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return []
    return [f"the table {name}"] if table.get("DeletionProtectionEnabled") else []


def unprotect_balancer(site: Site) -> None:
    """CloudFormation could not delete it. The table it leaves alone."""
    off = [{"Key": PROTECTION, "Value": "false"}]
    for arn in protected_balancers(site):
        site.progress.step("balancer", "its protection from deletion ends")
        client = site.aws.client("elbv2")
        client.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=off)


def protected_balancers(site: Site) -> list[str]:
    """By ARN: one or none."""
    state = site.stacks.find(site.environment.stack_name("balancer"))
    if state is None:
        return []
    arns = [
        one["PhysicalResourceId"]
        for one in resources_of(site, state)
        if one.get("ResourceType") == BALANCER and one["ResourceStatus"] != "DELETE_COMPLETE"
    ]
    for arn in filter(None, arns):
        try:
            said = site.aws.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)
        except ClientError as error:
            if code_of(error) != "LoadBalancerNotFound":
                raise
            continue
        attributes = {one["Key"]: one["Value"] for one in said["Attributes"]}
        if attributes.get(PROTECTION) == "true":
            return [str(arn)]
    return []


def stop_deployments(site: Site) -> None:
    """CodeDeploy holds on to listeners and target groups while it works."""
    wanted = [site.environment.stack_name(kind) for kind in ("service", "delivery")]
    if not all(site.stacks.find(name) for name in wanted):
        return
    deployments = site.deployments(site.service())
    for identifier in deployments.on_their_way():
        deployments.stop(identifier)
        try:
            deployments.follow(identifier)
        except DeployError as error:
            site.progress.step("traffic", str(error))


def empty(site: Site, kind: str, state: State) -> list[str]:
    """Makes deletable what CloudFormation deletes only when empty. The names of what stays."""
    if kind == "function":
        return []
    staying = templates.retained(templates.parse(site.environment.stack(kind).template))
    kept = []
    for resource in resources_of(site, state):
        name = resource.get("PhysicalResourceId", "")
        if not name or resource["ResourceStatus"] == "DELETE_COMPLETE":
            continue
        if resource["LogicalResourceId"] in staying:
            kept.append(f"{resource['ResourceType']} {name}")
        elif resource["ResourceType"] == BUCKET:
            empty_bucket(site, name)
        elif resource["ResourceType"] == REPOSITORY:
            empty_repository(site, name)
    return kept


def resources_of(site: Site, state: State) -> list[dict[str, Any]]:
    client = site.aws.client("cloudformation")
    return list(client.describe_stack_resources(StackName=state.name)["StackResources"])


def empty_bucket(site: Site, name: str) -> None:
    """Every version of every object."""
    client = site.aws.client("s3")
    try:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
            found = page.get("Versions", []) + page.get("DeleteMarkers", [])
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if objects:
                site.progress.step("destroy", f"emptying {name}")
                answer = client.delete_objects(
                    Bucket=name, Delete={"Objects": objects, "Quiet": True}
                )
                for error in answer.get("Errors", []):
                    raise DeployError(f"{name}/{error['Key']}: {error['Message']}")
    except ClientError as error:
        if code_of(error) != "NoSuchBucket":
            raise


def empty_repository(site: Site, name: str) -> None:
    client = site.aws.client("ecr")
    try:
        pages = client.get_paginator("list_images").paginate(repositoryName=name)
        images = [one for page in pages for one in page["imageIds"]]
        for start in range(0, len(images), AT_ONCE):
            site.progress.step("destroy", f"emptying {name}")
            client.batch_delete_image(repositoryName=name, imageIds=images[start : start + AT_ONCE])
    except ClientError as error:
        if code_of(error) != "RepositoryNotFoundException":
            raise
