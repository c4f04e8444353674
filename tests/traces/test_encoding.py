"""Spans that Picus encodes, and what the official decoder of OTLP reads, are the same."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

REQUESTS = 300  # for each seed
LETTERS = 'abz09._-{}/ =\\"\n\x00\x7f\u0080é日🦊'
NUMBERS = (0, 1, -1, 127, 128, 2**31, -(2**31), 2**63 - 1, -(2**63))
SAMPLED, KNOWS_REMOTE, IS_REMOTE = 0x1, 0x100, 0x200


def text(rng: random.Random, most: int = 40) -> str:
    size = rng.choice((0, 1, 2, most, rng.randint(0, 400)))
    return "".join(rng.choices(LETTERS, k=size))


def attribute(rng: random.Random) -> Any:
    return rng.choice(
        (
            lambda: text(rng),
            lambda: rng.random() < 0.5,
            lambda: rng.choice(NUMBERS),
            lambda: rng.choice((0.0, 0.25, -3e5, rng.randrange(8000) / 8)),
            lambda: [text(rng) for _ in range(rng.randint(0, 3))],
            lambda: {"hex": rng.randbytes(rng.randint(0, 20)).hex()},
        )
    )()


def span(rng: random.Random) -> dict[str, Any]:
    begin = rng.choice((0, 1, rng.randrange(2**62)))
    return {
        "trace": rng.randbytes(16).hex(),
        "span": rng.randbytes(8).hex(),
        "parent": rng.choice(("", rng.randbytes(8).hex())),
        "remote": rng.random() < 0.5,
        "state": rng.choice(("", "a=1,b=2")),
        "name": text(rng),
        "kind": rng.choice((1, 2, 3)),
        "begin": begin,
        "end": begin + rng.choice((0, 1, rng.randrange(2**40))),
        "fail": rng.random() < 0.5,
        "attributes": [[f"{i}.{text(rng)}", attribute(rng)] for i in range(rng.randint(0, 8))],
    }


def request(rng: random.Random) -> dict[str, Any]:
    return {
        "resource": [[f"{i}", text(rng)] for i in range(rng.randint(0, 5))],
        "version": "1.2.3",
        "spans": [span(rng) for _ in range(rng.randint(0, 6))],
    }


def any_value(value: Any) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, list):
        found = AnyValue()
        found.array_value.SetInParent()
        found.array_value.values.extend(any_value(one) for one in value)
        return found
    if isinstance(value, dict):
        raw = bytes.fromhex(value["hex"])
        try:
            value = raw.decode()
        except UnicodeDecodeError:
            value = "".join(chr(byte) if byte < 0x80 else "?" for byte in raw)
    return AnyValue(string_value=value)


def pairs(given: list[list[Any]]) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in given]


def expected_span(given: dict[str, Any]) -> Span:
    remote = IS_REMOTE if given["remote"] else 0
    return Span(
        trace_id=bytes.fromhex(given["trace"]),
        span_id=bytes.fromhex(given["span"]),
        trace_state=given["state"],
        parent_span_id=bytes.fromhex(given["parent"]),
        flags=SAMPLED | KNOWS_REMOTE | remote,
        name=given["name"],
        kind=given["kind"],
        start_time_unix_nano=given["begin"],
        end_time_unix_nano=given["end"],
        attributes=pairs(given["attributes"]),
        status=Status(code=Status.STATUS_CODE_ERROR) if given["fail"] else None,
    )


def expected(given: dict[str, Any]) -> ExportTraceServiceRequest:
    found = ExportTraceServiceRequest()
    of_process = found.resource_spans.add()
    of_process.resource.SetInParent()
    of_process.resource.attributes.extend(pairs(given["resource"]))
    of_scope = of_process.scope_spans.add()
    of_scope.scope.name = "picus"
    of_scope.scope.version = given["version"]
    of_scope.spans.extend(expected_span(one) for one in given["spans"])
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_official_decoder_reads_what_was_encoded(picus: Path, seed: int) -> None:
    rng = random.Random(seed)
    given = [request(rng) for _ in range(REQUESTS)]
    lines = "".join(json.dumps(one) + "\n" for one in given)
    program = picus.with_name("otlp_lines")
    done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    found = done.stdout.splitlines()
    assert len(found) == REQUESTS
    for line, one in zip(found, given, strict=True):
        decoded = ExportTraceServiceRequest.FromString(bytes.fromhex(line))
        assert decoded == expected(one)
