"""An issuer of JWTs: signs them, and publishes its keys over https as it is told to."""

from __future__ import annotations

import json
import ssl
import time
from collections import Counter
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from harness.faulty_server import FaultyServer
from harness.http_server import Answer, Request

DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys.json"
AUDIENCE = "picus"
ALGORITHMS = {"RSA": "RS256", "EC": "ES256", "OKP": "Ed25519"}

Key = RSAKey | ECKey | OKPKey


def new_key(kid: str, kind: str = "EC") -> Key:
    """One that nobody knows yet: `RSA`, `EC` or `OKP`."""
    if kind == "RSA":
        return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
    if kind == "EC":
        return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})
    return OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"})


class Issuer(FaultyServer):
    """Its identifier is its URL. `keys` are published from now on, `asked` counts the paths."""

    def __init__(self, tls: ssl.SSLContext, *keys: Key) -> None:
        super().__init__("http://127.0.0.1:1", lambda request, _: self.answer(request), tls)
        self.keys = list(keys)
        self.headers: dict[str, str] = {}
        self.discovery: dict[str, Any] = {"issuer": self.url, "jwks_uri": self.url + KEYS}
        self.asked: Counter[str] = Counter()
        self.made: list[str] = []  # every token

    @property
    def fetches(self) -> int:
        return self.asked[KEYS]

    def key_set(self) -> bytes:
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()

    def entry(self, **members: Any) -> dict[str, Any]:
        """What a configuration has of it: `anna` may do everything."""
        every = "items:read items:write items:delete"
        made = {"issuer": self.url, "audience": [AUDIENCE], "grants": {"anna": every}}
        return made | members

    def claims(self, sub: str = "anna", **claims: Any) -> dict[str, Any]:
        """Good for an hour."""
        now = int(time.time())
        made = {"iss": self.url, "aud": AUDIENCE, "sub": sub, "iat": now, "exp": now + 3600}
        return made | claims

    def token(self, key: Key, header: dict[str, str] | None = None, **claims: Any) -> str:
        """Signed with a key that need not be published."""
        algorithm = ALGORITHMS[key.key_type]
        made = {"alg": algorithm, "kid": key.kid} | (header or {})
        self.made.append(jwt.encode(made, self.claims(**claims), key, algorithms=[algorithm]))
        return self.made[-1]

    def answer(self, request: Request) -> Answer:
        self.asked[request.target] += 1
        documents = {DISCOVERY: json.dumps(self.discovery).encode(), KEYS: self.key_set()}
        if request.method != "GET" or request.target not in documents:
            return Answer(404)
        headers = {"content-type": "application/json"} | self.headers
        return Answer(200, headers, documents[request.target])
