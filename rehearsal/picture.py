"""The picture of a run: traffic by target group, errors, and p99, over time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from html import escape

from rehearsal.load import Request
from rehearsal.percentile import percentile
from rehearsal.scenarios import Result

WIDTH, LEFT, RIGHT = 960, 64, 14
TOP = 96
TRAFFIC_HEIGHT, ERROR_HEIGHT, LATENCY_HEIGHT, GAP = 190, 60, 120, 34
HEIGHT = TOP + TRAFFIC_HEIGHT + ERROR_HEIGHT + LATENCY_HEIGHT + 2 * GAP + 44
MOST_COLUMNS = 440

STYLE = """
  svg { color: #1f2328; background: #ffffff; font: 12px system-ui, sans-serif; }
  text { fill: currentColor; }
  .faint { fill: #59636e; }
  .title { font-size: 15px; font-weight: 600; }
  .blue { fill: #3b82d0; }
  .green { fill: #43a25a; }
  .function { fill: #b58a2a; }
  .errors { fill: #d1242f; }
  .p99 { fill: none; stroke: #8250df; stroke-width: 1.5; }
  .grid { stroke: #8c959f; stroke-opacity: .35; }
  .band { fill: #8c959f; fill-opacity: .13; }
  @media (prefers-color-scheme: dark) {
    svg { color: #e6edf3; background: #0d1117; }
    .faint { fill: #9198a1; }
    .blue { fill: #4493f8; }
    .green { fill: #3fb950; }
    .function { fill: #d2a53b; }
    .errors { fill: #f85149; }
    .p99 { stroke: #b98aff; }
  }
"""


def round_up(value: float) -> float:
    """To 1, 2 or 5 times a power of ten: the top of an axis."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


class Picture:
    """Of the requests from `begin` to `end`, in columns of equal time."""

    def __init__(self, requests: list[Request], results: list[Result], title: str) -> None:
        self._results = results
        self._title = title
        self._begin = results[0].begun_with or results[0].begin
        self._end = results[-1].end
        whole = self._end - self._begin
        self._column = max(0.25, whole / MOST_COLUMNS)
        self._count = math.ceil(whole / self._column)
        self._traffic: dict[str, Counter[int]] = defaultdict(Counter)
        self._errors: Counter[int] = Counter()
        latencies: dict[int, list[float]] = defaultdict(list)
        for request in requests:
            column = math.floor((request.at - self._begin) / self._column)
            if 0 <= column < self._count:
                self._traffic[request.target][column] += 1
                self._errors[column] += request.failed
                latencies[column].append(request.latency)
        self._p99 = [1000 * percentile(latencies[n], 0.99) for n in range(self._count)]

    def svg(self) -> str:
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(self._title)}</title><style>{STYLE}</style>",
            f'<text class="title" x="{LEFT}" y="24">{escape(self._title)}</text>',
            *self._bands(),
            *self._traffic_panel(TOP),
            *self._error_panel(TOP + TRAFFIC_HEIGHT + GAP),
            *self._latency_panel(TOP + TRAFFIC_HEIGHT + ERROR_HEIGHT + 2 * GAP),
            *self._time_axis(),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _x(self, at: float) -> float:
        part = (at - self._begin) / (self._end - self._begin)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def _column_x(self, column: int) -> float:
        return self._x(min(self._end, self._begin + column * self._column))

    def _bands(self) -> list[str]:
        """One for each run of scenarios of a kind, with its number; names stand below the title."""
        parts, names = [], []
        groups: list[list[Result]] = []
        for result in self._results:
            if groups and groups[-1][0].title == result.title:
                groups[-1].append(result)
            else:
                groups.append([result])
        for number, group in enumerate(groups, 1):
            x, right = self._x(group[0].begin), self._x(group[-1].end)
            bottom = HEIGHT - 44
            parts.append(
                f'<rect class="band" x="{x:.1f}" y="{TOP - 16}" width="{right - x:.1f}"'
                f' height="{bottom - TOP + 16}"/>'
                f'<text x="{(x + right) / 2:.1f}" y="{TOP - 4}" text-anchor="middle">{number}'
                "</text>"
            )
            times = f" ×{len(group)}" if len(group) > 1 else ""
            names.append(f"{number} {group[0].title}{times}")
        return parts + self._legend(names)

    @staticmethod
    def _legend(names: list[str]) -> list[str]:
        lines, line = [], ""
        for name in names:
            if line and len(line) + len(name) > 140:
                lines.append(line)
                line = ""
            line += ("\u2003" if line else "") + name
        lines.append(line)
        return [
            f'<text class="faint" x="{LEFT}" y="{42 + 15 * n}">{escape(line)}</text>'
            for n, line in enumerate(lines)
        ]

    def _axis(self, y: float, height: float, top: float, unit: str) -> list[str]:
        parts = []
        for part in (0, 0.5, 1):
            at = y + height * (1 - part)
            label = f"{top * part:g}"
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
                f'<text class="faint" x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{label}'
                "</text>"
            )
        # Above the first panel stand the numbers of the bands.
        label_y = y - (22 if y == TOP else 5)
        parts.append(f'<text x="{LEFT}" y="{label_y:.1f}">{escape(unit)}</text>')
        return parts

    def _area(
        self, kind: str, y: float, scale: float, under: list[float], over: list[float]
    ) -> str:
        """Between two heights, in columns."""
        points = []
        for column, height in enumerate(over):
            points += [(self._column_x(column), height), (self._column_x(column + 1), height)]
        for column in range(len(under) - 1, -1, -1):
            points += [
                (self._column_x(column + 1), under[column]),
                (self._column_x(column), under[column]),
            ]
        text = " ".join(f"{x:.1f},{y - height * scale:.1f}" for x, height in points)
        return f'<polygon class="{kind}" points="{text}"/>'

    def _traffic_panel(self, y: float) -> list[str]:
        kinds = ("blue", "green", "function")
        totals = [
            sum(self._traffic[kind][n] for kind in kinds) / self._column for n in range(self._count)
        ]
        top = round_up(max(totals))
        parts, under = [], [0.0] * self._count
        for kind in kinds:
            over = [h + self._traffic[kind][n] / self._column for n, h in enumerate(under)]
            parts.append(self._area(kind, y + TRAFFIC_HEIGHT, TRAFFIC_HEIGHT / top, under, over))
            under = over
        for n, kind in enumerate(kinds):
            x = WIDTH - RIGHT - 240 + 84 * n
            parts.append(
                f'<rect class="{kind}" x="{x}" y="{y - 27}" width="10" height="10"/>'
                f'<text x="{x + 14}" y="{y - 18}">{kind}</text>'
            )
        return [*self._axis(y, TRAFFIC_HEIGHT, top, "requests a second"), *parts]

    def _error_panel(self, y: float) -> list[str]:
        heights = [self._errors[n] / self._column for n in range(self._count)]
        top = round_up(max(*heights, 1))
        zero = [0.0] * self._count
        area = self._area("errors", y + ERROR_HEIGHT, ERROR_HEIGHT / top, zero, heights)
        return [*self._axis(y, ERROR_HEIGHT, top, "failed requests a second"), area]

    def _latency_panel(self, y: float) -> list[str]:
        top = round_up(max(percentile(self._p99, 0.995), 1))
        points = " ".join(
            f"{self._column_x(n):.1f},{y + LATENCY_HEIGHT * (1 - min(value, top) / top):.1f}"
            for n, value in enumerate(self._p99)
        )
        line = f'<polyline class="p99" points="{points}"/>'
        return [*self._axis(y, LATENCY_HEIGHT, top, "p99, milliseconds"), line]

    def _time_axis(self) -> list[str]:
        whole = self._end - self._begin
        step = next(s for s in (10, 20, 30, 60, 120, 300, 600) if whole / s <= 14 or s == 600)
        return [
            f'<text class="faint" x="{self._x(self._begin + at):.1f}" y="{HEIGHT - 26}"'
            f' text-anchor="middle">{at} s</text>'
            for at in range(0, int(whole) + 1, step)
        ]
