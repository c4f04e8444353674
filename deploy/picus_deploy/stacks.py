"""CloudFormation: one stack from whatever state it is in to what it is to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from picus_deploy.aws import Aws
from picus_deploy.environment import Stack
from picus_deploy.errors import DeployError, code_of, message_of
from picus_deploy.progress import Pause, Progress

CAPABILITIES = ["CAPABILITY_IAM"]
# A stack in one of these has nothing in it that is worth keeping, and cannot be updated.
STILLBORN = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS")
# What to do with a stack that nobody but a person can move.
STUCK = {
    "UPDATE_ROLLBACK_FAILED": "`aws cloudformation continue-update-rollback --stack-name {name}`",
    "UPDATE_FAILED": "`aws cloudformation rollback-stack --stack-name {name}`",
    "DELETE_FAILED": "delete it: `deploy/deploy destroy` goes on with that",
}
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
GONE = "DELETE_COMPLETE"


@dataclass(frozen=True)
class State:
    """What CloudFormation says of a stack."""

    name: str
    identifier: str
    status: str
    parameters: dict[str, str]
    outputs: dict[str, str]
    drift: str
    protected: bool  # from being deleted

    @property
    def moving(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


def state_of(said: dict[str, Any]) -> State:
    return State(
        name=said["StackName"],
        identifier=said["StackId"],
        status=said["StackStatus"],
        parameters={p["ParameterKey"]: p["ParameterValue"] for p in said.get("Parameters", [])},
        outputs={o["OutputKey"]: o["OutputValue"] for o in said.get("Outputs", [])},
        drift=said.get("DriftInformation", {}).get("StackDriftStatus", "NOT_CHECKED"),
        protected=said.get("EnableTerminationProtection", False),
    )


class Stacks:
    """Calls return when the stack has come to rest; one that is moving is waited for first."""

    def __init__(
        self, aws: Aws, progress: Progress, pause: Pause, check: Callable[[], None]
    ) -> None:
        self._client = aws.client("cloudformation")
        self._progress = progress
        self._pause = pause
        self._check = check

    def find(self, name: str) -> State | None:
        """By name, or by identifier, which also finds what was deleted."""
        try:
            said = self._client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if code_of(error) == "ValidationError" and "does not exist" in message_of(error):
                return None
            raise
        return state_of(said[0]) if said else None

    def outputs(self, name: str) -> dict[str, str]:
        """Of a stack that is there."""
        state = self.find(name)
        if state is None or state.status not in (*GOOD, "UPDATE_ROLLBACK_COMPLETE"):
            raise DeployError(f"{name} is not there, or not whole: deploy it first.")
        return state.outputs

    def unchanged(self, stack: Stack, state: State) -> bool:
        """Whether this template with these parameters is what the stack was last brought to."""
        if state.status not in GOOD:
            return False
        given = {k: v for k, v in state.parameters.items() if k in stack.parameters}
        if given != stack.parameters:
            return False
        return self._template(stack.name) == stack.template.strip()

    def deploy(self, stack: Stack, role: str | None) -> State:
        """Creates or updates; leaves it alone when nothing changed."""
        state = self.settle(stack.name, stack.kind)
        if state and state.status in STILLBORN:
            self._progress.step(stack.kind, f"is {state.status}: deleted, to be made anew")
            self.delete(state, stack.kind, None)
            state = None
        if state and state.status in STUCK:
            raise DeployError(
                f"{stack.name} is {state.status}: remove the cause that its events name, then"
                f" {STUCK[state.status].format(name=stack.name)}."
            )
        if state and self.unchanged(stack, state):
            self._progress.step(stack.kind, "unchanged")
            return self.protect(state, stack.kind, stack.protected)
        self._check()
        before = self._last_event(stack.name) if state else ""
        call = self._client.update_stack if state else self._client.create_stack
        self._progress.step(stack.kind, "updating" if state else "creating")
        try:
            call(**self._request(stack, role))
        except ClientError as error:
            if state and "No updates are to be performed" in message_of(error):
                self._progress.step(stack.kind, "unchanged")
                return self.protect(state, stack.kind, stack.protected)
            raise
        done = self._result(stack.name, stack.kind, before)
        return self.protect(done, stack.kind, stack.protected)

    def protect(self, state: State, kind: str, wanted: bool) -> State:
        """From being deleted. Not from its creation on: one that fails has to go."""
        if state.protected != wanted:
            self._check()
            self._progress.step(
                kind, f"its protection from deletion {'begins' if wanted else 'ends'}"
            )
            self._client.update_termination_protection(
                StackName=state.name, EnableTerminationProtection=wanted
            )
        return state

    def change(self, state: State, kind: str, role: str, **changed: str) -> State:
        """Some parameters of a stack. Template and others stay as they are."""
        self._check()
        before = self._last_event(state.name)
        kept = [
            {"ParameterKey": name, "UsePreviousValue": True}
            for name in state.parameters
            if name not in changed
        ]
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in changed.items()]
        self._client.update_stack(
            StackName=state.name,
            UsePreviousTemplate=True,
            Parameters=[*kept, *given],
            Capabilities=CAPABILITIES,
            RoleARN=role,
        )
        return self._result(state.name, kind, before)

    def delete(self, state: State, kind: str, role: str | None) -> None:
        """Until it is gone. What its template retains stays."""
        self._check()
        self._progress.step(kind, "deleting")
        self._client.delete_stack(StackName=state.identifier, **({"RoleARN": role} if role else {}))
        gone = self.settle(state.identifier, kind)
        if gone is not None and gone.status != GONE:
            raise DeployError(self._why(state.name, gone, ""))
        self._progress.step(kind, "deleted")

    def settle(self, name: str, kind: str) -> State | None:
        """The state that it comes to rest in, whoever set it in motion."""
        while True:
            state = self.find(name)
            if state is None or not state.moving:
                return state
            self._progress.step(kind, state.status.lower().replace("_", " "))
            self._pause()

    def _result(self, name: str, kind: str, before: str) -> State:
        """That of an operation that was begun after the event `before`."""
        done = self.settle(name, kind)
        if done is None or done.status not in GOOD:
            raise DeployError(self._why(name, done, before))
        self._progress.step(kind, done.status.lower().replace("_", " "))
        return done

    def _request(self, stack: Stack, role: str | None) -> dict[str, Any]:
        parameters = [
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in stack.parameters.items()
        ]
        request: dict[str, Any] = {
            "StackName": stack.name,
            "TemplateBody": stack.template,
            "Parameters": parameters,
            "Capabilities": CAPABILITIES,
            "Tags": tags(stack.name),
        }
        if role:
            request["RoleARN"] = role
        return request

    def _template(self, name: str) -> str:
        body = self._client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        return body.strip() if isinstance(body, str) else ""

    def _last_event(self, name: str) -> str:
        events = self._client.describe_stack_events(StackName=name)["StackEvents"]
        return str(events[0]["EventId"]) if events else ""

    def _why(self, name: str, state: State | None, before: str) -> str:
        """The first thing that failed since `before`; what follows are its consequences."""
        if state is None:
            return f"{name} is gone."
        reasons = []
        events = self._client.describe_stack_events(StackName=state.identifier)["StackEvents"]
        for event in events:
            if event["EventId"] == before:
                break
            if event["ResourceStatus"].endswith("_FAILED"):
                reason = event.get("ResourceStatusReason", "no reason given")
                reasons.append(f"{event['LogicalResourceId']}: {reason}")
        reasons.append("its events say no more")
        first = reasons[-2] if len(reasons) > 1 else reasons[-1]
        return f"{state.name} is {state.status}: {first}"


def tags(name: str) -> list[dict[str, str]]:
    """`picus-dev-table` belongs to Picus, and to dev."""
    project, environment, _ = name.split("-", 2)
    return [{"Key": "Project", "Value": project}, {"Key": "Environment", "Value": environment}]
