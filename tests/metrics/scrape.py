"""A server with an admin listener, and what its /metrics contains."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from harness import leaks
from harness.process import PicusProcess

SAMPLE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

REQUESTS = "http_server_request_duration_seconds_count"
ADMIN = ("--admin-listen", "127.0.0.1:0")

Serve = Callable[..., PicusProcess]


@dataclass(frozen=True)
class Sample:
    name: str
    labels: dict[str, str]
    value: float


def parse(text: str) -> list[Sample]:
    samples = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        found = SAMPLE.fullmatch(line)
        assert found, line
        labels = dict(LABEL.findall(found["labels"] or ""))
        samples.append(Sample(found["name"], labels, float(found["value"])))
    return samples


def admin_url(server: PicusProcess) -> str:
    line = server.out.wait_for(lambda text: "admin listener on" in text, 30, "admin listener")
    return line.removeprefix("admin listener on ")


def scrape(url: str) -> str:
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as response:
        body: bytes = response.read()
    leaks.search(body, "metrics")
    return body.decode()


def scraped(url: str, name: str, wanted: float, **labels: str) -> list[Sample]:
    """Scrapes until a value is there: a request is counted once its response has been sent."""
    deadline = time.monotonic() + 30
    while True:
        samples = parse(scrape(url))
        if value(samples, name, **labels) == wanted:
            return samples
        assert time.monotonic() < deadline, samples


def value(samples: list[Sample], name: str, **labels: str) -> float:
    """The sum of the series that have these labels."""
    return sum(
        sample.value
        for sample in samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
