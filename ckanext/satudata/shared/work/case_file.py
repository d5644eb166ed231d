"""A case as a file for auditors and the Komisi Informasi: one PDF that tells all of it, one ZIP with the originals.

The PDF holds what the person sees of the case on the screen. An original is taken only where `access.of_case` says
so, as on its own address. Each taking is journalled; nothing is stored.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata import config
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_output import CaseOutput
from ckanext.satudata.model.journal import JournalHead, JournalSeal, JournalSealPart
from ckanext.satudata.model.override import CONFIRMED
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, journal, process, vault, wording, words
from ckanext.satudata.shared.documents import letters, pdf
from ckanext.satudata.shared.files import access, scans, store
from ckanext.satudata.shared.work import case_view, desk

EVENT = "case_file_taken"
SUMS = "SHA256SUMS"
"""In the ZIP: `sha256sum -c SHA256SUMS` checks every file of it."""


@dataclass(frozen=True)
class Original:
    """A file of the ZIP: its name there, where it lies in the vault, its hash; what lies encrypted comes `clear`."""

    name: str
    location: str
    sha256: str
    clear: Callable[[bytes], bytes] | None = None

    def blocks(self) -> Iterator[bytes]:
        """The bytes, as whoever takes them reads them."""
        kept = store.open_at("vault", self.location)
        return iter([self.clear(b"".join(kept))]) if self.clear else kept


def papers(session: Any, case: Case, actor: Actor) -> list[desk.Paper]:
    """The originals of a case that the person may know of; `serves` says which of them go to him."""
    reader = _reader(actor)
    by_hand = session.execute(
        sa.select(CaseOutput, VaultObject)
        .outerjoin(VaultObject, VaultObject.id == CaseOutput.vault_id)
        .where(CaseOutput.case_id == case.id)
        .order_by(CaseOutput.added_at, CaseOutput.id)
    )
    serves = process.may_see(session, case, reader)
    found = [_output(row, kept, serves) for row, kept in by_hand]
    return found + desk.presenter(case.process).papers(case, reader)


def _reader(actor: Actor) -> Actor:
    """Who only runs the portal sees that there is a document, not what is in it."""
    return replace(actor, is_sysadmin=False)


def _output(row: CaseOutput, kept: VaultObject | None, serves: bool) -> desk.Paper:
    if kept is None or kept.deleted_at is not None:
        return desk.Paper(row.name, number=row.number, dated_on=row.dated_on)
    return desk.Paper(
        row.name,
        filename=kept.original_name,
        vault_id=kept.id,
        sha256=kept.sha256,
        size=kept.size_bytes,
        number=row.number,
        dated_on=row.dated_on,
        url=scans.site_url("satudata_work.output", case_id=row.case_id, output_id=row.id),
        serves=serves,
    )


def as_pdf(session: Any, case_id: str, actor: Actor) -> bytes:
    """Cover, facts, steps, originals with hashes, journal and its seal; journalled, committed. Raises NotThere."""
    case = process.seen(session, case_id, actor)
    body = pdf.render("case", _told(session, case, actor), at=clock.now())
    _note(session, case, actor, {"format": "pdf"})
    return body


def as_zip(session: Any, case_id: str, actor: Actor) -> Iterator[bytes]:
    """The originals that the person may have, block by block, with `SHA256SUMS`; journalled, committed.

    Raises NotThere before the first block, and NotAllowed for who sees the case but reads none of its documents.
    """
    case = process.seen(session, case_id, actor)
    if not may_take_originals(session, case, actor):
        raise NotAllowed(
            "Who only runs the portal sees the case, but none of its documents.",
            mend="Ask an officer of the case for them.",
        )
    mine = [paper for paper in papers(session, case, actor) if paper.vault_id and access.of_case(serves=paper.serves)]
    desk.presenter(case.process).papers_taken(case, mine, actor)
    originals = [
        Original(
            f"{number:03d}_{paper.filename}",
            vault.get(session, paper.vault_id or "").location,
            paper.sha256,
            paper.clear,
        )
        for number, paper in enumerate(mine, start=1)
    ]
    _note(session, case, actor, {"format": "zip", "sha256": [one.sha256 for one in originals if one.sha256]})
    return _zipped(originals, clock.now().astimezone(clock.zone()))


def may_take_originals(session: Any, case: Case, actor: Actor) -> bool:
    """Whether the ZIP is for the person: not for who sees the case only because he runs the portal."""
    return process.may_see(session, case, _reader(actor))


def filename(case_id: str, ending: str) -> str:
    """What the file is called; the case's title stays inside."""
    return f"berkas-{case_id[:8]}.{ending}"


def _note(session: Any, case: Case, actor: Actor, payload: dict[str, Any]) -> None:
    subject = (case.subject_type, case.subject_id)
    journal.append(session, EVENT, actor=actor, case_id=case.id, subject=subject, payload=payload)
    session.commit()


class _Pipe:
    """Takes what the archive writes and gives it on: nothing is kept, so a ZIP may be larger than memory and disk."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        """Part of the archive."""
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""

    def take(self) -> bytes:
        """What came since the last time."""
        found, self._parts = b"".join(self._parts), []
        return found


def _zipped(originals: list[Original], at: datetime) -> Iterator[bytes]:
    pipe, sums = _Pipe(), []
    with zipfile.ZipFile(pipe, "w") as archive:
        for one in originals:
            info = zipfile.ZipInfo(one.name, at.timetuple()[:6])
            seen = hashlib.sha256()
            with archive.open(info, "w", force_zip64=True) as member:
                for block in one.blocks():
                    seen.update(block)
                    member.write(block)
                    yield pipe.take()
            sums.append(f"{one.sha256 or seen.hexdigest()}  {one.name}\n")
        archive.writestr(zipfile.ZipInfo(SUMS, at.timetuple()[:6]), "".join(sums))
    yield pipe.take()


# ---------------------------------------------------------------- what the PDF says


def _told(session: Any, case: Case, actor: Actor) -> dict[str, Any]:
    """What the typst template is given: finished text only, in the reader's language."""
    shown = case_view.show(session, case, actor)
    ended = wording.instant(shown["ended_at"]) if shown["ended_at"] else tk._("not finished")
    outcome = words.outcome_name(shown["outcome"], case.subject_type)
    head = [
        (tk._("Kind of work"), shown["process_title"]),
        (tk._("Received"), wording.instant(shown["received_at"])),
        (tk._("Finished"), f"{ended} ({outcome})" if outcome else ended),
        (tk._("Number of the case"), case.id),
        (tk._("Taken by"), process.called(actor.name)),
        (tk._("Taken on"), wording.instant(clock.now())),
    ]
    return {
        "lang": str(wording.locale_of())[:2],
        "letterhead": letters.letterhead(),
        "mark": letters.SAMPLE if config.demo() else "",
        "kicker": tk._("Case file"),
        "title": shown["title"],
        "head": head,
        "facts": [(fact["label"], str(fact["value"])) for fact in shown["facts"] if fact["value"]],
        "overrides": [_override(one) for one in shown["overrides"] if one["state"] == CONFIRMED],
        "steps": _steps(shown, desk.presenter(case.process), case),
        "papers": [_paper(paper) for paper in papers(session, case, actor)],
        "custody": desk.presenter(case.process).custody(case, _reader(actor)),
        "journal": [_entry(entry) for entry in shown["journal"]],
        "seal": _seal(session, case.id),
        "words": _words(),
    }


def _words() -> dict[str, Any]:
    return {
        "overrides": tk._("Moved outside the SOP"),
        "facts": tk._("Facts"),
        "steps": tk._("Steps"),
        "papers": tk._("Letters and attachments"),
        "custody": tk._("Where each file has been"),
        "journal": tk._("Journal"),
        "seal": tk._("Seal of the journal"),
        "step_heads": [tk._("Step"), tk._("Who"), tk._("Since"), tk._("Due"), tk._("Done")],
        "paper_heads": [tk._("Document"), tk._("Number and date"), tk._("File and SHA-256")],
        "journal_heads": [tk._("When"), tk._("What happened"), tk._("Who"), tk._("Note")],
        "no_papers": tk._("The case has no letters and no attachments."),
        "not_yours": tk._("not among the files that whoever took this may have"),
        "late": tk._("late"),
        "page": tk._("Page {page} of {pages}"),
        "unprinted": tk._("□: a letter or picture that cannot be printed; the portal holds the whole text."),
    }


def _override(one: dict[str, Any]) -> str:
    said = tk._("{at}: from step {steps} to: {to}. Asked by {name}, confirmed by {other}. {reason}")
    return said.format(
        at=wording.instant(one["answered_at"]),
        steps=", ".join(one["from_steps"]),
        to=one["to_title"] or tk._("the end"),
        name=one["asked_by_title"],
        other=one["answered_by_title"],
        reason=one["reason"] or tk._("erased"),
    )


def _steps(shown: dict[str, Any], presenter: desk.Presenter, case: Case) -> list[dict[str, Any]]:
    rows = []
    for step in shown["steps"]:
        if step["done_at"] and not step["command"]:
            continue  # closed by another step's command
        name = step["done_by_title"] if step["done_by"] else ""
        done = tk._("not done yet")
        if step["done_at"]:
            done = f"{words.event_name(step['event'], case.subject_type)}, {wording.instant(step['done_at'])}"
        rows.append(
            {
                "no": step["no"],
                "title": presenter.step_title(case, step),
                "who": f"{step['role_name']}: {name}" if name and name != step["role_name"] else step["role_name"],
                "since": wording.instant(step["opened_at"]),
                "due": wording.day(date.fromisoformat(step["due_on"])) if step["due_on"] else tk._("no time is set"),
                "done": done,
                "late": step["late"],
                "note": step["note"] or "",
            }
        )
    return rows


def _paper(paper: desk.Paper) -> dict[str, Any]:
    on = wording.day(paper.dated_on) if paper.dated_on else ""
    return {
        "kind": paper.kind,
        "number": ", ".join(filter(None, (paper.number, on))),
        "file": f"{paper.filename} ({wording.size(paper.size)})" if paper.filename else "",
        "sha256": paper.sha256,
        "mine": paper.serves or not paper.vault_id,
    }


def _entry(entry: dict[str, Any]) -> list[str]:
    text = tk._("erased") if entry["text_erased"] else entry["text"] or ""
    return [wording.instant(entry["at"]), entry["event_name"], entry["actor_title"], text]


def _seal(session: Any, case_id: str) -> list[tuple[str, str]]:
    """Where the chain of the case ends, and the newest daily seal that covers a part of it."""
    head = session.get(JournalHead, case_id)
    found = session.execute(
        sa.select(JournalSealPart.day, JournalSealPart.position, JournalSeal.hash)
        .join(JournalSeal, JournalSeal.day == JournalSealPart.day)
        .where(JournalSealPart.chain == case_id)
        .order_by(JournalSealPart.day.desc())
        .limit(1)
    ).one_or_none()
    told = (
        [(tk._("Entries"), wording.number(head.position)), (tk._("Hash of the last entry"), head.hash)] if head else []
    )
    if found is None:
        return [*told, (tk._("Daily seal"), tk._("None yet: the seal of a day is made in the night after it."))]
    covers = tk._("Seal of {date}, which covers entries 1 to {last}")
    return [*told, (covers.format(date=wording.day(found.day), last=wording.number(found.position)), found.hash)]
