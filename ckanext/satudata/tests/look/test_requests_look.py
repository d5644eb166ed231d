"""Every page of requests and objections in a real browser, in both languages: by axe, and no wider than 360 px.

What is folded is unfolded first, and forms are looked at once more as they come back refused.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import helpers

from ckanext.satudata.model.case import Case
from ckanext.satudata.ppid import addresses, drafts, erasure, requests
from ckanext.satudata.shared import process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.tests.look.asked_places import ASKED, NOTE, _table, add_requests
from ckanext.satudata.tests.look.places import QUESTION, add_officers, give, settle
from ckanext.satudata.tests.look.test_browser import AXE, TOO_WIDE
from ckanext.satudata.tests.support import limits

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("with_plugins"),
]

MORE = ("granted", "denied", "attested", "forwarded", "closed", "office", "numbering")
"""Steps 8a and 9, 8a and 14, 13, 15, finished, of a government office, with a letter that waits for its number."""
TONGUES = ("", "/en")
CHECK = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter(found => found.impact !== 'minor')
  .map(found => found.impact + ' ' + found.id + ': ' + found.nodes.map(node => node.html.slice(0, 160) + ' | '
    + node.target + ' | ' + (node.any[0] ? node.any[0].message : '')).join('; '))"""
UNFOLD = "() => document.querySelectorAll('main details').forEach(one => { one.open = true })"
PAGES = {
    None: [
        "/permohonan/baru",
        "/permohonan/baru?dataset={limited}",
        "/permohonan/baru?q=qxkunjungan qxpasien",
        "/permohonan",
        "/permohonan/lacak?no={number}",
        "/permohonan/lacak/{ref}",
        "/permohonan/lacak/{lacking[ref]}",
        "/permohonan/lacak/{lying[ref]}",
        "/permohonan/lacak/{given[ref]}",
        "/permohonan/lacak/{ready[ref]}",
        "/permohonan/lacak/{refused[ref]}",
        "/permohonan/lacak/{closed[ref]}",
        "/permohonan/lacak/{office[ref]}",
        "/permohonan/lacak/{given[ref]}/keberatan",
        "/permohonan/register",
        "/permohonan/jawaban",
        "/surat/{letter}",
        "/surat/tidak-ada",
        "/berkas/{token}",
        "/sop/request",
        "/sop/objection",
        "/sop/government_request",
    ],
    "ppid": [
        "/meja",
        "/meja?process=request",
        "/meja/selesai",
        "/meja/permohonan/baru",
        "/meja/permohonan/impor",
        "/meja/register/permohonan",
        "/meja/register/keberatan",
        "/meja/keberatan/baru",
        "/meja/keberatan/{answered}/sengketa",
        "/meja/jawaban/{given[id]}",
        "/meja/{held[case]}/samarkan/{handover}",
        "/permohonan/loket/{ready[id]}",
        "/permohonan/tautan/{given[id]}/akhiri",
        "/permohonan/tautan/{given[id]}/baru",
        "/permohonan/surat/{letter_id}/pindaian",
        "/meja/{case}",
        "/meja/{lacking[case]}",
        "/meja/{lying[case]}",
        "/meja/{granted[case]}",
        "/meja/{denied[case]}",
        "/meja/{held[case]}",
        "/meja/{attested[case]}",
        "/meja/{forwarded[case]}",
        "/meja/{numbering[case]}",
        "/meja/{given[case]}",
        "/meja/{ready[case]}",
        "/meja/{refused[case]}",
        "/meja/{closed[case]}",
        "/meja/{erasure_case}",
        "/meja/{candidate_case}",
        "/meja/tanda-tangan",
    ],
    "pembantu": ["/meja", "/meja/{lying[case]}", "/meja/{granted[case]}", "/meja/{denied[case]}", "/meja/{held[case]}"],
    "superior": ["/meja", "/meja/{objection_case}", "/meja/{answered_case}", "/meja/register/keberatan"],
    "walidata": ["/meja", "/meja/{office[case]}"],
}
REFUSED = {
    None: [
        ("/permohonan/baru", "main form[enctype] button.sd-btn-primary"),
        ("/permohonan/lacak", "main form button[type=submit]"),
        ("/permohonan/lacak/{lying[ref]}", "form[action$='/pesan'] button[type=submit]"),
        ("/permohonan/lacak/{lying[ref]}", "form[action$='/kode'] button[type=submit]"),
        ("/permohonan/lacak/{lying[ref]}", "form[action$='/batal'] button[type=submit]"),
        ("/permohonan/lacak/{closed[ref]}", "form[action$='/survei'] button[type=submit]"),
        ("/permohonan/lacak/{given[ref]}/keberatan", "main form.sd-card button[type=submit]"),
        ("/berkas/{token}", "main form button[type=submit]"),
    ],
    "ppid": [
        ("/meja/permohonan/baru", "main form[enctype] button.sd-btn-primary"),
        ("/meja/permohonan/impor", "main form[enctype] button[type=submit]"),
        ("/meja/keberatan/baru", "main form[enctype] button.sd-btn-primary"),
        ("/meja/keberatan/{answered}/sengketa", "main form[enctype] button[type=submit]"),
        ("/permohonan/loket/{ready[id]}", "main form[enctype] button.sd-btn-primary"),
        ("/permohonan/tautan/{given[id]}/akhiri", "main form button.sd-btn-primary, main form button.sd-btn-danger"),
        ("/permohonan/surat/{letter_id}/pindaian", "main form[enctype] button[type=submit]"),
        ("/meja/{case}", "details[data-command=incomplete] button[type=submit]"),
        ("/meja/{case}", "details[data-command=route] button[type=submit]:not([formaction])"),
        ("/meja/{case}", "details[data-command=extend] button[type=submit]"),
        ("/meja/{held[case]}", "details[data-command=attest] button[type=submit]"),
        ("/meja/{erasure_case}", "details[data-command=refuse] button[type=submit]"),
    ],
    "pembantu": [
        ("/meja/{lying[case]}", "details[data-command=refuse] button[type=submit]"),
        ("/meja/{lying[case]}", "details[data-command=not_held] button[type=submit]"),
        ("/meja/{granted[case]}", "details[data-command=handover] button[type=submit]"),
    ],
    "superior": [
        ("/meja/{objection_case}", "details[data-command=refuse] button[type=submit]"),
        ("/meja/{objection_case}", "details[data-command=settle] button[type=submit]"),
    ],
}
"""Forms that are sent empty, each with its button."""


@pytest.fixture
def place(live_portal):
    found = settle()
    add_officers(found)
    add_requests(found)
    _add_more(found)
    return found


def _add_more(place):
    """Adds `MORE`, and the cases beside them."""
    limits.forget()
    agency = model.Group.get(place["agency"]).id
    for turn, name in enumerate(MORE):
        sent = {"question": f"Qxpertanyaan qxtentang qx{name}", "email": f"qx-{name}@contoh.example"}
        if name == "office":
            sent |= {"applicant_kind": "government", "institution": "Qxkantor", "email": "qx@qxkota.go.id", "nik": ""}
        made = helpers.call_action(
            "satudata_ppid_request_create", **{**QUESTION, **sent, "phone": f"0812 9999 002{turn}"}
        )
        row = requests.find(model.Session, made["ref"])
        place[name] = {"id": row.id, "ref": row.ref, "number": row.number, "case": row.case_id}
        place[name]["code"] = requests.tracking_code(row)
        if name == "office":
            addresses.confirm(model.Session, row.id, requests.confirmation_code(row))
            model.Session.commit()
        else:
            give("qx-ppid", row.case_id, "route", organization_id=agency, dip_result="listed")
    for name in ("denied", "forwarded"):
        give("qx-pembantu", place[name]["case"], "refuse", reason_code="17h", note=NOTE)
    give("qx-pembantu", place["forwarded"]["case"], "forward")
    give("qx-pembantu", place["granted"]["case"], "grant")
    for name in ("attested", "closed", "numbering"):
        _hand_over(place[name])
    give("qx-ppid", place["closed"]["case"], "deliver")
    process.apply({}, place["closed"]["case"], "close", actor=APPLICANT)
    place["erasure_case"] = erasure.ask(model.Session, place["closed"]["id"]).id
    model.Session.commit()
    newest = sa.select(Case).where(Case.process == "list_candidate").order_by(Case.started_at)
    place["candidate_case"] = model.Session.scalars(newest).first().id
    answered = sa.select(Case.id).where(Case.process == "objection", Case.ended_at.is_not(None))
    place["answered_case"] = model.Session.scalars(answered).one()


def _hand_over(asked):
    give("qx-pembantu", asked["case"], "grant")
    give("qx-pembantu", asked["case"], "handover", upload=_table())
    sha256 = drafts.latest_handover(model.Session, requests.find(model.Session, asked["ref"])).sha256
    give("qx-ppid", asked["case"], "attest", sha256=sha256, checked="true")


class Looker:
    """A browser that gathers what is wrong with each page it opens."""

    def __init__(self, portal, page, place):
        self.portal, self.page, self.place, self.faults = portal, page, place, []

    def open(self, address):
        """Opens it in both languages and looks at each."""
        self.prove(address)
        for tongue in TONGUES:
            self.go(tongue + address)
            self.look(tongue + address)

    def go(self, address):
        """Opens it; what leads elsewhere is a fault of the list."""
        answer = self.page.goto(self.portal.url + address)
        assert answer.status == (404 if address.endswith("tidak-ada") else 200), address
        assert urlsplit(self.page.url).path == urlsplit(address).path, self.page.url

    def look(self, called):
        """What stands open now, at both widths."""
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.evaluate(UNFOLD)
        self.page.add_script_tag(path=str(AXE))
        for width in (1280, 360):
            self.page.set_viewport_size({"width": width, "height": 740})
            self.faults += [f"{called} {width}: {fault}" for fault in self.page.evaluate(CHECK)]
            if self.page.evaluate(TOO_WIDE):
                self.faults.append(f"{called} {width}: wider than the screen")

    def refused(self, address, selector):
        """The form as it comes back when it is sent empty."""
        self.prove(address)
        for tongue in TONGUES:
            self.go(tongue + address)
            self.page.evaluate(UNFOLD)
            self.page.evaluate("() => document.querySelectorAll('main form').forEach(one => { one.noValidate = true })")
            self.page.locator(selector).first.click()
            self.page.wait_for_load_state()
            if not self.page.locator("main .sd-error, main .alert, main .sd-notice-bad").count():
                self.faults.append(f"{tongue}{address} {selector}: no refusal is shown")
            self.look(f"{tongue}{address} refused")

    def prove(self, address):
        """Number and code open the pages of a request."""
        asked = next((one for one in self.asked() if f"/lacak/{one['ref']}" in address), None)
        if asked is None:
            return
        self.page.goto(self.portal.url + "/permohonan/lacak")
        self.page.fill("#field-number", asked["number"])
        self.page.fill("#field-tracking_code", asked["code"])
        self.page.click("main form button[type=submit]")
        self.page.wait_for_url("**/permohonan/lacak/*")

    def asked(self):
        """The requests of the place."""
        return [self.place, *(self.place[name] for name in ASKED + MORE)]


@pytest.fixture
def looker(live_portal, place, new_page):
    """`looker(who)`: that person's browser."""

    def begun(who):
        headers = {"Authorization": place[who]["token"]} if who else {}
        return Looker(live_portal, new_page(extra_http_headers=headers), place)

    return begun


@pytest.mark.parametrize("who", PAGES)
def test_no_page_is_hard_to_use(looker, place, who):
    one = looker(who)
    for path in PAGES[who]:
        one.open(path.format(**place))
    assert not one.faults, "\n".join(one.faults)


@pytest.mark.parametrize("who", REFUSED)
def test_no_refused_form_is_hard_to_use(looker, place, who):
    one = looker(who)
    for path, button in REFUSED[who]:
        one.refused(path.format(**place), button)
    assert not one.faults, "\n".join(one.faults)
