"""Where the guestbook asks: what the SOP says, or a rule of the site, an agency, a dataset."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ckanext.satudata.domain import guestbook
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.domain.guestbook import Mode, Scope, Signed
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.guestbook_rule import GuestbookRule
from ckanext.satudata.shared import clock, journal
from ckanext.satudata.shared.sop import sops


def of_sop() -> Mode:
    """What the running SOP files say (001-3); where they say nothing, the guestbook is offered."""
    said = (row.guestbook for sop in sops.current().values() for row in sop.rows)
    return next((mode for mode in said if mode is not None), Mode.OPTIONAL)


def mode_of(session: Session, package: model.Package) -> Mode:
    """Whether downloads of this dataset ask."""
    return mode_and_entries(session, package, [])[0]


def mode_and_entries(session: Session, package: model.Package, guest_ids: list[str]) -> tuple[Mode, dict[str, Signed]]:
    """Whether downloads of this dataset ask, and those of these entries that are still kept, by their ids.

    One statement for both: it is asked at every download.
    """
    asked: dict[str, Any] = {"package": package.id, "agency": package.owner_org or ""}
    if guest_ids:
        rows = session.execute(GuestbookRule.about_with_entries(), asked | {"guests": guest_ids}).all()
    else:
        rows = session.execute(GuestbookRule.about(), asked).all()
    found = {Scope(row.scope): Mode(row.mode) for row in rows if row.scope is not None}
    entries = {row.guest_id: Signed(row.guest_id, row.profession, row.spelling_id) for row in rows if row.scope is None}
    return guestbook.nearest(found, of_sop()), entries


def of_site(session: Session) -> Mode:
    """What holds where neither a dataset nor its agency has a rule."""
    row = session.get(GuestbookRule, (Scope.SITE.value, ""))
    return Mode(row.mode) if row is not None else of_sop()


def is_strict() -> bool:
    """Whether programs are bound too, where the guestbook is required."""
    return bool(tk.config["ckanext.satudata.guestbook.strict"])


def months() -> int:
    """How long persons are kept, as the form says."""
    return int(tk.config["ckanext.satudata.guestbook.months"])


def kept_since(now: datetime) -> datetime:
    """Who signed before this instant is kept no longer: months of the calendar, as everybody counts them."""
    return now - relativedelta(months=months())


def listed(session: Session) -> list[dict[str, Any]]:
    """Every rule: `scope`, `subject_id`, `name` (of the agency or the dataset, as officers know it), `mode`."""
    rows = list(session.scalars(sa.select(GuestbookRule).order_by(GuestbookRule.scope, GuestbookRule.set_at)))
    order = [*reversed(Scope)]
    rows.sort(key=lambda row: order.index(Scope(row.scope)))
    return [
        {"scope": row.scope, "subject_id": row.subject_id, "name": _name(session, row), "mode": row.mode}
        for row in rows
    ]


def _name(session: Session, row: GuestbookRule) -> str:
    kinds: dict[str, Any] = {Scope.AGENCY.value: model.Group, Scope.DATASET.value: model.Package}
    found = session.get(kinds[row.scope], row.subject_id) if row.scope in kinds else None
    return str(found.title or found.name) if found is not None else ""


def put(session: Session, actor: Actor, scope: str, subject: str, mode: str) -> None:
    """Sets a rule, or takes it away where `mode` is empty; journalled, no commit.

    `subject`: id or name of a dataset or an agency. Raises NotAllowed, Invalid, NotThere.
    """
    guestbook.require_keeper(actor)
    if scope not in {one.value for one in Scope}:
        raise Invalid("Choose from the list.", field="scope")
    if mode and mode not in {one.value for one in Mode}:
        raise Invalid("Choose from the list.", field="mode")
    subject_id = _subject(scope, subject)
    key = (scope, subject_id)
    before = session.get(GuestbookRule, key, with_for_update=True, populate_existing=True)
    was = before.mode if before is not None else ""
    if mode:
        values = {"mode": mode, "set_at": clock.now()}
        setting = insert(GuestbookRule).values(scope=scope, subject_id=subject_id, **values)
        session.execute(setting.on_conflict_do_update(index_elements=["scope", "subject_id"], set_=values))
        session.expire_all()
    elif before is not None:
        session.delete(before)
        session.flush()
    about = ("portal", "guestbook") if scope == Scope.SITE.value else (_SUBJECTS[scope], subject_id)
    journal.append(session, "guestbook_rule_set", actor=actor, subject=about, payload={"before": was, "after": mode})


_SUBJECTS = {Scope.AGENCY.value: "organization", Scope.DATASET.value: "dataset"}


def _subject(scope: str, subject: str) -> str:
    if scope == Scope.SITE.value:
        return ""
    if not subject:
        raise Invalid("Choose what the rule is for.", field="subject")
    found = model.Group.get(subject) if scope == Scope.AGENCY.value else model.Package.get(subject)
    if found is None or found.state != model.State.ACTIVE:
        raise NotThere("There is no such dataset or agency.")
    return str(found.id)
