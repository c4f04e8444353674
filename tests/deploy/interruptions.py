"""Deployers that are killed, at every change or with a deployment under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from deploy.aws_side import AwsSide
from deploy.calls import Call
from deploy.deployer import Deployer, Done

MOST_RUNS = 80
RELEASED = '"released": true'


def moment(call: Call) -> str:
    """The same for the same change in every run: without what is made up anew each time."""
    asked = call.parameters
    if call.service == "ssm":
        return f"{call.operation} {RELEASED in asked.get('Value', '')}"
    if call.operation == "UpdateStack":
        again = "UsePreviousTemplate" in asked
        return f"{call.operation} {call.subject.rsplit('/', 1)[-1]}{' again' * again}"
    if call.service == "ecr":
        return f"{call.operation} {asked.get('layerDigests')} {len(asked.get('layerPartBlob', ''))}"
    return f"{call.operation} {call.subject.rsplit('/', 1)[-1]}"


def until_done(
    aws: AwsSide,
    deployer: Deployer,
    *words: str,
    also: Callable[[Call], str] = lambda _: "",
    ended: Callable[[Done], None] = lambda _: None,
) -> set[str]:
    """Runs it again and again, each time killed at the first moment that is new. The moments.

    The last run, which nobody kills, succeeds; `ended` is told of it.
    """
    struck: set[str] = set()

    def strike(call: Call) -> None:
        key = also(call) or ("" if call.reads else moment(call))
        if key and key not in struck and deployer.process:
            struck.add(key)
            deployer.kill(call)

    aws.after = strike
    for _ in range(MOST_RUNS):
        done = deployer.killable(*words, "--lock-seconds", "0.4")
        if done.code != -9:
            assert done.code == 0, str(done)
            aws.after = lambda _: None
            ended(done)
            return struck
    raise AssertionError(f"not done after {MOST_RUNS} runs: {sorted(struck)}")


def count(aws: AwsSide, operation: str) -> Counter[str]:
    return Counter(c.subject for c in aws.calls if c.operation == operation)


def leave_blue_waiting(aws: AwsSide, deployer: Deployer, environment: str = "dev") -> str:
    """A deployment that nobody follows any more, and that has sent all traffic to green."""
    digest = deployer.new_image()
    aws.code_deploy.next_keeps_blue = True
    aws.after = lambda call: deployer.kill(call) if aws.code_deploy.waits(call) else None
    assert deployer.killable(environment, "--yes").code == -9
    aws.after = lambda _: None
    return digest


def leave_function_waiting(aws: AwsSide, deployer: Deployer) -> None:
    """A new version of the function that nobody follows any more, with a part of the clients."""
    deployer.new_function()
    aws.code_deploy.function_waits = True
    aws.after = lambda call: (
        deployer.kill(call)
        if call.operation == "DescribeStacks" and "UPDATE_IN_PROGRESS" in aws.shown.values()
        else None
    )
    assert deployer.killable("dev").code == -9
    aws.after = lambda _: None
    aws.code_deploy.function_waits = False
