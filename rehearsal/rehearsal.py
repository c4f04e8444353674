"""The whole of a rehearsal: which scenarios, how much load, and what counts as well done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.load import Load, Outcome, Request, read_records
from rehearsal.percentile import percentile
from rehearsal.picture import Picture
from rehearsal.plan import Plan
from rehearsal.scenarios import (
    GONE_SECONDS,
    SETTLED_REQUESTS,
    SHORT_GONE_SECONDS,
    Play,
    Result,
    judge,
)
from rehearsal.stage import Programs, Stage, staged

ROOT = Path(__file__).resolve().parent.parent
MOST_SLOWER = 2.0  # p99 in a shift, against before it
WARM_UP_REQUESTS = 10_000
SHORT_WARM_UP_REQUESTS = 2_000
KILLED_IN = ("Install", "AfterAllowTestTraffic", "shift", "WaitForTermination", "Terminate")


@dataclass
class Report:
    """What came of it."""

    results: list[Result]
    requests: list[Request]
    outcome: Outcome
    remark: str
    rate: int

    @property
    def problems(self) -> list[str]:
        found = [f"{one.title}: {problem}" for one in self.results for problem in one.problems]
        if self.outcome.lost:
            found.append(f"{self.outcome.lost} acknowledged writes were lost")
        if self.outcome.reconnects:
            found.append(f"{self.outcome.reconnects} kept-alive connections were closed")
        return found

    def good_requests(self) -> int:
        """During good deployments, and in the quiet time before each."""
        spans = [(one.begun_with or one.begin, one.end) for one in self.results if one.good]
        return sum(1 for one in self.requests if any(a <= one.at < b for a, b in spans))

    def slower(self) -> tuple[float, float]:
        """p99 before the good deployments, and while their traffic was shifted, in seconds."""
        before, during = [], []
        for result in self.results:
            shifts, ends = result.times("shift"), result.times("Succeeded")
            if not (result.good and shifts and ends):
                continue
            shift, end = shifts[0], ends[0]
            for one in self.requests:
                if (result.begun_with or 0) <= one.at < result.begin:
                    before.append(one.latency)
                elif shift <= one.at < end:
                    during.append(one.latency)
        return percentile(before, 0.99), percentile(during, 0.99)

    def table(self) -> str:
        lines = [self.remark, ""]
        lines.append(f"{'scenario':<44}{'result':>8}{'seconds':>9}{'requests':>10}{'failed':>8}")
        for result in self.results:
            requests = [one for one in self.requests if result.begin <= one.at < result.end]
            failed = sum(one.failed for one in requests)
            verdict = "failed" if result.problems else "passed"
            lines.append(
                f"{result.title:<44}{verdict:>8}{result.end - result.begin:>9.0f}"
                f"{len(requests):>10}{failed:>8}  {'; '.join(result.facts)}".rstrip()
            )
        before, during = (1000 * one for one in self.slower())
        told = self.outcome
        lines += [
            "",
            f"{told.requests} requests, {self.good_requests()} of them around good deployments",
            f"{told.acknowledged} acknowledged puts and removals read back, {told.lost} lost",
            f"{told.reconnects} kept-alive connections were closed",
            f"p99 {before:.1f} ms before good deployments, {during:.1f} ms in their shifts",
            *(f"wrong: {problem}" for problem in self.problems),
        ]
        return "\n".join(lines)

    def picture(self) -> str:
        load = f"at {self.rate} requests a second" if self.rate else "as fast as it goes"
        return Picture(self.requests, self.results, f"Deployments under load, {load}").svg()


def short(play: Play) -> None:
    """One good deployment and two bad ones."""
    play.perform("fails verification", play.fails_verification)
    play.perform("locks the verification out", play.locks_the_verification_out)
    play.perform("good", play.good)
    play.perform("tokens rotate", play.rotated)
    play.perform("fails after the canary", play.fails_after_the_canary)


def bad(play: Play) -> None:
    """What can go wrong."""
    play.perform("never healthy", play.never_healthy)
    play.perform("fails verification", play.fails_verification)
    play.perform("locks the verification out", play.locks_the_verification_out)
    play.perform("tokens rotate", play.rotated)
    play.perform("fails after the canary", play.fails_after_the_canary)
    play.perform("slow after the canary", play.slow_after_the_canary)
    play.perform("unhealthy after the canary", play.unhealthy_after_the_canary)
    for event in KILLED_IN:
        play.perform("driver killed, followed", play.killed(event))
    play.perform("driver killed, another revision", play.killed_and_another_comes)
    play.perform("stopped on request", play.stopped)
    play.perform("DynamoDB throttles", play.throttled)
    play.perform("a task retires", play.retired)
    play.perform("a minute without DynamoDB", play.without_dynamodb(GONE_SECONDS))


def warm_up(stage: Stage, requests: int) -> int:
    """Requests a second that this machine does, once everything is warm: Java needs some thousand
    calls to compile DynamoDB Local, and answers too late until then."""
    load = stage.start_load(0)
    load.wait_for(requests)
    begin, before = time.monotonic(), load.requests
    load.wait_for(before + requests)
    rate = (load.requests - before) / (time.monotonic() - begin)
    load.finish()
    return int(rate)


Say = Callable[[str], None]


def rehearse_short(
    directory: Path, plan: Plan, programs: Programs, requests: int, seed: int, say: Say = print
) -> Report:
    """As fast as it goes, until there were so many requests in all."""
    with staged(directory, plan, programs) as stage:
        warm_up(stage, SHORT_WARM_UP_REQUESTS)
        load = stage.start_load(0, seed)
        play = Play(stage, load, say)
        short(play)
        play.perform("without DynamoDB", play.without_dynamodb(SHORT_GONE_SECONDS))
        load.wait_for(requests)
        return report(play, load, programs.remark)


def rehearse_some(
    directory: Path,
    plan: Plan,
    programs: Programs,
    perform: Callable[[Play], None],
    share: float,
    settled: int = SETTLED_REQUESTS,
) -> Report:
    """What `perform` performs, under this share of the load that the machine can bear: under all of
    it, a busy machine is slow enough for the alarm before there is a canary."""
    with staged(directory, plan, programs) as stage:
        load = stage.start_load(int(share * warm_up(stage, SHORT_WARM_UP_REQUESTS)))
        play = Play(stage, load, print, settled)
        perform(play)
        return report(play, load, programs.remark)


def rehearse_all(
    directory: Path,
    plan: Plan,
    programs: Programs,
    requests: int,
    rate: int | None,
    seed: int,
    say: Say = print,
) -> Report:
    """Good deployments until there were so many requests, then all that can go wrong. With so many
    requests a second, 0: as fast as it goes; by default half of what the machine can do."""
    with staged(directory, plan, programs) as stage:
        measured = warm_up(stage, WARM_UP_REQUESTS)
        rate = measured // 2 if rate is None else rate
        say(f"{programs.remark} This machine does {measured} requests a second.")
        say(f"Constant load: {rate or 'as fast as it goes'}")
        load = stage.start_load(rate, seed)
        play = Play(stage, load, say)
        while load.requests < requests:
            play.perform("good", play.good)
        bad(play)
        return report(play, load, programs.remark, rate)


def report(play: Play, load: Load, remark: str, rate: int = 0) -> Report:
    """Ends the load, and looks at all of it."""
    outcome = load.finish()
    requests = read_records(load.records)
    judge(play.results, requests)
    return Report(play.results, requests, outcome, remark, rate)
