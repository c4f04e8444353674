"""What a release consists of: the same bytes each time, and it can be installed and run."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from dist.conftest import DEB, RELEASE, make
from harness.client import Client
from harness.process import PicusProcess
from harness.version import ROOT, VERSION

pytestmark = pytest.mark.timeout(400)
TARBALL = f"picus-{VERSION}-linux-amd64"
BILL = "picus-linux-amd64.cdx.json"
UNIT = "usr/lib/systemd/system/picus.service"
CONFIGURATION = "etc/picus/picus.conf"
USERS = "usr/lib/sysusers.d/picus.conf"
# What a manual page has to say
PAGES = {
    "picus.1": ("picus - stores JSON items", "--listen ADDRESS", "EXIT STATUS"),
    "picus-verify.1": ("picus-verify - checks", "--patience DURATION", "Exit codes:"),
}
# What a page gives to a user, and the sockets that it names.
OWNER = re.compile(r"(?:install .*-o |\bchown |^User=)([a-z][a-z0-9-]*)", re.MULTILINE)
SOCKET = re.compile(r"\bunix:/+run/([a-z]+)/[a-z]+\.sock")
# Where users are recorded.
ACCOUNTS = ("passwd", "shadow", "group", "gshadow", ".pwd.lock")
# Where Debian's own units are, which ours is started after.
UNITS = Path("/usr/lib/systemd/system")


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def as_root(*command: str | Path) -> list[str | Path]:
    """In a user namespace of its own, where the tests are not root's."""
    return list(command) if os.geteuid() == 0 else ["unshare", "--user", "-r", *command]


class Root:
    """A directory that dpkg treats as the root of a system."""

    def __init__(self, directory: Path) -> None:
        self.path = directory
        records = directory / "var" / "lib" / "dpkg"
        for name in ("info", "updates", "triggers"):
            (records / name).mkdir(parents=True)
        (records / "status").touch()

    def dpkg(self, *arguments: str | Path) -> str:
        options = ("--force-script-chrootless", "--force-confold")
        done = run(*as_root("dpkg", f"--root={self.path}", *options, *arguments))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self) -> set[str]:
        """All but the records of packages and of users."""
        paths = [path.relative_to(self.path) for path in self.path.rglob("*") if path.is_file()]
        records = {"var/lib/dpkg", *(f"etc/{name}{old}" for name in ACCOUNTS for old in ("", "-"))}
        return {
            str(path)
            for path in paths
            if records.isdisjoint(str(above) for above in (path, *path.parents))
        }

    def users(self) -> set[str]:
        lines = (self.path / "etc/passwd").read_text(encoding="utf-8").splitlines()
        return {line.partition(":")[0] for line in lines}

    def unit(self) -> set[str]:
        return set((self.path / UNIT).read_text(encoding="utf-8").splitlines())


@pytest.fixture
def root(tmp_path: Path, dist: Path) -> Root:
    made = Root(tmp_path / "root")
    made.dpkg("--install", dist / DEB)
    return made


def test_the_same_commit_is_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    umask = os.umask(0o077)
    try:
        again = make(tmp_path / "again", "--architecture=amd64")
    finally:
        os.umask(umask)
    names = sorted(path.name for path in dist.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    for name in names:
        assert (dist / name).read_bytes() == (again / name).read_bytes(), name


def test_the_sums_are_those_of_all_other_files(dist: Path) -> None:
    done = run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=dist)
    assert done.returncode == 0, done.stderr
    checked = {line.partition(":")[0] for line in done.stdout.splitlines()}
    assert checked == {path.name for path in dist.iterdir()} - {"SHA256SUMS"}
    assert {f"{TARBALL}.tar.gz", BILL, DEB} < checked


def test_the_tarball_runs_where_it_is_unpacked(dist: Path, tmp_path: Path) -> None:
    with tarfile.open(dist / f"{TARBALL}.tar.gz") as tar:
        assert {entry.uid for entry in tar} == {0}
    assert run("tar", "-xf", dist / f"{TARBALL}.tar.gz", cwd=tmp_path).returncode == 0
    folder = tmp_path / TARBALL
    for name in ("picus", "picus-verify"):
        done = run(folder / name, "--version")
        assert done.stdout.startswith(f"{name} {VERSION}")
    names = {path.name for path in folder.iterdir()}
    assert {
        "LICENSE",
        "CHANGELOG.md",
        "THIRD-PARTY",
        "picus.service",
        "picus.sysusers",
        *PAGES,
    } < names
    assert "==== libssl-dev" in (folder / "THIRD-PARTY").read_text(encoding="utf-8")


def test_the_package_installs_the_program_its_unit_and_what_explains_it(
    root: Root, dist: Path, tmp_path: Path
) -> None:
    assert root.files() == {
        CONFIGURATION,
        UNIT,
        UNIT.replace("picus.", "picus@."),
        USERS,
        "usr/bin/picus",
        "usr/bin/picus-verify",
        "usr/share/bash-completion/completions/picus",
        "usr/share/doc/picus/NEWS.gz",
        "usr/share/doc/picus/THIRD-PARTY.gz",
        "usr/share/doc/picus/changelog.gz",
        "usr/share/doc/picus/copyright",
        "usr/share/fish/vendor_completions.d/picus.fish",
        "usr/share/lintian/overrides/picus",
        *(f"usr/share/man/man1/{page}.gz" for page in PAGES),
        "usr/share/zsh/vendor-completions/_picus",
    }
    told = run("dpkg-deb", "--field", dist / DEB, "Version", "Architecture", "Depends").stdout
    assert told == f"Version: {VERSION}\nArchitecture: amd64\n"  # and it needs nothing else
    server = PicusProcess(root.path / "usr/bin/picus", tmp_path / "data")
    assert Client(server.url).request("GET", "/").json()["version"] == VERSION
    server.stop()


def test_the_configuration_is_one_that_the_program_reads(root: Root) -> None:
    conf = root.path / CONFIGURATION
    done = run(root.path / "usr/bin/picus", "serve", "--config", conf, "--check-config")
    assert done.returncode == 0, done.stderr
    assert "data = /var/lib/picus " in done.stdout


def test_what_an_administrator_changed_survives_an_upgrade_and_data_a_purge(
    root: Root, dist: Path
) -> None:
    conf = root.path / CONFIGURATION
    conf.write_text("data = /srv/items\n")
    root.dpkg("--install", dist / DEB)
    assert conf.read_text() == "data = /srv/items\n"
    items = root.path / "var/lib/picus/data.mdb"
    items.parent.mkdir(parents=True)
    items.write_text("items")
    assert "The items in /var/lib/picus remain" in root.dpkg("--purge", "picus")
    assert root.files() == {"var/lib/picus/data.mdb"}
    assert "picus" in root.users()  # who owns them


def verified(root: Root, unit: str = "picus.service") -> subprocess.CompletedProcess[str]:
    return run("systemd-analyze", "verify", "--man=no", f"--root={root.path}", unit)


def test_systemd_finds_nothing_wrong_with_the_unit(root: Root) -> None:
    for unit in [*UNITS.glob("*.target"), *UNITS.glob("*.slice")]:
        shutil.copy(unit, (root.path / UNIT).parent)
    done = verified(root)
    assert (done.returncode, done.stderr) == (0, "")
    instance = verified(root, "picus@blue.service")
    assert (instance.returncode, instance.stderr) == (0, "")

    unit_file = root.path / UNIT
    text = unit_file.read_text(encoding="utf-8")
    for wrong in (("/usr/bin/picus", "/usr/bin/pikus"), ("StartLimitBurst", "StartLimit")):
        unit_file.write_text(text.replace(*wrong))
        done = verified(root)
        assert done.returncode != 0 or done.stderr, wrong


def test_the_unit_starts_at_boot_restarts_after_a_failure_and_gives_up(root: Root) -> None:
    assert {
        "WantedBy=multi-user.target",
        "Type=notify",
        "Restart=on-failure",
        "RestartPreventExitStatus=2",
        "StartLimitBurst=5",
        "User=picus",
        "StateDirectory=picus",
    } < root.unit()


def test_the_users_and_directories_of_the_pages_are_those_of_the_package(root: Root) -> None:
    pages = {page: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
    named = {page.stem: set(OWNER.findall(text)) for page, text in pages.items()}
    assert named["operations"] == {"picus"}
    assert set.union(*named.values()) <= root.users()
    sockets = {page.stem: set(SOCKET.findall(text)) for page, text in pages.items()}
    assert all(sockets[page] for page in ("configuration", "operations", "proxy"))
    for directory in set.union(*sockets.values()):
        assert f"RuntimeDirectory={directory}" in root.unit()
    # A proxy can enter it, and one instance that ends leaves it to the other.
    assert {"RuntimeDirectoryMode=0755", "RuntimeDirectoryPreserve=yes"} < root.unit()


def test_the_unit_leaves_little_to_an_attacker(root: Root) -> None:
    done = run(
        *("systemd-analyze", "security", "--offline=true", "--threshold=20"),
        *(f"--root={root.path}", "picus.service"),
    )
    assert done.returncode == 0, done.stdout[-200:]


@pytest.mark.parametrize("name", PAGES)
def test_a_manual_page_is_rendered_without_a_warning(root: Root, tmp_path: Path, name: str) -> None:
    page = tmp_path / name
    packed = root.path / "usr/share/man/man1" / f"{name}.gz"
    page.write_bytes(gzip.decompress(packed.read_bytes()))
    done = run("groff", "-man", "-ww", "-Kutf8", "-Tutf8", "-P-cbou", page)
    assert (done.returncode, done.stderr) == (0, "")
    for text in (*PAGES[name], VERSION):
        assert text in done.stdout

    page.write_text(page.read_text() + ".XX oops\n")
    assert run("groff", "-man", "-ww", "-Tutf8", page).stderr


def test_the_bill_of_materials_names_the_tarball_and_what_is_in_it(dist: Path) -> None:
    bill = json.loads((dist / BILL).read_text(encoding="utf-8"))
    component = bill["metadata"]["component"]
    told = run("sha256sum", dist / f"{TARBALL}.tar.gz").stdout
    assert component["hashes"] == [{"alg": "SHA-256", "content": told.split()[0]}]
    names = {part["name"] for part in bill["components"]}
    assert {"liblmdb-dev", "libssl-dev", "libc6-dev", "zlib1g-dev"} < names
    assert all(part["licenses"] for part in bill["components"])


@pytest.mark.parametrize(
    ("name", "program"),
    [("picus-lambda", "bootstrap"), ("picus-verify-lambda", "picus-verify")],
)
def test_the_functions_are_the_programs_of_the_build(dist: Path, name: str, program: str) -> None:
    with zipfile.ZipFile(dist / f"{name}-{VERSION}-x86_64.zip") as archive:
        assert archive.namelist() == ["bootstrap"]
        assert archive.read("bootstrap") == (RELEASE / program).read_bytes()
