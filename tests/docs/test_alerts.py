"""docs/alerts.md has each alert and alarm that there is, with commands that can be run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from docs.markdown import FENCE, ROOT, anchors, table
from harness.cloudformation import TEMPLATES, Template, load, of_type

DOCUMENT = ROOT / "docs" / "alerts.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
OPERATIONS = ROOT / "docs" / "operations.md"
ALARM = "AWS::CloudWatch::Alarm"
# Of every log line.
OF_EACH_LINE = {"level", "event"}


def sections(part: str) -> dict[str, str]:
    """The texts of the headings below a heading."""
    (text,) = re.findall(rf"^## {part}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    _, *found = re.split(r"^### (.*)\n", text, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load((ROOT / "deploy" / "local" / "rules.yaml").read_text(encoding="utf-8"))
    return [rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule]


def templates(function_stack: Template) -> Iterator[Template]:
    yield function_stack
    yield from (load(path.stem) for path in TEMPLATES.glob("*.yaml"))


def test_each_alert_of_prometheus_has_a_section_and_leads_to_it() -> None:
    assert list(sections("Alerts of Prometheus")) == [rule["alert"] for rule in alerts()]
    for rule in alerts():
        document, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (ROOT / document, anchor) == (DOCUMENT, rule["alert"].lower())
        assert anchor in anchors(DOCUMENT)


def test_each_alarm_on_aws_has_a_section_and_names_the_document(function_stack: Template) -> None:
    listed = [name for names in sections("Alarms on AWS") for name in names.split(", ")]
    there = []
    for template in templates(function_stack):
        for name in of_type(template, ALARM):
            there.append(name)
            description = template["Resources"][name]["Properties"]["AlarmDescription"]
            assert description.endswith(" (docs/alerts.md)"), name
    assert sorted(listed) == sorted(there)


def test_each_section_has_what_it_means_a_command_and_what_to_do() -> None:
    for part in ("Alerts of Prometheus", "Alarms on AWS"):
        for name, text in sections(part).items():
            meaning, *rest = FENCE.split(text)
            assert len(meaning.strip()) > 40, name
            assert rest, f"{name}: no command"
            assert rest[0] == "sh", name
            assert len(rest[-1].strip()) > 40, f"{name}: nothing to do"


def test_what_commands_look_for_in_the_log_is_written_there() -> None:
    rows = {row[0].strip("`"): row[2] for row in table(OPERATIONS, "Log events")}
    events = re.findall(r'"event":"([\w()|-]+)', TEXT) + re.findall(r'\$\.event = "([^"]+)"', TEXT)
    assert len(events) >= 8
    for event in events:
        assert any(re.match(event, name) for name in rows), event
    known = set(re.findall(r"`(\w+)`", rows["request"])) | OF_EACH_LINE
    assert set(re.findall(r"\$\.(\w+)", TEXT)) <= known


def test_the_stacks_have_what_commands_ask_them_for(function_stack: Template) -> None:
    asked = set(re.findall(r"\$\((output|resource) (\w+) (\w+)\)", TEXT))
    assert len(asked) >= 5
    for kind, stack, name in asked:
        template = function_stack if stack == "function" else load(stack)
        assert name in template["Outputs" if kind == "output" else "Resources"], (stack, name)
