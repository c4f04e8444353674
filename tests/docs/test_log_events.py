"""The table of log events in docs/operations.md is that of the sources: names, levels, fields."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from docs.markdown import ROOT, table

SOURCE = ROOT / "src"
OPERATIONS = ROOT / "docs" / "operations.md"
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
LEVEL = re.compile(r"Level::(\w+)")
CHARACTER = re.compile(r"'(?:\\.|[^'\\])'")
# The line of a request, which has a function of its own.
REQUEST = [SOURCE / "telemetry" / "json_line.cpp", SOURCE / "core" / "trace.cpp"]
# The services of AWS, each with an event of its own.
SERVICES = SOURCE / "aws" / "service.h"
# Its own event, written without the interface Log.
DROPPED = SOURCE / "telemetry" / "json_log.cpp"


def product_sources() -> list[Path]:
    return [
        path
        for path in sorted(SOURCE.rglob("*.cpp"))
        if not path.stem.endswith("_test") and "testing" not in path.relative_to(SOURCE).as_posix()
    ]


def arguments(text: str, at: int) -> list[str]:
    """Those of the call whose first argument begins at `at`, each in one line."""
    found, start, depth = [], at, 0
    while True:
        if skipped := LITERAL.match(text, at) or CHARACTER.match(text, at):
            at = skipped.end()
            continue
        if text[at] in "({[":
            depth += 1
        elif text[at] in ")}]":
            depth -= 1
        if depth < 0 or (depth == 0 and text[at] == ","):
            found.append(" ".join(text[start:at].split()))
            start = at + 1
        if depth < 0:
            return found
        at += 1


def calls() -> Iterator[tuple[str, str, list[str]]]:
    """Level, event and fields of each `log.write(level, event, {fields})`, as they are written."""
    for path in product_sources():
        text = path.read_text(encoding="utf-8")
        for call in re.finditer(r"[.>]write\(", text):
            given = arguments(text, call.end())
            if len(given) != 3 or not given[2].startswith("{"):
                continue
            level, event, fields = given
            names = LITERAL.findall(event)
            if event.endswith("failure_event"):  # that of each service of AWS
                names = re.findall(r'failure_event = "([\w-]+)"', SERVICES.read_text())
            if not names:  # a function's own parameter: whatever its callers give
                names = re.findall(r'\w+\(log, "([\w-]+)"', text)
                assert names, f"{path.name}: cannot tell which events {event} is"
            for name in names:
                yield level, name, re.findall(r'\{"(\w+)"', fields)


def events() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The levels and the fields of each event."""
    levels: dict[str, set[str]] = defaultdict(set)
    fields: dict[str, set[str]] = defaultdict(set)
    for level, name, given in calls():
        # A level that was worked out before may be any but the least.
        levels[name] |= set(LEVEL.findall(level)) or {"warning", "error"}
        fields[name] |= set(given)
    levels["request"] = {"info", "warning"}
    for path in REQUEST:
        fields["request"] |= set(re.findall(r',"(\w+)":', path.read_text(encoding="utf-8")))
    fields["request"] -= {"level", "event"}
    dropped = DROPPED.read_text(encoding="utf-8")
    (name,) = re.findall(r'kEvent = "([\w-]+)"', dropped)
    levels[name] = {"warning"}
    fields[name] = set(re.findall(r'\{"(\w+)", ', dropped))
    return levels, fields


def test_every_event_is_in_the_table_with_its_levels_and_fields() -> None:
    levels, fields = events()
    assert len(levels) >= 20
    told = {row[0].strip("`"): row for row in table(OPERATIONS, "Log events")}
    assert set(told) == set(levels)
    for name, (_, level, names, meaning) in told.items():
        assert set(level.split(", ")) == levels[name], name
        assert set(re.findall(r"`(\w+)`", names)) == fields[name], name
        assert meaning, name


def test_the_table_is_in_alphabetical_order() -> None:
    names = [row[0] for row in table(OPERATIONS, "Log events")]
    assert names == sorted(names)
