"""How much memory the verified tokens of a thread take."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from harness.session import Session
from harness.shapes import OPTIONS, OWN_PROCESS, Server

# With the name and the label of its holder, a token has 256 bytes: the most tokens that a thread
# holds are the most bytes, too.
ISSUER, AUDIENCE = "https://a.io", "p"
KEY = ECKey.generate_key("P-256")
HELD = 4096


def tokens(key: ECKey, number: int) -> Iterator[str]:
    expires = int(time.time()) + 7200
    for n in range(number):
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": f"{n:05}", "exp": expires}
        yield jwt.encode({"alg": "ES256"}, claims, key)


@pytest.mark.timeout(300)
@pytest.mark.needs(OWN_PROCESS, OPTIONS)
def test_a_full_cache_of_verified_tokens_takes_2_mib(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    entry = {"issuer": ISSUER, "audience": [AUDIENCE], "keys": str(keys)}
    auth = json.dumps({"issuers": [entry]})
    # Log lines that nobody has read yet take memory too.
    server = start("--threads", "1", "--access-log", "off", env={"PICUS_AUTH": auth})
    with Session(server.url, server.tls) as session:

        def verified(token: str) -> bool:
            """Not one of more than 1000 in a second."""
            header = ("Authorization", f"Bearer {token}")
            reply = session.exchange("GET", "/picus/list", b"", header)
            assert reply.status in (401, 403, 503)
            return reply.status != 503

        for token in tokens(ECKey.generate_key("P-256"), 200):
            verified(token)
        before = most = server.process.memory_kib("RssAnon")
        for token in tokens(KEY, HELD + HELD // 4):
            while not verified(token):
                pass
            most = max(most, server.process.memory_kib("RssAnon"))
    assert 1024 <= most - before <= 2048
