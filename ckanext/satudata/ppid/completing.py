"""Whether a request is complete, and what becomes of it where it is not (PerKI 1/2021).

Three working days for the check, three for the applicant to repair; what is not repaired is not processed and may be
asked for again. Runs inside the one transaction of a command, as everything in `effects`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.ppid_request import MISSING, REPAIRABLE, missing_codes, repair_faults, repaired
from ckanext.satudata.model.ppid_request import PERSONAL, PpidRequest
from ckanext.satudata.ppid import applicant_files, at_counter, clocks, privacy, requests
from ckanext.satudata.ppid.effects import PROCESS, issue_to_applicant, request_of
from ckanext.satudata.shared import crypto, effects, params, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.documents import letter_numbers, letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.transaction import transaction


@effects.on(PROCESS, "complete")
def complete(run: Run) -> None:
    """Nothing is missing."""
    clocks.handling(run.session, run.case.subject_id).completed_at = run.now


@effects.checks(PROCESS, "incomplete")
def incomplete_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """What is missing, from the list; what is not on it, in words."""
    codes = missing_codes(payload.get("missing"))
    if not codes or set(codes) - set(MISSING):
        yield Invalid("Tick what is missing.", field="missing")
    if "other" in codes and not params.text(payload, "note"):
        yield Invalid("Write what else is missing; it stands in the letter.", field="note")


@effects.on(PROCESS, "incomplete")
def incomplete(run: Run) -> None:
    """PPID tells the applicant by letter what is missing, and until when it can be given."""
    request, kept = request_of(run), clocks.handling(run.session, run.case.subject_id)
    kept.missing, kept.completed_at = list(missing_codes(run.payload.get("missing"))), None
    kept.missing_note = params.text(run.payload, "note")
    until = next((step.due_on for step in run.opened if step.due_on), requests.local_date(run.now))
    told = [MISSING[code][1] for code in kept.missing if code != "other"]
    draft = texts.incomplete(requests.facts_of(request), [*told, *filter(None, [kept.missing_note])], until)
    issue_to_applicant(run, request, draft, letters.ppid_signatory(run.actor))


@effects.checks(PROCESS, "repair")
def check_repair(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """What was sent, by the rules of the form; an officer may record what was only shown, with note or scan."""
    shown = [kind.value for kind in at_counter.FILES if getattr(payload.get(kind.value), "filename", "")]
    declared = ["citizen"] if params.flag(payload, "citizen") else []
    yield from repair_faults(
        repaired(payload), payload.get("attached") or shown or declared or params.text(payload, "note")
    )


@effects.on(PROCESS, "repair")
def repair(run: Run) -> None:
    """The applicant gives what was missing, or PPID records that he did; what stood there before is kept."""
    request, kept = request_of(run), clocks.handling(run.session, run.case.subject_id)
    kinds = at_counter.taken(run, request) | set(run.payload.get("attached") or ())
    before = {"at": run.now.isoformat(), "question": request.question, "purpose": request.purpose}
    changed = write(request, repaired(run.payload))
    if params.flag(run.payload, "citizen") and not request.is_citizen:
        request.is_citizen = True
        changed.add("citizen")
    kept.repairs = [*kept.repairs, before]
    run.journal("request_repaired", payload={"fields": sorted({*changed, *kinds})})


def write(request: PpidRequest, given: Mapping[str, str]) -> set[str]:
    """Writes what was given into the request; returns the names of what changed."""
    changed = set()
    for name in REPAIRABLE:
        if not given.get(name):
            continue
        if name in PERSONAL:
            if crypto.unseal(getattr(request, name)) != given[name]:
                setattr(request, name, crypto.seal(given[name]))
                changed.add(name)
        elif getattr(request, name) != given[name]:
            setattr(request, name, given[name])
            changed.add(name)
    return changed


def send_repair(request: PpidRequest, typed: Mapping[str, Any], files: applicant_files.Files | None = None) -> None:
    """The applicant's command and the documents with it, committed together. Raises as `process.apply`.

    What of a kind was attached before stays beside it: the office sees what came first and what came now.
    """
    files = files or {}
    payload = {name: typed.get(name) for name in (*REPAIRABLE, "citizen")} | {
        "attached": sorted(kind.value for kind in files)
    }
    # The form brings question and purpose as they stand: sent back unchanged they complete nothing.
    for name in ("question", "purpose"):
        if " ".join(str(payload[name] or "").split()) == " ".join((getattr(request, name) or "").split()):
            payload[name] = ""
    Several.refuse(_left_out(clocks.seen(model.Session, request.id).missing, request, payload))
    with transaction() as one:
        _answer, one.afterwards = process.carry_out(
            model.Session, {}, request.case_id or "", "repair", payload, actor=APPLICANT
        )
        applicant_files.keep(model.Session, files, request_id=request.id)


LAST = ("citizen", "identity", "power")
"""What stands last in the applicant's form."""


def _left_out(missing: Collection[str], request: PpidRequest, payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """What was asked for and is not among what is sent; nothing at all is told by the form's own rules."""
    given = {*repaired(payload), *payload["attached"], *(["citizen"] if params.flag(payload, "citizen") else [])}
    if not given:
        return
    for code in sorted(missing, key=lambda one: one in LAST):
        field = "phone" if code == "contact" else code
        if code == "other" or field in given:
            continue
        yield Invalid(
            "This was asked for and is not there yet: {what}.",
            field=field,
            mend="If you cannot give it, write to the office on this page.",
            what=tk._(MISSING[code][0]),
        )


@effects.on(PROCESS, "lapse")
def lapse(run: Run) -> None:
    """Nothing came in time: the request is not processed, and the applicant is told how to ask again."""
    request, kept = request_of(run), clocks.handling(run.session, run.case.subject_id)
    request.decision, request.closed_at = "not_processed", run.now
    kept.notified_at = kept.notified_at or run.now
    told = "; ".join(
        [*(MISSING[code][1] for code in kept.missing if code != "other"), *filter(None, [kept.missing_note])]
    )
    if letter_numbers.is_from_registry(texts.LetterKind.NOT_PROCESSED):
        return  # nobody is there to type a number: the page says the same
    draft = texts.not_processed(requests.facts_of(request), f"permohonan tidak dilengkapi dalam waktunya: {told}")
    issue_to_applicant(run, request, draft, letters.ppid_signatory(run.actor))


def _erase_repairs(session: Any, request: PpidRequest) -> None:
    clocks.handling(session, request.id).repairs = []


privacy.keeps(
    privacy.Kept(
        "repairs",
        told=lambda session, request: clocks.seen(session, request.id).repairs,
        files=lambda _session, _request: (),
        erase=_erase_repairs,
    )
)
