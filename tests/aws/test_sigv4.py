"""Signatures: thousands of random requests, signed by us and by botocore, agree byte for byte."""

from __future__ import annotations

import json
import random
import string
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REQUESTS = 2000  # for each seed
REGIONS = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "local", "ap-southeast-5"]
SERVICES = ["dynamodb", "sts", "codedeploy", "xray", "execute-api"]
PATH_PIECES = (
    "/ // /./ /../ /.. /. ... . ~ %2F %2f %252F %20 % + * : @ = & ; , ! $ ' ( ) _ - a Z 0 é 日本 🦊"
)
QUERY_PIECES = (
    "& && = == a b A a- a0 %20 %2B + % / ? ~ é 🦊 - list-type=2 Action=GetItem&Version=2011-06-15 "
    "a=1 a=0 b b= %C3%A9=%E6"
)
# No white space that only Unicode knows: botocore folds it, where AWS speaks of spaces.
VALUE_PIECES = [" ", "  ", "\t", " \t ", "c d", ",", ";", '"', "a", "é", "日本", "🦊", "=", "\\"]


@dataclass(frozen=True)
class Header:
    name: str
    value: str


@dataclass(frozen=True)
class Request:
    """What is signed, and with what: the members of a line of `sigv4_lines`."""

    method: str
    path: str
    query: str
    body: str
    now: int
    region: str
    service: str
    access_key_id: str
    secret: str = field(repr=False)
    token: str
    headers: list[Header]


def pieces(rng: random.Random, choices: list[str], most: int) -> str:
    return "".join(rng.choices(choices, k=rng.randint(0, most)))


def random_headers(rng: random.Random) -> list[Header]:
    names = ["content-type", "x-amz-target", "range", "x-a", "x-a-b", "x-a_b", "x-a0", "x"]
    names.append("x-" + "".join(rng.choices(string.ascii_lowercase + string.digits + "-_", k=8)))
    chosen = rng.choices(names, k=rng.randint(0, 6))  # the same name may come more than once
    headers = [Header(name, pieces(rng, VALUE_PIECES, 8)) for name in chosen]
    host = rng.choice(["dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:8000", "[::1]:8000", "h"])
    headers.insert(rng.randint(0, len(headers)), Header("host", host))
    return headers


def random_request(rng: random.Random) -> Request:
    token = "".join(rng.choices(string.ascii_letters + "+/=", k=rng.randint(1, 900)))
    # Few secrets, regions and days: kept keys have to be met, and to be replaced.
    day = rng.choice([0, 1, 15_000, 19_782, 20_781, 30_000])
    return Request(
        method=rng.choice(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"]),
        path="/" + pieces(rng, PATH_PIECES.split(), 10),
        query=pieces(rng, QUERY_PIECES.split(), 10),
        body=rng.choice(["", "{}", pieces(rng, VALUE_PIECES, 2000)]),
        now=day * 86_400 + rng.choice([0, 1, 86_399, rng.randrange(86_400)]),
        region=rng.choice(REGIONS),
        service=rng.choice(SERVICES),
        access_key_id="AKIA" + "".join(rng.choices(string.ascii_uppercase, k=16)),
        secret=rng.choice(["k", "wJalr/+Key", "0123456789" * 4, "longer than a block " * 5]),
        token=rng.choice(["", token]),
        headers=random_headers(rng),
    )


def signed_by_botocore(request: Request, patch: pytest.MonkeyPatch, rng: random.Random) -> str:
    url = f"http://unused{request.path}" + (f"?{request.query}" if request.query else "")
    aws_request = AWSRequest(request.method, url, data=request.body.encode())
    for header in request.headers:
        aws_request.headers[rng.choice([header.name, header.name.title()])] = header.value
    now = datetime.fromtimestamp(request.now, UTC)
    patch.setattr(botocore.auth, "get_current_datetime", lambda: now)
    credentials = Credentials(request.access_key_id, request.secret, request.token or None)
    SigV4Auth(credentials, request.service, request.region).add_auth(aws_request)
    return str(aws_request.headers["Authorization"])


@pytest.fixture(scope="module")
def sign(picus: Path) -> Callable[[list[Request]], list[str]]:
    """Our side of the comparison."""
    program = picus.with_name("sigv4_lines")

    def sign_all(requests: list[Request]) -> list[str]:
        lines = "".join(json.dumps(asdict(request)) + "\n" for request in requests)
        run = subprocess.run([program], input=lines.encode(), capture_output=True, check=False)
        assert run.returncode == 0, run.stderr.decode()
        return run.stdout.decode().splitlines()

    return sign_all


@pytest.mark.parametrize("seed", [1, 2, 3, random.randrange(2**32)], ids=["1", "2", "3", "new"])
def test_random_requests_are_signed_as_botocore_signs_them(
    sign: Callable[[list[Request]], list[str]], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    requests = [random_request(rng) for _ in range(REQUESTS)]
    ours = sign(requests)
    assert len(ours) == REQUESTS
    for request, signed in zip(requests, ours, strict=True):
        assert signed == signed_by_botocore(request, monkeypatch, rng), f"seed {seed}: {request}"
    assert len(set(ours)) == REQUESTS


def test_a_tampered_body_gives_another_signature(
    sign: Callable[[list[Request]], list[str]],
) -> None:
    request = random_request(random.Random(7))
    tampered = Request(**{**vars(request), "body": request.body + " "})
    first, second = sign([request, tampered])
    assert first.rpartition("=")[0] == second.rpartition("=")[0]
    assert first != second
