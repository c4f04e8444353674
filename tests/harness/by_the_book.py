"""Answers of a stand-in for AWS, held against the model that AWS publishes (botocore's)."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.compat import HTTPHeaders
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser
from botocore.session import get_session
from botocore.validate import ParamValidator

from harness import prose

# What any service may answer, or its gateway; the models have the errors of their own only. In S3 a
# HEAD has no body, so that its status is the code.
COMMON_ERRORS = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "Throttling",
    "ThrottlingException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
    "404",
}

Answer = dict[str, Any]


@cache
def operation(service: str, name: str) -> OperationModel:
    return get_session().get_service_model(service).operation_model(name)


def check_request(service: str, name: str, asked: Answer) -> None:
    """Raises where AWS takes no such request."""
    _check(asked, operation(service, name).input_shape, f"{name} is asked", bounds=True)


def checked(service: str, name: str, answer: Answer) -> Answer:
    """The answer, which has the shape and the enumerations of the model, and obeys its prose."""
    model = operation(service, name)
    _check(answer, model.output_shape, f"{name} answers")
    found = list(prose.mistakes(model, _present(answer)))
    assert not found, f"{name} answers: {found}"
    return answer


def checked_response(
    service: str, name: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    """What a client of AWS's reads of a response, which has to be as the model says."""
    model = operation(service, name)
    parser = create_parser(model.service_model.resolved_protocol)
    response = {
        "status_code": status,
        "headers": HTTPHeaders.from_pairs(headers.items()),
        "body": body,
    }
    said = parser.parse(response, model.output_shape)
    said.pop("ResponseMetadata", None)
    if status < 300:
        checked(service, name, said)
        return
    code = said["Error"]["Code"]
    modelled = {error for shape in model.error_shapes for error in (shape.name, shape.error_code)}
    assert code in modelled | COMMON_ERRORS, f"{name} answers {status}: it has no error {code}"


def _check(value: Answer, shape: Shape | None, who: str, *, bounds: bool = False) -> None:
    """Bounds are of what is asked: AWS answers empty lists, and 0 where its model wants 1."""
    if shape is None:
        assert not value, f"{who} nothing"
        return
    report = ParamValidator().validate(_present(value), shape)
    kinds = () if bounds else ("invalid range", "invalid length")
    wrong = [error for error in report._errors if error[0] not in kinds]
    assert not wrong, f"{who}: {report.generate_report()}"
    check_names(value, shape, who)


def check_names(value: Any, shape: Any, who: str) -> None:
    """The validator overlooks members that are unknown, and values of enumerations."""
    if value is None:
        return
    if shape.type_name == "structure":
        for name, inner in value.items():
            assert name in shape.members, f"{who}: {shape.name} has no {name}"
            check_names(inner, shape.members[name], who)
    elif shape.type_name == "list":
        for inner in value:
            check_names(inner, shape.member, who)
    elif shape.type_name == "string" and getattr(shape, "enum", None):
        assert value in shape.enum, f"{who}: {value} is no {shape.name}"


def _present(value: Any) -> Any:
    """Without nulls: a parser of AWS's leaves them out."""
    if isinstance(value, dict):
        return {name: _present(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_present(inner) for inner in value]
    return value
