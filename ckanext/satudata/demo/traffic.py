"""More than a year of downloads, as rows: nobody decides anything by them, so they are not told one by one.

Of the persons who signed the guestbook some stand in it; those whose time is over the portal drops by itself.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.demo.requests import NAMES
from ckanext.satudata.domain import guestbook
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.guest import Guest
from ckanext.satudata.model.institution import Institution, Spelling
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import crypto
from ckanext.satudata.shared.guestbook import signing

INSTITUTIONS = (
    "Universitas Nusasari",
    "Dinas Perencanaan Kota Nusasari",
    "Harian Nusasari",
    "PT Contoh Data",
    "SMA Contoh Nusasari",
    guestbook.NONE,
)
WAITING = ("Univ. Nusasari", "universitas nusasari fak. ekonomi")
"""Spellings nobody has decided about."""
KEPT, DATASETS_APART = timedelta(days=300), 5
"""Since when persons stand in the guestbook, and for how many datasets each spelling has one of its own."""
PURPOSES = ("Tugas kuliah", "Bahan berita", "Bahan rapat perencanaan", "Latihan mengolah data", "")
CLIENTS = ("browser", "browser", "browser", "browser", "script", "robot")


def make(until: datetime, since: datetime | None = None, seed: str = "downloads") -> int:
    """Downloads of every released file since it came out, more on working days; returns how many.

    Only those from `since` (if any) to before `until`, so that a report in the past finds what there was then.
    """
    found = model.Session.execute(
        sa.select(ResourceFile.resource_id, ResourceFile.package_id, ResourceFile.version, DatasetState.published_at)
        .join(DatasetState, DatasetState.package_id == ResourceFile.package_id)
        .where(ResourceFile.released_at.is_not(None), ResourceFile.retired_at.is_(None))
        .order_by(DatasetState.published_at)
    ).all()
    rows, guests, ways = [], {}, _spellings()
    for number, (resource_id, package_id, version, published_at) in enumerate(found):
        dice, signs = random.Random(f"{seed} {number}"), random.Random(f"guestbook {seed} {number}")
        liked = dice.paretovariate(1.3)
        for day in range((until - published_at).days + 1):
            at = published_at + timedelta(days=day)
            expected = min(liked, 8) * (0.5 if at.weekday() < 5 else 0.15)
            for _ in range(int(expected + dice.random())):
                moment = at + timedelta(minutes=dice.randint(0, 600))
                client = dice.choice(CLIENTS)
                if moment >= until or (since and moment < since):
                    continue
                signed = _signed(signs, ways, client)
                key, guest = (number % DATASETS_APART, signed["spelling_id"]), None
                if signed["spelling_id"] and key not in guests and until - moment < KEPT:
                    guest = guests[key] = _guest(signs, moment, signed)
                rows.append(
                    {
                        "id": new_id(),
                        "at": moment,
                        "package_id": package_id,
                        "resource_id": resource_id,
                        "resource_version": version,
                        "channel": "file",
                        "client": client,
                        "guest_id": guest["id"] if guest else None,
                        **signed,
                    }
                )
    if guests:
        model.Session.execute(sa.insert(Guest), list(guests.values()))
    if rows:
        model.Session.execute(sa.insert(Download), rows)
        model.Session.commit()
    return len(rows)


def _signed(dice: random.Random, ways: list[str], client: str) -> dict[str, str | None]:
    """Most persons signed the guestbook."""
    if client != "browser" or dice.random() < 0.2:
        return {"profession": None, "spelling_id": None}
    return {"profession": dice.choice(guestbook.PROFESSIONS), "spelling_id": dice.choice(ways)}


def _guest(dice: random.Random, at: datetime, signed: dict[str, str | None]) -> dict[str, Any]:
    """An invented person who signed for a download."""
    name, number = dice.choice(NAMES), dice.randint(100, 999)
    email = f"{name.lower()}.{number}@example.test"
    return {
        "id": new_id(),
        "at": at,
        "name": crypto.seal(f"{name} Contoh"),
        "email": crypto.seal(email),
        "purpose": crypto.seal(dice.choice(PURPOSES)),
        "email_mark": signing.mark_of(email),
        **signed,
    }


def _spellings() -> list[str]:
    """Ids of ways to write an institution; those of before are found again."""
    session = model.Session()
    found = {name: signing.spelling(session, name) for name in (*INSTITUTIONS, *WAITING)}
    for name in INSTITUTIONS:
        row = session.get_one(Spelling, found[name])
        if row.institution_id is None:
            made = Institution(id=new_id(), name=name)
            session.add(made)
            session.flush()
            row.institution_id = made.id
    return [*found.values()]
