"""What is decided on a request, part by part (001-8): a file of the dataset or a row of the question each."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudata.domain.errors import Invalid, too_long
from ckanext.satudata.domain.refusal import Refusal, checked, faults
from ckanext.satudata.domain.sop import Command

GRANTED, REFUSED, NOT_HELD = "granted", "refused", "not_held"
PART_DECISIONS = (GRANTED, REFUSED, NOT_HELD)
MOST_PARTS = 20
LONGEST_WHAT = 500
NOT_HELD_CODE = "6(3)e"
WHOLE = "seluruh data yang dimohon"
"""What a decision on everything is about, in the words of letters."""
TESTED, ASKED, MISSING, FAILED = "tested", "asked", "missing", "failed"
"""How far the consequence test behind a refusal under art. 17 is; `missing` only of what was decided before every such
refusal had a task, `failed`: the test does not carry the refusal."""


@dataclass(frozen=True)
class Part:
    """One part with its decision; `refusal` where it is not given. `what` is empty for the whole request."""

    what: str
    decision: str
    refusal: Refusal | None = None
    resource_id: str = ""


def rows(payload: Mapping[str, Any]) -> list[dict[str, str]]:
    """The parts of a payload: a list `parts` of mappings, or a form's fields `part_1_what`, `part_1_decision`, …

    Each has `what` or `resource_id`, `decision` (`granted`, `refused`, `not_held`) and, where its ground is another
    than the whole's, `reason_code`, `note` and `detail`. Rows without `what` and file are left out.
    """
    sent = payload.get("parts")
    is_list = isinstance(sent, (list, tuple))
    given = list(sent or ()) if is_list else [_from_form(payload, number) for number in range(1, MOST_PARTS + 1)]
    names = ("what", "resource_id", "decision", "reason_code", "note", "detail")
    found = [{name: str(one.get(name) or "").strip() for name in names} for one in given if isinstance(one, Mapping)]
    if not is_list:  # a form offers the files of the dataset: what is not decided by itself is no part
        found = [one for one in found if one["decision"] or one["reason_code"]]
    return [one for one in found if one["what"] or one["resource_id"]]


def _from_form(payload: Mapping[str, Any], number: int) -> dict[str, Any]:
    start = f"part_{number}_"
    return {name.removeprefix(start): value for name, value in payload.items() if name.startswith(start)}


def _ground(payload: Mapping[str, Any], command: Command, row: Mapping[str, str] | None) -> tuple[str, str, str]:
    """Code, explanation and detail that count for a part: its own, else those of the whole."""
    whole = [str(payload.get(name) or "") for name in ("reason_code", "note", "detail")]
    if command is Command.NOT_HELD:
        whole[0] = NOT_HELD_CODE
    if row is None:
        return whole[0], whole[1], whole[2]
    code = NOT_HELD_CODE if row["decision"] == NOT_HELD else row["reason_code"] or whole[0]
    is_own = code != whole[0]
    return code, row["note"] or whole[1], row["detail"] or ("" if is_own else whole[2])


def part_faults(payload: Mapping[str, Any], command: Command) -> Iterator[Invalid]:
    """Everything that is wrong with the grounds and the parts, each at its field."""
    yield from faults(*_ground(payload, command, None))
    if not _is_readable(payload.get("parts")):
        yield Invalid("Send the parts as a list of objects.", field="parts")
    sent = rows(payload)
    if command is Command.GRANT_IN_PART and not sent:
        yield _unnamed()
    if len(sent) > MOST_PARTS:
        yield Invalid("There are more than {most} parts.", field="parts", most=MOST_PARTS)
    for number, row in enumerate(sent, start=1):
        start = f"part_{number}_"
        if row["decision"] not in PART_DECISIONS:
            yield Invalid("Say what is decided on this part.", field=f"{start}decision")
        elif row["decision"] != GRANTED:
            for fault in faults(*_ground(payload, command, row)):
                yield Invalid(fault.message, field=f"{start}{fault.field}", mend=fault.mend, **fault.params)
        yield from too_long(row["what"], f"{start}what", LONGEST_WHAT)
        if any(_named(row) == _named(other) for other in sent[: number - 1]):
            yield Invalid("This part is decided twice.", field=f"{start}what", mend="Decide each part once.")


def _named(row: Mapping[str, str]) -> tuple[str, str]:
    return "".join(unicodedata.normalize("NFKC", row["what"]).casefold().split()), row["resource_id"]


def _is_readable(sent: object) -> bool:
    """Whether what was sent as `parts` is a list of mappings, or nothing: what is no part is not passed over."""
    return not sent or (isinstance(sent, (list, tuple)) and all(isinstance(one, Mapping) for one in sent))


def _unnamed() -> Invalid:
    """The decision tells of each part by name (UU 14/2008 art. 22(7)d, e)."""
    return Invalid(
        "Name the parts: which are given, and which are not.",
        field="parts",
        mend="Decide at least on one part of each kind.",
    )


def parts_of(payload: Mapping[str, Any], command: Command, files: Mapping[str, str]) -> list[Part]:
    """The parts as they are decided; one for the whole where none is named. `files`: names of the dataset's by id.

    Raises Invalid where the parts say another thing than the command, or name a file that is not there.
    """
    sent = rows(payload)
    if command is Command.GRANT:
        return [_part(payload, command, {**row, "decision": GRANTED}, files) for row in sent] or [Part("", GRANTED)]
    if not sent and command is Command.GRANT_IN_PART:
        raise _unnamed()
    if not sent:
        decision = NOT_HELD if command is Command.NOT_HELD else REFUSED
        return [Part("", decision, checked(*_ground(payload, command, None)))]
    parts = [_part(payload, command, row, files) for row in sent]
    given = [part for part in parts if part.decision == GRANTED]
    if command is Command.GRANT_IN_PART and not 0 < len(given) < len(parts):
        raise Invalid(
            "A part is given and a part is not: say so of each.",
            field="parts",
            mend="Else grant or refuse the whole request.",
        )
    if command is not Command.GRANT_IN_PART and given:
        raise Invalid("A part is to be given.", field="parts", mend="Grant a part of the data instead.")
    return parts


def _part(payload: Mapping[str, Any], command: Command, row: Mapping[str, str], files: Mapping[str, str]) -> Part:
    resource = row["resource_id"]
    if resource and resource not in files:
        raise Invalid("There is no such file in this dataset.", field="parts")
    refusal = None if row["decision"] == GRANTED else checked(*_ground(payload, command, row))
    return Part(row["what"] or files[resource], row["decision"], refusal, resource)


def overall(decisions: Collection[str]) -> str | None:
    """The decision on the whole: `granted`, `granted_in_part` or `refused`; None before any was taken."""
    if not decisions:
        return None
    if all(one == GRANTED for one in decisions):
        return GRANTED
    return "granted_in_part" if GRANTED in decisions else REFUSED
