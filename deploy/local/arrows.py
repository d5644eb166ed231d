"""Runs import-linter on the arrows between rooms (pyproject.toml).

CKAN's wheel gives `ckanext` an `__init__.py`, so import-linter would refuse `ckanext.satudata` as "not a
top-level module"; here `ckanext` is shown to it as the namespace it is meant to be.
"""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

from importlinter.cli import lint_imports

import ckanext

if __name__ == "__main__":
    spec = ModuleSpec("ckanext", None, is_package=True)
    spec.submodule_search_locations = [str(Path(__file__).resolve().parents[2] / "ckanext")]
    ckanext.__spec__ = spec
    sys.exit(lint_imports())
