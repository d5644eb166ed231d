"""Signs that XML does not hold, as they come along with what is pasted: no road of a name leads them into a chart,
where they would end the process, nor into a file that no program opens."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from datetime import date, datetime, timezone
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

import ckanext.satudata as portal
from ckanext.satudata.domain import contact, guestbook, signs
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.report import Chart, Column, Finding, Kind, Period, Report, Table
from ckanext.satudata.shared.documents import letters, report_files, sheets
from ckanext.satudata.shared.publishing import permits
from ckanext.satudata.tests.access.support import make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ODD = "Dinas\x01 \x07\x0b\x0c\x1b\x1f\ufffe\uffffPendidikan"
PLAIN = "Dinas Pendidikan"
SPAN, AT = Period(date(2026, 7, 1), date(2026, 9, 30)), datetime(2026, 8, 31, 17, 30, tzinfo=timezone.utc)

DRAWING = """
from ckanext.satudata.domain import signs
from ckanext.satudata.domain.report import Chart, Drawing, Finding, Kind
from ckanext.satudata.shared.documents import charts
every = [chr(n) for n in (*range(0x20), *range(0x7f, 0xa0), 0x2028, 0xfffe, 0xffff, 0x1ffff)]
said = Finding("{x}", {"x": "".join(every)})
bars = tuple((f"a{sign}b", 3.0) for sign in every)
months = (("2026-07", 1.5), ("2026-08", None))
for chart in (
    Chart(said, "".join(every), Kind.COUNT, bars),
    Chart(said, "".join(every), Kind.COUNT, months, drawing=Drawing.LINE),
    Chart(said, "x\\ud800", Kind.COUNT, (("\\udfffy", 1.0),)),
):
    for wide in (charts.WIDE, charts.NARROW):
        drawn = charts.svg(chart, locale="id", wide=wide)
        assert charts.png(drawn).startswith(b"\\x89PNG")
    assert charts.png(drawn.replace("</svg>", "<text>\\x07</text></svg>"))
    assert signs.held(drawn) == drawn
print("drawn")
"""


def test_what_is_left_out_is_what_a_parser_of_xml_refuses():
    for number in (*range(0x10000), 0x1FFFE, 0x1FFFF, 0x10FFFF):
        sign = chr(number)
        if sign in "<&":
            continue
        try:
            expat.ParserCreate().Parse(b"<a>" + sign.encode() + b"</a>", True)
            is_held = True
        except (expat.ExpatError, UnicodeEncodeError):
            is_held = False
        assert signs.held(sign) == (sign if is_held else ""), hex(number)
    assert signs.held_in({"a": ["x\x07", ("\ufffe", 1, None)]}) == {"a": ["x", ["", 1, None]]}


def test_no_sign_ends_the_process_that_draws_a_chart():
    """In a process of its own: without the guard it ends here, and all tests with it."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", DRAWING], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "drawn\n"), done.stderr[-600:]


def test_one_place_alone_draws():
    found = [
        path.name
        for path in Path(portal.__file__).parent.rglob("*.py")
        if "tests" not in path.parts and re.search(r"vl_convert", path.read_text())
    ]
    assert found == ["charts.py"]


def report(*charts):
    table = Table("t", ODD, (Column(ODD),), ((ODD,),))
    return Report("r", ODD, SPAN, AT, (Finding("{x}: y", {"x": ODD}),), (table,), ODD, charts)


@pytest.mark.parametrize("name", sorted(report_files.FORMATS))
def test_every_file_with_such_a_name_opens(name):
    chart = Chart(Finding("{x}", {"x": ODD}), ODD, Kind.COUNT, ((ODD, 1.0),))
    drawn = () if name in ("pdf", "docx") else (chart,)  # that nothing ends there is tested above
    made = report_files.render(report(*drawn), name, signatory=letters.Signatory(ODD, ODD), locale="id")
    if name in ("xlsx", "docx"):
        parts = zipfile.ZipFile(io.BytesIO(made))
        for part in parts.namelist():
            if part.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(part))
    assert made


def test_a_sheets_name_fits_as_spreadsheets_count():
    long = sheets.sheet_name("😀" * 20 + "'x", set())
    assert long == "😀" * 15 and sheets.sheet_name("a" * 30 + "' b", set()) == "a" * 30
    assert sheets.sheet_name(ODD, set()) == PLAIN


def test_what_citizens_type_loses_them():
    assert contact.cleaned({"name": ODD, "purpose": "a\tb\r\nc"}, ("name", "purpose")) == {
        "name": PLAIN,
        "purpose": "a\tb\nc",
    }
    typed = guestbook.cleaned(dict.fromkeys(guestbook.FIELDS, ODD))
    assert set(typed.values()) == {PLAIN} and set(typed) == set(guestbook.FIELDS)
    nobody = {**typed, "name": guestbook.cleaned({"name": "\uffff\x07"})["name"]}
    assert "name" in [fault.field for fault in guestbook.faults(nobody, consent=True)]


def test_merged_institutions_are_called_without_them():
    given = {"name": "Budi Contoh", "profession": "student", "email": "a@contoh.example", "consent": True}
    helpers.call_action("satudata_guestbook_sign", institution="Univ \uffffContoh", **given)
    walidata = {"user": officer(Role.WALIDATA)["name"], "ignore_auth": False}
    (waiting,) = helpers.call_action("satudata_institution_list", walidata)["waiting"]
    assert waiting["written"] == "Univ Contoh"
    helpers.call_action("satudata_institution_merge", walidata, spellings=[waiting["id"]], name=f" {ODD} ")
    (one,) = helpers.call_action("satudata_institution_list", walidata)["institutions"]
    assert one["name"] == PLAIN
    with pytest.raises(tk.ValidationError) as refused:
        helpers.call_action("satudata_institution_merge", walidata, institutions=[one["id"]], name="\x07\uffff")
    assert "name" in refused.value.error_dict


def test_agencies_and_data_are_called_without_them():
    agency = factories.Organization(title=ODD)
    assert agency["title"] == PLAIN
    by = {"user": factories.Sysadmin()["name"], "ignore_auth": False}
    helpers.call_action("organization_patch", by, id=agency["id"], title=f"{ODD} Kota", singkatan="Dis\x07dik")
    named = helpers.call_action("organization_show", id=agency["id"])
    assert (named["title"], named["singkatan"]) == (f"{PLAIN} Kota", "Disdik")
    with pytest.raises(tk.ValidationError) as refused:
        helpers.call_action("organization_patch", by, id=agency["id"], title="\x07 \uffff")
    assert "title" in refused.value.error_dict
    user = operator()
    data = make(user, user["org"], title=f"Jumlah {ODD}")
    assert data["title"] == f"Jumlah {PLAIN}"
    mine = {"user": user["name"], "ignore_auth": False}
    assert helpers.call_action("package_patch", mine, id=data["id"], title=ODD)["title"] == PLAIN
    with pytest.raises(tk.ValidationError) as refused:
        helpers.call_action("package_patch", mine, id=data["id"], title="\x01")
    assert "title" in refused.value.error_dict


def test_the_feed_is_read_though_an_older_portal_left_such_a_name(app):
    user = operator()
    found = publish(make(user, user["org"], title="Jumlah pasar")["id"])
    with permits.permit(model.Session(), found["id"]):  # past the form
        model.Session.get(model.Package, found["id"]).title = ODD
        model.Session.get(model.Group, user["org"]["id"]).title = ODD
        model.Session.commit()
    feed = ElementTree.fromstring(app.get("/data-terbuka.atom", status=200).body)
    titles = [one.text for one in feed.iter() if one.tag.endswith(("}title", "}name"))]
    assert titles.count(PLAIN) == 2
