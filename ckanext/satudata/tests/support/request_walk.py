"""The ways a request can go, through the pages' own forms, for a `Person` with or without a browser.

A walk knows addresses, fields and buttons; what the database holds in the end is told by `Stage.end`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

import ckan.model as model
import sqlalchemy as sa
from ckan.tests import factories
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.support import whole_files
from ckanext.satudata.tests.support.mail import text_of
from ckanext.satudata.tests.support.way import PASSWORD, WHY

ASKED = {
    "question": "Jumlah kunjungan pasien per kecamatan 2023 sampai 2025",
    "name": "Kirana Contoh",
    "address": "Jalan Contoh Nomor 7, Nusasari",
    "occupation": "Mahasiswa",
    "email": "kirana@contoh.example",
    "purpose": "Penelitian skripsi tentang pemerataan layanan kesehatan",
    "citizen": "true",
    "consent": "true",
}
OFFICE = {
    "applicant_kind": "government",
    "institution": "Dinas Perumahan Contoh",
    "email": "data@perumahan.nusasari.go.id",
    "occupation": "Analis data",
}
TABLE = (b"kecamatan,jumlah\nKlojen,12\nLowokwaru,7\n", "kunjungan.csv")
OBJECTED = "Angka per kecamatan tidak mengenali seorang pun; mohon diberikan."
ANSWERED = "Angka per kecamatan tidak memuat orangnya dan dapat diberikan seluruhnya."
OFFICERS = {
    "ppid": Role.PPID,
    "pembantu": Role.PPID_PEMBANTU,
    "walidata": Role.WALIDATA,
    "superior": Role.PPID_SUPERIOR,
}
ASKING = "form.sd-stack[enctype]"


class Person(Protocol):
    """Somebody at the pages."""

    at: str

    def open(self, path: str) -> Any: ...

    def send(self, form: str, button: str = "", /, **fields: Any) -> Any:
        """Fills the first form that the selector finds and presses its button, the first one where none is named."""

    def take(self, form: str, /, **fields: Any) -> bytes:
        """The same with a form that begins a download."""

    def text(self) -> str: ...

    def texts(self, selector: str) -> list[str]: ...

    def links(self, selector: str) -> list[str]:
        """Where the links lead, each a path."""


class Stage:
    """An agency, its officers at their desks, and citizens who come; a subclass says how each sits there.

    `begun` is the path of a request's page for the citizen, `row()` the request itself.
    """

    mail_sink: Any

    def __init__(self) -> None:
        self.desks: dict[str, Person] = {}
        self.users: dict[str, dict[str, Any]] = {}
        # A role counts from the day on at which it was given: walks begin in the past, too.
        with self.earlier(60):
            self.agency = factories.Organization(name="dinas-kesehatan", title="Dinas Kesehatan")
            for key, role in OFFICERS.items():
                about = {"name": f"petugas-{key}", "fullname": f"Petugas {key.title()}", "password": PASSWORD}
                user = factories.User(**about, email=f"petugas-{key}@nusasari.example")
                hold(user["id"], role, self.agency["id"] if key == "pembantu" else None)
                self.users[key] = user

    @contextmanager
    def earlier(self, days: int) -> Iterator[None]:
        """So many days ago; who was logged in then is not any more."""
        with freeze_time(clock.now() - timedelta(days=days), tick=True):
            yield
        self.desks.clear()

    def citizen(self) -> Person:
        """Somebody at a new browser."""
        raise NotImplementedError

    def officer(self, key: str) -> Person:
        """The one of `OFFICERS`."""
        raise NotImplementedError

    def work(self) -> None:
        """Everything that comes round: mails, requests whose time is over."""
        raise NotImplementedError

    def desk(self, key: str) -> Person:
        """The officer at his desk, who logs in once."""
        if key not in self.desks:
            self.desks[key] = self.officer(key)
        return self.desks[key]

    # ------------------------------------------------------------ what each does

    def ask(self, who: Person, /, **changes: str) -> PpidRequest:
        """From the form to number and code, which the page shows."""
        who.open("/permohonan/baru")
        who.send(ASKING, **{name: value for name, value in {**ASKED, **changes}.items() if value})
        number, code = who.texts(".sd-notice dd")[:2]
        (row,) = [one for one in self.rows() if one.number == number]
        assert who.at == f"/permohonan/lacak/{row.ref}" and len(code) >= 8
        return row

    def prove(self, citizen: Person, row: PpidRequest, code: str) -> None:
        """The page of the request, by number and code."""
        citizen.open("/permohonan/lacak")
        citizen.send("main form[method=post]", number=row.number, tracking_code=code)
        assert citizen.at == f"/permohonan/lacak/{row.ref}"

    def confirm(self, citizen: Person, row: PpidRequest, address: str) -> None:
        """The code out of the mail."""
        self.work()
        mail = text_of(self.mail_sink.wait(1, to=address)[0])
        found = re.search(r"\b\d{6}\b", mail)
        assert found is not None, mail
        self.page_of(citizen, row)
        citizen.send("form[action$='/kode']", code=found[0])
        assert not citizen.texts("form[action$='/kode']")

    def page_of(self, citizen: Person, row: PpidRequest) -> Person:
        """The citizen looks at the request's page again."""
        citizen.open(f"/permohonan/lacak/{row.ref}")
        return citizen

    def case(self, key: str, row: PpidRequest | Objection) -> Person:
        """The officer, who finds it under its number on the desk and opens it there."""
        officer, path = self.desk(key), f"/meja/{row.case_id}"
        officer.open("/meja")
        assert [one for one in officer.texts(f".sd-desk tbody th a[href$='{path}']") if row.number in one], (
            officer.text()
        )
        officer.open(path)
        return officer

    def give(self, key: str, row: PpidRequest | Objection, command: str, **fields: Any) -> Person:
        """A command, on the page of the case that stands on the officer's desk."""
        officer, path = self.case(key, row), f"/meja/{row.case_id}"
        officer.send(f"details[data-command={command}] form", **fields)
        assert officer.at == path and officer.texts(".alert-success"), officer.text()
        return officer

    def route(self, row: PpidRequest, key: str = "ppid") -> None:
        """To the agency, whose name the officer finds on the form."""
        ticked = {f"agency:{self.agency['id']}": self.agency["id"]}
        self.give(key, row, "route", dip_result="listed", **ticked)

    def hand_over(self, row: PpidRequest, key: str = "ppid") -> None:
        """The file, its check and the attestation: rows 9 and 10."""
        self.give("pembantu", row, "handover", upload=TABLE)
        self.give(key, row, "attest", checked="true")

    def fetch(self, citizen: Person, row: PpidRequest) -> None:
        """The file by the personal link; then the request is closed by who asked."""
        self.page_of(citizen, row)
        (link,) = [one for one in citizen.links("main a[href*='/berkas/']") if "/surat/" not in one]
        citizen.open(link)
        assert citizen.take("main form[method=post]", terms="true") == TABLE[0]
        self.page_of(citizen, row)
        citizen.send("form[action$='/selesai']")
        if row.applicant_kind != "government":
            citizen.send("form[action$='/survei']", service="4", fit="yes")
        assert citizen.texts(".alert-success")

    # ------------------------------------------------------------ what came of it

    def rows(self) -> list[PpidRequest]:
        """All requests, as they are now."""
        model.Session.rollback()
        model.Session.expire_all()
        return list(model.Session.scalars(sa.select(PpidRequest).order_by(PpidRequest.received_at)))

    def end(self, row: PpidRequest, decision: str, *letters: str, open_steps: tuple[str, ...] = ()) -> None:
        """Decision, letters in their order (each with a number of its own) and steps that are still open."""
        (row,) = [one for one in self.rows() if one.id == row.id]
        written = model.Session.scalars(Letter.of_subject("ppid_request", row.id)).all()
        found = row.decision, [one.kind for one in written]
        assert found == (decision, list(letters)), found
        assert len({one.number for one in written}) == len(written)
        steps = model.Session.scalars(CaseStep.open_of(row.case_id))
        assert tuple(sorted(step.no for step in steps)) == open_steps
        assert (row.closed_at is not None) is not bool(open_steps), row.closed_at
        self.is_registered(row)

    def is_registered(self, row: PpidRequest) -> None:
        """It stands in the public register, which tells of no office's request, without its applicant."""
        anybody = self.citizen()
        anybody.open("/permohonan/register")
        is_public = row.applicant_kind != "government"
        assert (row.number in anybody.text()) is is_public and ASKED["name"] not in anybody.text()


def granted(stage: Stage) -> None:
    """Confirmed, complete, routed, granted, told, given by link, fetched."""
    citizen = stage.citizen()
    row = stage.ask(citizen)
    stage.confirm(citizen, row, ASKED["email"])
    stage.give("ppid", row, "complete")
    stage.route(row)
    stage.give("pembantu", row, "grant")
    stage.give("ppid", row, "notify")
    stage.page_of(citizen, row)
    assert citizen.links("main a[href*='/surat/']")
    stage.hand_over(row)
    stage.give("ppid", row, "deliver")
    stage.work()
    assert "/berkas/" in text_of(stage.mail_sink.to(ASKED["email"])[-1])
    stage.fetch(citizen, row)
    stage.end(
        row, "granted", "receipt", "request_pembantu", "decision", "notice", "delivery_ppid", "delivery_applicant"
    )


def granted_in_part(stage: Stage) -> None:
    """One part given, one withheld, in one decision; the notice waits for no more than its day."""
    citizen = stage.citizen()
    row = stage.ask(citizen)
    stage.route(row)
    parts = {"part_1_what": "Angka per kecamatan", "part_1_decision": "granted"}
    parts |= {"part_2_what": "Nama pasien", "part_2_decision": "refused"}
    stage.give("pembantu", row, "grant_in_part", reason_code="17h", note=WHY, **parts)
    stage.give("ppid", row, "notify")
    stage.hand_over(row)
    stage.give("ppid", row, "deliver")
    stage.fetch(citizen, row)
    assert citizen.links("a[href$='/keberatan']"), "what is withheld can be objected to"
    stage.end(
        row,
        "granted_in_part",
        *("receipt", "request_pembantu", "decision", "notice", "delivery_ppid", "delivery_applicant"),
    )


def refuse(stage: Stage, citizen: Person) -> PpidRequest:
    """By the PPID Pembantu, and by PPID's letter to the applicant."""
    row = stage.ask(citizen)
    stage.route(row)
    stage.give("pembantu", row, "refuse", reason_code="17h", note=WHY)
    stage.give("pembantu", row, "forward")
    stage.give("ppid", row, "deliver")
    return row


REFUSED = ("receipt", "request_pembantu", "decision", "refusal_ppid", "refusal_applicant")


def refused_at_both_levels(stage: Stage) -> None:
    """Rows 8, 14 and 15."""
    citizen = stage.citizen()
    row = refuse(stage, citizen)
    stage.page_of(citizen, row)
    assert citizen.links("a[href$='/keberatan']") and not citizen.links("main a[href*='/berkas/']")
    stage.end(row, "refused", *REFUSED)


def refused_by_ppid_itself(stage: Stage, seeding: Stage | None = None) -> None:
    """The PPID Pembantu is silent; PPID takes the step over and refuses."""
    begun = seeding or stage
    with begun.earlier(30):
        row = begun.ask(begun.citizen())
        begun.route(row)
    with begun.earlier(15):
        begun.give("ppid", row, "take_over")
        begun.give("ppid", row, "refuse", reason_code="17h", note=WHY)
    stage.give("ppid", row, "take_over")
    stage.give("ppid", row, "forward")
    stage.give("ppid", row, "deliver")
    stage.end(row, "refused", *REFUSED)


def incomplete_and_repaired(stage: Stage) -> None:
    """Something is missing, is sent on the tracking page, and the request goes on to where the data lies open."""
    citizen = stage.citizen()
    row = stage.ask(citizen, phone="0812 9999 0007")
    stage.give("ppid", row, "incomplete", missing_purpose="true", note="Sebutkan kegunaannya.")
    stage.page_of(citizen, row)
    citizen.send("form[action$='/lengkapi']", purpose="Penelitian tesis tentang pemerataan layanan kesehatan")
    assert citizen.texts(".alert-success") and not citizen.texts("form[action$='/lengkapi']")
    stage.give("ppid", row, "complete")
    stage.give("ppid", row, "already_public", link="https://nusasari.example/data")
    stage.page_of(citizen, row)
    assert "https://nusasari.example/data" in citizen.text()
    stage.end(row, "already_public", "receipt", "incomplete", "notice")


def incomplete_and_not_repaired(stage: Stage, seeding: Stage | None = None) -> None:
    """The portal ends it; the citizen comes back and asks again with what stood there."""
    begun = seeding or stage
    with begun.earlier(25):
        asking = begun.citizen()
        row = begun.ask(asking, phone="0812 9999 0007")
        code = asking.texts(".sd-notice dd")[1]
        begun.give("ppid", row, "incomplete", missing_purpose="true", note="Sebutkan kegunaannya.")
    stage.work()
    citizen = stage.citizen()
    stage.prove(citizen, row, code)
    (again,) = citizen.links("main a[href*='again=']")
    citizen.open(again)
    assert ASKED["question"] in citizen.texts("textarea[name=question]")[0]
    citizen.send(ASKING, **{name: value for name, value in ASKED.items() if name != "question"})
    assert len(stage.rows()) == 2 and citizen.texts(".sd-notice dd")[0] != row.number
    stage.end(row, "not_processed", "receipt", "incomplete", "not_processed")


def lapsed_unconfirmed(stage: Stage, seeding: Stage | None = None) -> None:
    """Nobody typed the code of the mail."""
    begun = seeding or stage
    with begun.earlier(25):
        asking = begun.citizen()
        row = begun.ask(asking)
        code = asking.texts(".sd-notice dd")[1]
        begun.work()
    stage.work()
    citizen = stage.citizen()
    stage.prove(citizen, row, code)
    assert row.number in citizen.text() and not citizen.texts("form[action$='/kode']")
    stage.end(row, "lapsed", "receipt")


def extended(stage: Stage) -> None:
    """More time once, then given at the counter against a signed receipt."""
    citizen = stage.citizen()
    row = stage.ask(citizen, form="hard", phone="0812 9999 0007")
    before = stage.page_of(citizen, row).texts("#when-title ~ dl dd, section[aria-labelledby=when-title] dd")
    stage.give("ppid", row, "extend", extension_code="not_held", note="Data masih dikumpulkan puskesmas.")
    after = stage.page_of(citizen, row).texts("#when-title ~ dl dd, section[aria-labelledby=when-title] dd")
    assert before != after
    stage.route(row)
    officer = stage.desk("ppid")
    officer.open(f"/meja/{row.case_id}")
    assert not officer.texts("details[data-command=extend]"), "once"
    stage.give("pembantu", row, "grant")
    stage.hand_over(row)
    stage.give("ppid", row, "deliver", way="counter", copy_form="hard", cost="15000", payment="cash")
    (counter,) = officer.links("a[href*='/permohonan/loket/']")
    officer.open(counter)
    scan = (whole_files.pdf(), "tanda-terima.pdf")
    officer.send("main form[enctype]", copy_form="hard", cost="15000", payment="cash", paid_on=_today(), scan=scan)
    assert officer.texts(".alert-success")
    stage.end(
        row, "granted", "receipt", "extension", "request_pembantu", "decision", "delivery_ppid", "delivery_applicant"
    )


def _today() -> str:
    return clock.today().isoformat()


def government_office(stage: Stage) -> None:
    """An office asks; Walidata stands in place of PPID, once the official address is confirmed."""
    citizen = stage.citizen()
    row = stage.ask(citizen, **OFFICE, citizen="")
    stage.confirm(citizen, row, OFFICE["email"])
    stage.route(row, "walidata")
    stage.give("pembantu", row, "grant")
    stage.hand_over(row, "walidata")
    stage.give("walidata", row, "deliver")
    stage.fetch(citizen, row)
    stage.end(row, "granted", "receipt", "request_pembantu", "decision", "delivery_ppid", "delivery_applicant")


def withdrawn(stage: Stage) -> None:
    """Taken back on the tracking page while an agency works on it."""
    citizen = stage.citizen()
    row = stage.ask(citizen)
    stage.route(row)
    stage.page_of(citizen, row)
    citizen.send("form[action$='/batal']", sure="true")
    assert citizen.texts(".alert-success") and not citizen.texts("form[action$='/batal']")
    assert not [text for text in _desk(stage, "pembantu") if row.number in text]
    stage.end(row, "withdrawn", "receipt", "request_pembantu")


def _desk(stage: Stage, key: str) -> list[str]:
    officer = stage.desk(key)
    officer.open("/meja")
    return officer.texts(".sd-desk tbody th")


def _object(stage: Stage, citizen: Person, row: PpidRequest) -> Objection:
    stage.page_of(citizen, row)
    (link,) = citizen.links("a[href$='/keberatan']")
    citizen.open(link)
    citizen.send("main form.sd-card", ground="a", words=OBJECTED)
    assert citizen.at == f"/permohonan/lacak/{row.ref}" and citizen.texts(".alert-success")
    model.Session.rollback()
    return model.Session.scalars(Objection.of_request(row.id)).one()


def objection_upheld(stage: Stage) -> None:
    """The superior sends the request back; the agency decides anew and gives."""
    citizen = stage.citizen()
    row = refuse(stage, citizen)
    objection = _object(stage, citizen, row)
    stage.give("superior", objection, "grant", reasons=ANSWERED)
    stage.page_of(citizen, row)
    citizen.send("form[action$='/tanggapan']", "button[value=accepted]")
    stage.give("pembantu", row, "grant")
    stage.hand_over(row)
    stage.give("ppid", row, "deliver")
    stage.fetch(citizen, row)
    again = ("decision", "delivery_ppid", "delivery_applicant")
    stage.end(row, "granted", *REFUSED, "objection_receipt", "objection_answer", *again)
    assert _outcome(objection) == "upheld"


def objection_rejected(stage: Stage) -> None:
    """The superior rejects; the citizen does not accept it, and the dispute is recorded."""
    citizen = stage.citizen()
    row = refuse(stage, citizen)
    objection = _object(stage, citizen, row)
    stage.give("superior", objection, "refuse", reasons=WHY)
    stage.page_of(citizen, row)
    citizen.send("form[action$='/tanggapan']", "button[value=not_accepted]")
    superior = stage.desk("superior")
    superior.open(f"/meja/{objection.case_id}")
    (dispute,) = superior.links("a[href$='/sengketa']")
    superior.open(dispute)
    superior.send("main form[enctype]", happened_on=_today(), number="12/KI/2026")
    assert superior.texts(".alert-success")
    assert "12/KI/2026" in stage.page_of(citizen, row).text()
    stage.end(row, "refused", *REFUSED, "objection_receipt", "objection_answer")
    assert _outcome(objection) == "rejected"


def _outcome(objection: Objection) -> str | None:
    return model.Session.get_one(Objection, objection.id).outcome


Walk = Callable[..., None]
NOW: tuple[Walk, ...] = (
    granted,
    granted_in_part,
    refused_at_both_levels,
    incomplete_and_repaired,
    extended,
    government_office,
    withdrawn,
    objection_upheld,
    objection_rejected,
)
"""Walked in one day."""
LATER: tuple[Walk, ...] = (refused_by_ppid_itself, incomplete_and_not_repaired, lapsed_unconfirmed)
"""Begun some days ago."""
