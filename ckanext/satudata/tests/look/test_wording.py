"""Dates, instants, numbers and sizes as Indonesian and English readers write them."""

from datetime import date, datetime, timezone

import polib
import pytest

from ckanext.satudata.i18n import build
from ckanext.satudata.shared import wording

AT = datetime(2026, 8, 3, 7, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (lambda: wording.day(date(2026, 8, 3), locale="id"), "3 Agustus 2026"),
        (lambda: wording.day("2026-08-03", weekday=True, locale="id"), "Senin, 3 Agustus 2026"),
        (lambda: wording.instant(AT, locale="id"), "Senin, 3 Agustus 2026 pukul 14.00 WIB"),
        (lambda: wording.instant("2026-08-03T07:00:00", locale="id"), "Senin, 3 Agustus 2026 pukul 14.00 WIB"),
        (lambda: wording.instant(AT, locale="en"), "Monday, 3 August 2026 at 14:00 WIB"),
        (lambda: wording.number(1234567.8, locale="id"), "1.234.567,8"),
        (lambda: wording.number(1234567.8, places=2, locale="en"), "1,234,567.80"),
        (lambda: wording.size(2_400_000, locale="id"), "2,4 MB"),
        (lambda: wording.size(999, locale="id"), "999 B"),
        (lambda: wording.size(3_000_000_000, locale="en"), "3 GB"),
    ],
)
def test_words(said, expected):
    assert said() == expected


@pytest.mark.usefixtures("with_plugins")
def test_where_no_visitor_asks_the_portal_speaks_its_own_language(app):
    assert wording.day(date(2026, 8, 3)) == "3 Agustus 2026"
    with app.flask_app.test_request_context("/"):  # as commands make one
        assert wording.day(date(2026, 8, 3)) == "3 Agustus 2026"


def test_a_day_is_the_governments_own_not_utcs():
    assert wording.as_date("2026-08-03T20:00:00") == date(2026, 8, 4)


@pytest.mark.ckan_config("ckan.display_timezone", "Asia/Jayapura")
def test_the_zone_is_named(ckan_config):
    assert wording.instant(AT, locale="id").endswith("pukul 16.00 WIT")


def test_one_english_text_has_one_indonesian():
    """Of two parts that translate it differently only one is ever shown, on the other's pages too."""
    said: dict[tuple[str | None, str], dict[str, str]] = {}
    for part in sorted(build.HERE.glob("parts/*.id.po")):
        for entry in polib.pofile(str(part)):
            said.setdefault((entry.msgctxt, entry.msgid), {})[part.name] = entry.msgstr
    assert not {text: parts for text, parts in said.items() if len({*parts.values()}) > 1}
