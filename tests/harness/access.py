"""Who may do what: the table of scopes, and API tokens and configurations made by their rules."""

from __future__ import annotations

import hashlib
import json
import secrets
import string

# The table: what a caller of each operation needs. Everything else needs nothing.
SCOPES = {
    "GET /readyz/store": "items:read",
    "HEAD /readyz/store": "items:read",
    "POST /picus/put": "items:write",
    "GET /picus/get/{key}": "items:read",
    "HEAD /picus/get/{key}": "items:read",
    "GET /picus/get": "items:read",
    "HEAD /picus/get": "items:read",
    "GET /picus/list": "items:read",
    "HEAD /picus/list": "items:read",
    "DELETE /picus/{key}": "items:delete",
    "DELETE /picus": "items:delete",
}
EVERY_SCOPE = sorted(set(SCOPES.values()))

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_token() -> str:
    """By the description of an API token, apart from the program's code."""
    text = "picus_" + "".join(secrets.choice(DIGITS) for _ in range(43))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 62**6
    check = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = DIGITS[digit] + check
    return text + check


def entry(name: str, token: str, scopes: str, expires: str | None = None) -> dict[str, str]:
    digest = hashlib.sha256(token.encode()).hexdigest()
    made = {"name": name, "sha256": digest, "scopes": scopes}
    return made | ({"expires": expires} if expires else {})


def configuration(*entries: dict[str, str]) -> str:
    return json.dumps({"tokens": entries})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
