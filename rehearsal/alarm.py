"""The alarms that a deployment watches, as CloudWatch keeps them."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from rehearsal.balancer import BalancerControl


@dataclass(frozen=True)
class AlarmRule:
    """At least so many of what is counted in a period, in so many of the last periods."""

    metric: str
    threshold: float
    period_seconds: float
    periods: int
    breaching: int


class Alarm:
    """Watches from its making on. It has to be asked again and again: it samples once a period."""

    def __init__(self, rule: AlarmRule, control: BalancerControl) -> None:
        self._rule = rule
        self._control = control
        self._count = control.errors()[rule.metric]
        self._next = time.monotonic() + rule.period_seconds
        self._breaches = deque[bool](maxlen=rule.periods)

    def ringing(self) -> str | None:
        """What it has to complain of, if anything."""
        rule = self._rule
        if time.monotonic() >= self._next:
            self._next += rule.period_seconds
            count = self._control.errors()[rule.metric]
            self._breaches.append(count - self._count >= rule.threshold)
            self._count = count
        return rule.metric if sum(self._breaches) >= rule.breaching else None
