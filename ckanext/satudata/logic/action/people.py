"""Dispositions reported on, steps given to a person, roles that nobody holds."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import appointment
from ckanext.satudata.shared import params, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.orders import disposition_reports, reassigning, vacancies
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_case_reassign", "satudata_disposition_report", "satudata_vacancy_list"]


@boundary
def satudata_case_reassign(context, data_dict):
    """Give an open step to one of those who hold its role: `{id, step_id, user, note, key}`.

    `user`: id or name; empty gives it back to all who hold the role. For a superior of that role, or Walidata in the
    cases it sees; a system administrator without such a role may not. Who worked on a step that must be another
    person's is refused. The person is told by mail. `key`: the same again answers as the first time. Returns the case.
    """
    tk.check_access("satudata_case_reassign", context, data_dict)
    with transaction():
        return reassigning.reassign(
            model.Session,
            *(params.text(data_dict, name) for name in ("id", "step_id", "user", "note")),
            actor=actor_of(context),
            key=params.text(data_dict, "key") or None,
        )


@boundary
def satudata_disposition_report(context, data_dict):
    """Report to who gave a disposition what was done: `{id, report, key}`.

    `id`: of the disposition, as `satudata_case_show` names it in `dispositions`. Once, by its addressee, or by who
    holds the role it went to; who gave it is told by mail. A disposition is given with the command that hands the step
    on (`satudata_case_command`: `note` is the instruction, `to_user`, `order_due_on`, `attachment_1` to
    `attachment_5`), or with the beginning of a case (`satudata_case_start`). Returns `id`, `case_id`, `reported_at`.
    """
    tk.check_access("satudata_disposition_report", context, data_dict)
    with transaction():
        return disposition_reports.report(
            model.Session,
            params.text(data_dict, "id"),
            params.text(data_dict, "report"),
            actor=actor_of(context),
            key=params.text(data_dict, "key") or None,
        )


@tk.side_effect_free
@boundary
def satudata_vacancy_list(context, data_dict):
    """Roles that running cases need and in which nobody can act now, for Walidata and system administrators.

    Each with `role`, `role_name`, `organization_id` (None: the whole government), `organization_title`, `now` (open
    steps that wait), `later` (cases that may still come to such a step), `oldest_at`, and `case_id` where the role is
    held, but only by who must not do the step (four eyes).
    """
    tk.check_access("satudata_vacancy_list", context, data_dict)
    appointment.require_manager(actor_of(context))
    return [
        {
            "role": gap.role.value,
            "role_name": words.role_name(gap.role),
            "organization_id": gap.organization_id,
            "organization_title": vacancies.agency_title(gap.organization_id),
            "now": gap.now,
            "later": gap.later,
            "oldest_at": gap.oldest_at.isoformat() if gap.oldest_at else None,
            "case_id": gap.case_id or None,
        }
        for gap in vacancies.find(model.Session)
    ]
