#!/usr/bin/env python3
"""Prints Debian's iso-codes as NDJSON: countries, subdivisions, currencies, languages, scripts.

    python3 tests/real/iso_codes.py > iso-codes.ndjson

One item an entry. Names in other languages come from the package's translations, where the
machine has them.
"""

from __future__ import annotations

import gettext
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

JSON = Path("/usr/share/iso-codes/json")
LOCALES = "/usr/share/locale"
LANGUAGES = ("ar", "de", "el", "he", "hi", "hy", "ja", "ka", "ko", "ru", "ta", "th", "zh_CN")

# Each list's own code, which makes the item's id: `iso_3166-1:DE`.
CODES = {
    "iso_15924": "alpha_4",
    "iso_3166-1": "alpha_2",
    "iso_3166-2": "code",
    "iso_3166-3": "alpha_4",
    "iso_4217": "alpha_3",
    "iso_639-2": "alpha_3",
    "iso_639-3": "alpha_3",
    "iso_639-5": "alpha_3",
}


@cache
def translations(domain: str) -> dict[str, gettext.NullTranslations]:
    found = {
        language: gettext.translation(domain, LOCALES, [language], fallback=True)
        for language in LANGUAGES
    }
    return {
        language: texts
        for language, texts in found.items()
        if isinstance(texts, gettext.GNUTranslations)
    }


def items() -> Iterator[dict[str, Any]]:
    for name, code in CODES.items():
        (entries,) = json.loads((JSON / f"{name}.json").read_text(encoding="utf-8")).values()
        for entry in entries:
            names = {
                language: text
                for language, texts in translations(name).items()
                if (text := texts.gettext(entry["name"])) != entry["name"]
            }
            yield {"id": f"{name}:{entry[code]}", **entry, **({"names": names} if names else {})}


def ndjson() -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items())


if __name__ == "__main__":
    print(ndjson(), end="")
