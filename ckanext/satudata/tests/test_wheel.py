"""The built wheel, installed where nothing of the checkout is, holds all that the plugins need."""

import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "ckanext" / "satudata"
BUILT = {
    f"ckanext/satudata/i18n/{language}/LC_MESSAGES/ckanext-satudata.{end}"
    for language in ("id", "en")
    for end in ("po", "mo")
} | {"ckanext/satudata/i18n/ckanext-satudata.pot"}


def run(*command, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from the files git knows, so that nothing generated in the checkout slips in."""
    source = tmp_path_factory.mktemp("source")
    for name in run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "-q", "--wheel", "--no-isolation", "-o", source / "dist", cwd=source)
    return next((source / "dist").glob("*.whl"))


def test_every_file_of_the_package_is_in_the_wheel(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    tracked = set(run("git", "ls-files", "ckanext", cwd=ROOT).splitlines())
    wanted = {name for name in tracked if not name.endswith(".gitkeep") and (ROOT / name).exists()}
    assert not wanted - inside
    assert not BUILT - inside
    assert not [name for name in inside if not name.startswith(("ckanext/satudata/", "ckanext_satudata-"))]


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory) -> Iterator[Path]:
    """The programs of an environment with the portal's locked dependencies and the wheel, nothing of the checkout."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=True, symlinks=True)
    install = (folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps")
    run(*install, "--require-hashes", "-r", ROOT / "requirements.txt", cwd=folder)
    run(*install, wheel, cwd=folder)
    yield folder / "bin"
    shutil.rmtree(folder)


LOADED = """
import gettext, sys
from importlib.metadata import entry_points
from pathlib import Path
for point in entry_points(group="ckan.plugins"):
    if point.name.startswith("satudata"):
        source = sys.modules[point.load().__module__].__file__
        assert source.startswith(sys.prefix), source
        print(point.name)
import ckanext.satudata
gettext.translation("ckanext-satudata", Path(ckanext.satudata.__file__).parent / "i18n", ["id"])
"""

FETCHED = """
import pylibmagic, re, sys
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from werkzeug.test import Client
client = Client(make_app(CKANConfigLoader(sys.argv[1]).get_config()))
for path in ("/", "/dataset/", "/permohonan/baru", "/api/3/action/package_search"):
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    for asset in re.findall(r'(?:href|src)="(/[^"]+\\.(?:css|js|svg|png|ico))', answer.text):
        assert client.get(asset).status_code == 200, asset
        print(asset)
"""


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_the_installed_wheel_carries_a_portal_with_the_locked_dependencies(clean, tmp_path):
    run(clean / "python", "-m", "pip", "check", cwd=tmp_path)
    printed = run(clean / "python", "-c", LOADED, cwd=tmp_path).split()
    rooms = ("access", "posts", "publication", "ppid", "reports", "search")
    assert set(printed) == {"satudata"} | {f"satudata_{room}" for room in rooms}
    ini = tmp_path / "ckan.ini"
    folders = {"ckan.storage_path": "storage", "ckanext.satudata.vault.path": "vault"}
    folders |= {"ckanext.satudata.public.path": "public"}
    lines = [f"{option} = {tmp_path / folder}" for option, folder in folders.items()]
    ini.write_text("\n".join(["[app:main]", f"use = config:{ROOT / 'test.ini'}", *lines]) + "\n")
    run(clean / "ckan", "-c", ini, "db", "upgrade", cwd=tmp_path)
    assets = run(clean / "python", "-c", FETCHED, ini, cwd=tmp_path)
    assert "satudata" in assets
