"""The command line: what may be asked for, and how it ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from picus_deploy import check, destroy, steps
from picus_deploy.aws import connect
from picus_deploy.environment import ENVIRONMENTS, Environment
from picus_deploy.errors import DeployError, explained
from picus_deploy.plan import plan
from picus_deploy.progress import Pause, Progress
from picus_deploy.release import packages_of
from picus_deploy.site import Site, rollback, status

INTERRUPTED = 130
COMMANDS = ("status", "rollback", "destroy")

HELP = """\
deploy/deploy ENV              deploy stacks, image and function, and move the traffic
deploy/deploy ENV --version X  the same, with the files of the release X instead of built ones
deploy/deploy ENV --plan       show the changes, and make none
deploy/deploy ENV --check      show what is missing or unwise
deploy/deploy status ENV       the state of the stacks, and the running version
deploy/deploy rollback ENV     stop the current deployment, or go back to the version before
deploy/deploy destroy ENV      delete everything except the data
ENV is dev or prod."""

MORE = """\
After an interruption, repeat the command: it continues from the state in AWS. Two deployers
exclude each other. Exit codes: 0 done, 1 failed, 2 the command or its settings are wrong,
3 another deployer is active, 130 interrupted.
`make image lambda` builds the artifacts. Credentials are those of the AWS command line.
docs/deploying.md has more."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="deploy/deploy",
        usage=HELP,
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("words", nargs="+", metavar="[COMMAND] ENV", help=argparse.SUPPRESS)
    made.add_argument("--plan", action="store_true", help="change nothing, show change sets")
    made.add_argument(
        "--check", action="store_true", help="change nothing, show what is missing or unwise"
    )
    made.add_argument(
        "--bootstrap",
        action="store_true",
        help="only the roles and rights that deploy: GitHub does the rest",
    )
    made.add_argument(
        "--ignore-alarms",
        action="store_true",
        help="deploy although an alarm is active: for a fix of its cause",
    )
    made.add_argument(
        "--skip-wait",
        action="store_true",
        help="end blue as soon as the current deployment has moved all traffic",
    )
    made.add_argument(
        "--new-table",
        action="store_true",
        help="create an empty table although the table of an earlier deployment has items",
    )
    made.add_argument(
        "--unprotect",
        action="store_true",
        help="destroy although it is protected from deletion",
    )
    made.add_argument(
        "--version",
        metavar="X",
        help="deploy the files of this release, from a checkout of its version",
    )
    made.add_argument(
        "--releases",
        metavar="URL",
        help="repository whose releases have the files (that of the checkout's origin)",
    )
    made.add_argument(
        "--insecure-no-auth",
        action="store_true",
        help="deploy prod although whoever reaches the load balancer may change every item",
    )
    made.add_argument("--yes", action="store_true", help="do not ask")
    made.add_argument("--region", help="instead of AWS_REGION and the profile's")
    made.add_argument(
        "--lock-seconds",
        type=float,
        default=120.0,
        metavar="N",
        help="after which a deployer that does not renew its lock loses it (120)",
    )
    made.add_argument(
        "--poll",
        type=float,
        default=5.0,
        metavar="N",
        help="seconds between two requests to AWS for its state (5)",
    )
    return made


def main(words: Sequence[str]) -> int:
    """The exit code."""
    progress = Progress()
    try:
        with explained():
            return run(words, progress)
    except DeployError as error:
        print(f"deploy/deploy: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("deploy/deploy: interrupted. The same command goes on from here.", file=sys.stderr)
        return INTERRUPTED


def run(words: Sequence[str], progress: Progress) -> int:
    given = parser()
    asked = given.parse_args(words)
    command, name = asked.words if len(asked.words) == 2 else ("", asked.words[0])
    if len(asked.words) > 2 or name not in ENVIRONMENTS or command not in ("", *COMMANDS):
        given.error(f"not understood: {' '.join(asked.words)}")
    looks = [asked.plan, asked.bootstrap, asked.check].count(True)
    if looks and (command or looks > 1):
        given.error("--plan, --check and --bootstrap go with ENV alone, and not together")
    wishes = steps.Wishes(
        ignore_alarms=asked.ignore_alarms,
        skip_wait=asked.skip_wait,
        new_table=asked.new_table,
        insecure_no_auth=asked.insecure_no_auth,
    )
    if wishes != steps.Wishes() and (command or looks):
        given.error(
            "--ignore-alarms, --skip-wait, --new-table and --insecure-no-auth go with ENV alone"
        )

    if asked.unprotect and command != "destroy":
        given.error("--unprotect goes with destroy")
    if (asked.version and command) or (asked.releases and not asked.version):
        given.error("--version goes with ENV alone, and --releases with --version")

    environment = Environment(name)
    site = Site(connect(asked.region), environment, progress, Pause(asked.poll), asked.lock_seconds)
    site.require_settings()
    if asked.version:
        site.packages = packages_of(asked.version, asked.releases, progress)
    for wanted, look in (
        (asked.check, check.check),
        (asked.plan, plan),
        (asked.bootstrap, steps.bootstrap),
        (command == "status", status),
        (command == "rollback", rollback),
    ):
        if wanted:
            return look(site)
    if command == "destroy":
        destroy.confirm(site, yes=asked.yes)
        return destroy.destroy(site, unprotect=asked.unprotect)
    deployment = steps.Deploy(site, wishes)
    check.require(site, insecure_no_auth=wishes.insecure_no_auth)
    steps.confirm(site, deployment.digest, yes=asked.yes)
    deployment.run()
    return 0
