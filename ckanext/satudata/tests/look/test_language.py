"""What visitor and operator see is Indonesian: every visible text comes out of a catalogue that has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import ckan
import flask_babel
import polib
import pytest
from babel.messages.extract import extract_from_dir
from bs4 import BeautifulSoup, Comment
from ckan.lib import jinja_extensions
from jinja2.ext import Extension

from ckanext.satudata.domain import sop_flow
from ckanext.satudata.domain.letters import SUBJECTS
from ckanext.satudata.i18n import build
from ckanext.satudata.reports import dashboards, definitions
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.look import asked_places
from ckanext.satudata.tests.look.places import add_officers, add_posts, make, publish, settle

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

OPEN, CLOSE = "⟦", "⟧"
ALLOWED = [
    r"https?://\S+|\S+@\S+",
    r"Panduan singkat Markdown",  # in a title inside a translated sentence
    r"qx[\w.-]*|test\.satudata(?:\.live)?",  # data; the accounts of the portal and of the one that runs beside
    r"data-[0-9a-f]{16}",  # the name of what is not public
    r"Satu Data Uji|malang|Asia/Jakarta",  # options (test.ini)
    r"Pemerintah Kota Nusasari|Dinas Komunikasi dan Informatika|(?:Data )?digunakan sesuai tujuan [^\n]*",  # options
    r"(?:[Dd]apat|[Mm]erupakan) [^.]*\(Pasal 17 huruf [a-j] UU 14/2008\)\.",  # the law's own text
    r"\d+ (?:hari kerja|hari kalender|menit jam layanan|working days|calendar days|minutes of service hours) "
    r"(?:sejak|from) [^.]*; (?:jatuh|due) [^.;]*\d{4}(?:; (?:sementara|provisional), [^.]*)?",  # domain.explain
    r"Terbuka|Terbatas|Tertutup",  # words of the law, the same in every language
    r"CSV|XLSX|DOCX|JSON-LD|JSON Lines|JSON|API|HTML|DCAT|Turtle|RDF/XML|CKAN|PDF|ID|URL|RSS|Atom",
    r"Indonesia|English",
    r"\d+ \w+ yang lalu|\d+/PPID/\d{4}",
    r"Januari|Februari|Maret|April|Mei|Juni|Juli|Agustus|September|Oktober|November|Desember",
    r"Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu|pukul|WIB|WITA|WIT",
    r"[kMGT]?B|SHA-256|[0-9a-f]{64}|QRIS",
    r"(?:[\d.]+/)?\d+/(?:[\w-]+/)?(?:KBR|[A-Z]+(?:-P)?)/\d{4}",  # numbers of letters and objections
    r"seluruh data yang dimohon|[^.\n]* \(alasan administratif\)\.|Informasi yang diminta belum dikuasai [^.]*\.",
    r"Pasal 17 huruf [a-j] UU 14/2008",  # the decision's and the law's own words
    r"/[\w/.-]+",
    r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{8}-[0-9a-f](?=\.\.\.)",
]


class Marked:
    """A catalogue that puts every translation in marks and remembers what it has no Indonesian for."""

    def __init__(self, inner, missing):
        self.inner, self.missing = inner, missing

    def _said(self, asked: str, text: str) -> str:
        # What an error page was told is translated already, and asked for once more there.
        if text == asked and asked.strip() and OPEN not in asked and asked not in self.inner._catalog:
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

    def marked(self):
        is_english = str(flask_babel.get_locale()) == "en"  # whose msgids are its texts
        return Marked(real(self), set() if is_english else found)

    monkeypatch.setattr(flask_babel.Domain, "get_translations", marked)
    return found


def _pieces(html: str):
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup(["script", "style", "pre", "code"]):
        tag.decompose()
    for paper in soup.select(".sd-sop-paper, .sd-sop-diagram"):  # the signed form, Indonesian in every language
        paper.decompose()
    for attribute in ("placeholder", "aria-label", "alt", "title", "data-module-content"):
        for tag in soup.find_all(attrs={attribute: True}):
            yield tag[attribute]
    # One run of text may go over several elements between its marks.
    yield "\n".join(text for text in soup.find_all(string=True) if not isinstance(text, Comment))


@lru_cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.I)


def _left_over(html: str, allowed: list[str]) -> list[str]:
    found = []
    known = _any_of(tuple(allowed))
    for piece in _pieces(html):
        while re.search(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", piece):
            piece = re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", piece)
        for line in piece.splitlines():
            if re.search(r"[^\W\d_]{2,}", line) and re.search(r"[^\W\d_]{2,}", known.sub(" ", line)):
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
    "/pengembang",
    "/dataset/{open}/resource/{open_file}",
    "/dataset/{limited}/resource/{limited_file}",
    "/dataset/{chart}",
    "/dataset/{chart}?grafik={chart_file}",
    "/dataset/{open}?grafik={open_file}",
    "/group/",
    "/dataset/?tags=qxkunci",
    "/dataset/?q=qxa:Qxterbuka",
    "/laporan?salah=%00",
    "/user/login",
    "/user/reset",
    "/tidak-ada",
    "/dataset/tidak-ada",
    "/permohonan/baru?dataset={limited}",
    "/permohonan/lacak",
    "/permohonan/lacak/{ref}",
    "/sop",
    "/sop/request",
    "/laporan-layanan",
    "/standar-pelayanan/pengaduan",
    "/standar-pelayanan/pengaduan/lacak",
    "/daftar-informasi-publik",
    "/daftar-informasi-dikecualikan",
    "/daftar-data/terbatas",
    "/publikasi",
    "/publikasi/{post}",
    "/statistik",
    "/unduh/{open_file}/berkas",
    "/unduh/{open_file}/berkas/mulai",
    "/buku-tamu/data-saya",
    "/buku-tamu/data-saya/x",
]
OPERATOR = [
    "/dataset/new",
    "/dataset/edit/{draft}",
    "/dataset/{draft}",
    "/dataset/{draft}/resource/new",
    "/dataset/{draft}/resource/{file}",
    "/dataset/{draft}/resource/{file}/edit",
    "/dataset/resources/{draft}",
    "/dataset/activity/{draft}",
    "/organization/activity/{agency}",
    "/user/qx-operator",
    "/user/edit",
    "/user/qx-operator/api-tokens",
    "/user/activity/qx-operator",
    "/dashboard/",
    "/organization/members/{agency}",
    "/dashboard/datasets",
    "/dashboard/organizations",
    "/meja",
    "/meja/bersama",
    "/meja/surel",
    "/meja/data/draf",
    "/meja/impor-daftar",
    "/meja/{draft_post}",
    "/meja/{draft_post}/publikasi",
    "/meja/{draft_post}/publikasi/data",
    "/meja/{shown_post}",
    "/meja/{shown_post}/publikasi/kanal",
]
PPID = ["/meja", "/meja/{case}", "/meja/masa-berlaku", "/meja/daftar-data/tertutup", "/meja/informasi-dikecualikan"]
PPID += ["/meja/informasi-dikecualikan/{limited_id}", "/keputusan", "/keputusan/baru", "/keputusan/{decree}"]
PPID += ["/keputusan/{decree}/ubah", "/berita-acara", "/berita-acara/baru", "/berita-acara/{minutes}"]
MANAGER = [
    "/group/new",
    "/organization/new",
    "/ckan-admin",
    "/ckan-admin/trash",
    "/ckan-admin/config",
    "/laporan",
    "/dasbor/walidata",
    "/dasbor/ppid",
    "/dasbor/agency",
    "/laporan?name=service&from_on=2025-01-01&until_on=2025-12-31",
    "/admin/satudata",
    "/admin/satudata/pemerintah",
    "/admin/satudata/hari-libur",
    "/admin/satudata/hari-libur/impor",
    "/admin/satudata/jam-layanan",
    "/admin/satudata/surel",
    "/admin/satudata/pemeriksaan",
    "/admin/satudata/jurnal",
    "/admin/satudata/pejabat",
    "/admin/satudata/pejabat/baru",
    "/admin/satudata/pejabat/impor",
    "/admin/satudata/pejabat/orang/{ppid[id]}",
]
WALIDATA = ["/meja/buku-tamu", "/meja/buku-tamu/orang", "/meja/buku-tamu/instansi", "/meja/buku-tamu/aturan"]
GUESTS = [(VISITOR + asked_places.VISITOR, None), (OPERATOR, "operator"), (PPID + asked_places.PPID, "ppid")]
GUESTS += [(asked_places.PEMBANTU, "pembantu"), (asked_places.SUPERIOR, "superior"), (MANAGER, "manager")]
GUESTS += [(WALIDATA, "walidata")]


def test_every_visible_text_is_translated(app, missing):
    place = settle()
    add_officers(place)
    table = make(place, "qx-grafik", "terbuka", {"qx.csv": b"qxnama;qxjumlah\nQxa;3\nQxb;5\nQxa;4\nJumlah;12\n"})
    place |= {"chart": publish(table), "chart_file": table["resources"][0]["id"]}
    add_posts(place, place["chart_file"])
    asked_places.add_requests(place)
    _remember_requests(app, place)
    missing.clear()  # what was said outside a request has no language
    known = sorted(re.escape(title) for title in SUBJECTS.values())  # what a letter is called, on paper and here
    known += _report_words() + _words_of_the_procedures() + _vocabulary_words()
    allowed = sorted(known, key=lambda text: -len(text)) + ALLOWED
    wrong = {}
    for paths, who in GUESTS:
        headers = {"Authorization": place[who]["token"]} if who else {}
        for path in paths:
            for tongue in ("", "/en"):
                address = tongue + path.format(**place)
                status = 404 if "tidak" in path else 400 if "salah" in path else 200
                answer = app.get(address, headers=headers, status=status)
                left = _left_over(answer.body, allowed + ENGLISH if tongue else allowed)
                if left:
                    wrong[address] = left
    assert not wrong, "\n".join(f"{path}: {text}" for path, texts in wrong.items() for text in texts)
    missing -= {*_texts_of_files(), *SUBJECTS.values()}
    assert not missing, "no Indonesian for:\n" + "\n".join(sorted(missing))


ENGLISH = [
    r"\((?:open|limited|closed)\)",
    r"Markdown quick reference",
    r"\d+ \w+ ago|at(?= \d\d:\d\d)",
    r"January|February|March|May|June|July|August|October|December",
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day",
]


INDONESIAN = r"\b(yang|dan|untuk|dengan|tidak|dari|anda|atau|pada|adalah|belum|sudah|ini|oleh|akan)\b"


def test_messages_are_english():
    """English screens show the msgids themselves."""
    parts = Path(build.__file__).parent / "parts"
    found = {entry.msgid for part in parts.glob("*.id.po") for entry in polib.pofile(str(part))}
    assert len(found) > 1000
    assert [text for text in sorted(found) if re.search(INDONESIAN, text, re.I)] == []


def _remember_requests(app, place):
    """The page of a request opens for the browser that gave number and code."""
    for asked in (place, *(place[name] for name in asked_places.ASKED)):
        app.post("/permohonan/lacak", data={"number": asked["number"], "tracking_code": asked["code"]})


def test_text_outside_the_catalogue_is_noticed():
    assert _left_over("<p>⟦Cari⟧ Qxdata 12</p><p>Search</p>", ALLOWED) == ["Search"]


def _report_words() -> list[str]:
    """A report's file holds its words in both languages; that it does, tests/domain/test_report_definition.py asks."""
    return sorted({re.sub(r"\\{\w+\\}", r"[^<]+?", re.escape(text)) for text in _texts_of_files()})


def _texts_of_files() -> Iterator[str]:
    for files in (definitions, dashboards):
        for one in files.current().values():
            yield from one.texts


def _vocabulary_words() -> list[str]:
    """Labels of the closed lists: they carry both languages themselves."""
    from ckanext.satudata.domain import vocabulary

    lists = vocabulary.vocabularies().values()
    return sorted(
        {re.escape(label) for each in lists for term in each.terms for label in term.label.values()},
        key=len,
        reverse=True,
    )


def _words_of_the_procedures() -> list[str]:
    """The procedure is a decree in Indonesian and is quoted in every language."""
    found: set[str] = {*sop_flow.WORDS.values()}
    for sop in sops.current().values():
        found |= {sop.title, sop.reading}
        for value in sop.head.values():
            found |= {str(one) for one in (value if isinstance(value, (list, tuple)) else [value])}
        for step in sop.steps.values():
            found |= {step.uraian, step.waktu_text, step.keterangan, *step.kelengkapan, *step.output}
    return sorted((re.escape(text) for text in found if text), key=len, reverse=True)


def test_every_text_of_templates_and_code_has_indonesian():
    """Also of pages and states that no test opens."""
    ours = Path(build.__file__).parents[1]
    core = Path(ckan.__file__).parent / "i18n/id/LC_MESSAGES/ckan.po"
    parts = [core, *(build.HERE / "parts").glob("*.id.po")]
    known = {entry.msgid for part in parts for entry in polib.pofile(str(part)) if entry.translated()}
    extensions = [f"{one.__module__}.{one.__name__}" for one in vars(jinja_extensions).values() if _is_extension(one)]
    found = extract_from_dir(
        ours,
        method_map=[("tests/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")],
        options_map={
            "**/templates/**.html": {"trimmed": "true", "extensions": ",".join(["jinja2.ext.do", *extensions])}
        },
        keywords={"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "ungettext": (1, 2)},
    )
    texts = {text if isinstance(text, str) else text[0]: f"{file}:{line}" for file, line, text, *_ in found}
    # A single small word is the name of what is translated: `tk._(row["label"])`.
    missing = {text: at for text, at in texts.items() if text not in known and not re.fullmatch("[a-z_]+", text)}
    assert len(texts) > 3000 and not missing


def _is_extension(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, Extension) and one.__module__ == jinja_extensions.__name__
