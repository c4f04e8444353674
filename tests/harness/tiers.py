"""Which cases run on which shapes, by tier.

A case is about *transport* (routes, keys, headers, compression, framing) or about *meaning* (JSON,
conditions, lists). Once the API has a request, it is one code path: a case about meaning finds
nothing behind a ninth front that it does not find behind the third. In the tiers `quick` and `ci`
it runs on the references, and on one carrier, another one each week. In the tier `full` everything
runs on everything. What brings a request to the API does not depend on tokens: a shape with tokens
carries only cases about meaning in the tiers below.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Sequence

from harness.shapes import FUNCTIONS, SHAPES

TRANSPORT, MEANING = "transport", "meaning"
QUICK, CI, FULL = "quick", "ci", "full"
TIERS = (QUICK, CI, FULL)

# One for each store, and the form of events that loses least of a request.
REFERENCES = ("server-lmdb", "server-dynamodb", "lambda-alb-multi")
# In `quick` those that start no other program than Picus. The image has a stage of its own.
CARRIERS = {
    QUICK: tuple(shape.name for shape in FUNCTIONS if shape.name not in REFERENCES),
    CI: (
        "lambda-http-api-1",
        *(n for n in SHAPES if n.startswith(("ministack", "tokens", "roles"))),
    ),
}
WEEK = "PICUS_TEST_WEEK"


def week() -> str:
    """The week that the choice of carriers depends on, as in 2026-W48; the same for all workers."""
    year, number, _ = datetime.datetime.now(datetime.UTC).isocalendar()
    return os.environ.setdefault(WEEK, f"{year}-W{number:02}")


def shapes_of(tier: str) -> tuple[str, ...]:
    return tuple(SHAPES) if tier == FULL else (*REFERENCES, *CARRIERS[tier])


def carrier_of(case: str, candidates: Sequence[str], of_week: str) -> str | None:
    """The carrier that a case about meaning runs on in this week, if one can do what it needs. It
    has run on each of them after as many weeks as there are carriers."""
    if not candidates:
        return None
    year, number = map(int, of_week.split("-W"))
    weeks = datetime.date.fromisocalendar(year, number, 1).toordinal() // 7
    digest = hashlib.sha256(case.encode()).digest()
    return candidates[(int.from_bytes(digest[:8]) + weeks) % len(candidates)]
