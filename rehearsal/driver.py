"""The process that deploys: `python -m rehearsal.driver SITE REVISION`.

A deployment of the same revision that an earlier driver left unfinished is taken up where it
stands; one of another revision is rolled back first. SIGTERM stops a deployment, which rolls it
back. The exit code is 0 when the revision is deployed, 1 when it was rolled back, 3 when another
driver is at work.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from harness.code_deploy_lifecycle import IN_PROGRESS
from rehearsal.codedeploy import Deployment, last_record
from rehearsal.site import OccupiedError, Site

OCCUPIED = 3  # 2 is a wrong command line


def deploy(site: Site, revision: Path) -> bool:
    deployment = taken_up(site, revision) or Deployment.create(site, revision)
    stopping = deployment.stop_requested
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    return deployment.run()


def taken_up(site: Site, revision: Path) -> Deployment | None:
    """The unfinished deployment of this revision; any other is brought to an end."""
    last = last_record(site)
    if last is None or last.status != IN_PROGRESS:
        return None
    unfinished = Deployment(site, last)
    site.note("taken up", deployment=last.name)
    if last.reason:
        unfinished.roll_back(last.code, last.reason)
    elif last.revision == str(revision):
        return unfinished
    elif last.event == "Terminate":
        unfinished.run()
    else:
        unfinished.roll_back("MANUAL_STOP", "its driver has gone, and another revision comes")
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description="Deploy a revision at the rehearsal's site.")
    parser.add_argument("site", type=Path)
    parser.add_argument("revision", type=Path)
    arguments = parser.parse_args()
    site = Site.load(arguments.site)
    try:
        with site.exclusive():
            return 0 if deploy(site, arguments.revision) else 1
    except OccupiedError as error:
        print(f"rehearsal: {error}", file=sys.stderr)
        return OCCUPIED


if __name__ == "__main__":
    sys.exit(main())
