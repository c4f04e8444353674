"""Lines in the embedded metric format: what CloudWatch makes of them."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA = json.loads((Path(__file__).parent / "emf.schema.json").read_text(encoding="utf-8"))
MAX_BYTES = 1_000_000

# By dimensions and name: how many values, and their sum.
Metrics = dict[tuple[tuple[str, ...], str], tuple[float, float]]


def check(line: str) -> dict[str, Any]:
    """The document, which the schema and the rules of the specification allow."""
    assert len(line.encode()) < MAX_BYTES
    document: dict[str, Any] = json.loads(line)
    jsonschema.validate(document, SCHEMA)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for name in {name for names in directive["Dimensions"] for name in names}:
            assert isinstance(document[name], str), name
        assert all(metric["Name"] in document for metric in directive["Metrics"])
    for value in document.values():
        if isinstance(value, dict) and "Values" in value:
            assert len(value["Values"]) == len(value["Counts"]) == len(set(value["Values"]))
    return document


def metrics_of(lines: list[str]) -> Metrics:
    found: dict[tuple[tuple[str, ...], str], tuple[float, float]] = defaultdict(lambda: (0, 0))
    for document in map(check, lines):
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = tuple(document[name] for name in names)
                for metric in directive["Metrics"]:
                    value = document.get(metric["Name"])
                    if value is None:
                        continue
                    count, total = found[dimensions, metric["Name"]]
                    if isinstance(value, dict):
                        pairs = list(zip(value["Values"], value["Counts"], strict=True))
                        count += sum(n for _, n in pairs)
                        total += sum(v * n for v, n in pairs)
                    else:
                        count, total = count + 1, total + value
                    found[dimensions, metric["Name"]] = (count, total)
    return dict(found)


def lines_of(output: list[str]) -> list[str]:
    return [line for line in output if line.startswith('{"_aws"')]
