"""`deploy/deploy ENV`: everything in its order. Each step looks first at what is there already.

There is no state but AWS's own. Whatever ended an earlier try, and wherever, the same command goes
on from there: a stack that is moving is waited for, an image that was pushed is not pushed again,
a deployment that is on its way is followed.
"""

from __future__ import annotations

from dataclasses import dataclass

from picus_deploy.account import Account
from picus_deploy.deployment import Deployments
from picus_deploy.environment import ADMINISTRATORS, STACKS
from picus_deploy.errors import DeployError, UsageError
from picus_deploy.function import FunctionStack
from picus_deploy.image import Repository
from picus_deploy.packages import Bucket, read
from picus_deploy.plan import guard_scheme, listeners_in_use
from picus_deploy.rendering import same
from picus_deploy.service import Service, image_of
from picus_deploy.site import Site
from picus_deploy.stacks import STILLBORN


@dataclass(frozen=True)
class Wishes:
    """What a person may ask for beside the deployment."""

    ignore_alarms: bool = False
    skip_wait: bool = False
    new_table: bool = False
    insecure_no_auth: bool = False


class Deploy:
    """One run of it."""

    def __init__(self, site: Site, wishes: Wishes) -> None:
        self._site = site
        self._wishes = wishes
        self._archive = site.packages.image_for(site.environment)
        self._verify_zip = read(site.packages.verify, "lambda")
        self._function = FunctionStack(site, ignore_alarms=wishes.ignore_alarms)
        for kind in STACKS:
            if kind != "function":
                site.environment.stack(kind)

    @property
    def digest(self) -> str:
        return self._archive.digest

    def run(self) -> None:
        site = self._site
        with site.lock() as lock:
            site.check = lock.check
            guard_table(site, new=self._wishes.new_table)
            guard_scheme(site)
            role = administrate(site)
            registry: dict[str, str] = {}
            for kind in STACKS[len(ADMINISTRATORS) :]:
                if kind == "service":
                    registry = site.outputs("registry")
                    lock.check()
                    Repository(site.aws, registry["RepositoryName"], site.progress).push(
                        self._archive
                    )
                self._stack(kind, role, registry)
            service = site.service()
            if site.access:
                site.access.require(site.outputs("delivery")["VerifyRole"])
            self._deliver(service, site.deployments(service), self._image(registry))
            self._function.move(role)
            url = site.url()
        site.progress.say()
        site.progress.say(f"{site.environment.name} runs {self.digest}")
        clients = site.environment.parameters("balancer").get("ClientCidr", "")
        site.progress.say(f"Clients in {clients} can connect to")
        site.progress.say(url)

    def _stack(self, kind: str, role: str, registry: dict[str, str]) -> None:
        site = self._site
        if kind == "function":
            self._function.deploy(role, registry["Artifacts"])
            return
        computed = site.handed(kind)
        if kind == "delivery":
            bucket = Bucket(site.aws, registry["Artifacts"], site.progress)
            computed["VerifyPackage"] = bucket.put("picus-verify", self._verify_zip)
        if kind == "service":
            computed["Image"] = self._first_image(registry)
        stack = site.environment.stack(kind, computed)
        if kind == "balancer":
            self._bring_back_blue(listeners_in_use(site, stack, role))
        site.stacks.deploy(stack, role)

    def _bring_back_blue(self, listeners: list[str]) -> None:
        """By a deployment of what runs, so that CloudFormation may change the listeners."""
        if not listeners:
            return
        site = self._site
        site.progress.step("balancer", f"blue has to serve before {', '.join(listeners)} change")
        service = site.service()
        deployments = site.deployments(service)
        for identifier in deployments.on_their_way():
            deployments.follow(identifier)
        running = service.running()
        identifier = deployments.create(
            running,
            running,
            f"{site.environment.name}: back to blue",
            ignore_alarms=self._wishes.ignore_alarms,
        )
        site.progress.step("traffic", f"{identifier} created")
        deployments.follow(identifier)

    def _image(self, registry: dict[str, str]) -> str:
        return f"{registry['RepositoryUri']}@{self.digest}"

    def _first_image(self, registry: dict[str, str]) -> str:
        """The stack keeps the image that it was made with. Later ones are CodeDeploy's to bring."""
        state = self._site.stacks.find(self._site.environment.stack_name("service"))
        if state is None or state.status in STILLBORN:
            return self._image(registry)
        return state.parameters["Image"]

    def _deliver(self, service: Service, deployments: Deployments, image: str) -> None:
        """Until the traffic goes to this image, by one deployment or none."""
        site = self._site
        for identifier in deployments.on_their_way():
            self._finish(service, deployments, identifier, image)
        wanted, running = service.wanted(image, site.access), service.running()
        # What a new service begins with nobody has verified: it is deployed once more, as itself.
        if same(service.definition(running), wanted) and deployments.any_succeeded():
            site.progress.step("traffic", "unchanged")
            return
        site.check()
        identifier = deployments.create(
            service.register(wanted),
            running,
            f"{site.environment.name}: {self.digest}",
            ignore_alarms=self._wishes.ignore_alarms,
        )
        site.progress.step("traffic", f"{identifier} created")
        deployments.follow(identifier)

    def _finish(
        self, service: Service, deployments: Deployments, identifier: str, image: str
    ) -> None:
        """One that another run began. If it brings another image, its end is all that matters."""
        site = self._site
        site.progress.step("traffic", f"{identifier} is on its way already")
        coming = deployments.task_definition(identifier)
        ours = coming is not None and image_of(service.definition(coming)) == image
        try:
            deployments.follow(identifier, skip_wait=self._wishes.skip_wait)
        except DeployError as error:
            if ours:
                raise
            site.progress.step("traffic", str(error))


def administrate(site: Site) -> str:
    """The stacks of who deploys. No deploying role may change its own rights.

    The role that CloudFormation works with.
    """
    pipeline = site.stacks.settle(site.environment.stack_name("pipeline"), "pipeline")
    role = pipeline.outputs.get("DeployRoleName") if pipeline else None
    restricted = bool(role) and f"assumed-role/{role}/" in site.aws.caller
    account = Account(site.aws, site.progress)
    github = bool(site.environment.parameters("pipeline").get("Subjects"))
    if not restricted:
        account.prepare(github=github)
    for kind in ADMINISTRATORS:
        stack = site.environment.stack(kind, site.handed(kind))
        state = site.stacks.settle(stack.name, kind)
        if not restricted:
            site.stacks.deploy(stack, None)
        elif state and site.stacks.unchanged(stack, state):
            site.progress.step(kind, "unchanged")
        else:
            raise DeployError(
                f"The stack {kind} has changed. The role of the pipeline may not do that itself:"
                f" an administrator has to run `deploy/deploy {site.environment.name}` once."
            )
    if not restricted:  # in stacks of 0.1.0 the provider was part of one, and has gone with that
        account.prepare(github=github)
    return site.outputs("access")["ExecutionRole"]


def bootstrap(site: Site) -> int:
    """Makes the stacks of who deploys: all that a person has to do for GitHub to do the rest."""
    if not site.environment.parameters("pipeline").get("Subjects"):
        raise UsageError(
            f"Nobody on GitHub may deploy {site.environment.name}: set Subjects of pipeline in"
            f" deploy/parameters/{site.environment.name}.yaml."
        )
    with site.lock() as lock:
        site.check = lock.check
        administrate(site)
    site.progress.say()
    site.progress.say(f"The role of the GitHub environment {site.environment.name}:")
    site.progress.say(site.outputs("pipeline")["DeployRole"])
    return 0


def guard_table(site: Site, *, new: bool) -> None:
    """Stops before an empty table is made where an earlier one still has its items."""
    name = site.environment.stack_name("table")
    state = site.stacks.settle(name, "table")
    if site.environment.parameters("table").get("ExistingTable") or new:
        return
    made = state is not None and state.status not in STILLBORN
    if made and not (state and state.parameters.get("ExistingTable")):
        return
    prefix = f"{name}-"
    pages = site.aws.client("dynamodb").get_paginator("list_tables").paginate()
    left = [one for page in pages for one in page["TableNames"] if one.startswith(prefix)]
    if left:
        environment = site.environment.name
        raise DeployError(
            f"{', '.join(left)} of an earlier {environment} still has its items. To serve them, set"
            f" ExistingTable of table in deploy/parameters/{environment}.yaml; to begin with an"
            " empty table beside it, add --new-table."
        )


def confirm(site: Site, digest: str, *, yes: bool) -> None:
    """Production is asked for by its name."""
    if site.environment.name != "prod" or yes:
        return
    site.progress.say(f"To production, account {site.aws.account}, {site.aws.region}: {digest}")
    try:
        answer = input("Type prod to go on: ")
    except EOFError:
        raise UsageError("Nobody is there to be asked: add --yes.") from None
    if answer.strip() != "prod":
        raise UsageError("Nothing was changed.")
