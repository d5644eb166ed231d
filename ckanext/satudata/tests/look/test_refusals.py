"""What CKAN says when it refuses has its Indonesian in our catalogue: its own has a fifth of it."""

from __future__ import annotations

import ast
from pathlib import Path

import ckan.logic.auth
import polib
import pytest
from ckan.tests import factories

from ckanext.satudata.i18n import build
from ckanext.satudata.tests.access.support import operator

REFUSING = sorted(Path(ckan.logic.auth.__file__).parent.glob("*.py"))


def sentences():
    for path in REFUSING:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "_"
                and isinstance(node.args[0], ast.Constant)
            ):
                yield node.args[0].value


def test_every_refusal_of_ckan_is_translated():
    parts = (Path(build.__file__).parent / "parts").glob("*.id.po")
    known = {entry.msgid for part in parts for entry in polib.pofile(str(part)) if entry.msgstr}
    found = set(sentences())
    assert len(found) > 30
    assert sorted(found - known) == []


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_a_refusal_over_the_api_is_indonesian(app):
    mine, other = operator(), factories.Organization()
    sent = {"title": "Uji", "owner_org": other["id"], "access_level": "terbuka"}
    answer = app.post("/api/3/action/package_create", json=sent, headers={"Authorization": mine["token"]})
    message = answer.json["error"]["message"]
    assert answer.status_code == 403 and "tidak berhak" in message and "authorized" not in message
