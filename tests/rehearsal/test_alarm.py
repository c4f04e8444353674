"""When an alarm rings."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from harness.waiting import wait_until
from rehearsal.alarm import LATENCY, Alarm, AlarmRule, Samples

PERIOD_SECONDS = 0.05
DELAY_SECONDS = 0.2
LATE = "GreaterThanThreshold"
RULE = AlarmRule(LATENCY, None, "p99", LATE, 1.0, PERIOD_SECONDS, 3, 3, 0.0)
SLOW: Samples = {(LATENCY, None): [0.1] * 98 + [1.2] * 2}
FAST: Samples = {(LATENCY, None): [0.1] * 99 + [1.0]}
NOTHING: Samples = {(LATENCY, None): []}


def test_an_alarm_rings_after_all_its_periods_were_breached() -> None:
    alarm = Alarm(RULE)
    asked = itertools.count()
    wait_until(lambda: next(asked) >= 0 and alarm.ringing(SLOW) == LATENCY, "the alarm", 20)
    assert next(asked) > RULE.periods


def test_an_alarm_rings_later_than_its_periods_end() -> None:
    """CloudWatch has the metrics of a period some time after it."""
    at_once, later = Alarm(RULE), Alarm(replace(RULE, delay_seconds=DELAY_SECONDS))
    rung: list[tuple[bool, bool]] = []

    def both_ring() -> bool:
        rung.append((at_once.ringing(SLOW) is not None, later.ringing(SLOW) is not None))
        return all(rung[-1])

    wait_until(both_ring, "both alarms", 20)
    assert (True, False) in rung
    assert (False, True) not in rung


@pytest.mark.parametrize("samples", [FAST, NOTHING])
def test_an_alarm_is_silent_without_a_breach(samples: Samples) -> None:
    slow, other = Alarm(RULE), Alarm(RULE)
    told = []

    def rings() -> bool:
        told.append(other.ringing(samples))
        return slow.ringing(SLOW) is not None

    wait_until(rings, "the other alarm", 20)
    assert not any(told)
