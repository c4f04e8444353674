"""What deploys: `python -m rehearsal.driver URL TASK-DEFINITION`, by the code of deploy/deploy.

As there, a deployment that is on its way is followed; where it brings something else, another one
comes after it. The exit code says how it ended.
"""

from __future__ import annotations

import sys

import boto3

from harness.dynamodb import REGION
from picus_deploy.aws import Aws
from picus_deploy.deployment import Deployments, Group
from picus_deploy.errors import DeployError
from picus_deploy.progress import Pause, Progress
from rehearsal.codedeploy import GROUP, Delivery
from rehearsal.plan import VERIFY

DEPLOYED, ROLLED_BACK = 0, 3  # 1 is a traceback
LOOK_SECONDS = 0.1


def deployments_at(url: str) -> Deployments:
    """Those of the rehearsal's CodeDeploy, as deploy/deploy sees them."""
    session = boto3.Session("local", "local", region_name=REGION)
    client = session.client("codedeploy", endpoint_url=url)
    aws = Aws(session, REGION, "", "", {"codedeploy": client})
    group = Group(*GROUP, VERIFY, "", Delivery.target)
    return Deployments(aws, group, Progress(), Pause(LOOK_SECONDS))


def deploy(deployments: Deployments, wanted: str) -> None:
    for identifier in deployments.on_their_way():
        ours = deployments.task_definition(identifier) == wanted
        try:
            deployments.follow(identifier)
        except DeployError:
            if ours:
                raise
    before = next(deployments.history(), "nothing")
    if before != wanted:
        deployments.follow(deployments.create(wanted, before, "rehearsal"))


def main(url: str, wanted: str) -> int:
    try:
        deploy(deployments_at(url), wanted)
    except DeployError as error:
        print(error, file=sys.stderr)
        return ROLLED_BACK
    return DEPLOYED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
