"""Credentials files are read as botocore reads them, and never lead to another identity instead."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.credentials
import botocore.exceptions
import botocore.session
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws.credentials_files import BOM, CORPUS, Files

ELSEWHERE = {
    "AccessKeyId": "elsewhere",
    "SecretAccessKey": "s",
    "Token": "t",
    "Expiration": "2099-01-01T00:00:00Z",
}
Found = tuple[str, str, str]  # id, secret, token


class _Container(BaseHTTPRequestHandler):
    """Gives the identity that is taken where the files have none."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(ELSEWHERE).encode())

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Container)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def credentials_of_botocore() -> botocore.credentials.Credentials | None:
    """Asks again where the service of the container did not respond in time."""
    while True:
        try:
            return botocore.session.Session().get_credentials()
        except botocore.exceptions.CredentialRetrievalError as error:
            if error.kwargs["provider"] != "container-role":
                raise


class Reader:
    """Reads files with both."""

    def __init__(self, picus: Path, directory: Path, elsewhere: str) -> None:
        self._program = picus.with_name("credentials_line")
        self._credentials = directory / "credentials"
        self._config = directory / "config"
        self._environment = {
            "HOME": "/nowhere",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": elsewhere,
            "AWS_SHARED_CREDENTIALS_FILE": str(self._credentials),
            "AWS_CONFIG_FILE": str(self._config),
        }

    def write(self, files: Files) -> dict[str, str]:
        for path, text in ((self._credentials, files.credentials), (self._config, files.config)):
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self._environment | files.variables

    def ours(self, files: Files) -> Found | str:
        done = subprocess.run(
            [self._program], env=self.write(files), capture_output=True, check=True, timeout=30
        )
        found = json.loads(done.stdout)
        if "error" in found:
            return str(found["error"])
        return found["access_key_id"], found["secret_access_key"], found["session_token"]

    def theirs(self, files: Files) -> Found | None:
        """Nothing: it raised an error."""
        environment = self.write(files)
        with pytest.MonkeyPatch.context() as patch:
            for name, text in environment.items():
                patch.setenv(name, text)
            try:
                found = credentials_of_botocore()
            except (botocore.exceptions.BotoCoreError, OSError):
                return None
        assert found is not None
        return found.access_key, found.secret_key, found.token or ""


@pytest.fixture(scope="module")
def reader(picus: Path, tmp_path_factory: pytest.TempPathFactory, elsewhere: str) -> Reader:
    return Reader(picus, tmp_path_factory.mktemp("files"), elsewhere)


@pytest.mark.parametrize("name", CORPUS)
def test_a_file_leads_where_botocore_goes(reader: Reader, name: str) -> None:
    files = CORPUS[name]
    ours, theirs = reader.ours(files), reader.theirs(files)
    if files.refusal is not None:
        assert isinstance(ours, str)
        assert files.refusal in ours
        assert "secret" not in ours.replace("aws_secret_access_key", "")
    elif str(files.credentials).startswith(BOM):
        # The only file that botocore refuses and Picus reads.
        assert theirs is None
        assert ours == reader.theirs(Files(str(files.credentials).removeprefix(BOM)))
    elif theirs is None:
        assert isinstance(ours, str)
    else:
        assert ours == theirs


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(CORPUS) >= 40


NAMES = st.sampled_from(
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "Region", "x", ""]
)
VALUES = st.text(st.sampled_from("ab=:#; \t\N{NO-BREAK SPACE}é[]"), max_size=6)
LINES = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "", "", " ", "\t", "  "]),
        NAMES,
        st.sampled_from(["=", " = ", ":", " : ", " ", ""]),
        VALUES,
    ),
    st.sampled_from(
        ["[default]", "[other]", " [default]", "[DEFAULT]", "[]", "", " ", "# x", "; y"]
    ),
)
TEXTS = st.builds(
    lambda first, lines, end: end.join([first, *lines]),
    st.sampled_from(["[default]", "[default]", "[other]", ""]),
    st.lists(LINES, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(credentials=TEXTS)
def test_any_file_leads_where_botocore_goes_or_to_an_error(
    reader: Reader, credentials: str
) -> None:
    files = Files(credentials)
    ours, theirs = reader.ours(files), reader.theirs(files)
    # Picus refuses more: half a pair, keys with line breaks, a default profile without keys.
    assert isinstance(ours, str) or ours == theirs
    if theirs is None:
        assert isinstance(ours, str)
    elif theirs[0] not in ("", "elsewhere") and all(part.isprintable() for part in theirs):
        assert ours == theirs or not theirs[1]
