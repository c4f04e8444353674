"""The function fetches the keys of an issuer for the first token, and nothing before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from harness.certificates import Authority
from harness.issuer import DISCOVERY, KEYS, Issuer, new_key
from harness.lambda_events import FUNCTION_URL, HttpRequest, answer_of, event_of
from harness.lambda_process import LambdaProcess
from harness.runtime_api import RuntimeApi

KEY = new_key("first")


@pytest.fixture
def issuer(authority: Authority) -> Iterator[Issuer]:
    running = Issuer(authority.server(), KEY)
    yield running
    running.stop()


Ask = Callable[..., int]


@pytest.fixture
def ask(
    api: RuntimeApi, run: Callable[..., LambdaProcess], issuer: Issuer, authority: Authority
) -> Ask:
    configuration = json.dumps({"issuers": [issuer.entry()]})
    run(api, PICUS_AUTH=configuration, SSL_CERT_FILE=str(authority.bundle))

    def ask_once(token: str = "") -> int:
        headers = [("Authorization", f"Bearer {token}")] if token else []
        event = event_of(FUNCTION_URL, HttpRequest("GET", "/picus/list", headers, b""))
        invocation = api.invoke(json.dumps(event).encode())
        return answer_of(FUNCTION_URL, invocation.body).status

    return ask_once


def test_keys_are_fetched_for_the_first_token(ask: Ask, issuer: Issuer) -> None:
    assert ask() == 401
    assert not issuer.asked
    assert ask(issuer.token(KEY)) == 200
    assert ask(issuer.token(KEY, sub="bert")) == 403
    assert issuer.asked == {DISCOVERY: 1, KEYS: 1}


def test_an_issuer_that_is_away_is_asked_again(ask: Ask, issuer: Issuer) -> None:
    issuer.fault = lambda *_: None
    assert ask(issuer.token(KEY)) == 503
    issuer.fault = lambda request, _: issuer.answer(request)
    assert ask(issuer.token(KEY)) == 200
