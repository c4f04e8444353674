"""What schemathesis cannot learn from openapi.yaml. Loaded by what test_description.py starts."""

from __future__ import annotations

import json
import re
from typing import Any

import schemathesis
from schemathesis import GenerationMode

NDJSON = "application/x-ndjson"
ETAG_LIST = re.compile(r'[*]|(W/)?"[!#-~]*"( ?, ?(W/)?"[!#-~]*")*')

# Answers that a request may get although every part of it is valid by itself.
REFUSALS = {
    "putItem": {
        "already-exists",
        "precondition-failed",
        "idempotency-mismatch",
        "bulk-failed",
    },
    "deleteItem": {"not-found", "precondition-failed"},
    "deleteItemByQuery": {"not-found", "precondition-failed"},
    "getItem": {"not-found", "precondition-failed"},
    "getItemByQuery": {"not-found", "precondition-failed"},
    "description": {"precondition-failed"},
    "apiPage": {"precondition-failed", "not-found"},
    "listItems": {"invalid-cursor", "invalid-parameter"},
}


@schemathesis.serializer(NDJSON)
def serialize_lines(_context: Any, value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode(errors="surrogatepass")


@schemathesis.deserializer(NDJSON)
def deserialize_lines(_context: Any, response: Any) -> str:
    text = response.content.decode()
    assert all(isinstance(json.loads(line), dict) for line in text.splitlines())
    return str(text)


@schemathesis.deserializer("text/html")
def deserialize_page(_context: Any, response: Any) -> str:
    return str(response.content.decode())


def operation_id(case: Any) -> str:
    return str(case.operation.definition.raw["operationId"])


def is_valid(case: Any) -> bool:
    """Whether every part of the request fits the description."""
    return bool(case.meta.generation.mode == GenerationMode.POSITIVE)


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Lines are text, and any text is lines: no body of another type could be sent."""
    return case.media_type != NDJSON or isinstance(case.body, str)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Leaves out of valid requests what does not go together, and mends made-up entity tags."""
    if not is_valid(case):
        return
    headers = case.headers
    for name in ("If-Match", "If-None-Match"):
        if name in headers and not ETAG_LIST.fullmatch(headers[name]):
            headers[name] = "*"  # the coverage phase knows the pattern, and yet draws other texts
    if operation_id(case).startswith("get") and "If-Match" in headers:
        headers["If-Match"] = "*"  # a made-up tag would end every sequence here
    if operation_id(case) == "putItem":
        if "If-Match" in headers:
            headers.pop("If-None-Match", None)
            if "id" not in (case.body if isinstance(case.body, dict) else {}):
                headers.pop("If-Match")  # nothing of that new id is there: a sequence needs items
        if case.media_type == NDJSON or isinstance(case.body, list):
            for name in ("If-Match", "If-None-Match", "Idempotency-Key"):
                headers.pop(name, None)
        else:
            case.query.pop("on_conflict", None)


@schemathesis.check
def valid_requests_are_refused_for_a_reason(_context: Any, response: Any, case: Any) -> None:
    if not is_valid(case) or response.status_code < 400 or not response.content:
        return
    code = response.json()["code"]
    assert code in REFUSALS.get(operation_id(case), set()), response.text
    if code == "invalid-parameter":
        assert "cursor" in case.query, response.text
        assert "limit" not in case.query, response.text
