"""CloudFormation's YAML, as far as the text of a template alone tells it."""

from __future__ import annotations

from typing import Any

import yaml

Template = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Knows the short forms of intrinsic functions."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _intrinsic)
# `Version: 2012-10-17` is a string to CloudFormation.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def parse(text: str) -> Template:
    """Every intrinsic function in its long form."""
    template = yaml.load(text, _Loader)
    if not isinstance(template, dict):
        raise TypeError("a template is a mapping")
    return template


def retained(template: Template) -> set[str]:
    """The logical names of what stays when the stack goes."""
    return {
        name
        for name, resource in template["Resources"].items()
        if str(resource.get("DeletionPolicy", "")).startswith("Retain")
    }
