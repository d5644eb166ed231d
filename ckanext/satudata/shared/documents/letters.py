"""Issues official letters: letterhead, number, signature block, QR; the PDF goes to the vault.

`issue` numbers, renders and stores in the caller's transaction, so a letter exists exactly when the step it belongs to
was taken. Looked at or kept before: `case_letters`, `letter_drafts`; come back signed: `letter_scans`.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ckan.lib.helpers as h
import ckan.model as model
import ckan.plugins.toolkit as tk
import segno
from sqlalchemy.orm import Session

from ckanext.satudata import config
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.letters import FOR_APPLICANT, HAL, SUBJECTS, Draft, LetterKind, tanggal
from ckanext.satudata.domain.officer import Actor, HoldKind, Role
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.signature_block import SignatureBlock
from ckanext.satudata.shared import clock, crypto, notices, numbers, vault
from ckanext.satudata.shared.documents import docx, letter_annexes, letter_numbers, pdf

NUMBERED, SIGNED = "numbered", "signed"
SAMPLE = "Data contoh, bukan data resmi"
"""What stands on every letter of a demonstration."""


@dataclass(frozen=True)
class Signatory:
    """Who signs: position, name, and staff number where one is kept. `footing`: how the position is held."""

    position: str
    name: str
    nip: str = ""
    footing: HoldKind = HoldKind.DEFINITIVE
    rank: str = ""
    own_position: str = ""
    """What the signatory is by himself; printed where he signs a.n."""

    @property
    def title(self) -> str:
        """The position as the signature block has it: `Plt. …`, `Plh. …`, `a.n. …`."""
        return f"{FOOTINGS[self.footing]}{self.position}"

    @property
    def shown(self) -> dict[str, str]:
        """The signature block as templates get it."""
        return {
            "position": self.title,
            "own_position": self.own_position if self.footing is HoldKind.AN else "",
            "name": self.name,
            "rank": self.rank,
            "nip": self.nip,
        }


FOOTINGS = {HoldKind.DEFINITIVE: "", HoldKind.PLT: "Plt. ", HoldKind.PLH: "Plh. ", HoldKind.AN: "a.n. "}


def draft_content(draft: Draft, organization_id: str | None, signatory: Signatory, number: str = "…") -> dict[str, Any]:
    """What the template gets of a letter that has no number yet."""
    return _content(draft, number, clock.today(), organization_id, signatory, _check_url(""), is_draft=True)


def issue(
    session: Session,
    draft: Draft,
    *,
    subject_type: str,
    subject_id: str,
    signatory: Signatory,
    actor: Actor,
    at: datetime,
    case_id: str | None = None,
    organization_id: str | None = None,
    number: numbers.Number | None = None,
    typed_number: str = "",
    qr_url: str | None = None,
    qr_note: str = "Keaslian surat ini dapat diperiksa di",
) -> Letter:
    """The numbered letter, in the vault; no commit.

    `organization_id` is the agency that writes (None: the PPID's office). `number` is given where the letter
    carries the subject's own (receipt), `typed_number` where the government's letter registry gave it; else the next
    of its series is taken. The QR leads to `qr_url`, by default to the page that confirms number, date and hash.
    """
    on = at.astimezone(h.get_display_timezone()).date()
    if number is None and typed_number.strip():
        number = letter_numbers.typed(session, draft.kind, typed_number, on, organization_id)
    if number is None:
        number = letter_numbers.next_free(
            session, draft.kind, on, organization_id, draft.unit or _unit(organization_id)
        )
    check_code = secrets.token_urlsafe(12)
    shown_url = qr_url or _check_url(check_code)
    content = _content(draft, number.text, on, organization_id, signatory, shown_url, qr_note=qr_note)
    made = pdf.render("letter", content, at=at)
    stored = vault.put(
        session,
        io.BytesIO(made),
        name=filename(draft.kind, number.text),
        content_type="application/pdf",
        purpose="letter",
        created_by=actor.user_id,
    )
    letter = Letter(
        kind=draft.kind.value,
        status=NUMBERED,
        number=number.text,
        number_count=number.count,
        dated_on=on,
        organization_id=organization_id or "",
        subject_type=subject_type,
        subject_id=subject_id,
        case_id=case_id,
        content=crypto.seal(json.dumps(content, ensure_ascii=False)),
        vault_id=stored.id,
        sha256=hashlib.sha256(made).hexdigest(),
        size=len(made),
        check_code=check_code,
        made_at=at,
        made_by=actor.user_id,
    )
    session.add(letter)
    session.flush()
    letter_annexes.enclose(session, letter, draft.enclosed, actor.user_id)
    return letter


def filename(kind: LetterKind, number: str) -> str:
    """A name for the downloaded file, without anything personal: `Penolakan-...-12-PPID-2026.pdf`."""
    words = f"{SUBJECTS[kind]} {number}"
    return "-".join("".join(sign if sign.isalnum() else " " for sign in words).split()) + ".pdf"


def content_of(session: Session, letter: Letter) -> bytes:
    """The letter's PDF as it was made. Raises NotThere where the file is gone."""
    return vault.read_bytes(session, letter.vault_id)


def as_docx(letter: Letter) -> bytes:
    """The same letter, to be edited in a word processor."""
    if letter.content is None:
        raise NotThere("This file is not there any more.")
    return docx.letter(json.loads(crypto.unseal(letter.content)))


def is_for_applicant(letter: Letter) -> bool:
    """Whether the applicant may have it: letters between officers are not theirs."""
    return LetterKind(letter.kind) in FOR_APPLICANT


def ppid_signatory(actor: Actor, process: str = "request") -> Signatory:
    """The signature block of the office that answers, in the name of whoever acts: PPID, or Walidata for an office of
    the government (Perpres 39/2019 art. 37(6))."""
    if process == "government_request":
        return walidata_signatory(actor, process)
    return _signatory(tk.config["ckanext.satudata.letter.ppid_position"], actor, Role.PPID, None, process)


def walidata_signatory(actor: Actor, process: str) -> Signatory:
    """The signature block of Walidata in the name of whoever acts; without a person, the office alone."""
    return _signatory(f"Walidata {config.government_name()}", actor, Role.WALIDATA, None, process)


def superior_signatory(actor: Actor, process: str = "objection") -> Signatory:
    """The signature block of the PPID's superior, who answers objections."""
    return _signatory(tk.config["ckanext.satudata.letter.superior_position"], actor, Role.PPID_SUPERIOR, None, process)


def pembantu_signatory(actor: Actor, organization_id: str | None, process: str = "request") -> Signatory:
    """The signature block of an agency's PPID Pembantu."""
    position = f"PPID Pembantu {organization_title(organization_id)}".strip()
    return _signatory(position, actor, Role.PPID_PEMBANTU, organization_id, process)


def _signatory(position: str, actor: Actor, role: Role, organization_id: str | None, process: str) -> Signatory:
    footing = actor.footing(role, organization_id, process) or HoldKind.DEFINITIVE
    block = model.Session.get(SignatureBlock, actor.user_id) if actor.user_id else None
    if block is None:
        return Signatory(position, _full_name(actor), footing=footing)
    name = block.name or _full_name(actor)
    return Signatory(position, name, block.nip, footing, block.rank, block.position)


def organization_title(organization_id: str | None) -> str:
    """The agency's name; empty where it is unknown."""
    organization = model.Group.get(organization_id) if organization_id else None
    return (organization.title or organization.name) if organization else ""


def _full_name(actor: Actor) -> str:
    user = model.User.get(actor.user_id) if actor.user_id else None
    return (user.fullname or user.name) if user else ""


def _unit(organization_id: str | None) -> str:
    if not organization_id:
        return tk.config["ckanext.satudata.number_unit"]
    organization = model.Group.get(organization_id)
    if organization is None:
        return organization_id
    return organization.extras.get("kode_unit") or organization.name.upper()


def letterhead(organization_id: str | None = None) -> dict[str, Any]:
    """The office that writes, for a typst template: an agency by its own address, else the options' office."""
    organization = model.Group.get(organization_id) if organization_id else None
    if organization is None:
        agency, own = tk.config["ckanext.satudata.letter.agency"], config.contact()
        address, contact = own["address"], _one_line(own["phone"], own["email"], tk.config["ckan.site_url"])
    else:
        agency, extras = organization_title(organization_id), organization.extras
        address = extras.get("alamat") or ""
        contact = _one_line(*(extras.get(name) for name in ("telepon", "email", "situs")))
    return {
        "government": config.government_name(),
        "agency": agency,
        "address": address,
        "contact": contact,
        "logo": _logo(),
    }


def _one_line(*parts: str | None) -> str:
    return " · ".join(filter(None, parts))


def _check_url(code: str) -> str:
    return notices.site_url(f"/surat/{code}")


def _content(
    draft: Draft,
    number: str,
    on: date,
    organization_id: str | None,
    signatory: Signatory,
    qr_url: str,
    *,
    qr_note: str = "Keaslian surat ini dapat diperiksa di",
    is_draft: bool = False,
) -> dict[str, Any]:
    qr = io.BytesIO()
    segno.make(qr_url, error="m").save(qr, kind="svg", border=1, scale=4)
    return {
        "letterhead": letterhead(organization_id),
        "title": draft.title,
        "number": number,
        "nature": draft.nature,
        "attachment": draft.attachment,
        "subject": HAL[draft.kind],
        "place_date": f"{tk.config['ckanext.satudata.letter.place']}, {tanggal(on)}",
        "recipient": [line for line in draft.recipient if line],
        "blocks": list(draft.blocks),
        "signatory": signatory.shown,
        "copies": list(draft.copies),
        "qr": qr.getvalue().decode(),
        "qr_url": qr_url,
        "qr_shown": qr_url.split("?")[0],
        "qr_note": qr_note,
        "draft": is_draft,
        "mark": SAMPLE if config.demo() else "",
    }


_PICTURES = {".png", ".svg", ".jpg", ".jpeg"}


def _logo() -> list[int] | None:
    """The bytes of the portal's own logo; typst reads files below its own root only, so they travel inside the data."""
    path = config.logo().lstrip("/")
    storage = tk.config.get("ckan.storage_path")
    roots = [*tk.config.get("plugin_public_paths", ()), *tk.config["extra_public_paths"].split(",")]
    if storage:
        roots.append(str(Path(storage, "storage")))
    for root in filter(None, map(str.strip, roots)):
        found = Path(root, path).resolve()
        if found.suffix.lower() in _PICTURES and found.is_relative_to(Path(root).resolve()) and found.is_file():
            return list(found.read_bytes())
    return None
