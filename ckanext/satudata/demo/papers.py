"""A decree, minutes, two rows of the list of excluded information, and a restriction whose period ends soon."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins as p
from werkzeug.datastructures import FileStorage

from ckanext.satudata.demo.catalogue import Subject
from ckanext.satudata.demo.datasets import Told
from ckanext.satudata.demo.government import act
from ckanext.satudata.demo.timeline import Diary, Story
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.shared import actors, clock
from ckanext.satudata.shared.levels import classification

ENDS_IN = timedelta(days=20)
NUMBER = "188.45/17/DEMO"
PUBLIC_TEXT = "Keterangan perorangan penerima layanan dan bantuan pemerintah kota (contoh)"
UNTICKED_TEXT = "Keterangan perorangan atas nama warga pada layanan administrasi (contoh)"


def stories(now: datetime, chosen: list[Subject], diary: Diary, told: Told) -> list[Story]:
    """The papers of the year; none without the room of levels, or without limited data."""
    limited = [one.title for one in chosen if one.level == "terbatas" and one.state == "published"]
    if not limited or not p.plugin_loaded("satudata_access"):
        return []
    return [_story(now, chosen, limited, diary, told)]


def _story(now: datetime, chosen: list[Subject], limited: list[str], diary: Diary, told: Told) -> Story:
    at = diary.after(now - timedelta(days=200), 1)
    yield at
    on = clock.today()
    decree = act(
        "walidata",
        "satudata_decree_create",
        kind="head_decree",
        number=f"{NUMBER}/{on.year}",
        title=f"Daftar Data Kota Nusasari Tahun {on.year} (contoh)",
        dated_on=on.isoformat(),
        rows=[_row(one, told) for one in chosen if one.level != "terbuka"] + [_row(one, told) for one in chosen[:3]],
        scan=_scan("keputusan-contoh.pdf", "KEPUTUSAN WALI KOTA NUSASARI (CONTOH)"),
    )
    at = diary.after(at, 2)
    yield at
    act(
        "ppid",
        "satudata_minutes_create",
        kind="test",
        held_on=clock.today().isoformat(),
        subject=f"Uji konsekuensi: {limited[0]}",
        result="Bila dibuka, rahasia pribadi penerima layanan terungkap (Pasal 17 huruf h UU 14/2008).\n"
        "Tetap Terbatas; data agregat menurut kecamatan dibuka.",
        dataset=told.ids[limited[0]],
        decree_id=decree["id"],
        scan=_scan("berita-acara-contoh.pdf", "BERITA ACARA UJI KONSEKUENSI (CONTOH)"),
    )
    yield diary.after(now - timedelta(days=6), 1)
    dataset, *others = [one for one in map(told.ids.get, limited) if _has_personal_ground(one)] or [
        told.ids[limited[0]]
    ]
    _end_soon(dataset, (now + ENDS_IN).date().isoformat(), decree["id"])
    told.changed[dataset] = clock.now()
    act("ppid", "satudata_dik_row_set", id=dataset, public_text=PUBLIC_TEXT, is_public=True)
    for other in others[:1]:
        act("ppid", "satudata_dik_row_set", id=other, public_text=UNTICKED_TEXT, is_public=False)


def _has_personal_ground(dataset: str) -> bool:
    extras = model.Package.get(dataset).extras
    return extras.get("access_ground") == "17h" and not extras.get("access_permanent")


def _row(subject: Subject, told: Told) -> dict[str, str]:
    return {"what": subject.title, "level": subject.level, "dataset": told.ids.get(subject.title, "")}


def _end_soon(dataset: str, until: str, decree_id: str) -> None:
    """The period as the consequence test has fixed it."""
    extras = model.Package.get(dataset).extras
    values: dict[str, Any] = {name: extras.get(name, "") for name in FIELDS}
    values |= {"access_ground": values["access_ground"] or "17h", "access_until": until, "access_decree": decree_id}
    values |= {"access_permanent": "", "access_review_on": ""}
    actor = actors.actor_for(model.User.get("ppid"))
    classification.restate(model.Session(), dataset, None, values, actor=actor)
    model.Session.commit()


def _scan(name: str, text: str) -> FileStorage:
    """One page with one line of text."""
    page = f"BT /F1 14 Tf 60 740 Td ({text}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 4 0 R>>>>>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Length {len(page)}>>\nstream\n{page}\nendstream",
    )
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n"
    content = f"{body}xref\n0 6\n0000000000 65535 f \n{table}{end}".encode("ascii")
    return FileStorage(io.BytesIO(content), filename=name, content_type="application/pdf")
