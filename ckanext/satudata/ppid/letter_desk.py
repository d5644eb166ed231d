"""Letters as the officers' pages of requests and objections show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.letters import LetterKind, title_of
from ckanext.satudata.domain.letters.returning import may_bring_back
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.letter_annex import LetterAnnex
from ckanext.satudata.model.letter_scan import LetterScan
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared.documents import letter_annexes, letter_scans, letters
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.work import desk


def rows(session: Any, found: Sequence[Letter], actor: Actor, process: str = "") -> list[dict[str, Any]]:
    """What `desk/letters.html` lists; `process`: of the case."""
    annexes = letter_annexes.of(session, found)
    return [
        {
            "id": row.id,
            "number": row.number,
            "title": title_of(row.kind, process),
            "on": row.dated_on,
            "signed": row.status == letters.SIGNED,
            "annexes": letter_annexes.shown(annexes[row.id]),
            "may_sign": may_bring_back(actor, LetterKind(row.kind), row.organization_id),
        }
        for row in found
    ]


def papers(session: Any, found: Sequence[Letter], process: str = "") -> list[desk.Paper]:
    """Each letter as it was made, then the papers that went with them, then the signed ones as they came back."""
    signed, annexes = letter_scans.latest(session, found), letter_annexes.of(session, found)
    return [
        desk.Paper(
            title_of(row.kind, process),
            filename=letters.filename(LetterKind(row.kind), row.number),
            vault_id=row.vault_id,
            sha256=row.sha256,
            size=row.size,
            number=row.number,
            dated_on=row.dated_on,
            url=scans.site_url("satudata_ppid_letters.made", letter_id=row.id, form="asli"),
            serves=True,
        )
        for row in found
    ] + [
        *(_annex(row, annex) for row in found for annex in annexes[row.id]),
        *(_signed(row, signed[row.id]) for row in found if row.id in signed),
    ]


def told(answer: dict[str, Any]) -> list[str]:
    """The letters that a command has issued, a sentence each."""
    return [
        tk._("Letter “{title}” was issued with number {number}.").format(
            title=title_of(letter["kind"], answer.get("process", "")), number=letter["number"]
        )
        for letter in answer.get("letters", [])
    ]


def _annex(letter: Letter, annex: LetterAnnex) -> desk.Paper:
    return desk.Paper(
        tk._("Annex"),
        filename=letter_annexes.filename(annex),
        vault_id=annex.vault_id,
        sha256=annex.sha256,
        size=annex.size,
        number=letter.number,
        dated_on=letter.dated_on,
        url=scans.site_url("satudata_ppid.officer_annex", letter_id=letter.id, annex_id=annex.id),
        serves=True,
    )


def _signed(letter: Letter, scan: LetterScan) -> desk.Paper:
    return desk.Paper(
        tk._("Signed letter"),
        filename=letters.filename(LetterKind(letter.kind), letter.number),
        vault_id=scan.vault_id,
        sha256=scan.sha256,
        size=scan.size,
        number=letter.number,
        dated_on=requests.local_date(scan.added_at),
        url=scans.site_url("satudata_ppid.officer_letter", letter_id=letter.id),
        serves=True,
    )
