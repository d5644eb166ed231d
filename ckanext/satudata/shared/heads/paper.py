"""*Lembar persetujuan*: what waits for a head, printed; the signed sheet, entered by Walidata as the head's word."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import segno

from ckanext.satudata import config
from ckanext.satudata.domain import paper as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.letters import hari_tanggal
from ckanext.satudata.domain.officer import PAPER, Actor, Role
from ckanext.satudata.domain.sop import EVENTS, Command
from ckanext.satudata.model.approval_sheet import ApprovalSheet
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_output import CaseOutput
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import (
    actors,
    clock,
    journal,
    many,
    notices,
    process,
    raw_writes,
    transaction,
    wording,
    words,
)
from ckanext.satudata.shared.documents import letters, pdf
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.heads import signing, whatsapp
from ckanext.satudata.shared.work import desk, inbox, together

NAME = "Lembar persetujuan"
"""What the scan is called among the documents of a case: a paper's own name, as the outputs of a SOP."""
SUBJECT = "approval_sheet"
LATEST = 20


def heads(session: Any) -> list[model.User]:
    """Who may sign on paper today, by name."""
    asked = OfficerRole.not_ended(clock.today()).where(OfficerRole.role.in_([role.value for role in rules.HEADS]))
    ids = {row.user_id for row in session.scalars(asked)}
    users = session.query(model.User).filter(model.User.id.in_(ids), model.User.state == model.State.ACTIVE)
    return sorted(users, key=lambda user: user.display_name.lower())


def waiting(session: Any, asking: Actor, head: model.User) -> list[dict[str, Any]]:
    """What waits for that head's word and no more, in lists that may stand on one sheet.

    `{process, process_title, organization_id, agency, rows: [{step_id, case_id, title, uraian}]}`; left out is what the
    person who asks may not print.
    """
    found: dict[tuple[str, str | None], list[inbox.Row]] = {}
    for row in inbox.rows(session, actors.actor_for(head), limit=500):
        may = rules.may_make(asking, head.id, row.case.process) and process.may_see(session, row.case, asking)
        if may and _is_plain(session, row):
            found.setdefault((row.case.process, row.case.organization_id), []).append(row)
    titles = desk.titles([row.case for rows in found.values() for row in rows])
    return [
        {
            "process": name,
            "process_title": process.instance_of(session, rows[0].case, []).sop.title,
            "organization_id": agency,
            "agency": letters.organization_title(agency) if agency else "",
            "rows": [
                {
                    "step_id": row.step.id,
                    "case_id": row.case.id,
                    "title": titles[row.case.id],
                    "uraian": process.instance_of(session, row.case, []).sop.step(row.step.no).uraian,
                }
                for row in rows[: together.MOST]
            ],
        }
        for (name, agency), rows in found.items()
    ]


def _is_plain(session: Any, row: inbox.Row) -> bool:
    if Role(row.step.role) not in rules.HEADS:
        return False
    instance = process.instance_of(session, row.case)
    return any(
        exit_.command is Command.APPROVE and together.is_plain(instance, exit_, row.case, step)
        for step, exit_ in row.exits
    )


def make(session: Any, asking: Actor, head: model.User, step_ids: Sequence[str]) -> ApprovalSheet:
    """A sheet of what is chosen, with the content each has now. No commit.

    Raises Invalid where nothing is, or cases of several agencies or processes; what does not wait any more is left out.
    """
    wanted = set(step_ids)
    lists = [one for one in waiting(session, asking, head) if any(row["step_id"] in wanted for row in one["rows"])]
    if not lists:
        raise Invalid("Choose at least one case.", field="cases")
    if len(lists) > 1:
        raise Invalid("One sheet holds cases of one agency and one process.", field="cases")
    (found,) = lists
    chosen = [row for row in found["rows"] if row["step_id"] in wanted]
    sheet = ApprovalSheet(
        id=new_id(),
        user_id=head.id,
        process=found["process"],
        organization_id=found["organization_id"],
        items=[
            {
                "step_id": row["step_id"],
                "case_id": row["case_id"],
                "content": signing.content_of(session.get_one(Case, row["case_id"]), row["step_id"]),
            }
            for row in chosen
        ],
        made_by=asking.user_id,
        made_at=clock.now(),
    )
    session.add(sheet)
    session.flush()
    said = {"sheet": number_of(sheet), "to_user": head.name}
    journal.append_to_cases(
        session, "sheet_made", actor=asking, payloads=[(row["case_id"], said) for row in _by_case(chosen)]
    )
    return sheet


def _by_case(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the order in which chains of the journal are locked."""
    return sorted(rows, key=lambda row: str(row["case_id"]))


def number_of(sheet: ApprovalSheet) -> str:
    """What stands on the paper to find it again."""
    return sheet.id[:8].upper()


def find(session: Any, asking: Actor, sheet_id: str) -> ApprovalSheet:
    """The sheet, for its head and for Walidata, as far as they may know of its cases now. Raises NotThere."""
    sheet = session.get(ApprovalSheet, sheet_id)
    if sheet is None or not _may_read(session, asking, sheet):
        raise NotThere("There is no such sheet.")
    return sheet


def _may_read(session: Any, asking: Actor, sheet: ApprovalSheet) -> bool:
    cases = (session.get_one(Case, one["case_id"]) for one in sheet.items)
    return rules.may_make(asking, sheet.user_id, sheet.process) and all(
        process.may_see(session, case, asking) for case in cases
    )


def latest(session: Any, asking: Actor, head: model.User) -> list[ApprovalSheet]:
    """The newest sheets of that head which the person may see."""
    rows = session.scalars(ApprovalSheet.of_head(head.id).limit(LATEST))
    return [row for row in rows if _may_read(session, asking, row)]


def items(session: Any, sheet: ApprovalSheet) -> list[dict[str, Any]]:
    """Each item as it stands now: `no`, `step_id`, `case_id`, `content`, `title`, `uraian`, `summary`, `result`
    (what happened at its step, "" while it waits), `is_same` (the content is the printed one)."""
    head = actors.actor_for(session.get_one(model.User, sheet.user_id))
    cases = {one["case_id"]: session.get_one(Case, one["case_id"]) for one in sheet.items}
    titles = desk.titles(list(cases.values()))
    found = []
    for no, one in enumerate(sheet.items, start=1):
        case, step = cases[one["case_id"]], session.get_one(CaseStep, one["step_id"])
        waits = step.done_at is None
        found.append(
            {
                **one,
                "no": no,
                "title": titles[case.id],
                "uraian": process.instance_of(session, case, []).sop.step(step.no).uraian,
                "summary": desk.presenter(case.process).summary(case, head) if waits else None,
                "result": "" if waits else _result(step, case),
                "is_same": waits and signing.content_of(case, step.id) == one["content"],
            }
        )
    return found


def _result(step: CaseStep, case: Case) -> str:
    if not step.command:
        return tk._("Closed by another step")
    return words.event_name(EVENTS[Command(step.command)], case.subject_type)


def printed(session: Any, sheet: ApprovalSheet) -> bytes:
    """The PDF; what is decided or has another content by now is not on it."""
    with wording.speaking("id"):
        head = session.get_one(model.User, sheet.user_id)
        rows = [one for one in items(session, sheet) if one["is_same"]]
        if not rows:
            raise Conflict("Nothing of this sheet waits any more.", mend="Make a new one.")
        facts = [
            ("Nomor lembar", number_of(sheet)),
            ("Untuk ditandatangani", head.display_name),
            ("Proses", process.instance_of(session, session.get_one(Case, rows[0]["case_id"]), []).sop.title),
            ("Dicetak", hari_tanggal(wording.as_date(clock.now()))),
        ]
        if sheet.organization_id:
            facts.insert(2, ("Perangkat daerah", letters.organization_title(sheet.organization_id)))
        content = {
            "letterhead": letters.letterhead(sheet.organization_id),
            "facts": facts,
            "items": [_printed_item(one) for one in rows],
            "qr": _qr(address_of(sheet)),
            "address": address_of(sheet),
            "name": head.display_name,
            "mark": letters.SAMPLE if config.demo() else "",
        }
        return pdf.render("sheet", content, at=clock.now())


def _printed_item(one: dict[str, Any]) -> dict[str, Any]:
    summary = one["summary"]
    return {
        "no": str(one["no"]),
        "title": one["title"],
        "step": one["uraian"],
        "facts": [[str(label), str(value)] for label, value in summary["facts"]],
        "lines": [*map(str, summary["lines"][:3])],
        "more": max(0, len(summary["lines"]) - 3),
        "flags": [*map(str, summary["flags"][:3])],
        "hash": one["content"],
        "qr": _qr(f"{whatsapp.url_of(one['case_id'])}?isi={one['content'][:16]}"),
    }


def _qr(address: str) -> str:
    made = io.BytesIO()
    segno.make(address, error="m").save(made, kind="svg", border=1, scale=4)
    return made.getvalue().decode()


def address_of(sheet: ApprovalSheet) -> str:
    """Where the signed sheet is entered."""
    return notices.site_url(f"/meja/lembar/{sheet.id}")


def enter(
    session: Any,
    enterer: Actor,
    sheet_id: str,
    decisions: Mapping[str, tuple[str, str]],
    signed_on: str,
    upload: Any,
) -> list[many.Result]:
    """Keeps the scan, then gives each decision (step id -> command, note) as the head's own, each with its own commit.

    Results by step id. Entered again it answers as the first time. Raises Invalid for the date, a scan that is no PDF
    or no decision; NotThere; NotAllowed for who is not Walidata.
    """
    with transaction.transaction():
        sheet = find(session, enterer, sheet_id)
        if not enterer.has_anywhere(Role.WALIDATA, process=sheet.process) or enterer.user_id == sheet.user_id:
            raise NotAllowed("Only {roles} may do this.", roles=(Role.WALIDATA,))
        printed_items = {one["step_id"]: one for one in sheet.items}
        chosen = {step_id: decisions[step_id] for step_id in printed_items if step_id in decisions}
        if not chosen:
            raise Invalid("Choose at least one case.", field="cases")
        day = _day(signed_on, wording.as_date(sheet.made_at))
        if not scans.is_given(upload):
            raise Invalid("The scan of the signed sheet is missing.", field=scans.FIELD, mend="Choose the PDF.")
        scan = scans.keep(session, upload, SUBJECT, enterer)
        sheet.scan_id = scan.id
    entry = _Entry(enterer, sheet, scan, day)
    return many.each(chosen, lambda step_id: entry.decide(printed_items[step_id], *chosen[step_id]))


class _Entry:
    """One signed page being entered."""

    def __init__(self, enterer: Actor, sheet: ApprovalSheet, scan: VaultObject, day: date):
        self.enterer, self.sheet_id, self.number, self.head_id = enterer, sheet.id, number_of(sheet), sheet.user_id
        self.scan_id, self.sha256, self.day = scan.id, scan.sha256, day

    def decide(self, item: dict[str, str], command: str, note: str) -> dict[str, Any]:
        """The head's decision on one item, with what proves it."""
        sent = {**item, "command": command, "note": note, "key": f"sheet:{self.sheet_id}:{item['step_id']}"}
        head = model.Session.get_one(model.User, self.head_id)
        return signing.decide(self.enterer, head, PAPER, sent, lambda case, _head: self._beside(case, item["step_id"]))

    def _beside(self, case: Case, step_id: str) -> None:
        """Who enters is bound by four eyes from here on; the scan stands with the case."""
        session, enterer = model.Session(), actors.again(self.enterer)
        instance = process.instance_of(session, case)
        open_step = next((step for step in instance.open if step.id == step_id), None)
        if open_step is None:
            return  # the engine says who was faster
        rules.check_enterer(instance, open_step, enterer, self.head_id)
        step = session.get_one(CaseStep, step_id)
        with raw_writes.writing(session, CaseStep):
            step.hands = sorted({*step.hands, str(enterer.user_id)})
        session.add(
            CaseOutput(
                case_id=case.id,
                step_id=step_id,
                name=NAME,
                number=self.number,
                dated_on=self.day,
                vault_id=self.scan_id,
                added_by=enterer.user_id,
                added_by_name=enterer.name,
                added_at=clock.now(),
            )
        )
        subject = (case.subject_type, case.subject_id)
        said = {"step": step.no, "sheet": self.number, "on": self.day.isoformat(), "sha256": self.sha256}
        journal.append(session, "sheet_entered", actor=enterer, case_id=case.id, subject=subject, payload=said)
        notices.queue(
            session,
            "sheet_entered",
            to_user=self.head_id,
            params={"case_id": case.id, "sheet": self.number, "by": enterer.name},
            key=f"sheet:{self.sheet_id}:{step_id}",
        )


def _day(typed: str, made_on: date) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Invalid("This is no date.", field="signed_on", mend="Write it like 2026-03-16.") from None
    if not made_on <= day <= clock.today():
        raise Invalid(
            "The sheet was signed between the day it was printed and today.",
            field="signed_on",
            mend="Write the day that stands on the sheet.",
        )
    return day


@notices.mail("sheet_entered")
def entered_mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """`params`: case_id, sheet, by (login name). The head learns of each decision that counts as his."""
    said = tk._("{name} has entered your decision from the signed approval sheet {sheet}.").format(
        name=words.called(params["by"]), sheet=params["sheet"]
    )
    lines = [
        said,
        tk._("If you did not sign it, tell Walidata or the auditor at once. The case: {url}").format(
            url=notices.site_url(f"/meja/{params['case_id']}")
        ),
        config.government_name(),
    ]
    return tk._("A decision of yours was entered from paper"), "\n\n".join(lines)
