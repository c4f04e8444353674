"""Turns openapi.yaml into a C++ source that contains it as JSON: openapi.py IN.yaml OUT.cpp"""

import json
import sys
from pathlib import Path

import embed
import yaml

FUNCTION = """std::string_view openapi_json() {
  return {reinterpret_cast<const char*>(kText), sizeof kText};
}"""


def cpp_source(document: object) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return embed.source("api/openapi_json.h", [embed.array("kText", text)], FUNCTION)


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    target.write_text(cpp_source(yaml.safe_load(source.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
