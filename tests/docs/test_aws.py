"""docs/aws.md: its sums add up, its commands are AWS's, and it says what the templates say."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator, ValidationErrors
from ministack.services.cloudformation import provisioners
from moto.cloudformation.parsing import get_model_map

from docs.markdown import ROOT, blocks, table
from harness.by_the_book import check_names
from harness.cloudformation import DEPLOY, TEMPLATES, Template, load, of_type, parameters

DOCUMENT = ROOT / "docs" / "aws.md"
ALERTS = ROOT / "docs" / "alerts.md"
SESSION = botocore.session.get_session()
# Commands of the `aws` program that are no operations of a service.
BESIDE = {("ecr", "get-login-password"), ("configure", "get"), ("logs", "tail")}
# No file has them.
FROM_ELSEWHERE = {"Image", "TableName", "HostNames", "DrainSeconds"}
# By themselves: while they run, other tests make moto know more.
KNOWN = {*get_model_map(), *provisioners._RESOURCE_HANDLERS}


def costs() -> ModuleType:
    """The script that makes the tables."""
    path = ROOT / "scripts" / "costs" / "__main__.py"
    spec = importlib.util.spec_from_file_location("costs", path)
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules["costs"] = made  # dataclasses look it up
    spec.loader.exec_module(made)
    return made


def test_the_tables_of_costs_are_those_that_the_script_makes() -> None:
    script = costs()
    told = DOCUMENT.read_text(encoding="utf-8").split(script.BEGIN)[1].split(script.END)[0]
    assert told == script.rendered(), "run scripts/costs --write"


def test_every_price_has_its_source_and_is_used() -> None:
    script = costs()
    text = Path(str(script.__file__)).read_text(encoding="utf-8")
    for name, price in script.PRICES.items():
        assert set(price) == {"usd", "of", "source", "read"}, name
        assert f'usd("{name}")' in text, name


def test_the_alarms_that_are_paid_for_are_those_of_the_templates() -> None:
    assert sum(costs().metrics_of_alarms()) == sum(metrics_of_alarms())


def metrics_of_alarms() -> Iterator[int]:
    """An alarm is paid for each metric that it looks at. Those on our own metrics are off."""
    for template in map(load, sorted(path.stem for path in TEMPLATES.glob("*.yaml"))):
        for name in of_type(template, "AWS::CloudWatch::Alarm"):
            if template["Resources"][name].get("Condition") == "HasMetrics":
                continue
            properties = template["Resources"][name]["Properties"]
            yield json.dumps(properties.get("Metrics", "")).count('"MetricStat"') or 1


def test_the_table_of_stacks_is_that_of_the_templates() -> None:
    told = [row[0].strip("`") for row in table(DOCUMENT, "The stacks")]
    assert set(told) == {path.stem for path in TEMPLATES.glob("*.yaml")} | {"function"}
    given = [name for name in parameters_in_order("dev") if name in told]
    assert [name for name in told if name in given] == given


def parameters_in_order(environment: str) -> list[str]:
    text = (DEPLOY / "parameters" / f"{environment}.yaml").read_text(encoding="utf-8")
    return re.findall(r"^(\w+):", text, re.MULTILINE)


def test_the_types_that_nobody_here_knows_are_named(function_stack: Template) -> None:
    templates = [function_stack, *(load(path.stem) for path in TEMPLATES.glob("*.yaml"))]
    types = {one["Type"] for template in templates for one in template["Resources"].values()}
    told = {
        cell for row in table(DOCUMENT, "What neither moto nor ministack supports") for cell in row
    }
    assert {f"`{one}`" for one in types - KNOWN} == {
        cell for cell in told if cell.startswith("`AWS::")
    }


@dataclass(frozen=True)
class Call:
    """`aws SERVICE OPERATION --name value…`."""

    service: str
    operation: str
    options: dict[str, list[str]]


def calls(document: Path = DOCUMENT) -> list[Call]:
    """Every `aws` command of the document."""
    text = "\n".join(blocks(document, "sh")).replace("\\\n", " ")
    text = re.sub(r"\$\((?!aws )[^()]*\)", "VALUE", text)
    found = []
    for command in re.findall(r"\baws ([^|\n)]*)", text):
        service, operation, *words = shlex.split(command)
        if operation == "wait":
            operation = f"wait {words.pop(0)}"
        options: dict[str, list[str]] = {}
        for word in words:
            if word.startswith("--"):
                options[word[2:]] = []
            elif options:
                options[next(reversed(options))].append(word)
        found.append(Call(service, operation, options))
    return found


GLOBAL = {"query", "output", "region"}


@pytest.mark.parametrize(
    "call", [*calls(), *calls(ALERTS)], ids=lambda call: f"{call.service}-{call.operation}"
)
def test_every_command_is_one_of_the_aws_program(call: Call) -> None:
    if (call.service, call.operation) in BESIDE:
        return
    operation = call.operation
    if operation.startswith("wait "):
        waiter = SESSION.get_waiter_model(call.service)
        name = next(n for n in waiter.waiter_names if xform_name(n, "-") == operation[5:])
        operation = xform_name(waiter.get_waiter(name).operation, "-")
    model = SESSION.get_service_model(call.service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names, call
    shape = model.operation_model(names[operation]).input_shape
    assert shape is not None
    members = {xform_name(name, "-") for name in shape.members}
    given = set(call.options) - GLOBAL
    given = {name.removeprefix("no-") if name not in members else name for name in given}
    assert given <= members, call
    required = {xform_name(name, "-") for name in shape.required_members}
    assert required <= given, call


def files() -> dict[str, Any]:
    """The JSON documents that commands read, by name."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.findall(r"`(\w+\.json)`[^`]*```json\n(.*?)```", text, re.DOTALL)
    return {name: json.loads(document) for name, document in found}


def reads() -> list[tuple[Call, str, str]]:
    """The commands that read one, with the option and its name."""
    named = [(c, o, value) for c in calls() for o, values in c.options.items() for value in values]
    return [(c, o, v[7:]) for c, o, v in named if v.startswith("file://") and v.endswith(".json")]


def test_every_file_of_the_document_is_read_by_a_command() -> None:
    assert {name for _, _, name in reads()} == set(files())


@pytest.mark.parametrize(("call", "option", "name"), reads(), ids=lambda one: str(one)[:20])
def test_every_file_is_what_the_operation_takes(call: Call, option: str, name: str) -> None:
    model = SESSION.get_service_model(call.service)
    (operation,) = [o for o in model.operation_names if xform_name(o, "-") == call.operation]
    shape = model.operation_model(operation).input_shape
    assert shape
    (member,) = [one for one in shape.members if xform_name(one, "-") == option]
    if shape.members[member].type_name == "string":  # a policy
        return
    given = files()[name]
    report = ValidationErrors()
    ParamValidator()._validate(given, shape.members[member], report, name)
    assert not report.has_errors(), report.generate_report()
    check_names(given, shape.members[member], name)


def creations() -> list[Call]:
    return [call for call in calls() if call.operation == "create-stack"]


@pytest.mark.parametrize("call", creations(), ids=lambda call: call.options["stack-name"][0])
def test_every_stack_is_made_with_what_its_template_wants(call: Call) -> None:
    (body,) = call.options["template-body"]
    path = ROOT / body.removeprefix("file://")
    assert path.is_file()
    (name,) = call.options["stack-name"]
    assert name == f"picus-dev-{path.stem}"
    pairs = [dict(p.split("=", 1) for p in word.split(",", 1)) for word in parameter_words(call)]
    given = {pair["ParameterKey"]: pair["ParameterValue"] for pair in pairs}
    template = load(path.stem)
    known = template.get("Parameters", {})
    assert set(given) <= set(known)
    assert {one for one, what in known.items() if "Default" not in what} <= set(given)
    usual = parameters("dev", path.stem)
    for key, text in given.items():
        assert key in FROM_ELSEWHERE or usual[key] == text, key
    has_roles = bool(of_type(template, "AWS::IAM::Role"))
    assert call.options.get("capabilities", []) == (["CAPABILITY_IAM"] if has_roles else [])


def parameter_words(call: Call) -> list[Any]:
    return call.options.get("parameters", [])


def test_the_stacks_are_made_in_their_order() -> None:
    made = [call.options["stack-name"][0].removeprefix("picus-dev-") for call in creations()]
    order = parameters_in_order("dev")
    assert made == [name for name in order if name in made]
    assert {"network", "table", "registry", "balancer", "service", "observability"} <= set(made)
