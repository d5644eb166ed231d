"""What visitor and operator see is Indonesian: every visible text comes out of a catalogue that has it."""

from __future__ import annotations

import re

import flask_babel
import pytest
from bs4 import BeautifulSoup, Comment

from ckanext.satudata.tests.look.places import settle

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

OPEN, CLOSE = "⟦", "⟧"
ALLOWED = [
    r"https?://\S+|\S+@\S+",
    r"Panduan singkat Markdown",  # in a title inside a translated sentence
    r"qx[\w.-]*",  # data
    r"data-[0-9a-f]{16}",  # the name of what is not public
    r"Satu Data Uji",  # the portal's title (test.ini)
    r"Pemerintah Kota Nusasari",
    r"Terbuka|Terbatas|Tertutup",  # words of the law, the same in every language
    r"CSV|XLSX|JSON-LD|JSON|API|HTML|DCAT|Turtle|RDF/XML|CKAN|PDF|ID|URL|RSS|Atom",
    r"Indonesia|English",
    r"Creative Commons[\w .-]*|Open Data Commons[\w ().-]*|GNU[\w .-]*|Lainnya[\w ().-]*|UK [\w ().-]*",
    r"Januari|Februari|Maret|April|Mei|Juni|Juli|Agustus|September|Oktober|November|Desember",
    r"Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu|pukul|WIB|WITA|WIT",
    r"[kMGT]?B",
    r"/[\w/.-]+",
    r"[0-9a-f]{8}-[0-9a-f-]{27}",
]


class Marked:
    """A catalogue that puts every translation in marks and remembers what it has no Indonesian for."""

    def __init__(self, inner, missing):
        self.inner, self.missing = inner, missing

    def _said(self, asked: str, text: str) -> str:
        if text == asked and asked.strip() and asked not in self.inner._catalog:
            self.missing.add(asked)
        return f"{OPEN}{text}{CLOSE}"

    def gettext(self, message):
        return self._said(message, self.inner.gettext(message))

    def ngettext(self, one, many, count):
        text = self.inner.ngettext(one, many, count)
        if text in (one, many) and (one, 0) not in self.inner._catalog:
            self.missing.add(one)
        return f"{OPEN}{text}{CLOSE}"

    ugettext, ungettext = gettext, ngettext

    def __getattr__(self, name):
        return getattr(self.inner, name)


@pytest.fixture
def missing(monkeypatch):
    """Marks every translation; the set fills with what has none."""
    found: set[str] = set()
    real = flask_babel.Domain.get_translations
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Marked(real(self), found))
    return found


def _pieces(html: str):
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup(["script", "style", "pre", "code"]):
        tag.decompose()
    for attribute in ("placeholder", "aria-label", "alt", "title", "data-module-content"):
        for tag in soup.find_all(attrs={attribute: True}):
            yield tag[attribute]
    # One run of text may go over several elements between its marks.
    yield "\n".join(text for text in soup.find_all(string=True) if not isinstance(text, Comment))


def _left_over(html: str, allowed: list[str]) -> list[str]:
    found = []
    for piece in _pieces(html):
        while re.search(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", piece):
            piece = re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", piece)
        for line in piece.splitlines():
            rest = line
            for pattern in allowed:
                rest = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", " ", rest, flags=re.I)
            if re.search(r"[^\W\d_]{2,}", rest):
                found.append(line.strip())
    return found


VISITOR = [
    "/",
    "/dataset/",
    "/dataset/?q=qxnihil",
    "/dataset/{open}",
    "/dataset/{limited}",
    "/organization/",
    "/organization/{agency}",
    "/organization/about/{agency}",
    "/about",
    "/user/login",
    "/user/reset",
    "/tidak-ada",
    "/dataset/tidak-ada",
]
OPERATOR = [
    "/dataset/new",
    "/dataset/edit/{draft}",
    "/dataset/{draft}",
    "/dataset/{draft}/resource/new",
    "/dataset/resources/{draft}",
    "/user/qx-operator",
    "/user/edit",
    "/dashboard/datasets",
    "/dashboard/organizations",
]


@pytest.mark.ckan_config("ckan.auth.create_unowned_dataset", False)
def test_every_visible_text_is_translated(app, missing):
    place = settle()
    words = _vocabulary_words()
    wrong = {}
    for paths, headers in ((VISITOR, {}), (OPERATOR, {"Authorization": place["operator"]["token"]})):
        for path in paths:
            address = path.format(**place)
            answer = app.get(address, headers=headers, status=404 if "tidak" in path else 200)
            left = _left_over(answer.body, words + ALLOWED)
            if left:
                wrong[address] = left
    assert not wrong, "\n".join(f"{path}: {text}" for path, texts in wrong.items() for text in texts)
    assert not missing, "no Indonesian for:\n" + "\n".join(sorted(missing))


def test_text_outside_the_catalogue_is_noticed():
    assert _left_over("<p>⟦Cari⟧ Qxdata 12</p><p>Search</p>", ALLOWED) == ["Search"]


def _vocabulary_words() -> list[str]:
    """Labels of the closed lists: they carry both languages themselves."""
    from ckanext.satudata.domain import vocabulary

    lists = vocabulary.vocabularies().values()
    return sorted(
        {re.escape(label) for each in lists for term in each.terms for label in term.label.values()},
        key=len,
        reverse=True,
    )
