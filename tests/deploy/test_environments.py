"""dev and prod differ where docs/deploying.md says so, by what it says, and nowhere else."""

from __future__ import annotations

import re

from deploy.rendering import ROOT, of_environments

ROW = re.compile(r"^\| (\w+) \| ((?:`[\w.]+`(?:, )?)+) \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
HEAD = "| stack | what | dev | prod | why |"


def told() -> dict[tuple[str, str], tuple[str, str]]:
    """The table: by stack and resource, the two values."""
    text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    table = text.split(HEAD)[1].split("\n\n")[0]
    return {
        (stack, name): (dev, prod)
        for stack, names, dev, prod in ROW.findall(table)
        for name in re.findall(r"`([\w.]+)`", names)
    }


def test_every_difference_is_in_the_table_and_every_row_is_a_difference() -> None:
    assert set(told()) == set(of_environments())


def test_the_table_has_the_values() -> None:
    rendered = of_environments()
    for key, values in told().items():
        assert {values} == rendered[key], key
