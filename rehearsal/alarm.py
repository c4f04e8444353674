"""The metrics of the load balancer and the alarms that a deployment watches, as CloudWatch has
them."""

from __future__ import annotations

import contextlib
import operator
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.balancer import ERRORS, GROUPS, RESPONSES, BalancerControl
from rehearsal.percentile import percentile

LATENCY, UNHEALTHY = "TargetResponseTime", "UnHealthyHostCount"
METRICS = (*ERRORS, LATENCY, UNHEALTHY)
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
}
STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "p99": lambda samples: percentile(samples, 0.99),
}
# In which a new target is neither healthy nor unhealthy: on a loaded machine, a start takes longer
# than the scaled checks.
INITIAL_SECONDS = 10.0


@dataclass(frozen=True)
class AlarmRule:
    """How the statistic of a period compares with the threshold in so many of the last periods."""

    metric: str
    group: str | None  # the target group, if the metric is of one
    statistic: str
    comparison: str
    threshold: float
    period_seconds: float
    periods: int
    breaching: int
    delay_seconds: float  # after the end of a period, until its metric is there


Samples = dict[tuple[str, str | None], list[float]]


class Metrics:
    """Measures from its making until it is closed. Has to be asked again and again. There is one at
    a time: where the load balancer reports its responses to is one socket."""

    def __init__(self, directory: Path, control: BalancerControl) -> None:
        self._control = control
        self._errors = control.errors()
        # When a target failed its health checks first; if it was healthy, before all of that.
        self._down_since: dict[tuple[str, str], float] = {}
        self._latencies = deque[float]()
        path = directory / RESPONSES
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        threading.Thread(target=self._read, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it is closed already
            self._socket.shutdown(socket.SHUT_RD)

    def _read(self) -> None:
        with self._socket:
            while text := self._socket.recv(256):
                with contextlib.suppress(ValueError):
                    milliseconds = int(text)
                    if milliseconds >= 0:  # else no target responded
                        self._latencies.append(milliseconds / 1000)

    def _unhealthy(self) -> Counter[str]:
        """How many targets are, by target group. A target that was healthy is at once."""
        now = time.monotonic()
        found = Counter[str]()
        for target in self._control.targets(*GROUPS):
            place = target.group, target.slot
            if target.status.startswith("DOWN"):
                since = self._down_since.setdefault(place, now)
                found[target.group] += now - since >= INITIAL_SECONDS
            elif target.status.startswith("UP"):
                self._down_since[place] = now - INITIAL_SECONDS
            else:
                self._down_since.pop(place, None)
        return found

    def samples(self) -> Samples:
        """What was measured since the last time."""
        errors = self._control.errors()
        found: Samples = {(name, None): [errors[name] - self._errors[name]] for name in ERRORS}
        self._errors = errors
        found[(LATENCY, None)] = [self._latencies.popleft() for _ in range(len(self._latencies))]
        unhealthy = self._unhealthy()
        for group in GROUPS:
            found[(UNHEALTHY, group)] = [unhealthy[group]]
        return found


class Alarm:
    """Evaluates its metric once a period, and some time after that, as CloudWatch does."""

    def __init__(self, rule: AlarmRule) -> None:
        self._rule = rule
        self._next = time.monotonic() + rule.period_seconds
        self._samples: list[float] = []
        self._coming = deque[tuple[float, bool]]()  # when a period counts, and whether it breaches
        self._breaches = deque[bool](maxlen=rule.periods)

    def ringing(self, samples: Samples) -> str | None:
        """What it has to complain of, if anything."""
        rule = self._rule
        self._samples += samples[rule.metric, rule.group]
        now = time.monotonic()
        if now >= self._next:
            compare, statistic = COMPARISONS[rule.comparison], STATISTICS[rule.statistic]
            breaches = bool(self._samples) and compare(statistic(self._samples), rule.threshold)
            self._coming.append((self._next + rule.delay_seconds, breaches))
            self._next += rule.period_seconds
            self._samples = []
        while self._coming and self._coming[0][0] <= now:
            self._breaches.append(self._coming.popleft()[1])
        return rule.metric if sum(self._breaches) >= rule.breaching else None
