"""Requests of invented citizens, in every state a request can be in."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from ckanext.satudata.demo import files
from ckanext.satudata.demo.catalogue import Subject, holder
from ckanext.satudata.demo.datasets import Told
from ckanext.satudata.demo.government import act
from ckanext.satudata.demo.timeline import Diary, Story
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import requests
from ckanext.satudata.ppid.candidates import CANDIDATE
from ckanext.satudata.shared import process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.files import grants, terms

WAYS = (
    "new",
    "confirmed",
    "routed",
    "granted",
    "handed_over",
    "attested",
    "delivered",
    "closed",
    "in_part",
    "decided_refused",
    "refused",
    "not_held",
    "withdrawn",
    "incomplete",
    "objected",
    "objection_answered",
)
"""How far a request has come; each of the first eight goes one step further than the one before."""


@dataclass(frozen=True)
class Plan:
    """A request to be told: which dataset (part of its title), how far it comes, days before today.

    `is_free`: it names no dataset, only the data in words.
    """

    dataset: str
    way: str
    days_ago: int
    is_free: bool = False


TUBERCULOSIS, GRANTS, AID = "Rekam Kasus Tuberkulosis", "Penerima Beasiswa", "Keluarga Penerima Manfaat"
PLANS = (
    Plan(TUBERCULOSIS, "closed", 300),
    Plan(GRANTS, "closed", 281),
    Plan(AID, "refused", 268),
    Plan("Penduduk Pindah Datang", "closed", 243),
    Plan(TUBERCULOSIS, "in_part", 226),
    Plan("Nilai Jual Objek Pajak", "closed", 204),
    Plan(GRANTS, "refused", 187),
    Plan("Hasil Uji Limbah Cair", "closed", 171),
    Plan(AID, "closed", 152),
    Plan("Perselisihan Hubungan Industrial", "not_held", 133),
    Plan(TUBERCULOSIS, "withdrawn", 118),
    Plan(AID, "in_part", 97),
    Plan("Penduduk Pindah Datang", "refused", 81),
    Plan(GRANTS, "closed", 66),
    Plan(TUBERCULOSIS, "refused", 52),
    Plan("Hasil Uji Limbah Cair", "closed", 39),
    Plan("Nilai Jual Objek Pajak", "routed", 31),
    Plan(AID, "confirmed", 22),
    Plan(TUBERCULOSIS, "delivered", 11),
    Plan(GRANTS, "delivered", 10),
    Plan(TUBERCULOSIS, "attested", 9),
    Plan(AID, "handed_over", 8),
    Plan(GRANTS, "granted", 7),
    Plan(TUBERCULOSIS, "decided_refused", 6),
    Plan(TUBERCULOSIS, "routed", 5),
    Plan("Hasil Uji Limbah Cair", "routed", 4),
    Plan("Penduduk Pindah Datang", "confirmed", 3),
    Plan(TUBERCULOSIS, "confirmed", 2),
    Plan("Perselisihan Hubungan Industrial", "new", 1),
    Plan(AID, "new", 0),
    Plan(GRANTS, "objection_answered", 75),
    Plan(TUBERCULOSIS, "objected", 36),
    Plan(AID, "refused", 24, is_free=True),
    Plan(AID, "incomplete", 3, is_free=True),
)
WHY = "Data memuat keterangan perorangan sehingga orang atau keluarganya dapat dikenali."
OBJECTED = "Rekap per kecamatan tidak memuat nama siapa pun, jadi tidak ada orang yang dapat dikenali darinya."
UPHELD_NOT = "Rekap yang dimohon memuat sel dengan satu atau dua orang sehingga orangnya tetap dapat dikenali."
UNCLEAR = "Sebutkan tahun datanya dan wilayah yang dimaksud."
PARTS = [
    {"what": "Rekapitulasi menurut kecamatan dan tahun", "decision": "granted"},
    {"what": "Rincian menurut orang", "decision": "refused"},
]
ELSEWHERE = "Data menurut nama perusahaan tidak dikumpulkan oleh dinas."
NAMES = ("Ayu", "Bima", "Candra", "Dian", "Eka", "Farhan", "Gita", "Hasan", "Indah", "Joko", "Kartika", "Lukman")
OCCUPATIONS = ("Mahasiswa", "Peneliti", "Wartawan", "Pegawai swasta", "Dosen", "Pengurus lembaga swadaya masyarakat")
QUESTIONS = (
    "Rekap {what} per kecamatan 2023–2025, tanpa nama",
    "Data {what} tahun 2025 per kecamatan, tanpa alamat",
    "Perkembangan {what} lima tahun terakhir di tiap kecamatan",
)
PURPOSES = (
    "Penelitian skripsi tentang pemerataan layanan di tingkat kecamatan",
    "Bahan liputan tentang layanan publik di Kota Nusasari",
    "Penyusunan usulan program bersama kelurahan tahun depan",
    "Kajian kebijakan daerah di perguruan tinggi",
)


def story(plan: Plan, number: int, now: datetime, subjects: list[Subject], diary: Diary, told: Told) -> Story:
    """One request, from the form to where it stands."""
    subject = next(subject for subject in subjects if plan.dataset in subject.title)
    at = diary.after(now - timedelta(days=plan.days_ago + 1), 1) if plan.days_ago else now - timedelta(minutes=50)
    yield at
    made = act_as_citizen("satudata_ppid_request_create", **_asked(plan, number, subject, told))
    row = model.Session.get(PpidRequest, made["id"])
    case = row.case_id
    if plan.way == "new":
        return
    at = diary.soon(at)
    yield at
    act_as_citizen(
        "satudata_ppid_request_confirm",
        number=made["number"],
        tracking_code=made["tracking_code"],
        code=requests.confirmation_code(row),
    )
    for who, command, payload in _steps(plan.way, subject, row.id, case):
        at = diary.after(at, 1)
        yield at
        if command == "download":
            _download(case)
        elif command == "object":
            sent = {"number": made["number"], "tracking_code": made["tracking_code"], "key": f"demo-{number}"}
            act_as_citizen("satudata_objection_create", **sent, ground="a", words=OBJECTED)
        elif command == "answer":
            asked = model.Session.scalars(sa.select(Objection).where(Objection.request_id == row.id)).one()
            act("atasan_ppid", "satudata_case_command", id=asked.case_id, command="refuse", reasons=UPHELD_NOT)
        elif command == "record":
            act(who, "satudata_case_command", id=_candidate(case), command="record", **payload())
        elif who == "applicant":
            process.apply({}, case, command, actor=APPLICANT)
        else:
            act(who, "satudata_case_command", id=case, command=command, **payload())


def act_as_citizen(action: str, **data: Any) -> Any:
    """Calls an action as somebody without an account."""
    return tk.get_action(action)({"user": "", "auth_user_obj": None}, data)


def _download(case: str) -> None:
    """The applicant opens the personal link."""
    grant = model.Session.scalars(sa.select(Grant).where(Grant.case_id == case)).first()
    if grant is not None:
        terms.accept(model.Session, grant)
        grants.spend(model.Session, grant.id, user_id=None, client="browser")
        model.Session.commit()


def _candidate(case: str) -> str:
    """The case of the row of next year's list that follows a request (001-11, 001-12)."""
    return model.Session.scalars(
        sa.select(Case.id).where(Case.process == CANDIDATE, Case.data["after"].astext == case)
    ).one()


def _steps(way: str, subject: Subject, request_id: str, case: str) -> list[tuple[str, str, Any]]:
    pembantu = holder("ppid_pembantu", subject.agency)
    agency = model.Group.get(subject.agency).id
    route = ("ppid", "route", lambda: {"organization_id": agency, "dip_result": "excluded"})
    refuse = (pembantu, "refuse", lambda: {"reason_code": "17h", "note": WHY})
    give = [
        (pembantu, "handover", lambda: {"upload": _masked(subject)}),
        ("ppid", "attest", lambda: {"sha256": _in_force(request_id), "checked": "true"}),
        ("ppid", "deliver", dict),
    ]
    download = ("applicant", "download", dict)
    answer = [(pembantu, "forward", dict), ("ppid", "deliver", dict)]
    listed = [("ppid", "record", dict), ("walidata", "record", lambda: {"output_1_file": _list_row(subject)})]
    granted = [route, (pembantu, "grant", dict), *give, *listed, download, ("applicant", "close", dict)]
    count = {"confirmed": 0, "routed": 1, "granted": 2, "handed_over": 3, "attested": 4, "delivered": 6, "closed": 9}
    if way in count:
        return granted[: count[way]]
    in_part = (pembantu, "grant_in_part", lambda: {"reason_code": "17h", "note": WHY, "parts": PARTS})
    incomplete = ("ppid", "incomplete", lambda: {"missing": ["question"], "note": UNCLEAR})
    objected = [route, refuse, *answer, ("applicant", "object", dict)]
    not_held = (pembantu, "not_held", lambda: {"note": ELSEWHERE, "detail": "Pengadilan Hubungan Industrial"})
    return {
        "in_part": [route, in_part, *give, *listed, download, ("applicant", "close", dict)],
        "decided_refused": [route, refuse],
        "refused": [route, refuse, *answer],
        "not_held": [route, not_held, *answer],
        "withdrawn": [route, ("applicant", "withdraw", dict)],
        "incomplete": [incomplete],
        "objected": objected,
        "objection_answered": [*objected, ("atasan_ppid", "answer", dict)],
    }[way]


def _asked(plan: Plan, number: int, subject: Subject, told: Told) -> dict[str, Any]:
    name = NAMES[number % len(NAMES)]
    person = {
        "applicant_kind": "person",
        "name": f"{name} Contoh",
        "address": f"Jalan Rekaan Nomor {number + 1}, Nusasari 00000",
        "occupation": OCCUPATIONS[number % len(OCCUPATIONS)],
        "email": f"{name.lower()}.{number}@example.test",
        "purpose": PURPOSES[number % len(PURPOSES)],
    }
    if number % 5 == 4:
        person |= {"applicant_kind": "legal_entity", "institution": "Yayasan Nusasari Contoh"}
        person["legal_number"] = "AHU-0012345.AH.01.07.Tahun 2020"
    return {
        **person,
        "question": QUESTIONS[number % len(QUESTIONS)].format(what=subject.measure.replace("_", " ")),
        "form": "hard" if number % 6 == 5 else "soft",
        "consent": "true",
        "citizen": "true",
        **({} if plan.is_free else {"dataset": told.ids[subject.title]}),
        "key": f"demo-{number}",
    }


def _masked(subject: Subject) -> SimpleNamespace:
    """A file as a browser sends it: the figures by district, nobody named."""
    return SimpleNamespace(filename="rekapitulasi-per-kecamatan.csv", stream=io.BytesIO(files.as_csv(subject)))


def _list_row(subject: Subject) -> FileStorage:
    """The row of next year's list, as Walidata keeps it."""
    return FileStorage(
        io.BytesIO(f"data,perangkat daerah\n{subject.title},{subject.agency}\n".encode()), filename="daftar-data.csv"
    )


def _in_force(request_id: str) -> str:
    return model.Session.scalars(PpidHandover.latest_of(request_id)).first().sha256
