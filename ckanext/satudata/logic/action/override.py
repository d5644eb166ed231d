"""A case moved outside its SOP: asked, answered by a second person, listed."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import appointment
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.sop import END
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.override import Override
from ckanext.satudata.shared import params, process
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import about, override

__all__ = ["satudata_case_override", "satudata_case_override_answer", "satudata_case_override_list"]


@boundary
def satudata_case_override(context, data_dict):
    """Ask that a stuck case be put at another step, or ended, outside its SOP; a second person must confirm it.

    `id` (of the case), `to_step` (its number) or `end` (true), `reason` (a sentence; stands on the case for ever),
    `key` (the same again answers as the first time). For Walidata, or PPID for the cases it sees; a system
    administrator without such a role may not. No command is carried out by it, and only mere work can be passed
    over: what is sent, checked, decided or given stays. Returns the override with `id` and `state`.
    """
    tk.check_access("satudata_case_override", context, data_dict)
    ends = params.flag(data_dict, "end")
    to = END if ends else params.text(data_dict, "to_step")
    if not to or (ends and params.text(data_dict, "to_step")):
        raise Invalid("Choose the step at which the case is put, or that it ends.", field="to_step")
    with transaction():
        return override.ask(
            model.Session,
            params.text(data_dict, "id"),
            to,
            params.text(data_dict, "reason"),
            actor=actor_of(context),
            key=params.text(data_dict, "key") or None,
        )


@boundary
def satudata_case_override_answer(context, data_dict):
    """Confirm or decline an override: `id` (of the override), `agree` (true or false), `note`, `key`.

    For another person than who asked, with the role that the SOP file names or else PPID or Walidata. To decline needs
    a note. Refused where the case went on meanwhile. Returns the override.
    """
    tk.check_access("satudata_case_override_answer", context, data_dict)
    if data_dict.get("agree") in (None, ""):
        raise Invalid("Say whether you agree.", field="agree")
    with transaction():
        return override.answer(
            model.Session,
            params.text(data_dict, "id"),
            params.flag(data_dict, "agree"),
            params.text(data_dict, "note"),
            actor=actor_of(context),
            key=params.text(data_dict, "key") or None,
        )


@tk.side_effect_free
@boundary
def satudata_case_override_list(context, data_dict):
    """Every override, the newest first, for auditor and Walidata: `limit` (1-200, default 50), `offset`.

    Each as `satudata_case_override` returns it, with `about` as in `satudata_journal_search`.
    """
    tk.check_access("satudata_journal_search", context, data_dict)
    actor = actor_of(context)
    if not appointment.may_read_journal(actor):
        raise NotAllowed("Only auditor and Walidata read the journal.")
    limit, offset = params.whole(data_dict, "limit", 50, 1, 200), params.whole(data_dict, "offset", 0, 0, 10**6)
    rows = model.Session.scalars(Override.newest().limit(limit).offset(offset)).all()
    cases = about.cases(model.Session, {row.case_id for row in rows}, actor)
    versions = _versions(rows)
    return [
        {
            **override.summary(row),
            "state": override.state_of(row, versions.get(row.case_id)),
            "asked_by_title": process.called(row.asked_by_name),
            "answered_by_title": process.called(row.answered_by_name) if row.answered_by_name else "",
            "about": cases.get(row.case_id),
        }
        for row in rows
    ]


def _versions(rows: Any) -> dict[str, int]:
    wanted = sa.select(Case.id, Case.version).where(Case.id.in_({row.case_id for row in rows}))
    return dict(model.Session.execute(wanted).tuples().all())
