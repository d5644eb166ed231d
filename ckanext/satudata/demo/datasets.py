"""The way of each dataset from its first draft to where it stands today."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import ckan.model as model
import ckan.plugins as p
from werkzeug.datastructures import FileStorage

from ckanext.satudata.demo import files, wording
from ckanext.satudata.demo.catalogue import AGENCIES, Subject, holder
from ckanext.satudata.demo.government import act
from ckanext.satudata.demo.timeline import Diary, Story
from ckanext.satudata.domain.classification import Cause
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import classification

AGENCY = {agency.name: agency for agency in AGENCIES}
RETURN_NOTES = (
    "Satuan pada berkas belum sama dengan metadata. Mohon disesuaikan.",
    "Angka tahun terakhir untuk Tanjung Rejo perlu dicek kembali dengan laporan kecamatan.",
    "Definisi belum menyebut apa yang tidak dihitung. Mohon dilengkapi.",
)
FIRST_OPEN = 4
WAITING = "Perselisihan Hubungan Industrial per Perusahaan"
RECORDED = "Hasil Uji Limbah Cair per Perusahaan"
"""Published before a test was asked for (`demo.grounds`)."""


@dataclass
class Told:
    """What the stories leave for those that follow: dataset ids by title, and CKAN's own dates to set.

    `created` and `changed` are instants by dataset id; to the public a dataset is created when it is released.
    """

    ids: dict[str, str] = field(default_factory=dict)
    created: dict[str, datetime] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)


def starts(subjects: list[Subject], now: datetime) -> list[datetime]:
    """When work on each dataset began: what is out over the past fourteen months, what is not lately.

    A few open ones come first, so that there are downloads of twelve full months; then limited data, so that there
    was time to ask for it.
    """
    past = [subject for subject in subjects if subject.state in ("published", "withdrawn")]
    past.sort(key=lambda subject: (subject.level == "terbuka", hash_of(subject)))
    first = [subject for subject in past if subject.level == "terbuka" and subject.state == "published"][:FIRST_OPEN]
    limited = [subject for subject in past if subject.level != "terbuka"]
    rest = [subject for subject in past if subject not in first + limited]
    begun: dict[str, datetime] = {}
    for group, days_ago, days in ((first, 425, 12), (limited, 410, 60), (rest, 350, 337)):
        step = timedelta(days=days) / max(len(group), 1)
        begun |= {one.title: now - timedelta(days=days_ago) + step * index for index, one in enumerate(group)}
    recent = {"approved": 16, "with_head": 13, "returned": 11, "in_review": 9, "draft": 6}
    return [
        begun.get(subject.title) or now - timedelta(days=recent[subject.state] + index % 4)
        for index, subject in enumerate(subjects)
    ]


def hash_of(subject: Subject) -> int:
    """An order without meaning, the same at every load."""
    return sum(ord(letter) * place for place, letter in enumerate(subject.title, start=1)) % 997


def story(subject: Subject, number: int, start: datetime, agencies: dict[str, str], diary: Diary, told: Told) -> Story:
    """One dataset, through the real actions and as the officers of its agency."""
    people = {role: holder(role, subject.agency) for role in ("operator", "verifier", "producer_head")}
    at = diary.after(start, 1)
    yield at
    dataset = _draft(subject, number, agencies, people["operator"])
    told.ids[subject.title], told.created[dataset] = dataset, clock.now()
    told.changed[dataset] = clock.now()
    if subject.state == "draft":
        return
    at = diary.after(at, 1 + number % 3)
    yield at
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]

    def command(who: str, name: str, **payload: str) -> None:
        act(who, "satudata_case_command", id=case, command=name, **payload)
        told.changed[dataset] = clock.now()

    if subject.state == "in_review":
        return
    at = diary.after(at, 1 + number % 2)
    yield at
    if subject.state == "returned":
        command(people["verifier"], "return_", note=RETURN_NOTES[number % len(RETURN_NOTES)])
        return
    if number % 7 == 0:
        command(people["verifier"], "return_", note=RETURN_NOTES[number % len(RETURN_NOTES)])
        at = diary.after(at, 1)
        yield at
        act(people["operator"], "satudata_dataset_submit", id=dataset, note="Sudah disesuaikan.")
        at = diary.after(at, 1)
        yield at
    command(people["verifier"], "approve")
    if subject.state == "with_head":
        return
    at = diary.after(at, 1 + number % 3)
    yield at
    command(people["producer_head"], "approve")
    if subject.state == "approved":
        return
    at = diary.after(at, 1)
    yield at
    command("walidata", "publish")
    if subject.level != "tertutup":
        told.created[dataset] = clock.now()
    if subject.level != "terbuka" and subject.state == "published" and subject.title not in (WAITING, RECORDED):
        yield from _tested(dataset, at, diary)
    if subject.state == "withdrawn":
        at = diary.after(at, 40)
        yield at
        act("walidata", "satudata_dataset_withdraw", id=dataset, reason="Digantikan oleh Daftar Data tahun berikutnya.")
        told.changed[dataset] = clock.now()


def _tested(dataset: str, at: datetime, diary: Diary) -> Story:
    """The consequence test of what was published as restricted, and the word of PPID, each with its minutes."""
    if not p.plugin_loaded("satudata_access"):
        return
    case = classification.open_case(model.Session, dataset, Cause.UNTESTED.value, actor=SYSTEM).id
    model.Session.commit()
    stated = classification.restriction_of(model.Session, dataset).values
    for who, name, result in (
        ("walidata", "record", "Bila dibuka, kerugiannya lebih besar daripada manfaatnya (contoh)."),
        ("ppid", "approve", "PPID menetapkan hasil uji konsekuensi ini (contoh)."),
    ):
        at = diary.after(at, 1)
        yield at
        held = {"held_on": clock.today().isoformat(), "result": result}
        act(who, "satudata_case_command", id=case, command=name, **held, **(stated if name == "record" else {}))


def _draft(subject: Subject, number: int, agencies: dict[str, str], operator: str) -> str:
    description = wording.described(
        subject, number, AGENCY[subject.agency], clock.today().replace(day=1) + timedelta(days=5 * 365)
    )
    if subject.state == "draft":
        description = wording.unfinished(description, number)
    name, body = files.file_of(subject)
    resource = {
        "name": f"{subject.title}, 2019–2025",
        "description": wording.columns(subject),
        "data_form": "tabel",
        "upload": FileStorage(io.BytesIO(body), filename=name),
    }
    made = act(operator, "package_create", owner_org=agencies[subject.agency], resources=[resource], **description)
    return made["id"]
