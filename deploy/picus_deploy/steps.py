"""`deploy/deploy ENV`: everything in its order. Each step looks first at what is there already.

There is no state but AWS's own. Whatever ended an earlier try, and wherever, the same command goes
on from there: a stack that is moving is waited for, an image that was pushed is not pushed again,
a deployment that is on its way is followed.
"""

from __future__ import annotations

from dataclasses import dataclass

from picus_deploy.deployment import Deployments
from picus_deploy.environment import STACKS
from picus_deploy.errors import DeployError, UsageError
from picus_deploy.image import Repository
from picus_deploy.packages import VERIFY_ZIP, Bucket, Function, image_for, read
from picus_deploy.plan import guard_listeners
from picus_deploy.rendering import same
from picus_deploy.service import Service, image_of
from picus_deploy.site import Site
from picus_deploy.stacks import STILLBORN, State


@dataclass(frozen=True)
class Wishes:
    """What a person may ask for beside the deployment."""

    ignore_alarms: bool = False
    skip_wait: bool = False


class Deploy:
    """One run of it."""

    def __init__(self, site: Site, wishes: Wishes) -> None:
        self._site = site
        self._wishes = wishes
        self._archive = image_for(site.environment)
        self._verify_zip = read(VERIFY_ZIP, "lambda")
        self._function = Function(site.aws, site.environment)
        self._function.fingerprint()  # reads all that it is made of
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
            role = self._pipeline()
            registry: dict[str, str] = {}
            for kind in STACKS[1:]:
                if kind == "service":
                    registry = site.outputs("registry")
                    lock.check()
                    Repository(site.aws, registry["RepositoryName"], site.progress).push(
                        self._archive
                    )
                self._stack(kind, role, registry)
            service = site.service()
            self._deliver(service, site.deployments(service), self._image(registry))
            url = site.url()
        site.progress.say()
        site.progress.say(f"{site.environment.name} runs {self.digest}")
        site.progress.say(url)

    def _pipeline(self) -> str:
        """The role that CloudFormation works with. No deploying role may change its own rights."""
        site = self._site
        stack = site.environment.stack("pipeline")
        state = site.stacks.settle(stack.name, "pipeline")
        if state and f"assumed-role/{state.outputs.get('DeployRoleName')}/" in site.aws.caller:
            if not site.stacks.unchanged(stack, state):
                raise DeployError(
                    "The pipeline stack has changed. Its role may not do that itself: an"
                    f" administrator has to run `deploy/deploy {site.environment.name}` once."
                )
            site.progress.step("pipeline", "unchanged")
            return state.outputs["ExecutionRole"]
        return site.stacks.deploy(stack, None).outputs["ExecutionRole"]

    def _stack(self, kind: str, role: str, registry: dict[str, str]) -> None:
        site = self._site
        if kind == "function":
            self._deploy_function(role, registry["Artifacts"])
            return
        computed: dict[str, str] = {}
        if kind == "delivery":
            bucket = Bucket(site.aws, registry["Artifacts"], site.progress)
            computed["VerifyPackage"] = bucket.put("picus-verify", self._verify_zip)
        if kind == "service":
            computed["Image"] = self._first_image(registry)
        stack = site.environment.stack(kind, computed)
        if kind == "balancer":
            guard_listeners(site, stack, role)
        site.stacks.deploy(stack, role)

    def _image(self, registry: dict[str, str]) -> str:
        return f"{registry['RepositoryUri']}@{self.digest}"

    def _first_image(self, registry: dict[str, str]) -> str:
        """The stack keeps the image that it was made with. Later ones are CodeDeploy's to bring."""
        state = self._site.stacks.find(self._site.environment.stack_name("service"))
        if state is None or state.status in STILLBORN:
            return self._image(registry)
        return state.parameters["Image"]

    def _deploy_function(self, role: str, bucket: str) -> None:
        site = self._site
        name = site.environment.stack_name("function")
        state = site.stacks.settle(name, "function")
        if state and state.status in STILLBORN:
            site.stacks.delete(state, "function", None)
            state = None
        if state and self._is_deployed(state):
            site.progress.step("function", "unchanged")
            return
        site.check()
        site.progress.step("function", "updating" if state else "creating")
        self._function.run("deploy", bucket, role)
        done = site.stacks.settle(name, "function")
        if done is None or not self._is_deployed(done):
            raise DeployError(
                f"{name} is {done.status if done else 'not there'} after osls deploy."
            )
        site.progress.step("function", done.status.lower().replace("_", " "))

    def _is_deployed(self, state: State) -> bool:
        good = state.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        return good and state.outputs.get("Fingerprint") == self._function.fingerprint()

    def _deliver(self, service: Service, deployments: Deployments, image: str) -> None:
        """Until the traffic goes to this image, by one deployment or none."""
        site = self._site
        for identifier in deployments.on_their_way():
            self._finish(service, deployments, identifier, image)
        wanted, running = service.wanted(image), service.running()
        if same(service.definition(running), wanted):
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


def bootstrap(site: Site) -> int:
    """Makes the pipeline stack alone: all that a person has to do for GitHub to deploy the rest."""
    with site.lock() as lock:
        site.check = lock.check
        outputs = site.stacks.deploy(site.environment.stack("pipeline"), None).outputs
    site.progress.say()
    site.progress.say(f"The role of the GitHub environment {site.environment.name}:")
    site.progress.say(outputs["DeployRole"])
    return 0


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
