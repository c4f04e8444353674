"""The tables of costs in docs/aws.md: from prices.yaml, the parameters and the templates.

.venv/bin/python scripts/costs            prints them
.venv/bin/python scripts/costs --write    writes them into the document, between its marks
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "aws.md"
BEGIN, END = "<!-- scripts/costs begins -->\n", "<!-- scripts/costs ends -->\n"
PRICES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "prices.yaml").read_text(encoding="utf-8")
)

HOURS = 730
SECONDS = HOURS * 3600
# A hundred requests of items of 1 kB.
GETS, PUTS, DELETES = 70, 20, 10
REQUEST_GB, LOG_GB, FUNCTION_LOG_GB = 1.7e-6, 0.25e-6, 0.75e-6
GB_HOUR, FUNCTION_GB_HOUR = 1, 0.4  # of a capacity unit, to tasks and to functions
FUNCTION_SECONDS, FUNCTION_GB = 0.010, 0.25
TASK_RATE = 200  # requests a second that a task is scaled for
SAMPLED = 1 + 0.05 * (DELETES - 1)  # of the function's invocations, a second
HEALTH_CHECKS = 0.2  # a second, for each task: those of the target group and the container
# Guesses of their order, in gigabytes a month.
NAT_GB, FLOW_LOG_GB = {"idle": 1, "busy": 100}, {"idle": 0.2, "busy": 2}
# Alarms that three scaling policies make for themselves, and that of the HTTP API.
TRACKING, API = 6, 1
# With `Metrics: emf` (docs/aws.md): metrics, and lines of a task a minute.
METRICS, METRICS_LINES, METRICS_LINE_GB = 3 * 8 + 6, 7, 1e-6


def usd(name: str) -> float:
    return float(PRICES[name]["usd"])


@dataclass(frozen=True)
class Case:
    """A column: an environment, and whether it gets a hundred requests a second."""

    environment: str
    busy: bool
    public: bool = False

    def __str__(self) -> str:
        load = "100/s" if self.busy else "idle"
        return f"{self.environment} {load}{', internet' if self.public else ''}"

    @property
    def load(self) -> str:
        return "busy" if self.busy else "idle"

    def parameter(self, stack: str, name: str) -> str:
        path = ROOT / "deploy" / "parameters" / f"{self.environment}.yaml"
        return str(yaml.safe_load(path.read_text(encoding="utf-8"))[stack][name])

    def millions(self, rate: float) -> float:
        """Of a month, at this rate a second where it is busy."""
        return rate * SECONDS / 1e6 if self.busy else 0.0

    @property
    def tasks(self) -> int:
        return int(self.parameter("service", "MinTasks"))


CASES = (
    Case("dev", busy=False),
    Case("dev", busy=True),
    Case("prod", busy=False),
    Case("prod", busy=True),
    Case("prod", busy=True, public=True),
)


def task_hour(case: Case) -> float:
    vcpu = int(case.parameter("service", "CpuUnits")) / 1024
    memory = int(case.parameter("service", "MemoryMiB")) / 1024
    return vcpu * usd("vcpu_hour") + memory * usd("memory_hour")


def nat(case: Case) -> float:
    gateways = 2 if case.parameter("network", "NatPerZone") == "True" else 1
    hours = HOURS * gateways * (usd("nat_hour") + usd("address_hour"))
    return hours + NAT_GB[case.load] * usd("nat_gb")


def balancer(case: Case) -> float:
    gb_hour = (GETS + PUTS) * 3600 * REQUEST_GB / GB_HOUR
    gb_hour += DELETES * 3600 * REQUEST_GB / FUNCTION_GB_HOUR
    units = gb_hour if case.busy else 0
    addresses = 2 * usd("address_hour") if case.public else 0
    return HOURS * (usd("balancer_hour") + units * usd("lcu_hour") + addresses)


def tasks(case: Case) -> float:
    return HOURS * case.tasks * task_hour(case)


def table(case: Case) -> float:
    """A put or delete writes the item and what Picus keeps beside it; a delete reads before."""
    return case.millions(GETS + DELETES) * usd("read") + case.millions(2 * (PUTS + DELETES)) * usd(
        "write"
    )


def per_invocation() -> float:
    """For a million."""
    return usd("invocation") + FUNCTION_SECONDS * FUNCTION_GB * 1e6 * usd("gb_second")


def function(case: Case) -> float:
    return case.millions(DELETES) * per_invocation()


def traces(case: Case) -> float:
    return case.millions(SAMPLED) * usd("trace")


def logs(case: Case) -> float:
    lines = (
        case.millions(GETS + PUTS) * 1e6 * LOG_GB + case.millions(DELETES) * 1e6 * FUNCTION_LOG_GB
    )
    checks = HEALTH_CHECKS * case.tasks * SECONDS * LOG_GB
    return (lines + checks + FLOW_LOG_GB[case.load]) * usd("log_gb")


def alarms(_: Case) -> float:
    return (sum(metrics_of_alarms()) + TRACKING + API) * usd("alarm") + usd("dashboard")


def metrics_of_alarms(*, ours: bool = False) -> list[int]:
    """An alarm is paid for each metric that it looks at. Those on our own metrics are off, unless
    these are asked for."""
    paths = sorted((ROOT / "deploy" / "cloudformation").glob("*.yaml"))
    text = "".join(path.read_text(encoding="utf-8") for path in paths)
    resources = re.split(r"^  (?=\w+:$)", text, flags=re.MULTILINE)
    found = [one for one in resources if "Type: AWS::CloudWatch::Alarm" in one]
    found = [one for one in found if ("Condition: HasMetrics" in one) == ours]
    return [one.count("MetricStat:") or 1 for one in found]


def outbound(case: Case) -> float:
    rate = GETS + PUTS + DELETES
    return case.millions(rate) * 1e6 * REQUEST_GB * usd("out_gb") if case.public else 0.0


MONTHLY: dict[str, Callable[[Case], float]] = {
    "NAT": nat,
    "load balancer": balancer,
    "tasks": tasks,
    "table": table,
    "function": function,
    "traces": traces,
    "logs": logs,
    "alarms and dashboard": alarms,
    "to the internet": outbound,
}


def application_metrics(case: Case) -> float:
    """A function writes a line for each invocation."""
    lines = METRICS_LINES * 60 * HOURS * case.tasks + case.millions(DELETES) * 1e6
    alarms_of_ours = sum(metrics_of_alarms(ours=True)) * usd("alarm")
    return METRICS * usd("metric") + alarms_of_ours + lines * METRICS_LINE_GB * usd("log_gb")


OPTIONS: dict[str, Callable[[Case], float]] = {
    "`AuthArn` of a secret": lambda _: usd("secret"),
    "`Metrics: emf`": application_metrics,
}


def of_table(method: str) -> float:
    reads = {"get": 1, "put": 0, "delete": 1}[method]
    writes = {"get": 0, "put": 2, "delete": 2}[method]
    return reads * usd("read") + writes * usd("write")


def on_fargate(rate: float, prod: Case) -> float:
    """The share of a task that gets so many requests a second."""
    share = task_hour(prod) / 3600 / rate * 1e6
    return share + 1e6 * (REQUEST_GB / GB_HOUR * usd("lcu_hour") + LOG_GB * usd("log_gb"))


def on_lambda(*, api: bool) -> float:
    """The HTTP API has an access log of its own."""
    carried = usd("api") if api else 1e6 * REQUEST_GB / FUNCTION_GB_HOUR * usd("lcu_hour")
    lines = FUNCTION_LOG_GB + (LOG_GB if api else 0)
    return per_invocation() + carried + 1e6 * lines * usd("log_gb")


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def head(*cells: str) -> str:
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def rendered() -> str:
    """What stands between the marks."""
    out = head("name", "price", "of", "source", "read")
    for name, price in PRICES.items():
        text = f"{price['usd']:.10f}".rstrip("0")
        text = text if len(text.split(".")[1]) >= 2 else f"{price['usd']:.2f}"
        out += row(f"`{name}`", text, price["of"], price["source"], str(price["read"]))
    out += "\nA month:\n\n" + head("what", *map(str, CASES))
    for what, cost in MONTHLY.items():
        out += row(what, *(f"{cost(case):.2f}" for case in CASES))
    totals = [sum(cost(case) for cost in MONTHLY.values()) for case in CASES]
    out += row("**all**", *(f"**{total:.0f}**" for total in totals))
    out += "\nAnd for what is off as delivered:\n\n" + head("what", *map(str, CASES))
    for what, cost in OPTIONS.items():
        out += row(what, *(f"{cost(case):.2f}" for case in CASES))
    prod = CASES[3]
    carriers = {
        f"Fargate, {TASK_RATE}/s a task": on_fargate(TASK_RATE, prod),
        "Fargate, 10/s a task": on_fargate(10, prod),
        "Lambda, load balancer": on_lambda(api=False),
        "Lambda, HTTP API": on_lambda(api=True),
    }
    out += "\nA million requests, with the table, the load balancer or API, and log lines:\n\n"
    out += head("request", "of that the table", *carriers)
    for method in ("get", "put", "delete"):
        costs = [of_table(method) + carried for carried in carriers.values()]
        out += row(method, f"{of_table(method):.2f}", *(f"{cost:.2f}" for cost in costs))
    even = prod.tasks * task_hour(prod) / 3600 / per_invocation() * 1e6
    out += f"\nThe tasks of prod cost as much as {even:.0f} invocations a second.\n"
    return out


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--write"]):
        print(__doc__, file=sys.stderr)
        return 2
    if not arguments:
        print(rendered(), end="")
        return 0
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(before + BEGIN + rendered() + END + rest.split(END)[1], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
