"""Letters that wait for the number of the government's own letter registry, before their command is given."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter_draft import LetterDraft
from ckanext.satudata.shared import clock, crypto, journal
from ckanext.satudata.shared.documents import docx, pdf

WAITS = "menunggu nomor"
"""What stands where the number will be."""


def keep(
    session: Session,
    case: Case,
    step_id: str,
    command: str,
    kind: str,
    payload: Mapping[str, Any],
    content: Mapping[str, Any],
    actor: Actor,
) -> LetterDraft:
    """Stores the draft in place of a former one of the same command, journalled; no commit.

    Of `payload` its texts are kept: a file is chosen again when the command is given.
    """
    end(session, step_id, command)
    texts = {name: value for name, value in payload.items() if isinstance(value, str)}
    row = LetterDraft(
        case_id=case.id,
        step_id=step_id,
        command=command,
        kind=kind,
        payload=crypto.seal(json.dumps(texts, ensure_ascii=False)),
        content=crypto.seal(json.dumps(content, ensure_ascii=False)),
        made_at=clock.now(),
        made_by=actor.user_id,
    )
    session.add(row)
    session.flush()
    subject = (case.subject_type, case.subject_id)
    journal.append(session, "letter_drafted", actor=actor, case_id=case.id, subject=subject, payload={"kind": kind})
    return row


def end(session: Session, step_id: str, command: str) -> None:
    """The draft of that command, if there is one, waits no more."""
    session.execute(sa.delete(LetterDraft).where(LetterDraft.step_id == step_id, LetterDraft.command == command))


def end_left(session: Session, case_id: str) -> None:
    """No draft waits at a step that is left: another command was given there, or the case was put elsewhere."""
    left = sa.select(CaseStep.id).where(CaseStep.case_id == case_id, CaseStep.done_at.is_not(None))
    session.execute(sa.delete(LetterDraft).where(LetterDraft.case_id == case_id, LetterDraft.step_id.in_(left)))


def end_of(session: Session, case_id: str, *commands: str) -> None:
    """The drafts of these commands tell what holds no more, whichever step of the case they are of."""
    session.execute(sa.delete(LetterDraft).where(LetterDraft.case_id == case_id, LetterDraft.command.in_(commands)))


def waiting(session: Session, case_id: str) -> dict[tuple[str, str], LetterDraft]:
    """The drafts of a case, by step and command."""
    return {(row.step_id, row.command): row for row in session.scalars(LetterDraft.waiting(case_id))}


def cases(session: Session, case_ids: Collection[str], actor: Actor) -> frozenset[str]:
    """Which of these cases have a letter of the actor's roles that waits for its number."""
    if not case_ids:
        return frozenset()
    roles = {held.role.value for held in actor.held}
    query = (
        sa.select(LetterDraft.case_id)
        .join(CaseStep, CaseStep.id == LetterDraft.step_id)
        .where(LetterDraft.case_id.in_(case_ids), CaseStep.done_at.is_(None), CaseStep.role.in_(roles))
    )
    return frozenset(session.scalars(query))


def find(session: Session, case_id: str, draft_id: str) -> LetterDraft:
    """A draft that waits. Raises NotThere."""
    row = session.get(LetterDraft, draft_id)
    if row is None or row.case_id != case_id:
        raise NotThere("There is no such letter.")
    return row


def typed(row: LetterDraft) -> dict[str, str]:
    """What was typed into the form."""
    return dict(json.loads(crypto.unseal(row.payload)))


def rendered(row: LetterDraft, form: str) -> bytes:
    """The draft as `pdf` or `docx`."""
    content = json.loads(crypto.unseal(row.content))
    return docx.letter(content) if form == "docx" else pdf.render("letter", content, at=row.made_at)
