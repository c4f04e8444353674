"""Writes bytes as C++: what the build compiles into the programs."""

from __future__ import annotations

COLUMNS = 100


def array(name: str, data: bytes) -> str:
    """`constexpr signed char NAME[] = {…};`: clang reads numbers faster than literals of texts."""
    values = ",".join(str(byte if byte < 128 else byte - 256) for byte in data)
    lines = []
    while values:
        end = values.rfind(",", 0, COLUMNS) + 1 if len(values) > COLUMNS else len(values)
        lines.append(values[:end])
        values = values[end:]
    return "\n".join([f"constexpr signed char {name}[] = {{", *lines, "};"])


def source(header: str, constants: list[str], functions: str) -> str:
    """A source file of the namespace picus."""
    parts = [f'#include "{header}"', "namespace picus {\nnamespace {", *constants]
    return "\n\n".join([*parts, "}  // namespace", functions, "}  // namespace picus\n"])
