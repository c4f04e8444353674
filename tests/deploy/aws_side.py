"""AWS for `deploy/deploy`: moto in a thread of this process, and what moto lacks.

Moto does at once what AWS takes minutes for; here each stack is seen moving once. Moto does not
have layers of images and deployments of CodeDeploy: those are stand-ins. What its CloudFormation
lacks is in moto_types.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

ACCOUNT = "111122223333"
REGION = "us-east-1"
os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # moto reads it when it is imported

from moto.awslambda import lambda_backends  # noqa: E402
from moto.cloudformation import cloudformation_backends  # noqa: E402
from moto.cloudformation.models import Event, Stack  # noqa: E402
from moto.iam import iam_backends  # noqa: E402
from moto.moto_api._internal import moto_api_backend  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from deploy import calls, exports, moto_types  # noqa: E402
from deploy.calls import Call  # noqa: E402
from deploy.code_deploy import CodeDeploy  # noqa: E402
from harness.by_the_book import checked, checked_response  # noqa: E402

Start = Callable[..., Any]
Response = tuple[str, list[tuple[str, str]], bytes]
Hook = Callable[[Call], None]


class Layers:
    """ECR's blobs."""

    def __init__(self) -> None:
        self._uploads: dict[str, bytes] = {}
        self.blobs: dict[str, bytes] = {}

    def answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        said: dict[str, Any] = {}
        if operation == "InitiateLayerUpload":
            identifier = f"upload-{len(self._uploads) + 1}"
            self._uploads[identifier] = b""
            said = {"uploadId": identifier, "partSize": 5 * 1024 * 1024}
        elif operation == "UploadLayerPart":
            raw = base64.b64decode(asked["layerPartBlob"])
            there = self._uploads[asked["uploadId"]]
            assert asked["partFirstByte"] == len(there)
            assert asked["partLastByte"] == len(there) + len(raw) - 1
            self._uploads[asked["uploadId"]] += raw
            said = {"lastByteReceived": asked["partLastByte"]}
        elif operation == "CompleteLayerUpload":
            raw = self._uploads[asked["uploadId"]]
            digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
            assert asked["layerDigests"] == [digest]
            if digest in self.blobs:
                return 400, b'{"__type": "LayerAlreadyExistsException", "message": "it exists"}'
            self.blobs[digest] = raw
            said = {"layerDigest": digest}
        elif operation == "BatchCheckLayerAvailability":
            there_are = [d for d in asked["layerDigests"] if d in self.blobs]
            said = {
                "layers": [{"layerDigest": d, "layerAvailability": "AVAILABLE"} for d in there_are]
            }
        return 200, json.dumps(checked("ecr", operation, said)).encode()


SERVICES = {
    "elasticloadbalancing": "elbv2",
    "servicequotas": "service-quotas",
}  # by the name that requests are signed for
LAYER_OPERATIONS = (
    "InitiateLayerUpload",
    "UploadLayerPart",
    "CompleteLayerUpload",
    "BatchCheckLayerAvailability",
)
VALID = b"<ValidateTemplateResponse><ValidateTemplateResult/></ValidateTemplateResponse>"
ISSUER = "https://issuer-of-the-account.example.com"
FEDERATION = (
    "<GetOutboundWebIdentityFederationInfoResponse><GetOutboundWebIdentityFederationInfoResult>"
    "<IssuerIdentifier>{}</IssuerIdentifier><JwtVendingEnabled>{}</JwtVendingEnabled>"
    "</GetOutboundWebIdentityFederationInfoResult></GetOutboundWebIdentityFederationInfoResponse>"
)
NEVER_ENABLED = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>FeatureDisabled</Code><Message>It is disabled."
    b"</Message></Error></ErrorResponse>"
)
PROTECTED = b"""<UpdateTerminationProtectionResponse><UpdateTerminationProtectionResult><StackId>%b
</StackId></UpdateTerminationProtectionResult></UpdateTerminationProtectionResponse>"""
KEPT = b"""<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>
Stack cannot be deleted while TerminationProtection is enabled</Message></Error></ErrorResponse>"""
CHANGES_OF_STACKS = {"CreateStack": "CREATE", "UpdateStack": "UPDATE", "DeleteStack": "DELETE"}


class AwsSide:
    """A server on a free port. `before` and `after` see every call, and may end the caller."""

    def __init__(self) -> None:
        moto_types.mend()
        self.unlike_aws: list[str] = []
        self._moto = DomainDispatcherApplication(create_backend_app)
        for name in ("werkzeug", "moto"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._server = make_server("127.0.0.1", 0, self._application, threaded=True)
        self._lock = threading.Lock()
        self._in_xml: dict[str, Callable[[Call], bytes | None]] = {
            "AddClientIDToOpenIDConnectProvider": self._add_client,
            "CancelUpdateStack": self._cancel,
            "DeleteStack": self._keep,
            "GetOutboundWebIdentityFederationInfo": self._federation,
            "UpdateTerminationProtection": self._protect,
            "ValidateTemplate": lambda _: VALID,  # moto has cfn-lint's advice for errors
        }
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.reset()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self) -> None:
        """An account with nothing in it."""
        moto_api_backend.reset()
        self.has_dev = False
        self.issues_tokens: bool | None = None  # of STS; None: nobody has ever turned it on
        self.layers = Layers()
        self.code_deploy = CodeDeploy(ACCOUNT, REGION)
        self.quotas = {"L-0263D0A3": 5.0, "L-F678F1CE": 5.0}
        self.forget()
        self.moving: dict[str, str] = {}  # stacks, and what they are seen at once more
        moto_types.DeploymentGroup.code_deploy = self.code_deploy

    def forget(self) -> None:
        """The calls so far, and what was to happen at one."""
        self.calls: list[Call] = []
        self.before: Hook = lambda _: None
        self.after: Hook = lambda _: None
        self.page, self.page_status = b"", "200 Page"  # what is answered instead of everything
        self.seen: dict[str, str] = {}  # stacks that were last seen in such a state
        self.shown: dict[str, str] = {}  # stacks, and in which state they are seen until deleted
        self.code_deploy.forget()

    def changes(self) -> list[Call]:
        """Calls that were no reading, but for the lock's."""
        return [one for one in self.calls if not one.reads and one.service != "ssm"]

    def alias(self, function: str, name: str) -> str:
        """The version that it names, for hooks: a request would wait for the present one."""
        known = lambda_backends[ACCOUNT][REGION]
        return str(known.get_alias(name, function).function_version)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _application(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        call = calls.read(environ, body)
        if self.page:
            start(self.page_status, [("Content-Type", "text/html")])
            return [self.page]
        with self._lock:  # one at a time: so each test knows what came before what
            self.calls.append(call)
            self.before(call)
            status, headers, answer = self._answer(call, environ, body)
            self._check(call, int(status[:3]), dict(headers), answer)
            self.after(call)
        start(status, headers)
        return [answer]

    def _check(self, call: Call, status: int, headers: dict[str, str], answer: bytes) -> None:
        """Whether AWS could have said that, moto's answers too. The test is told when it ends."""
        try:
            checked_response(
                SERVICES.get(call.service, call.service), call.operation, status, headers, answer
            )
        except AssertionError as error:
            self.unlike_aws.append(f"{call}: {error}")

    def _answer(self, call: Call, environ: dict[str, Any], body: bytes) -> Response:
        own = self._own(call)
        if own:
            return own
        there = self._stack(call) if call.operation in CHANGES_OF_STACKS else None
        exported = exports.exports(there) if there else {}
        if there:
            self._before = (there, there.template, there.parameters)
        status, headers, answer = self._of_moto(environ, body)
        if there:
            left = exports.exports(there) if call.operation == "UpdateStack" else {}
            exports.check(exported, left, self._others(there))
        if call.service == "cloudformation":
            answer = self._seen_moving(call, status, answer)
            headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
            headers.append(("Content-Length", str(len(answer))))
        if there and self.code_deploy.refused:
            self._roll_back(self.code_deploy.refused)
        elif self.code_deploy.function_waits and "UsePreviousTemplate" in call.parameters:
            self.shown[call.parameters["StackName"]] = "UPDATE_IN_PROGRESS"
        return status, headers, answer

    def _own(self, call: Call) -> Response | None:
        """What moto lacks."""
        own: tuple[int, bytes] | None = None
        if call.service == "codedeploy":
            own = self.code_deploy.answer(call.operation, call.parameters)
        elif call.operation == "GetServiceQuota":
            own = self._quota(call)
        elif call.service == "ecr" and call.operation in LAYER_OPERATIONS:
            own = self.layers.answer(call.operation, call.parameters)
        if own:
            kind = [("Content-Type", "application/x-amz-json-1.1")]
            return f"{own[0]} Stand-in", kind, own[1]
        stand_in = self._in_xml.get(call.operation)
        answer = stand_in(call) if stand_in else None
        if answer is None:
            return None
        status = {KEPT: 400, NEVER_ENABLED: 404}.get(answer, 200)
        return f"{status} Stand-in", [("Content-Type", "text/xml")], answer

    def _federation(self, _: Call) -> bytes:
        if self.issues_tokens is None:
            return NEVER_ENABLED
        return FEDERATION.format(ISSUER, str(self.issues_tokens).lower()).encode()

    def _quota(self, call: Call) -> tuple[int, bytes]:
        """AWS says so of those only that it has changed, or keeps for each account."""
        value = self.quotas.get(call.parameters["QuotaCode"])
        if value is None:
            return 400, b'{"__type": "NoSuchResourceException"}'
        return 200, json.dumps({"Quota": {"Value": value}}).encode()

    def _add_client(self, call: Call) -> bytes:
        provider = call.parameters["OpenIDConnectProviderArn"]
        known = iam_backends[ACCOUNT]["aws"].open_id_providers[provider]
        known.client_id_list.append(call.parameters["ClientID"])
        return b"<AddClientIDToOpenIDConnectProviderResponse/>"

    def _protect(self, call: Call) -> bytes:
        stack = self._stack(call)
        assert stack
        wanted = call.parameters["EnableTerminationProtection"]
        stack.enable_termination_protection = wanted == "true"
        return PROTECTED % stack.stack_id.encode()

    def _keep(self, call: Call) -> bytes | None:
        stack = self._stack(call)
        return KEPT if stack and stack.enable_termination_protection else None

    def _cancel(self, _: Call) -> bytes:
        self._roll_back("the update was cancelled")
        return b"<CancelUpdateStackResponse/>"

    def _of_moto(self, environ: dict[str, Any], body: bytes) -> Response:
        environ["wsgi.input"] = BytesIO(body)
        heard: list[Any] = []
        app = self._moto.get_application(environ)

        def begin(
            status: str, headers: list[tuple[str, str]], *_: Any
        ) -> Callable[[bytes], object]:
            heard.append((status, headers))
            return bytes

        answer = b"".join(app(environ, begin))
        status, headers = heard[0]
        return status, headers, answer

    @staticmethod
    def _others(stack: Stack) -> list[Stack]:
        known = cloudformation_backends[ACCOUNT][REGION].stacks.values()
        return [one for one in known if one is not stack and one.status != "DELETE_COMPLETE"]

    @staticmethod
    def _stack(call: Call) -> Stack | None:
        known = cloudformation_backends[ACCOUNT][REGION]
        asked = call.parameters["StackName"]
        found = (s for s in known.stacks.values() if asked in (s.name, s.stack_id))
        return next(found, None)

    def _roll_back(self, why: str) -> None:
        """The last update, as CloudFormation does where an alias cannot be moved."""
        stack, template, parameters = self._before
        self.code_deploy.refused = ""
        failed = Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id="DeleteAlias",
            physical_resource_id="",
            resource_type="AWS::Lambda::Alias",
            resource_status="UPDATE_FAILED",
            resource_status_reason=why,
            resource_properties=None,
        )
        self.code_deploy.rolls_back = True
        stack.update(str(template), stack.role_arn, parameters)
        self.code_deploy.rolls_back = False
        stack.events.append(failed)
        self.moving.pop(stack.name, None)
        self.shown[stack.name] = "UPDATE_ROLLBACK_COMPLETE"

    def _seen_moving(self, call: Call, status: str, answer: bytes) -> bytes:
        """CloudFormation's answer as AWS's own: a stack moves for a while, a list has commas."""
        answer = re.sub(
            rb"(<ParameterValue>)\['(.*?)'\](</)",
            lambda found: found[1] + found[2].replace(b"', '", b",") + found[3],
            answer,
        )
        name = call.parameters.get("StackName", "").split("/")[1:2] or [
            call.parameters.get("StackName", "")
        ]
        self.seen.pop(name[0], None)
        if call.operation in CHANGES_OF_STACKS and status.startswith("200"):
            self.moving[name[0]] = CHANGES_OF_STACKS[call.operation]
            self.shown.pop(name[0], None)
        elif call.operation == "DescribeStacks" and name[0] in self.shown:
            seen = f"<StackStatus>{self.shown[name[0]]}</StackStatus>".encode()
            return re.sub(rb"<StackStatus>\w+</StackStatus>", seen, answer)
        elif call.operation == "DescribeStacks" and name[0] in self.moving:
            verb = self.moving.pop(name[0])
            self.seen[name[0]] = f"{verb}_IN_PROGRESS"
            pattern = rb"<StackStatus>\w+_COMPLETE</StackStatus>"
            moving = f"<StackStatus>{verb}_IN_PROGRESS</StackStatus>".encode()
            return re.sub(pattern, moving, answer)
        return answer
