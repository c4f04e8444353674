"""AWS STS as far as it makes tokens for others (GetWebIdentityToken), and their issuer."""

from __future__ import annotations

import ssl
import time
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import botocore.session
from botocore.validate import ParamValidator

from harness.dynamodb import CREDENTIALS, REGION
from harness.http_server import Answer, Request
from harness.issuer import Issuer, new_key
from harness.signature_gate import Gate

ROLE = "arn:aws:iam::111122223333:role/testers"
OPERATION = "GetWebIdentityToken"
MODEL = botocore.session.get_session().get_service_model("sts").operation_model(OPERATION)
STATUS = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in MODEL.error_shapes}
XMLNS = "https://sts.amazonaws.com/doc/2011-06-15/"

Params = dict[str, str | int | list[str]]


class Sts(Issuer):
    """Makes tokens for who signs with the keys of the tests, a role's session.

    `session_seconds` are left of the session; without `vending` the account makes no tokens.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(tls, new_key("sts", "RSA"))
        self.session_seconds = 3600
        self.vending = True
        self.allowed_audience = "picus"
        self.requests: list[Params] = []
        self.gate = Gate(
            REGION,
            CREDENTIALS["AWS_ACCESS_KEY_ID"],
            CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            service="sts",
            signed=("content-type", "host", "x-amz-date"),
        )

    @property
    def env(self) -> dict[str, str]:
        """For a client of this region that holds the role's session."""
        return CREDENTIALS | {"AWS_REGION": REGION, "AWS_ENDPOINT_URL_STS": self.url}

    def answer(self, request: Request) -> Answer:
        if request.method != "POST":
            return super().answer(request)
        if self.gate.judge(request.headers, request.body):
            return refusal(403, "SignatureDoesNotMatch", "The signature does not match.")
        form = dict(urllib.parse.parse_qsl(request.body.decode(), strict_parsing=True))
        if (form.pop("Action"), form.pop("Version")) != (OPERATION, "2011-06-15"):
            return refusal(400, "InvalidAction", "Could not find operation.")
        params = dict(params_of(form))
        report = ParamValidator().validate(params, MODEL.input_shape)
        if report.has_errors():
            return refusal(400, "ValidationError", report.generate_report())
        self.requests.append(params)
        return self._judged(params)

    def _judged(self, params: Params) -> Answer:
        seconds = int(str(params.get("DurationSeconds", 300)))
        audience = params["Audience"]
        if not self.vending:
            return refused("OutboundWebIdentityFederationDisabledException", "It is not enabled.")
        if audience != [self.allowed_audience] or params["SigningAlgorithm"] != "RS256":
            message = f"User: {ROLE} is not authorized to perform: sts:{OPERATION}"
            return refusal(403, "AccessDenied", message)
        if seconds > self.session_seconds:
            return refused("SessionDurationEscalationException", "It would outlive the session.")
        now = int(time.time())
        own = {"aws_account": "111122223333", "source_region": REGION, "principal_id": ROLE}
        token = self.token(
            self.keys[0], sub=ROLE, exp=now + seconds, **{"https://sts.amazonaws.com/": own}
        )
        expires = datetime.fromtimestamp(now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        members = {"WebIdentityToken": token, "Expiration": expires}
        assert set(members) == set(MODEL.output_shape.members)
        text = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in members.items())
        return document(
            200,
            f'<{OPERATION}Response xmlns="{XMLNS}"><{OPERATION}Result>{text}</{OPERATION}Result>'
            f"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{OPERATION}Response>",
        )


def params_of(form: dict[str, str]) -> Iterator[tuple[str, str | int | list[str]]]:
    """The parameters of the Query protocol by their shapes."""
    for name, shape in MODEL.input_shape.members.items():
        listed = [form[key] for key in sorted(form) if key.startswith(f"{name}.member.")]
        if shape.type_name == "list" and listed:
            yield name, listed
        elif name in form:
            yield name, int(form[name]) if shape.type_name == "integer" else form[name]


def document(status: int, text: str) -> Answer:
    return Answer(status, {"content-type": "text/xml"}, text.encode())


def refused(code: str, message: str) -> Answer:
    """With an error of the operation's model."""
    return refusal(STATUS[code], code, message)


def refusal(status: int, code: str, message: str) -> Answer:
    return document(
        status,
        f'<ErrorResponse xmlns="{XMLNS}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>0</RequestId></ErrorResponse>",
    )
