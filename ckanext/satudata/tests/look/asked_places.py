"""Requests and objections of the small government of `places`, one for each standing that has pages of its own."""

from __future__ import annotations

import io
from typing import Any

import ckan.model as model
from ckan.tests import factories, helpers
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.ppid import drafts, links, requests
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.look.places import QUESTION, give
from ckanext.satudata.tests.support import limits

ASKED = ("given", "ready", "refused", "lacking", "held", "lying")
"""Given by link, ready at the counter, refused, incomplete, its file to be checked, with the agency."""
NOTE = "Qxalasan qxyang qxmenyebut qxriwayat qxkesehatan"
WORDS = "Qxkeberatan qxatas qxjawaban qxyang qxditerima"
VISITOR = [
    "/permohonan",
    "/permohonan/register",
    "/permohonan/jawaban",
    "/surat/{letter}",
    "/berkas/{token}",
    "/permohonan/lacak/{given[ref]}",
    "/permohonan/lacak/{given[ref]}/keberatan",
    "/permohonan/lacak/{ready[ref]}",
    "/permohonan/lacak/{refused[ref]}",
    "/permohonan/lacak/{lacking[ref]}",
]
PPID = [
    "/meja/permohonan/baru",
    "/meja/permohonan/impor",
    "/meja/{given[case]}",
    "/meja/{held[case]}",
    "/meja/{held[case]}/samarkan/{handover}",
    "/permohonan/loket/{ready[id]}",
    "/permohonan/tautan/{given[id]}/akhiri",
    "/permohonan/tautan/{given[id]}/baru",
    "/permohonan/surat/{letter_id}/pindaian",
    "/meja/register/permohonan",
    "/meja/register/keberatan",
    "/meja/jawaban/{given[id]}",
    "/meja/keberatan/baru",
    "/meja/keberatan/{answered}/sengketa",
]
PEMBANTU = ["/meja/{lying[case]}"]
SUPERIOR = ["/meja/{objection_case}"]


def add_requests(place: dict[str, Any]) -> None:
    """Adds `ASKED`, each with `id`, `ref`, `number`, `code` and `case`, and what the paths above name."""
    limits.forget()
    agency = model.Group.get(place["agency"]).id
    for key, role, where in (("pembantu", Role.PPID_PEMBANTU, agency), ("superior", Role.PPID_SUPERIOR, None)):
        place[key] = factories.UserWithToken(name=f"qx-{key}", fullname=f"Qx{key}")
        hold(place[key]["id"], role, where)
    rows = {}
    for turn, name in enumerate(ASKED):
        sent = {"question": f"Qxpertanyaan qxtentang qx{name}", "email": f"qx-{name}@contoh.example"}
        made = helpers.call_action(
            "satudata_ppid_request_create", **{**QUESTION, **sent, "phone": f"0812 9999 001{turn}"}
        )
        row = rows[name] = requests.find(model.Session, made["ref"])
        place[name] = {"id": row.id, "ref": row.ref, "number": row.number, "case": row.case_id}
        place[name]["code"] = requests.tracking_code(row)
        if name == "lacking":
            give("qx-ppid", row.case_id, "incomplete", missing=["purpose", "question"], note=NOTE)
        else:
            give("qx-ppid", row.case_id, "route", organization_id=agency, dip_result="listed")
    for name in ("given", "ready", "held"):
        give("qx-pembantu", place[name]["case"], "grant")
        give("qx-pembantu", place[name]["case"], "handover", upload=_table())
    _deliver(rows["given"], "link")
    _deliver(rows["ready"], "counter")
    give("qx-pembantu", place["refused"]["case"], "refuse", reason_code="17h", note=NOTE)
    give("qx-pembantu", place["refused"]["case"], "forward")
    give("qx-ppid", place["refused"]["case"], "deliver")
    answered, waiting = _objection(place["refused"], "a"), _objection(place["ready"], "d")
    give("qx-superior", answered.case_id, "refuse", reasons=WORDS)
    letters = model.Session.scalars(Letter.of_subject("ppid_request", place["given"]["id"])).all()
    place.update(answered=answered.id, objection_case=waiting.case_id)
    place.update(letter=letters[0].check_code, letter_id=letters[-1].id)
    place["token"] = links.given(model.Session, rows["given"])[0].path.rsplit("/", 1)[1]
    place["handover"] = drafts.latest_handover(model.Session, rows["held"]).id


def _table() -> FileStorage:
    return FileStorage(io.BytesIO(b"qxkecamatan,qxjumlah\nQxsatu,12\nQxdua,7\n"), filename="qx-tabel.csv")


def _deliver(row: Any, way: str) -> None:
    sha256 = drafts.latest_handover(model.Session, row).sha256
    give("qx-ppid", row.case_id, "attest", sha256=sha256, checked="true")
    give("qx-ppid", row.case_id, "deliver", way=way)


def _objection(asked: dict[str, Any], ground: str) -> Objection:
    proof = {"number": asked["number"], "tracking_code": asked["code"]}
    helpers.call_action("satudata_objection_create", **proof, ground=ground, words=WORDS)
    return model.Session.scalars(Objection.of_request(asked["id"])).one()
