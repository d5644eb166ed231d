"""Visitors get pages gzipped; a page that carries somebody's secret goes as it is (BREACH)."""

import gzip

import pytest

from ckanext.satudata.tests.look.places import settle

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
TAKES = {"Accept-Encoding": "gzip"}


def test_only_what_holds_no_secret_is_compressed(app):
    token = {"Authorization": settle()["operator"]["token"]}
    visitor = app.get("/", headers=TAKES)
    assert visitor.headers["Content-Encoding"] == "gzip"
    assert b"<h1" in gzip.decompress(visitor.data)
    assert "Accept-Encoding" in visitor.headers["Vary"]
    assert "Content-Encoding" not in app.get("/").headers
    assert "Content-Encoding" not in app.get("/", headers=TAKES | token).headers
    assert "Content-Encoding" not in app.get("/user/edit", headers=TAKES | token).headers
