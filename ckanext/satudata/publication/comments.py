"""What a reviewer who sends back says of single fields: entries of the case's journal, so kept for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal, JournalText
from ckanext.satudata.shared import effects, params
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.words import N_
from ckanext.satudata.shared.work import case_view

PROCESS = "preparation"
EVENT = "field_commented"
FILES = "resources"
ROWS = 4
"""Comments that a form takes at once; the API takes one for every field."""


def labels() -> dict[str, str]:
    """What can be commented: field → label (msgid), in the order of the form."""
    shown = {row["field_name"]: row["label"] for row in metadata.fields() if row.get("form_snippet", "") is not None}
    return {**shown, FILES: N_("Files")}


def of_form(form: Mapping[str, str]) -> dict[str, str]:
    """The comments of a posted form; several on one field are one. A text without a field is refused by `check`."""
    found: dict[str, str] = {}
    for row in range(1, ROWS + 1):
        field, text = (form.get(f"comment-{row}-{name}", "").strip() for name in ("field", "text"))
        if text:
            found[field] = "\n".join(filter(None, [found.get(field, ""), text]))
    return found


@effects.checks(PROCESS, "return_")
def check(payload: Mapping[str, Any]) -> Iterable[Invalid]:
    """`comments`: {field: text}; a field that is none, or a text that is none, is refused by its name."""
    sent = payload.get("comments") or {}
    if not isinstance(sent, Mapping):
        yield Invalid("Give a comment for each field, by its name.", field="comments")
        return
    known = labels()
    for field, text in sent.items():
        if not field:
            yield Invalid("Say which field each comment is about.", field="comments")
        elif field not in known:
            yield Invalid("There is no field {name} to comment on.", field="comments", name=str(field)[:100])
        elif not isinstance(text, str) or len(text) > params.LONGEST:
            yield Invalid("This must be text.", field="comments", mend="Enter it again.")


@effects.on(PROCESS, "return_")
def keep(run: Run) -> None:
    """Journals each comment beside the return."""
    sent = run.payload.get("comments") or {}
    for field in labels():
        if text := str(sent.get(field) or "").strip():
            run.journal(EVENT, payload={"field": field, "step": run.step.no, "step_id": run.step.id}, text=text)


def of_case(session: Session, case: Case) -> list[dict[str, Any]]:
    """Every comment of a case, the newest round first: `{field, label, text, by, at, step_id}`; None where erased."""
    query = (
        sa.select(Journal, JournalText.text)
        .outerjoin(JournalText, JournalText.journal_id == Journal.id)
        .where(Journal.chain == case.id, Journal.event == EVENT)
        .order_by(Journal.position)
    )
    found = session.execute(query).all()
    names, known = case_view.display_names(session, {entry.actor_name for entry, _text in found}), labels()
    rows = [
        {
            "field": entry.payload["field"],
            "label": tk._(known.get(entry.payload["field"], entry.payload["field"])),
            "text": text,
            "by": names.get(entry.actor_name, entry.actor_name),
            "at": entry.at.isoformat(),
            "step_id": entry.payload["step_id"],
        }
        for entry, text in found
    ]
    order = list(dict.fromkeys(row["step_id"] for row in rows))[::-1]
    return sorted(rows, key=lambda row: order.index(row["step_id"]))


def of_last_return(session: Session, case: Case) -> list[dict[str, Any]]:
    """Those of the return that brought the case to where it is now."""
    back = case_view.sent_back(session.scalars(CaseStep.of([case.id])))
    return [row for row in of_case(session, case) if back is not None and row["step_id"] == back.id]
