"""The API page: openapi.yaml as HTML that reads without JavaScript, also in a text browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "head", "post", "delete", "options")
# These are like the GET of their path, or the same everywhere: one line is enough.
BRIEF = ("head", "options")


class ApiPage:
    """The parts of the page for one description."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def resolved(self, node: Json) -> Json:
        while "$ref" in node:
            target: Any = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node

    def operations(self) -> Iterator[tuple[str, str, Json]]:
        """Path, method and operation; parameters of the path stand in the operation."""
        for path, item in self.document["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    operation = dict(item[method])
                    operation["parameters"] = [*shared, *operation.get("parameters", [])]
                    yield path, method, operation

    def contents(self) -> str:
        lines = []
        for tag in self.document["tags"]:
            lines.append(f"<li>{escape(tag['name'])}<ul>")
            for path, method, operation in self.operations():
                if tag["name"] in operation["tags"] and method not in BRIEF:
                    name = f"{method.upper()} {path}"
                    lines.append(
                        f'<li><a href="#{operation["operationId"]}">{escape(name)}</a></li>'
                    )
            lines.append("</ul></li>")
        return "\n".join(lines)

    def sections(self) -> str:
        parts = []
        for tag in self.document["tags"]:
            parts.append(f'<h2 id="tag-{tag["name"]}">{escape(tag["name"].capitalize())}</h2>')
            parts.append(markdown(tag["description"]))
            mine = [found for found in self.operations() if tag["name"] in found[2]["tags"]]
            parts += [self.brief(*one) if one[1] in BRIEF else self.operation(*one) for one in mine]
        return "\n".join(parts)

    def operation(self, path: str, method: str, operation: Json) -> str:
        name = operation["operationId"]
        title = f'<span class="method">{method.upper()}</span> {escape(path)}'
        data = f'data-method="{method.upper()}" data-path="{escape(path)}"'
        parts = [
            f'<section class="operation" id="{name}" {data}>',
            f'<h3><a href="#{name}">{title}</a></h3>',
            f'<p class="summary">{inline(operation["summary"])}</p>',
        ]
        if "description" in operation:
            parts.append(markdown(operation["description"]))
        scopes = [scope for way in operation.get("security", []) for scope in way.get("bearer", [])]
        if scopes:
            parts.append(f"<p>Scope of the token: <code>{escape(', '.join(scopes))}</code></p>")
        parts += [self.parameters(operation), self.body(operation), self.responses(operation)]
        return "\n".join([*filter(None, parts), "</section>"])

    def brief(self, path: str, method: str, operation: Json) -> str:
        statuses = ", ".join(
            f'<a href="#{self.anchor(answer)}">{status}</a>' if self.anchor(answer) else status
            for status, answer in operation["responses"].items()
        )
        title = f"<code>{method.upper()} {escape(path)}</code>"
        about = f"{title} {inline(operation['summary'])}: {statuses}"
        return f'<p class="brief" id="{operation["operationId"]}">{about}</p>'

    def parameters(self, operation: Json) -> str:
        found = [self.resolved(parameter) for parameter in operation["parameters"]]
        if not found:
            return ""
        rows = []
        for parameter in found:
            name, place = parameter["name"], parameter["in"]
            schema = self.resolved(parameter["schema"])
            examples = [one["value"] for one in parameter.get("examples", {}).values()]
            example = examples[0] if examples else ""
            choices = schema.get("enum", [])
            data = f'data-name="{name}" data-in="{place}" data-example="{escape(str(example))}"'
            if choices:
                data += f' data-choices="{escape(" ".join(choices))}"'
            required = " required" if parameter.get("required") else ""
            about = cell(parameter["description"]) + self.constraints(schema)
            rows.append(row(f"<code>{name}</code>", place + required, about, data=f" {data}"))
        return "<h4>Parameters</h4>" + table(["Name", "In", "Meaning"], rows)

    def constraints(self, schema: Json) -> str:
        """What a schema allows, in words."""
        told = []
        if "enum" in schema:
            told.append(
                "One of " + ", ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
            )
        if "const" in schema:
            told.append(f"Only <code>{escape(str(schema['const']))}</code>")
        if "minimum" in schema:
            told.append(f"{schema['minimum']} to {schema['maximum']}")
        if "maxLength" in schema:
            told.append(f"{schema.get('minLength', 0)} to {schema['maxLength']} characters")
        if "default" in schema:
            told.append(f"default <code>{escape(str(schema['default']))}</code>")
        return f'<p class="hint">{"; ".join(told)}.</p>' if told else ""

    def body(self, operation: Json) -> str:
        if "requestBody" not in operation:
            return ""
        return "<h4>Body</h4>" + self.contents_of(operation["requestBody"], "request")

    def contents_of(self, holder: Json, kind: str) -> str:
        parts = []
        for media, content in holder.get("content", {}).items():
            for name, example in content.get("examples", {}).items():
                value = example["value"]
                text = value if isinstance(value, str) else compact(value)
                label = f"{media}: {example.get('summary', name)}"
                block = f'<pre tabindex="0" class="{kind}" data-type="{media}">'
                parts.append(
                    f"<figure><figcaption>{escape(label)}</figcaption>"
                    f"{block}{escape(text.rstrip())}</pre></figure>"
                )
        return "\n".join(parts)

    def responses(self, operation: Json) -> str:
        rows, examples = [], []
        for status, answer in operation["responses"].items():
            anchor = self.anchor(answer)
            shown = f'<a href="#{anchor}">{status}</a>' if anchor else status
            resolved = self.resolved(answer)
            codes = "".join(f" <code>{code}</code>" for code in self.codes(resolved))
            rows.append(row(shown, cell(resolved["description"]) + codes))
            if not anchor:
                examples.append(self.headers(resolved) + self.contents_of(resolved, "response"))
        made = "<h4>Responses</h4>" + table(["Status", "Meaning"], rows)
        return made + "".join(
            f"<details><summary>Headers and examples</summary>{text}</details>"
            for text in ["\n".join(filter(None, examples))]
            if text
        )

    def anchor(self, answer: Json) -> str:
        """Where a response of several operations is described; empty: it is this one's own."""
        return f"response-{answer['$ref'].rpartition('/')[2]}" if "$ref" in answer else ""

    def codes(self, answer: Json) -> list[str]:
        for media, content in answer.get("content", {}).items():
            if media == "application/problem+json":
                code = content["schema"]["allOf"][1]["properties"]["code"]
                return list(code.get("enum", [code.get("const")]))
        return []

    def headers(self, answer: Json) -> str:
        rows = []
        for name, header in answer.get("headers", {}).items():
            resolved = self.resolved(header)
            rows.append(row(f"<code>{name}</code>", inline(resolved["description"])))
        return "<h4>Headers</h4>" + table(["Name", "Meaning"], rows) if rows else ""

    def shared_responses(self) -> str:
        parts = []
        for name, answer in self.document["components"]["responses"].items():
            statuses = sorted(
                status
                for status in {
                    status
                    for _, _, operation in self.operations()
                    for status, one in operation["responses"].items()
                    if one.get("$ref", "").endswith(f"/{name}")
                }
            )
            parts.append(
                f'<section id="response-{name}"><h3>{", ".join(statuses)} {spaced(name)}</h3>'
                f"{markdown(answer['description'])}{self.headers(answer)}"
                f"{self.contents_of(answer, 'response')}</section>"
            )
        return "\n".join(parts)

    def schemas(self) -> str:
        parts = []
        for name, schema in self.document["components"]["schemas"].items():
            parts.append(
                f'<section id="schema-{name}"><h3>{spaced(name)}</h3>'
                f'<pre tabindex="0">{escape(compact(schema))}</pre></section>'
            )
        return "\n".join(parts)


def compact(value: object) -> str:
    """JSON with a line for each member, and short values on one line."""

    def lines(node: object, indent: str) -> str:
        flat = json.dumps(node, ensure_ascii=False)
        if len(flat) + len(indent) <= 88 or not isinstance(node, (dict, list)):
            return flat
        inner = indent + "  "
        if isinstance(node, dict):
            parts = [
                f"{json.dumps(name, ensure_ascii=False)}: {lines(one, inner)}"
                for name, one in node.items()
            ]
            return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}}}"
        return "[\n" + ",\n".join(inner + lines(one, inner) for one in node) + f"\n{indent}]"

    return lines(value, "")


def spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def inline(text: str) -> str:
    """Code and bold of Markdown."""
    made = []
    for number, part in enumerate(text.strip().split("`")):
        if number % 2:
            made.append(f"<code>{escape(part)}</code>")
        else:
            made.append(
                re.sub(
                    r"\*\*(.+?)\*\*",
                    r"<strong>\1</strong>",
                    escape(part, quote=False),
                    flags=re.DOTALL,
                )
            )
    return "".join(made)


def row(head: str, *cells: str, data: str = "") -> str:
    shown = "".join(f"<td>{one}</td>" for one in cells)
    return f'<tr{data}><th scope="row">{head}</th>{shown}</tr>'


def table(heads: list[str], rows: list[str]) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def markdown_table(lines: list[str]) -> str:
    cells = [[inline(cell) for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]
    rows = [row(*one) for one in cells[2:]]
    return table(cells[0], rows)


def markdown(text: str) -> str:
    """Paragraphs and tables: what the description uses of Markdown."""
    parts = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        parts.append(
            markdown_table(lines) if lines[0].startswith("|") else f"<p>{inline(block)}</p>"
        )
    return "".join(parts)


def cell(text: str) -> str:
    """The same in a table: one paragraph needs no tag."""
    return markdown(text) if "\n\n" in text.strip() else inline(text)


def filled(template: str, document: Json) -> str:
    """The template with each `<!-- NAME -->` replaced by that part of the description."""
    page = ApiPage(document)
    info = document["info"]
    parts = {
        "version": escape(info["version"]),
        "summary": inline(info["summary"]),
        "description": markdown(info["description"]),
        "contents": page.contents(),
        "sections": page.sections(),
        "responses": page.shared_responses(),
        "schemas": page.schemas(),
    }
    return re.sub(r"<!-- (\w+) -->", lambda found: parts[found[1]], template)
