"""Each room but the base can be left out, and the portal works beside the common extensions."""

import ast
from pathlib import Path

import pytest
from ckan.tests import factories

PACKAGE = Path(__file__).resolve().parents[1]
ROOMS = ("access", "publication", "ppid", "reports")
BESIDE = "scheming_datasets scheming_organizations dcat activity datastore"
EVERYTHING = "satudata " + " ".join(f"satudata_{room}" for room in ROOMS) + f" satudata_search {BESIDE}"
SETS = {f"without_{room}": EVERYTHING.replace(f" satudata_{room} ", " ") for room in ROOMS} | {
    "base_alone": f"satudata satudata_search {BESIDE}",
    "beside_xloader_and_harvest": EVERYTHING + " xloader harvest ckan_harvester",
}


@pytest.mark.parametrize("plugins", SETS.values(), ids=SETS)
def test_the_portal_answers_with_this_set(plugins, ckan_config, monkeypatch, make_app, request):
    monkeypatch.setitem(ckan_config, "ckan.plugins", plugins)
    for fixture in ("with_plugins", "satudata_db"):
        request.getfixturevalue(fixture)
    organization = factories.Organization()
    app = make_app()
    for path in ("/", "/dataset/", f"/organization/{organization['name']}", "/user/login"):
        assert app.get(path).status_code == 200, path
    status = app.get("/api/3/action/status_show").json["result"]
    assert set(plugins.split()) <= set(status["extensions"])


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def _layer(module: str) -> str:
    parts = module.split(".")
    return parts[2] if parts[:2] == ["ckanext", "satudata"] and len(parts) > 2 else ""


FORBIDDEN = {
    "domain": ("model", "shared", *ROOMS, "search"),
    "model": ("shared", *ROOMS, "search"),
    "shared": (*ROOMS, "search"),
} | {room: tuple({*ROOMS, "search"} - {room}) for room in (*ROOMS, "search")}


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_arrows_between_rooms_point_down(layer):
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {module}"
        for path in (PACKAGE / layer).rglob("*.py")
        for module in _imports(path)
        if _layer(module) in FORBIDDEN[layer]
    ]
    assert not wrong


def test_the_domain_knows_no_ckan_no_database_and_no_web():
    outside = ("ckan", "sqlalchemy", "flask", "redis")
    wrong = [
        f"{path.name} imports {module}"
        for path in (PACKAGE / "domain").rglob("*.py")
        for module in _imports(path)
        if module.split(".")[0] in outside
    ]
    assert not wrong
