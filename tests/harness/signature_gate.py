"""Looks at the signatures of requests as AWS does. What is right, botocore says."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.fault_proxy import Exchange, Reply, error_reply, healthy

FORM = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}"
    r"/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass
class Gate:
    """A Fault that refuses what is not signed with these keys for this region."""

    region: str
    access_key: str
    secret_key: str
    session_token: str | None = None
    expired: bool = False
    damage_body: bool = False  # what arrives is not what was signed
    service: str = "dynamodb"
    signed: tuple[str, ...] = ("host", "x-amz-date", "x-amz-target")

    def __call__(self, exchange: Exchange) -> None:
        refused = self.judge(*exchange.request())
        if refused:
            exchange.send(refused.wire())
        else:
            healthy(exchange)

    def judge(self, headers: dict[str, str], body: bytes) -> Reply | None:
        """What a request is refused with. Names of headers are in lower case."""
        form = FORM.fullmatch(headers.get("authorization", ""))
        if not form:
            return error_reply(400, "IncompleteSignatureException")
        if form["key"] != self.access_key:
            return error_reply(400, "UnrecognizedClientException")
        if headers.get("x-amz-security-token") != self.session_token:
            return error_reply(400, "UnrecognizedClientException")
        if self.expired:
            return error_reply(400, "ExpiredTokenException")
        wanted = self._signature(form["names"].split(";"), headers, body)
        meant = (form["region"], form["service"]) == (self.region, self.service)
        if not meant or not hmac.compare_digest(wanted, form["signature"]):
            return error_reply(400, "InvalidSignatureException")
        return None

    def _signature(self, names: list[str], headers: dict[str, str], body: bytes) -> str:
        """Signed anew from what arrived, in the steps of botocore."""
        assert set(self.signed) <= set(names)
        assert (self.session_token is None) == ("x-amz-security-token" not in names)
        signer = SigV4Auth(
            Credentials(self.access_key, self.secret_key, self.session_token),
            self.service,
            self.region,
        )
        request = AWSRequest(
            "POST",
            f"https://{headers['host']}/",
            headers={name: headers[name] for name in names},
            data=body + b" " if self.damage_body else body,
        )
        request.context["timestamp"] = headers["x-amz-date"]
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return str(signer.signature(text, request))
