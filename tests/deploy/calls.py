"""AWS calls as they come over the wire: which operation of which service, with what parameters."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote
from xml.etree import ElementTree

SIGNED = re.compile(r"Credential=[^/]+/\d+/[\w-]+/([\w-]+)/aws4_request")
S3_OPERATIONS = {
    # method, whether a key is named, a word of the query
    ("HEAD", True, ""): "HeadObject",
    ("PUT", True, ""): "PutObject",
    ("GET", True, ""): "GetObject",
    ("HEAD", False, ""): "HeadBucket",
    ("GET", False, "list-type"): "ListObjectsV2",
    ("GET", False, "versions"): "ListObjectVersions",
    ("POST", False, "delete"): "DeleteObjects",
}


@dataclass(frozen=True)
class Call:
    """One request, by whom, and what it asks for."""

    service: str
    operation: str
    parameters: dict[str, Any] = field(hash=False)
    key_id: str

    @property
    def reads(self) -> bool:
        """Whether it leaves everything as it is."""
        return bool(re.match(r"(Get|Describe|List|Head|Batch(Check|Get))", self.operation))

    @property
    def subject(self) -> str:
        """What it is about, so that two calls of one kind are told apart."""
        for name in ("StackName", "Name", "Key", "family", "uploadId", "Names", "deploymentId"):
            if name in self.parameters:
                return str(self.parameters[name])
        return ""

    def __str__(self) -> str:
        return f"{self.service}:{self.operation} {self.subject}".strip()


def read(environ: dict[str, Any], body: bytes) -> Call:
    """A WSGI request of an AWS client. Unsigned ones are no client's of ours."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    signed = SIGNED.search(authorization)
    assert signed, f"unsigned: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    service = signed[1]
    key_id = authorization.split("Credential=")[1].split("/")[0]
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return Call(service, target.rsplit(".", 1)[1], json.loads(body or b"{}"), key_id)
    if service == "s3":
        return _s3(environ, body, key_id)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        parameters = dict(parse_qsl(body.decode()))
        return Call(service, parameters.pop("Action"), parameters, key_id)
    return Call(service, *_rest(service, environ), key_id)


def _s3(environ: dict[str, Any], body: bytes, key_id: str) -> Call:
    path = unquote(environ["PATH_INFO"]).strip("/")
    bucket, _, key = path.partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    words = {"list-type", "versions", "delete"} & set(query)
    word = words.pop() if words else ""
    operation = S3_OPERATIONS[environ["REQUEST_METHOD"], bool(key), word]
    asked: dict[str, Any] = {"Bucket": bucket, **({"Key": key} if key else {})}
    if operation == "DeleteObjects":
        objects = [one for one in ElementTree.fromstring(body) if one.tag.endswith("Object")]
        found = [{part.tag.rpartition("}")[2]: part.text for part in one} for one in objects]
        asked["Objects"] = found
    return Call("s3", operation, asked, key_id)


def _rest(service: str, environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Of Lambda: those that osls calls, and ours for an alias."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    found = re.fullmatch(r"/2015-03-31/functions/([^/]+)(/versions|/aliases/([^/]+))?", path)
    assert service == "lambda", f"{service} {method} {path}"
    assert found, f"{service} {method} {path}"
    assert method == "GET", f"{service} {method} {path}"
    if found[3]:
        return "GetAlias", {"FunctionName": found[1], "Name": found[3]}
    operation = "ListVersionsByFunction" if found[2] else "GetFunction"
    return operation, {"FunctionName": found[1]}
