"""`--version`: the files of a release are deployed, and none that differs from its checksums."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.account import running
from deploy.aws_side import AwsSide
from deploy.deployer import ROOT, Deployer, Packages, write_image
from harness.version import VERSION

FILES = ("picus-image-{}.tar", "picus-lambda-{}-x86_64.zip", "picus-verify-lambda-{}-x86_64.zip")
IMAGE, FUNCTION, VERIFY = (name.format(VERSION) for name in FILES)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Releases:
    """A repository's releases: the files that `scripts/publish files` leaves in build/dist."""

    def __init__(self, folder: Path, packages: Packages) -> None:
        tree = folder / "tree"
        for name in ("scripts/publish", "scripts/tag", "CMakeLists.txt"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
        (tree / "CHANGELOG.md").write_text(f"## [{VERSION}] - 2026-12-01\n\n- Moons.\n", "utf-8")
        self.files = tree / "build" / "dist"
        self.files.mkdir(parents=True)
        built = packages.folder / "lambda"
        shutil.copy(built / "picus-lambda.zip", self.files / FUNCTION)
        shutil.copy(built / "picus-verify.zip", self.files / VERIFY)
        (self.files / "SHA256SUMS").touch()
        one = [folder / f"{name}.tar" for name in ("amd64", "arm64")]
        for path in one:
            write_image(path, b"a layer", architecture=path.stem)
        joined = tree / "build" / "images" / "picus.tar"
        joined.parent.mkdir()
        subprocess.run(
            [sys.executable, ROOT / "scripts" / "image" / "index.py", joined, *one],
            check=True,
            capture_output=True,
        )
        subprocess.run([tree / "scripts" / "publish", "files", f"v{VERSION}"], check=True)
        self.digest = joined.with_suffix(".digest").read_text("utf-8").strip()
        pages = folder / "pages" / "releases" / "download"
        pages.mkdir(parents=True)
        (pages / f"v{VERSION}").symlink_to(self.files)
        handler = partial(Quiet, directory=str(folder / "pages"))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def words(self) -> tuple[str, ...]:
        return ("--version", VERSION, "--releases", self.url)


@pytest.fixture
def releases(tmp_path: Path, packages: Packages) -> Iterator[Releases]:
    made = Releases(tmp_path / "releases", packages)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_release_is_deployed_without_anything_built(
    aws_server: AwsSide, deployed: Deployer, releases: Releases
) -> None:
    shutil.rmtree(deployed.build / "image")
    shutil.rmtree(deployed.build / "lambda")
    done = deployed.succeed("dev", *releases.words)
    assert f"dev runs {releases.digest}" in done.out
    assert running(aws_server) == releases.digest
    shutil.rmtree(releases.files)
    aws_server.forget()
    deployed.succeed("dev", "--version", VERSION)  # what was downloaded is used again
    assert not aws_server.changes()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (IMAGE, f"{IMAGE} does not match SHA256SUMS of the release"),
        ("SHA256SUMS", f"The release {VERSION} has no {IMAGE} and no {FUNCTION} and no {VERIFY}."),
    ],
)
def test_a_file_that_is_not_the_releases_is_refused(
    aws_server: AwsSide, deployed: Deployer, releases: Releases, name: str, said: str
) -> None:
    (releases.files / name).write_bytes(b"")
    done = deployed("dev", *releases.words)
    assert done.code == 2, str(done)
    assert said in done.err
    assert not aws_server.changes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--version", "0.1.0"), "check out v0.1.0 to deploy 0.1.0"),
        (("--version", VERSION), "name its page with --releases"),
        (("--version", VERSION, "--releases", "http://127.0.0.1:1"), "127.0.0.1:1/releases/"),
    ],
)
def test_a_release_that_cannot_be_had_is_one_sentence(
    aws: AwsSide, deployer: Deployer, words: tuple[str, ...], said: str
) -> None:
    done = deployer("dev", *words)
    assert done.code == 2, str(done)
    assert said in done.err
    assert not aws.changes()


def test_without_git_the_page_of_the_releases_is_asked_for(deployer: Deployer) -> None:
    done = deployer("dev", "--version", VERSION, PATH="/nowhere")
    assert done.code == 2, str(done)
    assert "name its page with --releases" in done.err


def test_a_release_that_is_not_there_names_the_way_for_a_private_repository(
    aws_server: AwsSide, deployed: Deployer, releases: Releases
) -> None:
    done = deployed("dev", "--version", VERSION, "--releases", f"{releases.url}/private")
    assert done.code == 2, str(done)
    assert f"`gh release download v{VERSION} --dir build/releases/{VERSION}`" in done.err
    assert not aws_server.changes()
