"""Letters that a command writes: issued by its effect, or looked at before the command is given.

    case_letters.writes("request", "route", "refuse")

    @effects.on("request", "route")
    def route(run): ...
        case_letters.write(run, draft, letters.ppid_signatory(run.actor))

A letter is looked at by carrying the command out and giving everything back: what is shown is what would be issued,
and who may not give the command, or not so, is told as the command would tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.model as model

from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.domain.letters import Draft
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.letter_draft import LetterDraft
from ckanext.satudata.shared import clock, process
from ckanext.satudata.shared.documents import docx, letter_drafts, letter_numbers, letters, pdf
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.transaction import transaction

_LOOKED_AT = "satudata_letters_looked_at"
_writing: set[tuple[str, str]] = set()


@dataclass(frozen=True)
class Proposed:
    """A letter as a command would issue it."""

    draft: Draft
    organization_id: str | None
    signatory: letters.Signatory
    step_id: str = ""
    """The step whose command writes it; empty where a later one does."""

    def content(self, number: str = "…") -> dict[str, Any]:
        """What its template gets, without a number."""
        return letters.draft_content(self.draft, self.organization_id, self.signatory, number)

    def pdf(self) -> bytes:
        """As PDF, marked as a draft."""
        return pdf.render("letter", self.content(), at=clock.now())

    def docx(self) -> bytes:
        """The same to be edited."""
        return docx.letter(self.content())


def writes(process_name: str, *commands: str) -> None:
    """Says that these commands write a letter, so that it can be looked at before."""
    _writing.update((process_name, command) for command in commands)


def is_writing(process_name: str, command: str) -> bool:
    """Whether the command writes a letter."""
    return (process_name, command) in _writing


def write(
    run: Run, draft: Draft, signatory: letters.Signatory, organization_id: str | None = None, **given: Any
) -> Letter | None:
    """Issues the letter of a command, journalled and told in its answer. None while it is only looked at.

    `given` goes to `letters.issue`. The number is the typed one, for the first letter of a command.
    """
    looked_at: list[Proposed] | None = run.context.get(_LOOKED_AT)
    if looked_at is not None:
        looked_at.append(Proposed(draft, organization_id, signatory, run.step.id))
        return None
    is_first = not run.answer.get("letters")
    typed = str(run.payload.get(letter_numbers.FIELD) or "").strip() if is_first else ""
    if not typed and is_first and "number" not in given and letter_numbers.is_from_registry(draft.kind):
        raise Invalid(
            "The number of the letter is missing.",
            field=letter_numbers.FIELD,
            mend="Save the letter as waiting for its number, and type the number of the letter registry.",
        )
    subject = {"subject_type": run.case.subject_type, "subject_id": run.case.subject_id}
    letter = letters.issue(
        run.session,
        draft,
        **{**subject, **given},
        case_id=run.case.id,
        organization_id=organization_id,
        signatory=signatory,
        actor=run.actor,
        at=run.now,
        typed_number=typed,
    )
    letter_drafts.end(run.session, run.step.id, run.command)
    run.journal("letter_issued", payload={"kind": letter.kind, "number": letter.number, "sha256": letter.sha256})
    run.answer.setdefault("letters", []).append({"id": letter.id, "kind": letter.kind, "number": letter.number})
    return letter


def look(
    session: Any,
    case_id: str,
    command: str,
    payload: Mapping[str, Any],
    actor: Actor,
    step_id: str | None = None,
) -> Proposed:
    """The letter that the command would issue, the first of several; nothing is stored, the transaction is given back.

    Raises what the command itself would, NotThere for a command without a letter.
    """
    found: list[Proposed] = []
    with transaction() as one:
        one.drop = True
        process.carry_out(session, {_LOOKED_AT: found}, case_id, command, payload, actor=actor, step_id=step_id)
    if not found:
        raise NotThere("There is no such letter.")
    return found[0]


def keep(
    presenter: Any, case: Case, command: str, payload: Mapping[str, Any], actor: Actor, step_id: str | None = None
) -> LetterDraft:
    """Keeps the letter of a command until its number is known; committed. Raises as `look`."""
    session, case_id = model.Session, case.id
    proposed: Proposed = presenter.proposed(case, command, payload, actor, step_id)
    if not proposed.step_id:
        raise NotThere("There is no such letter.")
    with transaction():
        case = process.locked(session, case_id, actor)
        if session.get_one(CaseStep, proposed.step_id, populate_existing=True).done_at is not None:
            raise Conflict("This step was finished meanwhile.", mend="Reload the page.")
        kind, content = proposed.draft.kind.value, proposed.content(letter_drafts.WAITS)
        return letter_drafts.keep(session, case, proposed.step_id, command, kind, payload, content, actor)
