"""Stacks fit together: what one imports another exports, and whatever is asked for is given."""

from __future__ import annotations

import pytest

from templates import stacks


def exporter(reference: str, environment: str, importer: str) -> tuple[str, str]:
    """The stack and the export that `${TableStack}-TableArn` means in an environment."""
    variable, name = reference.removeprefix("${").split("}-")
    stack = stacks.parameters(environment)[importer][variable]
    assert stack.startswith(f"picus-{environment}-"), (importer, variable, stack)
    return stack.removeprefix(f"picus-{environment}-"), name


def exported(stack: str) -> set[str]:
    known = stacks.MADE_BY_OSLS.get(stack)
    return known if known is not None else set(stacks.exports(stacks.load(stack)))


@pytest.mark.parametrize("environment", stacks.ENVIRONMENTS)
@pytest.mark.parametrize("importer", stacks.NAMES)
def test_every_import_has_its_export_in_a_stack_that_is_made_before(
    importer: str, environment: str
) -> None:
    for reference in stacks.imports(stacks.load(importer)):
        stack, name = exporter(reference, environment, importer)
        assert name in exported(stack), f"{stack} does not export {name}"
        assert stacks.ORDER.index(stack) < stacks.ORDER.index(importer), f"{stack} comes later"


def test_every_export_is_imported_by_somebody() -> None:
    used = {(stack, name) for stack, names in stacks.USED_BY_OSLS.items() for name in names}
    for importer in stacks.NAMES:
        for reference in stacks.imports(stacks.load(importer)):
            used.add(exporter(reference, "dev", importer))
    used |= {(stack, name) for stack, names in stacks.IMPORTED_BEFORE.items() for name in names}
    offered = {(stack, name) for stack in stacks.NAMES for name in exported(stack)}
    assert not offered - used


@pytest.mark.parametrize("kind", stacks.HANDED)
def test_what_is_handed_over_is_an_output_of_a_stack_that_is_made_before(kind: str) -> None:
    for name, (source, output) in stacks.HANDED[kind].items():
        assert output in stacks.load(source)["Outputs"], name
        assert stacks.ORDER.index(source) < stacks.ORDER.index(kind), name


@pytest.mark.parametrize("environment", stacks.ENVIRONMENTS)
@pytest.mark.parametrize("name", stacks.NAMES)
def test_every_parameter_is_given_and_none_that_is_not_asked_for(
    name: str, environment: str
) -> None:
    known = stacks.load(name).get("Parameters", {})
    given = set(stacks.parameters(environment)[name]) | stacks.passed(name)
    assert given <= set(known), f"not asked for: {given - set(known)}"
    missing = {one for one, said in known.items() if "Default" not in said} - given
    assert not missing, f"not given: {missing}"


@pytest.mark.parametrize("environment", stacks.ENVIRONMENTS)
@pytest.mark.parametrize("name", stacks.NAMES)
def test_what_is_given_is_what_the_template_allows(name: str, environment: str) -> None:
    known = stacks.load(name).get("Parameters", {})
    for parameter, value in stacks.parameters(environment)[name].items():
        stacks.assert_allowed(known[parameter], value)


@pytest.mark.parametrize("name", stacks.NAMES)
def test_every_parameter_and_condition_is_used(name: str) -> None:
    template = stacks.load(name)
    asked = set(template.get("Parameters", {})) | set(template.get("Conditions", {}))
    assert not asked - stacks.names_used(template)


def test_parameter_files_have_the_stacks_in_the_order_in_which_they_are_made() -> None:
    for environment in stacks.ENVIRONMENTS:
        order = list(stacks.parameters(environment))
        assert set(order) == set(stacks.ORDER)
        # Who deploys is of little interest to who sets parameters: it comes last.
        assert order == [*stacks.ORDER[2:], *stacks.ORDER[:2]]


def test_dev_and_prod_differ_in_values_only() -> None:
    dev, prod = (stacks.parameters(environment) for environment in stacks.ENVIRONMENTS)
    assert list(dev) == list(prod)
    for stack, values in dev.items():
        assert list(values) == list(prod[stack])


@pytest.mark.parametrize("environment", stacks.ENVIRONMENTS)
def test_what_two_stacks_are_told_is_the_same(environment: str) -> None:
    told: dict[str, set[str]] = {}
    for values in stacks.parameters(environment).values():
        for name in values.keys() & {"CorsOrigin"}:
            told.setdefault(name, set()).add(values[name])
    assert {name: len(values) for name, values in told.items()} == {"CorsOrigin": 1}


@pytest.mark.parametrize("name", stacks.NAMES)
def test_a_template_is_short_and_asks_for_little(name: str) -> None:
    text = (stacks.TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.count("\n") < 300
    assert len(text.encode()) <= 51_200, "more than CloudFormation takes in a request"
    assert len(set(stacks.load(name).get("Parameters", {})) - stacks.handed(name)) <= 12
