"""Deployments, good and bad, each with what has to come of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.code_deploy_lifecycle import ENDS, SUCCEEDED
from harness.waiting import NeverError
from rehearsal.alarm import LATENCY, UNHEALTHY
from rehearsal.balancer import GREEN
from rehearsal.load import Load, Request
from rehearsal.stage import Stage

BACK = set(ENDS.values())  # the statuses of a deployment that is rolled back
BACK_SECONDS = 5.0  # from a canary's first failure until all traffic is on the original again
SETTLED_REQUESTS = 2000  # that the load goes on for before it is said that all is well
IN_FLIGHT_SECONDS = 1.0
GONE_SECONDS = 60.0
SHORT_GONE_SECONDS = 5.0
DEADLINE_SECONDS = 5.0  # the default of --deadline
SLACK_SECONDS = 2.0  # of a busy machine
# Requests that the store has no part in.
STORELESS = {"/": 200, "/livez": 200, "/readyz": 200, "/openapi.json": 200, "/moon": 404}
TASK_EVENTS = ("task unhealthy", "task stopped", "task ended")


@dataclass
class Result:
    """What happened in one scenario. Times are seconds since the epoch."""

    title: str
    begin: float
    end: float = 0.0
    notes: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    spoiled: str | None = None  # the target group whose requests may have failed
    alarm: str | None = None  # the metric whose alarm has to end it
    gone: tuple[float, float] | None = None  # from when to when there was no DynamoDB
    begun_with: float | None = None  # where the quiet time before it began
    good: bool = False

    def times(self, event: str) -> list[float]:
        return [note["at"] for note in self.notes if note["event"] == event]

    def expect(self, holds: bool, problem: str) -> None:
        if not holds:
            self.problems.append(problem)


class Play:
    """Scenarios on one stage, under one load, one after the other, with so many requests of quiet
    time before and after each."""

    def __init__(
        self,
        stage: Stage,
        load: Load,
        say: Callable[[str], None],
        settled: int = SETTLED_REQUESTS,
    ) -> None:
        self._stage = stage
        self._load = load
        self._say = say
        self._settled = settled
        self.results: list[Result] = []

    def _settle(self) -> None:
        self._load.wait_for(self._load.requests + self._settled)

    def perform(self, title: str, scenario: Callable[[Result], None]) -> Result:
        """With quiet time before it and after it."""
        seen = self._timeline_length()
        quiet = time.time()
        self._settle()
        result = Result(title, time.time(), begun_with=quiet)
        try:
            scenario(result)
        except NeverError as error:  # the other scenarios have their own to say
            result.problems.append(str(error))
            self._stage.give_up()
        self._settle()
        result.end = time.time()
        result.notes = self._stage.site.timeline()[seen:]
        self._look_at_tasks(result)
        self.results.append(result)
        self._say(
            f"{title}: {result.end - result.begin:.0f} s; so far {self._load.requests} requests,"
            f" {self._load.failed} failed"
        )
        return result

    def _timeline_length(self) -> int:
        return len(self._stage.site.timeline())

    def _look_at_tasks(self, result: Result) -> None:
        for note in result.notes:
            if note["event"] == "task stopped" and note["served"]:
                result.expect(note["code"] == 0, f"{note['task']} ended with {note['code']}")

    def _is_settled(self, result: Result) -> None:
        """The service's tasks are healthy and have all traffic, and no other task is left."""
        control = self._stage.control
        group, tasks = self._stage.primary()
        count = self._stage.plan.group.tasks
        result.expect(len(control.healthy(group)) == count, f"{group} is not healthy")
        running = self._stage.running_tasks()
        names = {task.name for task in tasks}
        result.expect(running == names, f"these run: {running}, instead of {names}")
        percent = control.weight("production")
        result.expect(percent == (100 if group == GREEN else 0), f"weight of green: {percent}")

    # The scenarios.

    def good(self, result: Result) -> None:
        """A revision that is as it should be."""
        result.good = True
        revision = self._stage.revision()
        result.expect(self._stage.deploy(revision).wait(), "a good revision was rolled back")
        self._is_settled(result)

    def never_healthy(self, result: Result) -> None:
        """Its tasks end as soon as they have looked for their table."""
        self._rolled_back(result, self._stage.revision(PICUS_TABLE="no-such-table"))

    def fails_verification(self, result: Result) -> None:
        """It is healthy, but may not write."""
        self._stage.control.strike("denied.PutItem", 100)
        try:
            self._rolled_back(result, self._stage.revision(faulty=True))
        finally:
            self._stage.control.strike("denied.PutItem", 0)
        result.expect(not self._shifted(), "production traffic was shifted to it")

    def locks_the_verification_out(self, result: Result) -> None:
        """Its access configuration has the clients, and not the verification."""
        revision = self._stage.revision(PICUS_AUTH=self._stage.access("load"))
        self._rolled_back(result, revision)
        result.expect(not self._shifted(), "production traffic was shifted to it")

    def rotated(self, result: Result) -> None:
        """One token more, and then one less, each by a deployment."""
        access = self._stage.access("load", "verification", "tester")
        for names in (access, self._stage.access("load", "verification")):
            revision = self._stage.revision(PICUS_AUTH=names)
            result.expect(self._stage.deploy(revision).wait(), "a rotation was rolled back")
            status = self._stage.status_of("/picus/list?limit=1", self._stage.tokens["tester"])
            result.expect(status == (200 if names == access else 401), f"a tester gets {status}")
        self._is_settled(result)

    def _shifted(self) -> bool:
        """Whether the last deployment that somebody began came to the shift."""
        deployments = self._stage.code_deploy.deployments.values()
        return [one.shifted for one in deployments if not one.of][-1] > 0

    def fails_after_the_canary(self, result: Result) -> None:
        """It passes verification, and cannot write any more when it has a tenth of the traffic."""
        seen = self._timeline_length()
        driver = self._stage.deploy(self._stage.revision(faulty=True))
        shift = self._stage.wait_for_event(driver, "shift", seen)
        result.spoiled = shift["to"]
        self._stage.control.strike("denied.PutItem", 100)
        try:
            result.expect(not driver.wait(), "no alarm stopped it")
        finally:
            self._stage.control.strike("denied.PutItem", 0)
        self._back_on_original(result)

    def slow_after_the_canary(self, result: Result) -> None:
        """One in seven of its first attempts at DynamoDB gets no response, from when it has a tenth
        of the traffic on: the second attempt is a second later."""
        result.alarm = LATENCY
        seen = self._timeline_length()
        driver = self._stage.deploy(self._stage.revision(faulty=True))
        result.spoiled = self._stage.wait_for_event(driver, "shift", seen)["to"]
        self._stage.control.strike("lost", 15)
        try:
            result.expect(not driver.wait(), "no alarm stopped it")
        finally:
            self._stage.control.strike("lost", 0)
        self._back_on_original(result)

    def unhealthy_after_the_canary(self, result: Result) -> None:
        """All its tasks but one fail their health checks from when it has a tenth of the traffic
        on, and what replaces them too."""
        result.alarm = UNHEALTHY
        control = self._stage.control
        seen = self._timeline_length()
        driver = self._stage.deploy(self._stage.revision())
        group = self._stage.wait_for_event(driver, "shift", seen)["to"]
        kept = min(control.healthy(group))
        while not driver.ended():
            for target in control.targets(group):
                if target.slot != kept and target.status.startswith(("UP", "DOWN")):
                    control.fail_checks(group, target.slot)
            self._load.wait_for(self._load.requests + 1)
        result.expect(not driver.wait(), "no alarm stopped it")
        self._back_on_original(result)

    def _rolled_back(self, result: Result, revision: str) -> None:
        result.expect(not self._stage.deploy(revision).wait(), "it was deployed")
        self._back_on_original(result)

    def _back_on_original(self, result: Result) -> None:
        *_, failed, rollback = self._stage.code_deploy.deployments.values()
        result.expect(failed.status in BACK, f"it ended as {failed.status}: {failed.error}")
        ends = rollback.of, rollback.status
        result.expect(ends == (failed.identifier, SUCCEEDED), f"it was rolled back as {ends}")
        self._is_settled(result)

    def killed(self, event: str) -> Callable[[Result], None]:
        """The driver ends in this event without a word; the next one follows the deployment."""

        def scenario(result: Result) -> None:
            revision = self._stage.revision()
            self._kill_driver(revision, event)
            result.expect(self._stage.deploy(revision).wait(), "it was not followed")
            self._is_settled(result)

        return scenario

    def killed_and_another_comes(self, result: Result) -> None:
        """The driver ends in the canary; what is deployed next is another revision."""
        begun = len(self._stage.code_deploy.deployments)
        self._kill_driver(self._stage.revision(), "shift")
        revision = self._stage.revision()
        result.expect(self._stage.deploy(revision).wait(), "the other one was not deployed")
        ends = [one.status for one in self._stage.code_deploy.deployments.values()][begun:]
        result.expect(ends == [SUCCEEDED, SUCCEEDED], f"the two ended as {ends}")
        self._is_settled(result)

    def _kill_driver(self, revision: str, event: str) -> None:
        seen = self._timeline_length()
        driver = self._stage.deploy(revision)
        self._stage.wait_for_event(driver, event, seen)
        driver.kill()
        self._stage.site.note("driver killed")
        self._settle()

    def stopped(self, result: Result) -> None:
        """Somebody stops the deployment in the canary. Meanwhile, a second one is refused."""
        seen = self._timeline_length()
        driver = self._stage.deploy(self._stage.revision())
        self._stage.wait_for_event(driver, "shift", seen)
        refused = self._stage.refuses(self._stage.revision())
        result.expect(refused, "two deployments were under way at a time")
        self._stage.stop()
        result.expect(not driver.wait(), "it went on")
        self._back_on_original(result)

    def retired(self, result: Result) -> None:
        """No deployment: a task is told to end while it has traffic."""
        code = self._stage.retire_a_task()
        result.expect(code == 0, f"the task ended with {code}")
        self._is_settled(result)

    def without_dynamodb(self, seconds: float) -> Callable[[Result], None]:
        """The address of the table does not answer for so long. No task is replaced: no other one
        would be better off."""

        def scenario(result: Result) -> None:
            _, before = self._stage.primary()
            begin = time.time()
            self._stage.control.strike("gone", 100)
            try:
                self._ask_without_the_store(result, seconds)
            finally:
                self._stage.control.strike("gone", 0)
            result.gone = (begin, time.time())
            self._settle()
            _, after = self._stage.primary()
            names = [[task.name for task in tasks] for tasks in (before, after)]
            result.expect(names[0] == names[1], f"the tasks were {names[0]}, and are {names[1]}")
            self._is_settled(result)

        return scenario

    def _ask_without_the_store(self, result: Result, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            found = {path: self._stage.status_of(path) for path in STORELESS}
            result.expect(found == STORELESS, f"without DynamoDB: {found}")
            self._load.wait_for(self._load.requests + 1, DEADLINE_SECONDS + SLACK_SECONDS)

    def throttled(self, result: Result) -> None:
        """DynamoDB throttles every call for half a second when the shift begins, and one in a
        hundred from then on."""
        control = self._stage.control
        seen = self._timeline_length()
        revision = self._stage.revision()
        driver = self._stage.deploy(revision)
        self._stage.wait_for_event(driver, "shift", seen)
        control.strike("throttled", 100)
        try:
            time.sleep(0.5)
            control.strike("throttled", 1)
            result.expect(driver.wait(), "throttling that retries get over stopped it")
        finally:
            control.strike("throttled", 0)
        self._is_settled(result)


def judge(results: list[Result], requests: list[Request]) -> None:
    """Adds what the requests say. `requests` in the order of their ends."""
    for result in results:
        failed = [one for one in requests if one.failed and result.begin <= one.at < result.end]
        if result.gone is not None:
            judge_without_dynamodb(result, result.gone, failed)
            continue
        if result.alarm is not None:
            judge_alarm(result, result.alarm, failed)
            continue
        if result.spoiled is None:
            result.expect(not failed, f"{len(failed)} requests failed")
            continue
        strange = [one for one in failed if one.target != result.spoiled]
        result.expect(not strange, f"{len(strange)} requests failed that had no faulty canary")
        result.expect(bool(failed), "nothing failed: there was nothing to be stopped")
        if not failed:
            continue
        backs = result.times("traffic back")
        result.expect(bool(backs), "the traffic never came back")
        if not backs:
            continue
        back = backs[0]
        late = [one for one in failed if one.at > back + IN_FLIGHT_SECONDS]
        result.expect(not late, f"{len(late)} requests failed after the traffic was back")
        seconds = back - failed[0].at
        result.facts.append(f"{len(failed)} failed, traffic back after {seconds:.1f} s")
        result.expect(seconds < BACK_SECONDS, f"traffic was back after {seconds:.1f} s only")


def judge_without_dynamodb(
    result: Result, gone: tuple[float, float], failed: list[Request]
) -> None:
    """A request may fail that was under way while DynamoDB was gone, within the deadline: with a
    504 if it waited for DynamoDB, as the first ones do and later ones that try whether it is back,
    else with a 503 that says when to ask again. No task may be replaced."""
    begin, end = gone
    allowed = [
        one
        for one in failed
        if (one.unavailable or one.late)
        and begin <= one.at
        and one.at - one.latency <= end + IN_FLIGHT_SECONDS
    ]
    strange = len(failed) - len(allowed)
    result.expect(strange == 0, f"{strange} requests failed otherwise than by the lack of DynamoDB")
    at_once = sum(one.unavailable for one in allowed)
    late = len(allowed) - at_once
    result.expect(at_once > late, f"{at_once} requests got a 503 and {late} a 504")
    slowest = max((one.latency for one in allowed), default=0.0)
    result.expect(slowest <= DEADLINE_SECONDS + SLACK_SECONDS, f"one took {slowest:.1f} s")
    result.facts.append(f"{at_once} got 503, {late} got 504, the slowest after {slowest:.1f} s")
    events = [note for note in result.notes if note["event"] in TASK_EVENTS]
    result.expect(not events, f"tasks did not stay: {events}")


def judge_alarm(result: Result, metric: str, failed: list[Request]) -> None:
    """The alarm of this metric sent the traffic back, and only requests to a spoiled target group
    failed."""
    alarms = [note["metric"] for note in result.notes if note["event"] == "alarm"]
    result.expect(alarms == [metric], f"these alarms went off: {alarms}")
    strange = [one for one in failed if one.target != result.spoiled]
    result.expect(not strange, f"{len(strange)} requests failed that had no faulty canary")
    shift, back = result.times("shift"), result.times("traffic back")
    if shift and back:
        result.facts.append(f"traffic back {back[0] - shift[0]:.1f} s after the shift")
