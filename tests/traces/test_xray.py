"""Spans for X-Ray are signed. What is right, botocore says."""

from __future__ import annotations

import hmac
import re
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.client import Client
from harness.http_server import Answer
from harness.otlp_receiver import OtlpReceiver, Post
from harness.process import PicusProcess
from harness.signature_gate import FORM

HOST = "xray.eu-west-1.amazonaws.com"
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "a-token",
}
# With a file of host names of its own.
OTHER_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'


def is_signed(post: Post) -> bool:
    """Signed anew from what arrived, in the steps of botocore."""
    form = FORM.fullmatch(post.headers["authorization"])
    assert form
    assert (form["key"], form["region"], form["service"]) == ("AKIDEXAMPLE", "eu-west-1", "xray")
    names = form["names"].split(";")
    assert {"host", "x-amz-date", "x-amz-security-token", "content-encoding"} <= set(names)
    keys = Credentials(*KEYS.values())
    signer = SigV4Auth(keys, "xray", "eu-west-1")
    request = AWSRequest(
        "POST",
        f"http://{post.headers['host']}{post.path}",
        headers={name: post.headers[name] for name in names},
        data=post.body,
    )
    request.context["timestamp"] = post.headers["x-amz-date"]
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return hmac.compare_digest(str(signer.signature(text, request)), form["signature"])


@pytest.mark.privileged
def test_spans_for_x_ray_are_signed(picus: Path, tmp_path: Path, receiver: OtlpReceiver) -> None:
    refusals = iter([Answer(403, body=b'{"message":"The security token is expired"}')])
    receiver.reply = lambda _: next(refusals, Answer())
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {HOST}\n", encoding="ascii")
    starter = ("unshare", "-rm", "sh", "-c", OTHER_HOSTS, "sh", str(hosts), str(picus))
    endpoint = f"http://{HOST}:{receiver.port}"
    options = ("--otlp-endpoint", endpoint, "--trace-sample", "1")
    server = PicusProcess(starter, tmp_path / "data", *options, env=KEYS)
    Client(server.url).request("GET", "/livez")
    receiver.wait_for(lambda spans: len(spans) == 1)
    server.stop()
    posts = receiver.posts
    assert len(posts) == 2  # refused once, and sent again
    for post in posts:
        assert post.path == "/v1/traces"
        assert post.headers["host"] == f"{HOST}:{receiver.port}"
        assert post.headers["x-amz-security-token"] == "a-token"
        assert re.fullmatch(r"\d{8}T\d{6}Z", post.headers["x-amz-date"])
        assert is_signed(post)
        assert not is_signed(Post(post.path, post.headers, post.body + b" ", []))
