"""The table of what sources of events can carry is that by which cases are left out."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from docs.markdown import ROOT, table
from harness.shapes import FUNCTIONS, PACKED, Shape

DOCUMENT = ROOT / "docs" / "lambda.md"
CONTRACT = ROOT / "tests" / "contract"


def needs_in(node: ast.AST) -> set[str]:
    """The arguments of every `needs(…)` in it."""
    return {
        argument.id
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "needs"
        for argument in call.args
        if isinstance(argument, ast.Name)
    }


def needs_of_function(function: ast.FunctionDef, named: dict[str, set[str]]) -> set[str]:
    """Those of its decorators, and of what they name."""
    found: set[str] = set()
    for decorator in function.decorator_list:
        found |= needs_in(decorator)
        for node in ast.walk(decorator):
            found |= named.get(node.id, set()) if isinstance(node, ast.Name) else set()
    return found


def cases() -> dict[str, set[str]]:
    """The tests, or whole files of them, that need each capability in some of their cases."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(CONTRACT.glob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            node.targets[0].id: needs_in(node.value)
            for node in module.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        whole = named.pop("pytestmark", set())
        for need in whole:
            found[need].add(path.name)
        for node in module.body:
            if isinstance(node, ast.FunctionDef):
                for need in needs_of_function(node, named) - whole:
                    found[need].add(node.name)
    return found


def told_of_ministack(cell: str) -> set[str]:
    """`yes`, `no: why`, or "no at `alb`, `rest-api`: why": the shapes that cannot."""
    if cell.startswith("yes"):
        return set()
    where = cell.partition(":")[0]
    assert where.startswith("no"), cell
    named = set(re.findall(r"`([a-z-]+)`", where))
    return {f"ministack-{name}" for name in named} or {shape.name for shape in PACKED}


def without(word: str, shapes: tuple[type[Shape], ...]) -> set[str]:
    return {shape.name for shape in shapes if word.lower() not in shape.capabilities}


def test_the_table_tells_every_case_that_is_left_out_on_a_function_and_where() -> None:
    wanted = {word: names for word, names in cases().items() if without(word, FUNCTIONS + PACKED)}
    told = {}
    for name, *sources, ministack, left_out in table(DOCUMENT, "What each source can carry"):
        found = re.search(r"\(`([A-Z_0-9]+)`\)", name)
        assert found, name
        word = found[1]
        assert len(sources) == len(FUNCTIONS)
        cannot = {
            shape.name
            for shape, cell in zip(FUNCTIONS, sources, strict=True)
            if not cell.startswith("yes")
        }
        assert cannot == without(word, FUNCTIONS), word
        assert told_of_ministack(ministack) == without(word, PACKED), word
        assert all(re.match(r"no.*: \S|yes|no$", cell) for cell in (*sources, ministack)), word
        told[word] = set(re.findall(r"`(\w+(?:\.py)?)`", left_out))
    assert told == wanted
