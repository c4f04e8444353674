"""The table of what sources of events can carry is that by which tests are left out."""

from __future__ import annotations

import re

from docs.markdown import ROOT, table
from harness.shapes import FUNCTIONS, SERVER_CAPABILITIES, SERVERS

DOCUMENT = ROOT / "docs" / "lambda.md"


def test_the_table_of_sources_is_that_of_the_shapes() -> None:
    rows = table(DOCUMENT, "What each source of events can carry")
    told = {}
    for name, *cells in rows:
        found = re.search(r"\(`([A-Z_]+)`\)", name)
        assert found, name
        assert len(cells) == len(FUNCTIONS)
        told[found[1].lower()] = [cell.startswith("yes") for cell in cells]
    for word, carried in told.items():
        assert carried == [word in shape.capabilities for shape in FUNCTIONS], word
    lost = set().union(*(SERVERS[0].capabilities - shape.capabilities for shape in FUNCTIONS))
    assert set(told) == lost - set(SERVER_CAPABILITIES)
