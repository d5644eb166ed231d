"""Who may see a file that is not open sees its first 200 rows and what its columns hold; nobody else does."""

from __future__ import annotations

import io
import json

import ckan.model as model
import openpyxl
import pytest
from ckan.tests import factories

from ckanext.satudata.domain.column_types import Kind
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import ANONYMOUS, actor_for
from ckanext.satudata.shared.files import preview
from ckanext.satudata.tests.access.support import make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ROWS = [["35.73.01", "Klojen", "2026-01-31", str(number), f"{number},5"] for number in range(300)]
HEADS = ["kode", "kecamatan", "tanggal", "jumlah", "rata"]
KINDS = [Kind.TEXT, Kind.TEXT, Kind.DATE, Kind.WHOLE, Kind.DECIMAL]


def csv_file():
    return "\n".join(";".join(row) for row in [HEADS, *ROWS]).encode()


def json_file():
    return json.dumps([dict(zip(HEADS, row, strict=True)) for row in ROWS]).encode()


def xlsx_file():
    book = openpyxl.Workbook()
    for row in [HEADS, *ROWS]:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def actor_of(user):
    return actor_for(model.User.get(user["name"]))


@pytest.mark.parametrize(("name", "content"), [("a.csv", csv_file), ("a.json", json_file), ("a.xlsx", xlsx_file)])
def test_rows_and_kinds_from_the_vault(app, name, content):
    mine = operator()
    tables = [{"name": "RAHASIA-NAMA", "upload": upload(name, content())}]
    made = publish(make(mine, mine["org"], level="terbatas", resources=tables)["id"])
    rid = made["resources"][0]["id"]
    found = preview.of_kept(model.Session, actor_of(mine), rid)
    assert found.headers == HEADS and len(found.rows) == 200 and found.rows[7][3] == "7"
    assert [column.kind for column in found.columns] == KINDS and not found.is_whole
    strangers = [factories.UserWithToken(), operator(), officer(Role.AUDITOR)]
    for who in (ANONYMOUS, *(actor_of(one) for one in strangers)):
        assert preview.of_kept(model.Session, who, rid) is None
    path = f"/dataset/{made['name']}/resource/{rid}?lihat=1"
    for headers in ({}, {"Authorization": strangers[0]["token"]}):
        assert "Klojen" not in app.get(path, headers=headers).body
    assert preview.of_kept(model.Session, actor_of(officer(Role.PPID)), rid).headers == HEADS
    page = app.get(path, headers={"Authorization": mine["token"]}).body
    assert page.count("<td>Klojen</td>") == 200 and "bilangan bulat" in page
    assert "Klojen" not in app.get(path.partition("?")[0], headers={"Authorization": mine["token"]}).body


@pytest.mark.parametrize(
    "content",
    [
        b"{" + b'"a":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"jumlah": 3}',
        b"[1, 2, 3]",
        b"[]",
        b'[{"a": "' + b"x" * 2_100_000 + b'"}]',
    ],
    ids=["deep", "no list", "no rows", "empty", "large"],
)
def test_what_is_no_table_says_so(content):
    mine = operator()
    made = make(mine, mine["org"], resources=[{"name": "x", "upload": upload("a.json", content)}])
    with pytest.raises(Invalid):
        preview.of_kept(model.Session, actor_of(mine), made["resources"][0]["id"])


def test_nested_values_are_shown_as_they_stand():
    mine = operator()
    content = json.dumps({"data": [{"a": {"b": 1}, "c": None}, {"a": [1, 2], "d": True}]}).encode()
    made = make(mine, mine["org"], resources=[{"name": "x", "upload": upload("a.json", content)}])
    found = preview.of_kept(model.Session, actor_of(mine), made["resources"][0]["id"])
    assert found.headers == ["a", "c", "d"]
    assert found.rows == [['{"b": 1}', "", ""], ["[1, 2]", "", "True"]]
