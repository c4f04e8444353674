"""Figures, their goals, and the table that shows them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median

THOUSAND = 1000


@dataclass(frozen=True)
class Goal:
    """A limit for the median of our own values, in their unit; without a unit, of the ratios."""

    limit: float
    at_least: bool
    unit: str

    def reached(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def text(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {number(self.limit)} {self.unit}".rstrip()


def at_least(limit: float, unit: str = "") -> Goal:
    return Goal(limit, True, unit)


def at_most(limit: float, unit: str = "") -> Goal:
    return Goal(limit, False, unit)


@dataclass(frozen=True)
class Figure:
    """A line of the table. The lists have one value for each round, in the order of the rounds."""

    name: str
    unit: str
    ours: list[float]
    rival_name: str = ""
    rival: list[float] = field(default_factory=list)
    goal: Goal | None = None

    @property
    def ratios(self) -> list[float]:
        if not self.rival:
            return []
        return [ours / rival for ours, rival in zip(self.ours, self.rival, strict=True)]

    @property
    def reached(self) -> bool | None:
        """None: for information."""
        if self.goal is None:
            return None
        return self.goal.reached(median(self.ours if self.goal.unit else self.ratios))

    def cells(self) -> list[str]:
        ours = spread(self.ours)
        rival = f"{self.rival_name}: {number(median(self.rival))}" if self.rival else ""
        ratio = spread(self.ratios) if self.rival else ""
        goal = self.goal.text() if self.goal else ""
        verdict = {True: "yes", False: "**no**", None: ""}[self.reached]
        return [f"{self.name}, {self.unit}", ours, rival, ratio, goal, verdict]

    def record(self) -> dict[str, object]:
        return {**asdict(self), "ratios": self.ratios, "reached": self.reached}


def number(value: float) -> str:
    """Three digits that count; thousands apart."""
    if value < THOUSAND:
        return f"{value:.3g}"
    return f"{value:,.0f}".replace(",", " ")


def spread(values: list[float]) -> str:
    if len(values) == 1 or min(values) == max(values):
        return number(median(values))
    return f"{number(median(values))} [{number(min(values))}–{number(max(values))}]"


def table(figures: list[Figure]) -> str:
    header = [
        "figure",
        "Picus, median [min–max]",
        "rival",
        "ratio, median [min–max]",
        "goal",
        "reached",
    ]
    return table_of(header, [figure.cells() for figure in figures])


def table_of(header: list[str], rows: list[list[str]]) -> str:
    """In Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
