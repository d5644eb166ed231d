"""Loads the demonstration: fourteen months of Kota Nusasari, through the real actions and the real engine."""

from __future__ import annotations

import json
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib import search

from ckanext.satudata.demo import (
    aftermath,
    datasets,
    government,
    grounds,
    papers,
    posts,
    requests,
    reset,
    timeline,
    traffic,
)
from ckanext.satudata.demo.catalogue import AGENCIES, Subject, subjects
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.calendar import holidays


class NotADemo(Exception):
    """The portal may be a real one; the text says what to do."""


def folder() -> Path:
    """Where `accounts.json` and the mark of a half load lie: `demo` beside CKAN's storage folder."""
    return Path(tk.config["ckan.storage_path"]).parent / "demo"


def load(*, again: bool, chosen: list[Subject] | None = None) -> dict[str, int] | None:
    """Loads everything, or the `chosen` subjects; `again` empties the portal first.

    Returns counts, None where it is loaded already. Raises NotADemo without `ckanext.satudata.demo = true`, and
    for a portal that holds something else.
    """
    if not tk.config["ckanext.satudata.demo"]:
        raise NotADemo("ckanext.satudata.demo is not true: only a demonstration portal is filled or emptied.")
    accounts, mark = folder() / "accounts.json", folder() / "loading"
    if not again and not mark.exists():
        if accounts.exists():
            return None
        if _holds_something():
            raise NotADemo("The portal is not empty; --reset empties it first.")
    folder().mkdir(parents=True, exist_ok=True)
    again = again or mark.exists()
    mark.touch()
    accounts.unlink(missing_ok=True)
    if again:
        reset.empty()
    counts, people = _tell(subjects() if chosen is None else chosen)
    write_private(accounts, json.dumps(people, indent=1, ensure_ascii=False))
    mark.unlink()
    return counts


def _holds_something() -> bool:
    groups, packages = model.Session.query(model.Group.id), model.Session.query(model.Package.id)
    return groups.first() is not None or packages.first() is not None


def _tell(chosen: list[Subject]) -> tuple[dict[str, int], list[dict]]:
    password = os.environ.get("SATUDATA_DEMO_PASSWORD") or secrets.token_urlsafe(9)
    now = clock.now()
    # What a power cut would lose here is loaded again from nothing anyway; a disk's flush for each step costs more.
    model.Session.execute(sa.text("set synchronous_commit to off"))
    holidays.seed(model.Session)
    model.Session.commit()
    wanted = {subject.agency for subject in chosen}
    with clock.set_to(now - timedelta(days=450)):
        government.make_admin(password)
        agencies = government.make_agencies([agency for agency in AGENCIES if agency.name in wanted])
        government.make_officers(agencies, password, clock.today())
    told = datasets.Told()
    calendar = clock.calendar()
    stories: list[timeline.Story] = []
    for number, (subject, start) in enumerate(zip(chosen, datasets.starts(chosen, now), strict=True), start=1):
        diary = timeline.Diary(calendar, subject.title)
        stories.append(datasets.story(subject, number, start, agencies, diary, told))
    plans = _plans(chosen)
    for number, plan in enumerate(plans):
        diary = timeline.Diary(calendar, f"{number} {plan}")
        stories.append(requests.story(plan, number, now, chosen, diary, told))
    if p.plugin_loaded("satudata_access"):
        stories += grounds.stories(now, chosen, told)
    office = aftermath.Office(now, calendar)
    stories += office.stories(agencies)
    stories += papers.stories(now, chosen, timeline.Diary(calendar, "papers"), told)
    stories += posts.stories(now, chosen, agencies, timeline.Diary(calendar, "posts"), told)
    timeline.tell(stories, now)
    downloads = office.downloads + traffic.make(now, office.counted_until)
    _mark_mails_sent()
    aftermath.hold_mails_back(now)
    _set_ckan_dates(told)
    search.rebuild(force=True, quiet=True)
    model.Session.commit()
    counts = {"agencies": len(agencies), "datasets": len(chosen), "requests": len(plans), "downloads": downloads}
    return counts, government.accounts(agencies, password)


def _plans(chosen: list[Subject]) -> list[requests.Plan]:
    if not p.plugin_loaded("satudata_ppid"):
        return []
    titles = [subject.title for subject in chosen if subject.state == "published"]
    return [plan for plan in requests.PLANS if any(plan.dataset in title for title in titles)]


def _mark_mails_sent() -> None:
    """Hundreds of old mails must not go out; the newest of each kind to citizens may: a code, a link."""
    session = model.Session
    newest = (
        sa.select(Outbox.id)
        .where(Outbox.to_email.is_not(None))
        .distinct(Outbox.kind)
        .order_by(Outbox.kind, Outbox.created_at.desc())
    )
    session.execute(
        sa.update(Outbox)
        .where(Outbox.sent_at.is_(None), Outbox.id.not_in(newest))
        .values(sent_at=Outbox.created_at, to_email=None)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def _set_ckan_dates(told: datasets.Told) -> None:
    """CKAN's own rows know only CKAN's clock: their dates follow what was told. Our tables need no such thing."""
    session = model.Session
    for dataset, created in told.created.items():
        dates = {"id": dataset, "created": _plain(created), "changed": _plain(told.changed[dataset])}
        for statement in (
            "update package set metadata_created = :created, metadata_modified = :changed where id = :id",
            "update resource set created = :created, metadata_modified = :changed where package_id = :id",
        ):
            session.execute(sa.text(statement), dates)
        if p.plugin_loaded("activity"):
            session.execute(sa.text("update activity set timestamp = :changed where object_id = :id"), dates)
    session.commit()


def _plain(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def write_private(path: Path, text: str) -> None:
    """Writes a file of secrets whole or not at all, for its owner only."""
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as target:
        target.write(text)
    new.replace(path)
