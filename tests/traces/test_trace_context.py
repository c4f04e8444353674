"""`traceparent` and `tracestate` of clients, by the rules of W3C Trace Context, level 2.

A header that breaks a rule counts as absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from harness.client import Client, unique
from harness.otlp_receiver import OtlpReceiver, Span
from harness.process import LogLine, PicusProcess
from harness.wire import Wire, get

TRACE = "12345678901234567890123456789012"
CALLER = "1234567890123456"
VALID = f"00-{TRACE}-{CALLER}-01"
RANDOM, IS_REMOTE = 0x2, 0x200

Headers = tuple[str, ...]


@pytest.fixture(scope="module")
def server(
    picus: Path, tmp_path_factory: pytest.TempPathFactory, shared: OtlpReceiver
) -> Iterator[PicusProcess]:
    data = tmp_path_factory.mktemp("context") / "data"
    running = PicusProcess(picus, data, "--otlp-endpoint", shared.url, "--trace-sample", "1")
    yield running
    running.stop()


def asked(server: PicusProcess, each: Sequence[Headers]) -> list[str]:
    """A request with each of these headers, as they are; the ids of the requests."""
    ids = [unique("request") for _ in each]
    with Wire(Client(server.url)) as wire:
        for name, headers in zip(ids, each, strict=True):
            wire.send(get("/livez", f"X-Request-Id: {name}", *headers))
        for _ in ids:
            assert wire.answer().status == 200
    return ids


def traced(server: PicusProcess, shared: OtlpReceiver, each: Sequence[Headers]) -> list[Span]:
    ids = asked(server, each)

    def named(spans: list[Span]) -> dict[str, Span]:
        return {span["picus.request_id"]: span for span in spans}

    found = named(shared.wait_for(lambda spans: named(spans).keys() >= set(ids)))
    return [found[name] for name in ids]


def logged(server: PicusProcess, each: Sequence[Headers]) -> list[LogLine]:
    return [server.log_line(request_id=name) for name in asked(server, each)]


def test_a_valid_traceparent_is_continued(server: PicusProcess, shared: OtlpReceiver) -> None:
    valid = [
        (f"traceparent: {VALID}",),
        # Header Name: in any case. White space around the value, as in all of HTTP.
        (f"TraceParent: {VALID}",),
        (f"TRACEPARENT: {VALID}",),
        (f"traceparent:{VALID}",),
        (f"traceparent:\t {VALID} \t",),
        # Other Flags; Versioning of traceparent: later versions may be longer.
        (f"traceparent: 00-{TRACE}-{CALLER}-ff",),
        (f"traceparent: cc-{TRACE}-{CALLER}-01",),
        (f"traceparent: cc-{TRACE}-{CALLER}-01-what-the-future-will-be-like",),
        (f"traceparent: fe-{TRACE}-{CALLER}-01-",),
    ]
    for headers, span in zip(valid, traced(server, shared, valid), strict=True):
        assert (span.trace, span.parent) == (TRACE, CALLER), headers
        assert span.flags & IS_REMOTE, headers
        assert span.id not in (CALLER, ""), headers


def test_a_trace_id_that_is_random_stays_so(server: PicusProcess, shared: OtlpReceiver) -> None:
    flags = {"01": 0, "03": RANDOM, "05": 0, "ff": RANDOM}  # Random Trace ID Flag, Other Flags
    given = [(f"traceparent: 00-{TRACE}-{CALLER}-{one}",) for one in flags]
    spans = traced(server, shared, given)
    assert [span.flags & 0xFE for span in spans] == list(flags.values())
    (new,) = traced(server, shared, [()])
    assert new.flags & 0xFF == 3


def test_what_a_caller_does_not_record_is_continued_without_spans(
    server: PicusProcess, shared: OtlpReceiver
) -> None:
    flags = ("00", "02", "fe")  # Sampled Flag: the last bit
    for line in logged(server, [(f"traceparent: 00-{TRACE}-{CALLER}-{one}",) for one in flags]):
        assert line["trace_id"] == TRACE
        assert line["trace"].endswith(";Sampled=0")
        assert line["span_id"] != CALLER
        assert line["span_id"] not in {span.id for span in shared.spans}


def test_an_invalid_traceparent_counts_as_absent(
    server: PicusProcess, shared: OtlpReceiver
) -> None:
    values = [
        "",
        "00",
        VALID[:-1],
        VALID[1:],
        # version: two lower-case digits, and not ff. 00 has exactly four parts.
        f"ff-{TRACE}-{CALLER}-01",
        f"FF-{TRACE}-{CALLER}-01",
        f"0-{TRACE}-{CALLER}-01",
        f"000-{TRACE}-{CALLER}-01",
        f".0-{TRACE}-{CALLER}-01",
        f"0g-{TRACE}-{CALLER}-01",
        f"CC-{TRACE}-{CALLER}-01",
        f"{VALID}.",
        f"{VALID}-",
        f"{VALID}-what-the-future-will-be-like",
        f"cc-{TRACE}-{CALLER}-01.what-the-future-will-be-like",
        f"cc-{TRACE}-{CALLER}-010",
        # trace-id: 32 lower-case digits, not all zero.
        f"00-{'0' * 32}-{CALLER}-01",
        f"00-{TRACE[:-1]}-{CALLER}-01",
        f"00-{TRACE}0-{CALLER}-01",
        f"00-{TRACE[:-1]}.-{CALLER}-01",
        f"00-.{TRACE[1:]}-{CALLER}-01",
        f"00-{TRACE[:-1]}A-{CALLER}-01",
        f"00-{TRACE[:16]}-{TRACE[16:]}-01",
        # parent-id: 16 of them, not all zero.
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{CALLER[:-1]}-01",
        f"00-{TRACE}-{CALLER}0-01",
        f"00-{TRACE}-{CALLER[:-1]}.-01",
        f"00-{TRACE}-{CALLER[:-1]}A-01",
        # trace-flags: two of them.
        f"00-{TRACE}-{CALLER}-1",
        f"00-{TRACE}-{CALLER}-001",
        f"00-{TRACE}-{CALLER}-.1",
        f"00-{TRACE}-{CALLER}-0A",
        f"00_{TRACE}_{CALLER}_01",
        f"{VALID}, {VALID}",
        f'"{VALID}"',
    ]
    invalid: list[Headers] = [(f"traceparent: {value}", "tracestate: foo=1") for value in values]
    invalid += [
        (f"traceparent: {VALID}", f"traceparent: {VALID}"),
        (f"trace-parent: {VALID}",),
        (f"trace.parent: {VALID}",),
        ("tracestate: foo=1",),  # belongs to a traceparent
    ]
    found = traced(server, shared, invalid)
    for headers, span in zip(invalid, found, strict=True):
        assert (span.trace != TRACE, span.parent, span.state) == (True, "", ""), headers
    assert len({span.trace for span in found}) == len(found)


ALLOWED = "".join(map(chr, range(0x20, 0x7F))).replace(",", "").replace("=", "")
KEY = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
MEMBERS = [f"bar{n:02}={n:02}" for n in range(1, 34)]


def states_of(
    server: PicusProcess, shared: OtlpReceiver, each: list[Headers]
) -> list[tuple[Headers, str]]:
    """Each of these, and the state that the span has."""
    headers = [(f"traceparent: {VALID}", *values) for values in each]
    spans = traced(server, shared, headers)
    assert {span.trace for span in spans} == {TRACE}, "a state makes no traceparent invalid"
    return [(values, span.state) for values, span in zip(each, spans, strict=True)]


def test_a_valid_tracestate_is_kept_as_it_is(server: PicusProcess, shared: OtlpReceiver) -> None:
    alone = [
        "foo=1",
        "foo=1,bar=2",
        # list: optional white space between members; empty ones are allowed.
        "foo=1 \t , \t bar=2, \t baz=3",
        "foo=1,,bar=2",
        # Key: lower-case letters, digits and some marks, and no mark in front.
        f"{KEY}={ALLOWED}x",
        f"{KEY}@a-z0-9_-*/={ALLOWED}x",
        "foo@=1,bar=2",
        "foo@@bar=1,bar=2",
        "foo@bar@baz=1,bar=2",
        "0a=1",
        "foo= 1",  # Value: leading spaces belong to it
        f"{'z' * 256}=1",
        f"foo={'v' * 256}",
        # The same key twice: a matter of those who set it.
        "foo=1,foo=1",
        ",".join(MEMBERS[:32]),
    ]
    each: list[Headers] = [(f"tracestate: {value}",) for value in alone]
    for (_, state), value in zip(states_of(server, shared, each), alone, strict=True):
        assert state == value
    several: list[tuple[Headers, str]] = [
        (("TraceState: foo=1",), "foo=1"),
        (("tracestate: foo=1,bar=2", "tracestate: rojo=1,congo=2"), "foo=1,bar=2,rojo=1,congo=2"),
        (("tracestate:", "tracestate: foo=1"), "foo=1"),
        (("tracestate: foo=1", "tracestate:"), "foo=1"),
        (("tracestate:\t foo=1 \t",), "foo=1"),
    ]
    found = states_of(server, shared, [values for values, _ in several])
    assert [state for _, state in found] == [wanted for _, wanted in several]


def test_an_invalid_tracestate_is_dropped_and_the_trace_is_not(
    server: PicusProcess, shared: OtlpReceiver
) -> None:
    values = [
        "",
        ",",
        "foo",
        "=1",
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "@foo=1,bar=2",
        "foo=",
        "foo=,bar=3",
        "foo=bar=baz",
        "foo=1\tbar",
        "foo=caf\u00e9",
        f"{'z' * 257}=1",
        f"foo={'v' * 257}",
        ",".join(MEMBERS),
        f"a={'b' * 254},c={'d' * 254}",  # 513 bytes: our limit
    ]
    each: list[Headers] = [(f"tracestate: {value}",) for value in values]
    each += [
        ("trace-state: foo=1",),
        ("tracestate: foo=1", f"tracestate: {'z' * 257}=1"),
    ]
    for headers, state in states_of(server, shared, each):
        assert state == "", headers
