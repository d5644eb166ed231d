"""The built wheel, installed where nothing of the checkout is, holds all that the plugins need."""

import shutil
import subprocess
import sys
import venv
import zipfile
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


@pytest.mark.long
def test_the_installed_wheel_has_its_plugins_and_catalogues(wheel, tmp_path):
    venv.create(tmp_path / "env", with_pip=True, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", wheel, cwd=tmp_path)
    # Its dependencies stand in the environment of the tests; the checkout itself is not on the path.
    needed = next(path for path in sys.path if path.endswith("site-packages"))
    code = f"""
import sys; sys.path.append({needed!r})
from importlib.metadata import entry_points
import ckanext; ckanext.__path__.insert(0, str(next(p for p in sys.path if {str(tmp_path)!r} in p) + "/ckanext"))
import pylibmagic
from pathlib import Path
for point in entry_points(group="ckan.plugins"):
    if point.name.startswith("satudata"):
        loaded = point.load()
        source = sys.modules[loaded.__module__].__file__
        assert source.startswith({str(tmp_path)!r}), source
        print(point.name)
import gettext, ckanext.satudata
gettext.translation("ckanext-satudata", Path(ckanext.satudata.__file__).parent / "i18n", ["id"])
"""
    printed = run(python, "-c", code, cwd=tmp_path).split()
    assert set(printed) == {"satudata"} | {
        f"satudata_{room}" for room in ("access", "publication", "ppid", "reports", "search")
    }
