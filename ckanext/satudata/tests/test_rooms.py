"""Rooms stand apart: no layer imports what lies above it (what happens without one: test_rooms_shut.py)."""

import ast
from collections import Counter
from pathlib import Path

import ckan.plugins as p
import pytest

from ckanext.satudata.shared.room import Room

PACKAGE = Path(__file__).resolve().parents[1]
ROOMS = ("access", "publication", "ppid", "reports", "posts")


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


@pytest.mark.usefixtures("with_plugins")
def test_no_two_rooms_have_an_action_or_helper_of_the_same_name():
    """CKAN takes the later helper without a word."""
    rooms = [plugin for plugin in p.PluginImplementations(p.IConfigurer) if isinstance(plugin, Room)]
    for bring in ("get_helpers", "get_actions"):
        found = Counter(name for room in rooms for name in getattr(room, bring)() if name.startswith("satudata_"))
        assert len(found) > 20 and [name for name, times in found.items() if times > 1] == []
