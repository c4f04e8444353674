"""cfn-lint and checkov see what is wrong with a template. In `make lint` they look at every one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from templates import stacks

ROOT = stacks.DEPLOY.parent
Change = Callable[[str, str, str], Path]


@pytest.fixture
def linter(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "scripts" / "lint")
    return __import__("stack_templates")


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """A template with one text replaced, which has to be there."""

    def changed(name: str, old: str, new: str) -> Path:
        text = (stacks.TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / str(len(list(tmp_path.iterdir()))) / f"{name}.yaml"
        path.parent.mkdir()
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return changed


MISTAKES = [
    ("service", "ReadonlyRootFilesystem: true", "ReadonlyRootFileSystem: true", "E3002"),
    ("service", "!GetAtt TaskRole.Arn", "!GetAtt TaskRoll.Arn", "E1010"),
    ("service", "Default: 256,", "Default: 300,", "E2015"),
    ("network", "NatGatewayId: !Ref NatGatewayA", "NatGatewayId: !Ref NatGateway", "E1020"),
    ("network", "'arn:${AWS::Partition}", "'arn:aws", "I3042"),
    ("table", "    UpdateReplacePolicy: Retain\n", "", "W3011"),
    ("observability", "Statistic: Sum,", "Statistic: Total,", "E3030"),
    ("registry", "SSEAlgorithm: AES256", "SSEAlgorithm: AES", "E3030"),
]


def test_cfn_lint_sees_each_of_these_mistakes(linter: ModuleType, change: Change) -> None:
    paths = [change(name, old, new) for name, old, new, _ in MISTAKES]
    (said,) = linter.cfn_lint(paths)
    blocks = said.strip().split("\n\n")
    for path, (*_, rule) in zip(paths, MISTAKES, strict=True):
        assert any(block.startswith(rule) and str(path) in block for block in blocks), (path, rule)


def test_whatever_is_accepted_has_a_reason(linter: ModuleType) -> None:
    assert all(len(reason.split()) > 5 for reason in linter.accepted(ROOT).values())


def test_checkov_sees_a_mistake_and_what_was_accepted_for_nothing(
    linter: ModuleType, change: Change
) -> None:
    path = change("table", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false")
    where = ("table", "AWS::DynamoDB::Table.Table")
    reasons = {(*where, "CKV_AWS_119"): "a reason", (*where, "CKV_AWS_1"): "another"}
    said = linter.checkov(ROOT, [path], reasons)
    assert len(said) == 2
    assert "CKV_AWS_28" in said[0]
    assert "CKV_AWS_1: accepted, but not found" in said[1]


def test_checkov_that_checks_nothing_is_a_complaint(linter: ModuleType, tmp_path: Path) -> None:
    empty = tmp_path / "empty.yaml"
    empty.write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n")
    assert linter.checkov(ROOT, [empty], {})
