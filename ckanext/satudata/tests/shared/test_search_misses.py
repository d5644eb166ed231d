"""Searches in vain are counted without who looked; words are kept in clear on the third day."""

from __future__ import annotations

import ckan.model as model
import pytest
import sqlalchemy as sa
from freezegun import freeze_time

from ckanext.satudata.domain import search_miss
from ckanext.satudata.model.search_miss import SearchMiss
from ckanext.satudata.shared.finding import search_misses
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


def rows():
    model.Session.rollback()
    return model.Session.execute(
        sa.select(SearchMiss.on, SearchMiss.count, SearchMiss.words).order_by(SearchMiss.on)
    ).all()


def count(words, day):
    with freeze_time(f"2026-08-{day:02d} 05:00"):
        search_misses.record(model.Session.connection(), words)
        model.Session.commit()


def test_only_what_a_visitor_looks_for_by_words_alone_is_counted(app):
    app.get("/dataset/?q=harga+cabai+qx", headers=PERSON)
    app.get("/dataset/?q=Harga++Cabai+qx", headers=PERSON)
    assert [(row.count, row.words) for row in rows()] == [(2, None)]
    for address, headers in (
        ("/dataset/?q=cabai+qy&res_format=CSV", PERSON),
        ("/dataset/?q=cabai+qy", {"User-Agent": "Googlebot/2.1"}),
        ("/dataset/?q=cabai+qy", {"User-Agent": "curl/8"}),
        ("/dataset/?q=budi%40contoh.id", PERSON),
        ("/dataset/?q=3573011203850004", PERSON),
        ("/api/3/action/package_search?q=cabai+qy", PERSON),
    ):
        app.get(address, headers=headers, status=200)
    token = officer("operator")["token"]
    app.get("/dataset/?q=cabai+qy", headers={**PERSON, "Authorization": token}, status=200)
    assert len(rows()) == 1


def test_words_are_written_in_clear_on_the_third_day():
    for day in (1, 1, 1, 2, 3, 4):
        count("harga cabai", day)
    assert [(row.on.day, row.count, row.words) for row in rows()] == [
        (1, 3, None),
        (2, 1, None),
        (3, 1, "harga cabai"),
        (4, 1, "harga cabai"),
    ]


def test_a_program_that_tries_words_does_not_fill_the_table(monkeypatch):
    monkeypatch.setattr(search_miss, "A_DAY", 3)
    for number in range(5):
        count(f"kata {'abcde'[number]}", 1)
    assert len(rows()) == 3
    count("kata b", 2)
    assert len(rows()) == 4


def test_what_is_old_goes_sooner_where_nobody_may_read_it():
    for day in (1, 2, 3):
        count("harga cabai", day)
    count("nama seseorang", 3)
    with freeze_time("2026-12-01"):
        search_misses.forget()
    assert {row.words for row in rows()} == {None, "harga cabai"} and len(rows()) == 3
    with freeze_time("2027-12-01"):
        search_misses.forget()
    assert rows() == []
