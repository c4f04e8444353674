"""Is openapi.yaml a valid OpenAPI 3.1 document, and a complete one?

The usual linters for OpenAPI want Node.js, which a fresh Debian has not, or has too old. Here
openapi-spec-validator checks the specification's own schema, and this module what people who read
the document, or generate clients from it, need besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
DOCUMENT = "urn:picus:openapi"


class Description:
    """The document, and where its references lead."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            reference = DOCUMENT + str(node["$ref"])
            node = self._registry.resolver().lookup(reference).contents
        return node

    def mismatch(self, value: Any, schema: dict[str, Any]) -> str | None:
        """Why the value does not fit the schema, whose references are relative to the document."""
        validator = Draft202012Validator(_with_base(schema), registry=self._registry)
        error = next(validator.iter_errors(value), None)
        return error.message if error else None

    def operations(self) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
        """Name, operation, and its parameters with those of its path."""
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = item[method]
                    parameters = item.get("parameters", []) + operation.get("parameters", [])
                    yield f"{method.upper()} {path}", operation, parameters


def _with_base(node: Any) -> Any:
    """A copy whose references name the document."""
    if isinstance(node, dict):
        return {
            key: DOCUMENT + value if key == "$ref" and value.startswith("#") else _with_base(value)
            for key, value in node.items()
        }
    return [_with_base(value) for value in node] if isinstance(node, list) else node


def check_content(api: Description, where: str, content: dict[str, Any]) -> Iterator[str]:
    for kind, media in content.items():
        schema = media.get("schema")
        if schema is None:
            yield f"{where}: {kind} has no schema"
            continue
        examples = [api.resolve(e).get("value") for e in media.get("examples", {}).values()]
        examples += [media["example"]] if "example" in media else []
        # A schema that allows any object has nothing that an example could show.
        if not examples and set(schema) - {"type", "description"}:
            yield f"{where}: {kind} has no example"
        for example in examples:
            problem = api.mismatch(example, schema)
            if problem:
                yield f"{where}: an example of {kind} does not fit its schema: {problem}"


def check_operation(
    api: Description, name: str, operation: dict[str, Any], parameters: list[dict[str, Any]]
) -> Iterator[str]:
    for member in ("operationId", "summary", "tags", "responses"):
        if not operation.get(member):
            yield f"{name}: no {member}"
    for parameter in map(api.resolve, parameters):
        if not parameter.get("description"):
            yield f"{name}: parameter {parameter['name']} has no description"
    if "requestBody" in operation:
        yield from check_content(api, name, api.resolve(operation["requestBody"])["content"])
    for status, raw in operation.get("responses", {}).items():
        response = api.resolve(raw)
        where = f"{name} -> {status}"
        yield from check_content(api, where, response.get("content", {}))
        problem = str(status)[0] in "45d" and not name.startswith("HEAD")
        if problem and "application/problem+json" not in response.get("content", {}):
            yield f"{where}: an error that is not a problem document"
        for header, value in response.get("headers", {}).items():
            if not api.resolve(value).get("description"):
                yield f"{where}: header {header} has no description"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield str(value)
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def leads_somewhere(document: dict[str, Any], reference: str) -> bool:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or name not in node:
            return False
        node = node[name]
    return True


def unused(document: dict[str, Any]) -> Iterator[str]:
    used = set(references(document))
    for kind, components in document.get("components", {}).items():
        for name in components:
            if kind != "securitySchemes" and f"#/components/{kind}/{name}" not in used:
                yield f"components/{kind}/{name} is never used"


def check(path: Path) -> list[str]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    lost = sorted({name for name in references(document) if not leads_somewhere(document, name)})
    errors = [f"{path.name}: $ref {name} leads nowhere" for name in lost]
    if not errors:
        errors = [
            f"{path.name}: {'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in OpenAPIV31SpecValidator(document).iter_errors()
        ]
    if errors:
        return errors

    api = Description(document)
    found: list[str] = []
    names: set[str] = set()
    for name, operation, parameters in api.operations():
        found += check_operation(api, name, operation, parameters)
        identity = operation.get("operationId", name)
        if identity in names:
            found.append(f"{name}: operationId {identity} comes twice")
        names.add(identity)
    return found + list(unused(document))
