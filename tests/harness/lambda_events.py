"""HTTP requests as events, and events' answers as HTTP, as each source of AWS makes them."""

from __future__ import annotations

import base64
import json
import urllib.parse
from dataclasses import dataclass
from typing import Any

ALB, ALB_MULTI_VALUE = "alb", "alb-multi-value"
REST_API, HTTP_API_1, HTTP_API_2 = "rest-api", "http-api-1", "http-api-2"
FUNCTION_URL = "function-url"
SOURCES = (ALB, ALB_MULTI_VALUE, REST_API, HTTP_API_1, HTTP_API_2, FUNCTION_URL)

STAGE = "prod"
ALB_BYTES = 1_000_000
ANSWER_BYTES = 6 * 1024 * 1024
TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")

Pairs = list[tuple[str, str]]
JsonObject = dict[str, Any]


@dataclass(frozen=True)
class HttpRequest:
    method: str
    target: str
    headers: Pairs
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        values = [value for own, value in self.headers if own.lower() == name]
        return values[-1] if values else None


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    headers: Pairs
    body: bytes


def lists_of(pairs: Pairs) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists


def last_of(pairs: Pairs) -> dict[str, str]:
    return dict(pairs)


def joined(pairs: Pairs) -> dict[str, str]:
    return {name: ",".join(values) for name, values in lists_of(pairs).items()}


def written_query(query: str) -> Pairs:
    """Parameters as the client wrote them."""
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(name, value) for name, _, value in parts]


def decoded_query(query: str) -> Pairs:
    return urllib.parse.parse_qsl(query, keep_blank_values=True, errors="replace")


def decoded_path(path: str) -> str:
    """An HTTP API decodes it, and cuts it at a question mark that shows then."""
    return urllib.parse.unquote(path, errors="replace").partition("?")[0]


def body_members(request: HttpRequest, binary: bool, empty: str | None) -> JsonObject:
    if not request.body:
        return {"body": empty, "isBase64Encoded": False}
    if binary:
        text = base64.b64encode(request.body).decode()
        return {"body": text, "isBase64Encoded": True}
    return {"body": request.body.decode(errors="replace"), "isBase64Encoded": False}


def is_binary(request: HttpRequest) -> bool:
    kind = (request.header("content-type") or "").lower()
    return request.header("content-encoding") is not None or not kind.startswith(TEXT_TYPES)


def alb_event(request: HttpRequest, many: bool) -> JsonObject:
    headers = [(name.lower(), value) for name, value in request.headers]
    headers.append(("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678"))
    query = written_query(request.query)
    event: JsonObject = {
        "requestContext": {
            "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/p/0"}
        },
        "httpMethod": request.method,
        "path": request.path,
    }
    if many:
        event["multiValueQueryStringParameters"] = lists_of(query)
        event["multiValueHeaders"] = lists_of(headers)
    else:
        event["queryStringParameters"] = last_of(query)
        event["headers"] = last_of(headers)
    return event | body_members(request, is_binary(request), "")


def version_1_event(request: HttpRequest, path: str) -> JsonObject:
    query = decoded_query(request.query)
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": request.method,
        "headers": last_of(request.headers),
        "multiValueHeaders": lists_of(request.headers),
        "queryStringParameters": last_of(query) or None,
        "multiValueQueryStringParameters": lists_of(query) or None,
        "pathParameters": {"proxy": path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": request.method,
            "path": f"/{STAGE}{request.path}",
            "stage": STAGE,
            "identity": {"sourceIp": "203.0.113.9", "userAgent": None},
        },
    }


def version_2_event(request: HttpRequest, path: str, domain: str, stage: str) -> JsonObject:
    headers = [(name.lower(), value) for name, value in request.headers]
    event: JsonObject = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": joined(headers),
        "requestContext": {
            "accountId": "anonymous",
            "domainName": domain,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
            },
            "stage": stage,
        },
    }
    if request.query:
        event["queryStringParameters"] = joined(decoded_query(request.query))
    body = body_members(request, is_binary(request), None)
    if body["body"] is None:
        del body["body"]
    return event | body


def event_of(source: str, request: HttpRequest) -> JsonObject:
    """The event that the source makes of a request."""
    if source in (ALB, ALB_MULTI_VALUE):
        return alb_event(request, source == ALB_MULTI_VALUE)
    if source == REST_API:  # with binaryMediaTypes */*
        body = body_members(request, binary=True, empty=None)
        return version_1_event(request, request.path) | body
    decoded = f"/{STAGE}{decoded_path(request.path)}"
    if source == HTTP_API_1:
        body = body_members(request, is_binary(request), None)
        return version_1_event(request, decoded) | {"version": "1.0"} | body
    if source == HTTP_API_2:
        return version_2_event(request, decoded, "items.example", STAGE)
    assert source == FUNCTION_URL
    domain = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws"
    return version_2_event(request, request.path, domain, "$default")


def answer_of(source: str, payload: bytes) -> HttpAnswer:
    """What the source sends its client for a function's answer. Strict."""
    of_alb = source in (ALB, ALB_MULTI_VALUE)
    assert len(payload) <= (ALB_BYTES if of_alb else ANSWER_BYTES)
    answer = json.loads(payload)
    allowed = {"statusCode", "isBase64Encoded", "body"}
    if of_alb:
        allowed.add("statusDescription")
        assert str(answer["statusDescription"]).startswith(f"{answer['statusCode']} ")
        assert len(answer["statusDescription"]) > 4
    if source in (ALB_MULTI_VALUE, REST_API, HTTP_API_1):
        lists = answer["multiValueHeaders"]
        headers = [(name, value) for name, values in lists.items() for value in values]
        allowed.add("multiValueHeaders")
    else:
        headers = list(answer["headers"].items())
        allowed.add("headers")
    assert set(answer) == allowed
    assert isinstance(answer["statusCode"], int)
    body = answer["body"]
    data = base64.b64decode(body, validate=True) if answer["isBase64Encoded"] else body.encode()
    return HttpAnswer(answer["statusCode"], headers, data)
