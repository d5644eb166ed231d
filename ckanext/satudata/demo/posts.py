"""Posts: one that was shown on the public page and on Instagram, one that waits to be checked."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins as p
import typst
from werkzeug.datastructures import FileStorage

from ckanext.satudata.demo.catalogue import PEOPLE, Subject, holder
from ckanext.satudata.demo.datasets import Told
from ckanext.satudata.demo.government import act
from ckanext.satudata.demo.timeline import Diary, Story
from ckanext.satudata.domain.post import POST
from ckanext.satudata.domain.sop import Command, Sop
from ckanext.satudata.shared.sop import sops

BEGUN = ((timedelta(days=45), True), (timedelta(days=8), False))
"""How long ago each was begun, and whether it was shown."""
POSTER = """
#set page(width: 12cm, height: 12cm, margin: 1cm, fill: rgb("#12406b"))
#set text(fill: white, size: 20pt)
#align(horizon)[*{title}* \\ #v(1em) #text(size: 12pt)[Satu Data Kota Nusasari \\ Data contoh, bukan data resmi]]
"""


def stories(now: datetime, chosen: list[Subject], agencies: dict[str, str], diary: Diary, told: Told) -> list[Story]:
    """The posts; none without their room, or where the procedure needs somebody whom the demonstration has not."""
    sop = sops.running(POST)
    roles = {role.value for role in sop.roles}
    if not p.plugin_loaded("satudata_posts") or not roles <= {role for person in PEOPLE for role in person.roles}:
        return []
    return [_story(now - ago, chosen, agencies, diary, told, sop, shown) for ago, shown in BEGUN]


def _story(
    start: datetime,
    chosen: list[Subject],
    agencies: dict[str, str],
    diary: Diary,
    told: Told,
    sop: Sop,
    shown: bool,
) -> Story:
    at = diary.after(start, 1)
    yield at
    subject = _open_now(chosen, told, last=shown)
    if subject is None:
        return
    about = {"process": POST, "organization_id": agencies[subject.agency], "title": f"Poster: {subject.title}"}
    starter = sop.start.by[0] if sop.start else sop.step(sop.first).pelaksana[0]
    case = act(holder(starter.value, subject.agency), "satudata_case_start", **about)
    while case["open_steps"]:
        step = case["open_steps"][0]
        who, command = holder(step["role"], subject.agency), next(iter(sop.step(step["no"]).exits))
        if not shown and command is Command.APPROVE:
            return
        at = diary.after(at, 1)
        yield at
        _draft(who, case["id"], subject, told)
        case = act(who, "satudata_case_command", id=case["id"], command=command.value, **_sent(command))


def _open_now(chosen: list[Subject], told: Told, *, last: bool) -> Subject | None:
    """A subject whose data are public at this instant; the post that is not shown tells of another one."""
    there = [one for one in chosen if one.level == "terbuka" and one.title in told.ids]
    public = [one for one in there if not model.Session.get_one(model.Package, told.ids[one.title]).private]
    return public[-1 if last else 0] if public else None


def _draft(who: str, case: str, subject: Subject, told: Told) -> None:
    """Writes what may be changed at this step."""
    found = act(who, "satudata_post_draft_show", id=case)
    if found["version"] or "caption" not in found["editable"]:
        return
    resource = act(who, "package_show", id=told.ids[subject.title])["resources"][0]
    act(
        who,
        "satudata_post_save",
        id=case,
        version=0,
        sources=[resource["id"]],
        title=subject.title,
        caption=f"Inilah {subject.title} di Kota Nusasari. Data lengkapnya dapat diunduh siapa saja di portal ini.",
        tags="SatuData Nusasari",
        file=FileStorage(io.BytesIO(_poster(subject.title)), filename="poster-contoh.png"),
        alt=f"Poster bertuliskan {subject.title}, Satu Data Kota Nusasari.",
    )


def _poster(title: str) -> bytes:
    return typst.compile(POSTER.format(title=title).encode(), format="png", ppi=96)


def _sent(command: Command) -> dict[str, Any]:
    if command is Command.PUBLISH:
        return {"channel": "instagram", "address": "https://instagram.example/p/contoh"}
    return {"note": "Mohon dipublikasikan sesuai keputusan."} if command is Command.RECORD else {}
