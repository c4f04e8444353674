"""The alarm that a deployment watches: answers 5xx of the targets, as CloudWatch counts them."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from rehearsal.balancer import BLUE, GREEN, BalancerControl


@dataclass(frozen=True)
class AlarmRule:
    """So many errors of a target group in a period, in so many of the last periods."""

    threshold: float
    period_seconds: float
    periods: int
    breaching: int


class Alarm:
    """Watches from its making on. Asked again and again, it samples once a period."""

    def __init__(self, rule: AlarmRule, control: BalancerControl) -> None:
        self._rule = rule
        self._control = control
        self._counts = self._read()
        self._next = time.monotonic() + rule.period_seconds
        self._breaches = {
            group: deque[bool](maxlen=rule.periods) for group in (BLUE, GREEN)
        }

    def _read(self) -> dict[str, int]:
        return {group: self._control.errors(group) for group in (BLUE, GREEN)}

    def ringing(self) -> str | None:
        """What it has to complain of, if anything."""
        if time.monotonic() >= self._next:
            self._next += self._rule.period_seconds
            counts = self._read()
            for group, count in counts.items():
                errors = count - self._counts[group]
                self._breaches[group].append(errors >= self._rule.threshold)
            self._counts = counts
        for group, breaches in self._breaches.items():
            if sum(breaches) >= self._rule.breaching:
                return f"answers 5xx of the {group} targets"
        return None
