"""An environment as it is at AWS: what all commands look at, and those that only look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from picus_deploy.access import Access, access_of
from picus_deploy.aws import Aws
from picus_deploy.deployment import WAY_BACK, Deployments, Group
from picus_deploy.environment import HANDED, STACKS, Environment
from picus_deploy.errors import DeployError, UsageError
from picus_deploy.lock import Lock
from picus_deploy.packages import BUILT, Packages
from picus_deploy.progress import Pause, Progress
from picus_deploy.service import Names, Service, image_of
from picus_deploy.stacks import GOOD, Stacks


def nothing_to_check() -> None:
    """For commands that change nothing, and hold no lock."""


@dataclass
class Site:
    """The parts that a command works with."""

    aws: Aws
    environment: Environment
    progress: Progress
    pause: Pause
    lock_seconds: float
    packages: Packages = BUILT
    check: Callable[[], None] = nothing_to_check

    @property
    def stacks(self) -> Stacks:
        return Stacks(self.aws, self.progress, self.pause, self.check)

    def outputs(self, kind: str) -> dict[str, str]:
        return self.stacks.outputs(self.environment.stack_name(kind))

    def handed(self, kind: str) -> dict[str, str]:
        """The parameters of a stack that are outputs of others, which have to be there."""
        given = HANDED.get(kind, {})
        known = {source: self.outputs(source) for source, _ in given.values()}
        return {name: known[source][output] for name, (source, output) in given.items()}

    @cached_property
    def access(self) -> Access | None:
        """Read once: function and tasks get the same version."""
        return access_of(self.aws, self.environment)

    def lock(self) -> Lock:
        return Lock(self.aws, self.environment.name, self.lock_seconds, self.progress, self.pause)

    def service(self) -> Service:
        return Service(self.aws, Names.of(self.outputs("service")))

    def deployments(self, service: Service) -> Deployments:
        target = f"{service.names.cluster}:{service.names.service}"
        group = Group.of(self.outputs("delivery"), target)
        return Deployments(self.aws, group, self.progress, self.pause)

    def url(self) -> str:
        return self.outputs("balancer")["Url"]

    def require_settings(self) -> None:
        """Stops before anything changes where the parameters cannot be meant."""
        if "example" in self.environment.parameters("pipeline").get("Subjects", ""):
            raise UsageError(
                f"Subjects of pipeline in deploy/parameters/{self.environment.name}.yaml names an"
                " example: whoever owns that repository could deploy here. Name yours, or nobody."
            )
        table = self.environment.parameters("table").get("ExistingTable", "")
        own = f"picus-{self.environment.name}-"
        if table and not table.startswith(own):  # roles reach no other
            raise UsageError(
                f"ExistingTable is {table}: restore it to a name that begins with {own}"
            )
        # A load balancer takes certificates of its own Region only.
        region = self.environment.certificate_region()
        if region and region != self.aws.region:
            raise UsageError(
                f"The certificate of {self.environment.name} is in {region}, and this is"
                f" {self.aws.region}: wrong Region?"
            )


def status(site: Site) -> int:
    """Prints what is there. 0 when all of it is as a deployment leaves it."""
    whole, nothing = True, True
    for kind in STACKS:
        state = site.stacks.find(site.environment.stack_name(kind))
        drift = "" if state is None or state.drift != "DRIFTED" else ", changed past CloudFormation"
        site.progress.say(f"{kind:<14} {state.status if state else 'not there'}{drift}")
        whole = whole and state is not None and state.status in GOOD
        nothing = nothing and state is None
    holder = site.lock().holder()
    site.progress.say(f"{'lock':<14} {f'held by {holder.owner}' if holder else 'free'}")
    if nothing:
        site.progress.say(
            f"Nothing is deployed: `deploy/deploy {site.environment.name}` does that."
        )
    if not whole:
        return 1
    service = site.service()
    running = service.running()
    image = image_of(service.definition(running))
    site.progress.say(f"{'running':<14} {running.rsplit('/', 1)[-1]}, {image.rsplit('/', 1)[-1]}")
    for identifier in site.deployments(service).on_their_way():
        site.progress.say(f"{'traffic':<14} {identifier} is on its way")
    site.progress.say(f"{'URL':<14} {site.url()}")
    return 0


def rollback(site: Site) -> int:
    """Stops the deployment that is on its way, or deploys what ran before the present one."""
    with site.lock() as lock:
        site.check = lock.check
        stop_function(site)
        service = site.service()
        deployments = site.deployments(service)
        under_way = deployments.on_their_way()
        if under_way:
            end(site, deployments, under_way[0])
            return 0
        done = deployments.has_gone_back()
        if done:
            site.progress.say(
                f"{site.environment.name} has gone back already, by {done}. The next deployment"
                " brings the new version again."
            )
            return 0
        running = service.running()
        before = previous(deployments, running)
        site.progress.step("traffic", f"from {running} back to {before}")
        # The alarms that what runs now has set off must not stop the way back from it.
        deployments.follow(deployments.create(before, running, WAY_BACK, ignore_alarms=True))
    site.progress.say(f"{site.environment.name} runs what it ran before: {site.url()}")
    site.progress.say(
        "Stacks and function stay as they are. The next deployment brings the new one again."
    )
    return 0


def end(site: Site, deployments: Deployments, identifier: str) -> None:
    """Until the traffic is back where it was. One that brings it back itself is not stopped."""
    if deployments.goes_back(identifier):
        site.progress.step("traffic", f"{identifier} goes back already")
        deployments.follow(identifier)
        return
    site.progress.step("traffic", f"stopping {identifier}")
    deployments.stop(identifier)
    try:
        deployments.follow(identifier)
    except DeployError as error:
        site.progress.say(str(error))
        return
    raise DeployError(f"{identifier} had succeeded already. Repeat the command to go back.")


def stop_function(site: Site) -> None:
    """Where clients of the function are moving to a new version, they go back at once."""
    name = site.environment.stack_name("function")
    state = site.stacks.find(name)
    if state is None or state.status != "UPDATE_IN_PROGRESS":
        return
    site.progress.step("function", "stopping")
    site.aws.client("cloudformation").cancel_update_stack(StackName=name)
    site.stacks.settle(name, "function")
    site.progress.step("function", "clients have the version before")


def previous(deployments: Deployments, running: str) -> str:
    for candidate in deployments.history():
        if candidate != running:
            return candidate
    raise DeployError("Nothing ran before what runs now.")
