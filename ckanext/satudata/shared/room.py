"""What a room's plugin class brings to CKAN, found by folder so that a new file needs no list.

logic/action/*.py   public functions, or those in `__all__`
logic/auth/*.py     the same
validators/*.py     the same
helpers/*.py        the same; names start with `satudata_`
views/*.py          every `flask.Blueprint` at module level
cli/*.py            imported; they attach themselves to the group of `ckanext.satudata.cli`
config_declaration/*.yaml
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import yaml


class Room(p.SingletonPlugin):
    """Base of every satudata plugin; `templates` names its folder under `templates/`."""

    p.implements(p.IConfigurer)
    p.implements(p.IConfigDeclaration)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IValidators)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)

    templates = "base"

    def update_config(self, config):
        # CKAN takes the path as relative to the file that calls: this one.
        tk.add_template_directory(config, f"../templates/{self.templates}")

    def declare_config_options(self, declaration, key):
        folder = Path(str(importlib.import_module(_package(self)).__path__[0])) / "config_declaration"
        for path in sorted(folder.glob("*.yaml")):
            declaration.load_dict(yaml.safe_load(path.read_text(encoding="utf-8")))

    def get_actions(self):
        return _functions(self, "logic.action")

    def get_auth_functions(self):
        return _functions(self, "logic.auth")

    def get_validators(self):
        return _functions(self, "validators")

    def get_helpers(self):
        return _functions(self, "helpers")

    def get_blueprint(self):
        from flask import Blueprint

        return [
            value for module in _modules(self, "views") for value in vars(module).values() if type(value) is Blueprint
        ]

    def get_commands(self):
        for _ in _modules(self, "cli"):
            pass
        return []


def _package(room: Room) -> str:
    return type(room).__module__.rsplit(".", 1)[0]


def _modules(room: Room, folder: str) -> Iterator[ModuleType]:
    name = f"{_package(room)}.{folder}"
    try:
        package = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            return
        raise
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        yield importlib.import_module(f"{name}.{found.name}")


def _functions(room: Room, folder: str) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for module in _modules(room, folder):
        for name in getattr(module, "__all__", None) or vars(module):
            value = getattr(module, name)
            own = inspect.isfunction(value) and value.__module__ == module.__name__
            if not name.startswith("_") and (own or name in getattr(module, "__all__", ())):
                found[name] = value
    return found
