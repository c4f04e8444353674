"""The table of what sources of events can carry agrees with the capabilities that tests need."""

from __future__ import annotations

import ast
import re

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


def needed() -> set[str]:
    """The capabilities that some test of the contract needs."""
    found: set[str] = set()
    for path in CONTRACT.glob("test_*.py"):
        found |= needs_in(ast.parse(path.read_text(encoding="utf-8")))
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


def test_the_table_has_what_each_source_and_ministack_cannot_carry() -> None:
    wanted = {word for word in needed() if without(word, FUNCTIONS + PACKED)}
    told = set()
    for name, *sources, ministack in table(DOCUMENT, "What each source can carry"):
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
        told.add(word)
    assert told == wanted
