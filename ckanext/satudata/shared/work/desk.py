"""How each process shows itself on the desk; rooms register a presenter when they are imported.

@desk.presents("request")
class RequestPresenter(desk.Presenter): ...
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_output import CaseOutput
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import wording

if TYPE_CHECKING:
    from ckanext.satudata.shared.documents.case_letters import Proposed


@dataclass(frozen=True)
class Paper:
    """An original of a case: a letter, a scan, a document, a file handed over.

    `kind` in words; `vault_id` None where only number and date are known; `serves`: whether it goes to who asks.
    `clear` opens what lies encrypted, whose `sha256` is not known before.
    """

    kind: str
    filename: str = ""
    vault_id: str | None = None
    sha256: str = ""
    size: int = 0
    number: str = ""
    dated_on: date | None = None
    url: str = ""
    serves: bool = False
    clear: Callable[[bytes], bytes] | None = None


class Presenter:
    """What the desk asks a room about its cases; the base shows the process and the subject's id."""

    def title(self, case: Case) -> str:
        """One line that says what it is about; seen by officers of the process only."""
        return begun_as(case)

    def reference(self, case: Case) -> str:
        """What a mail may say of the case, since mails are read in open places: a number, an agency; no content."""
        return ""

    def numbered(self, part: str) -> Any:
        """A select of the subjects' ids whose register number holds `part`; None without numbers."""
        return None

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        """Titles of many cases by case id; override to ask the database once."""
        return {case.id: self.title(case) for case in cases}

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        """(label, value) pairs for the top of the case page; already translated."""
        agency = model.Group.get(case.organization_id) if case.organization_id else None
        return [(tk._("Agency"), agency.title or agency.name)] if agency else []

    def summary(self, case: Case, actor: Actor) -> dict[str, Any]:
        """What is read before a decision on many: `facts` (label, value), `lines` (what changes, one sentence each),
        `flags` (what must not be overlooked); already translated."""
        return {"facts": self.facts(case, actor), "lines": [], "flags": []}

    def content(self, case: Case) -> str:
        """What is decided on, files included, in a text that is another one once any of it is another."""
        kept = [(row.name, row.number, row.vault_id) for row in model.Session.scalars(CaseOutput.of([case.id]))]
        return json.dumps([self.title(case), case.data, kept], sort_keys=True, default=str)

    def step_title(self, case: Case, step: dict[str, Any]) -> str:
        """What a step that was reached (`case_view.show`) is called in the timeline: the SOP's own words."""
        return str(step["uraian"])

    def offers(self, case: Case, command: str) -> bool:
        """Whether a command that the SOP gives could be taken now; what could only be refused is not offered."""
        return True

    def command_label(self, case: Case, command: str, step_no: str) -> str:
        """What a button says where the case knows the result; "" for the usual words. Already translated."""
        return ""

    def warning(self, case: Case) -> str:
        """What is wrong with the case as a whole (a legal time that has passed), told on top; already translated."""
        return ""

    def step_moved(self, session: Any, case: Case, role: str, before: date, after: date) -> None:
        """The due date of an open step moved with the calendar: mails to who was told of it outside the offices."""

    def mend(self, case: Case, actor: Actor) -> tuple[str, str] | None:
        """Address and label of where the person mends what was sent back; None where commands alone do."""
        return None

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        """Template of the fields a command needs beside the note; None for the plain form."""
        return None

    def asks(self, case: Case, command: str) -> tuple[str, ...]:
        """The fields of that form that must be given, where the SOP's file does not name them."""
        return ()

    def form_is_needed(self, case: Case, command: str, step_no: str) -> bool:
        """Whether that form asks for what must be given; what asks for a note only can be given to many at once."""
        return self.form(case, command, step_no) is not None

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        """Extra variables for that template."""
        return {}

    def panel(self, case: Case, actor: Actor) -> str | None:
        """Template shown under the facts (files, letters, differences), with `panel_data`."""
        return None

    def panel_data(self, case: Case, actor: Actor) -> dict[str, Any]:
        """Variables for the panel."""
        return {}

    def look_first(self, panel_data: dict[str, Any]) -> str:
        """What the link from the commands down to the panel says; "" where there is nothing to look at."""
        return ""

    def read_payload(self, command: str, form: Any, files: Any) -> dict[str, Any]:
        """The command's payload from a posted form: every text field by default."""
        return {name: form[name] for name in form if name not in ("key", "step_id", "_csrf_token")}

    def has_preview(self, case: Case, command: str) -> bool:
        """Whether the command writes a letter that can be looked at before."""
        from ckanext.satudata.shared.documents import case_letters

        return case_letters.is_writing(case.process, command)

    def proposed(
        self, case: Case, command: str, payload: dict[str, Any], actor: Actor, step_id: str | None = None
    ) -> Proposed:
        """That letter; stores and numbers nothing. Raises what the command itself would."""
        from ckanext.satudata.shared.documents import case_letters

        found = case_letters.look(model.Session, case.id, command, payload, actor, step_id)
        self.letter_seen(case, found.draft.kind, actor)
        return found

    def letter_seen(self, case: Case, kind: LetterKind, actor: Actor) -> None:
        """A letter is looked at before it is issued: what must be noted, where it names a person."""

    def preview(self, case: Case, command: str, payload: dict[str, Any], actor: Actor) -> bytes:
        """The same as PDF, marked as a draft."""
        return self.proposed(case, command, payload, actor).pdf()

    def papers(self, case: Case, actor: Actor) -> list[Paper]:
        """The originals of the case that the person may know of, beside what its steps brought by hand."""
        return []

    def custody(self, case: Case, actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
        """Of each file that changed hands: its name, and where it has been as (label, value)."""
        return []

    def papers_taken(self, case: Case, papers: Sequence[Paper], actor: Actor) -> None:
        """Before these are taken away: what must be noted, where one of them names a person."""

    def told(self, answer: dict[str, Any]) -> list[str]:
        """What a command has sent or made, from its answer: one sentence each, already translated."""
        return []

    def told_links(self, answer: dict[str, Any]) -> list[tuple[str, str]]:
        """What is to be done by hand after it: (text, address); already translated."""
        return []

    def before(self, case: Case, command: str) -> str:
        """What must be known before the command is given; "" where there is nothing. Already translated."""
        return ""

    def verb(self, commands: Collection[str]) -> str:
        """What is to be done where no one of the commands is the usual one; "" where the first of them is."""
        return ""

    def arranged(self, case: Case, commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The commands of a person in the order in which they stand; `first` is due first, `rare` stands folded."""
        return commands

    def subject_label(self, case: Case) -> str:
        """What the link to the subject says; already translated."""
        return tk._("Open what this is about")

    def subject_url(self, case: Case) -> str | None:
        """Where the subject itself is shown."""
        return None


def begun_as(case: Case) -> str:
    """What a case without a room of its own is called: the title it was begun with, or the day it began on."""
    if title := case.data.get("title"):
        return str(title)
    if day := case.data.get("round"):
        return tk._("Round of {date}").format(date=wording.day(date.fromisoformat(day)))
    return case.subject_id


_TITLES = (
    sa.select(model.Package.id, model.Package.title, DatasetState.state)
    .outerjoin(DatasetState, DatasetState.package_id == model.Package.id)
    .where(model.Package.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Text))))
)


class DatasetPresenter(Presenter):
    """A process about one dataset: its title and its page."""

    def title(self, case: Case) -> str:
        """The dataset's title; of what was withdrawn only that it was."""
        return self.titles([case])[case.id]

    def reference(self, case: Case) -> str:
        """The producer; the title of what is not public does not leave the portal."""
        agency = model.Group.get(case.organization_id) if case.organization_id else None
        return (agency.title or agency.name) if agency else ""

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        """The same for many, with one query."""
        found = {
            id_: tk._("Withdrawn data") if state == DatasetStage.WITHDRAWN.value else title
            for id_, title, state in model.Session.execute(_TITLES, {"ids": [case.subject_id for case in cases]})
        }
        return {case.id: found.get(case.subject_id) or tk._("Dataset that no longer exists") for case in cases}

    def subject_label(self, case: Case) -> str:
        """What the link to the dataset says."""
        return tk._("Open the page of the dataset")

    def subject_url(self, case: Case) -> str | None:
        """The dataset's page. An auditor follows the case and sees none that is not public; a purged one has none."""
        there = model.Package.get(case.subject_id) is not None
        seen = there and tk.h.check_access("package_show", {"id": case.subject_id})
        return tk.h.url_for("dataset.read", id=case.subject_id) if seen else None


_presenters: dict[str, Presenter] = {}


def presents(process: str):
    """Registers the decorated `Presenter` class for a process."""

    def bind(kind: type[Presenter]) -> type[Presenter]:
        _presenters[process] = kind()
        return kind

    return bind


def presenter(process: str) -> Presenter:
    """The presenter of a process; the plain one where its room is left out."""
    return _presenters.get(process) or Presenter()


def numbered(part: str) -> list[Any]:
    """Selects of subjects' ids of every process whose number holds `part`."""
    found = (one.numbered(part) for one in _presenters.values())
    return [query for query in found if query is not None]


def titles(cases: Sequence[Case]) -> dict[str, str]:
    """Titles of cases of any process by case id; the subject's id where the presenter knows none."""
    found: dict[str, str] = {}
    for name in {case.process for case in cases}:
        found |= presenter(name).titles([case for case in cases if case.process == name])
    return found
