"""One deployment of an environment at a time.

The lock is the parameter with the highest number below `/picus/ENV/deploy-lock/` in the Parameter
Store. Making a parameter that is there already fails, so of two that want to follow the same number
one wins. A holder renews its parameter; one that was not renewed for its lifetime is dead, and is
followed. Times are those of AWS's clock: the Parameter Store's, and the `Date` of its answers.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from picus_deploy.aws import Aws
from picus_deploy.errors import LockedError, code_of
from picus_deploy.progress import Pause, Progress

RENEWALS_PER_LIFETIME = 4
DELETED_AT_ONCE = 10


@dataclass(frozen=True)
class Holder:
    """What the newest parameter says."""

    number: int
    owner: str
    released: bool
    age: timedelta
    lifetime: timedelta

    @property
    def alive(self) -> bool:
        return not self.released and self.age < self.lifetime


def parse(parameter: dict[str, Any], now: datetime) -> Holder:
    said = json.loads(parameter["Value"])
    return Holder(
        number=int(parameter["Name"].rsplit("/", 1)[1]),
        owner=said["owner"],
        released=said["released"],
        age=now - parameter["LastModifiedDate"],
        lifetime=timedelta(seconds=said["seconds"]),
    )


def user() -> str:
    """By name, or by number: a container may have no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


class Lock:
    """A context: held inside. `check`, before a step that changes things, raises if it was lost."""

    def __init__(
        self, aws: Aws, environment: str, seconds: float, progress: Progress, pause: Pause
    ) -> None:
        self._ssm = aws.client("ssm")
        self._path = f"/picus/{environment}/deploy-lock"
        self._seconds = seconds
        self._owner = f"{user()}@{socket.gethostname()}, process {os.getpid()}"
        self._progress = progress
        self._pause = pause
        self._number = 0
        self._lost = False
        self._end = threading.Event()
        self._renewer = threading.Thread(target=self._renew, daemon=True)

    def holders(self) -> list[Holder]:
        """All that are there, the newest last."""
        found: list[Holder] = []
        more: dict[str, str] = {}
        while True:
            page = self._ssm.get_parameters_by_path(Path=self._path, **more)
            date = page["ResponseMetadata"]["HTTPHeaders"].get("date")
            for parameter in page["Parameters"]:
                clock = parameter["LastModifiedDate"]
                now = parsedate_to_datetime(date) if date else datetime.now(clock.tzinfo)
                found.append(parse(parameter, now))
            if not page.get("NextToken"):
                return sorted(found, key=lambda holder: holder.number)
            more = {"NextToken": page["NextToken"]}

    def holder(self) -> Holder | None:
        """Who holds it now."""
        found = self.holders()
        return found[-1] if found and found[-1].alive else None

    def __enter__(self) -> Lock:
        self._acquire()
        self._renewer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._renewer.join()
        if not self._lost:
            self._write(self._number, released=True, overwrite=True)

    def check(self) -> None:
        """Asks AWS: the machine may have slept for longer than the lock lives."""
        if self._lost or self.holders()[-1].number != self._number:
            self._lost = True
            raise LockedError("Another deployment took over from this one, which stops here.")

    def _acquire(self) -> None:
        """Takes a free lock. Waits for a holder to be renewed, which ends us, or to die."""
        first: Holder | None = None
        while True:
            holders = self.holders()
            newest = holders[-1] if holders else None
            if newest and newest.alive:
                renewed = first and (newest.number, newest.age) < (first.number, first.age)
                if renewed or (first and newest.number != first.number):
                    raise LockedError(f"Another deployment is at work: {newest.owner}.")
                if first is None:
                    left = int((newest.lifetime - newest.age).total_seconds()) + 1
                    self._progress.step(
                        "lock", f"held by {newest.owner}; free within {left} s if that is dead"
                    )
                first = newest
                self._pause()
                continue
            number = newest.number + 1 if newest else 1
            if self._write(number, released=False, overwrite=False):
                self._number = number
                self._forget([holder.number for holder in holders])
                return

    def _write(self, number: int, *, released: bool, overwrite: bool) -> bool:
        """False when the parameter is there already and may not be overwritten."""
        said = {"owner": self._owner, "seconds": self._seconds, "released": released}
        try:
            self._ssm.put_parameter(
                Name=f"{self._path}/{number}",
                Value=json.dumps(said),
                Type="String",
                Overwrite=overwrite,
            )
        except ClientError as error:
            if code_of(error) != "ParameterAlreadyExists":
                raise
            return False
        return True

    def _forget(self, numbers: list[int]) -> None:
        names = [f"{self._path}/{number}" for number in numbers]
        for start in range(0, len(names), DELETED_AT_ONCE):
            self._ssm.delete_parameters(Names=names[start : start + DELETED_AT_ONCE])

    def _renew(self) -> None:
        while not self._end.wait(self._seconds / RENEWALS_PER_LIFETIME):
            try:
                if self.holders()[-1].number != self._number:
                    self._lost = True
                    return
                self._write(self._number, released=False, overwrite=True)
            except (BotoCoreError, ClientError):
                continue  # the next one may succeed; if none does, the lock dies as it should
