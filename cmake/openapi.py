"""Turns openapi.yaml into a C++ source that contains it as JSON: openapi.py IN.yaml OUT.cpp"""

import json
import sys
from pathlib import Path

import yaml

COLUMNS = 100


def cpp_source(document: object) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    values = ",".join(str(byte if byte < 128 else byte - 256) for byte in text)
    lines = []
    while values:
        end = values.rfind(",", 0, COLUMNS) + 1 if len(values) > COLUMNS else len(values)
        lines.append(values[:end])
        values = values[end:]
    return "\n".join(
        [
            '#include "api/openapi_json.h"',
            "",
            "namespace picus {",
            "namespace {",
            "",
            "constexpr signed char kText[] = {",
            *lines,
            "};",
            "",
            "}  // namespace",
            "",
            "std::string_view openapi_json() {",
            "  return {reinterpret_cast<const char*>(kText), sizeof kText};",
            "}",
            "",
            "}  // namespace picus",
            "",
        ]
    )


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    target.write_text(cpp_source(yaml.safe_load(source.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
