"""Objections to how a request was answered, and the dispute after them (UU 14/2008 arts. 35-37).

When each ground opens and until when it may be used, which step a request goes back to, how long the superior and the
applicant have. Pure; the law for sysadmins and jobs too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from ckanext.satudata.domain import contact
from ckanext.satudata.domain.errors import Conflict, Invalid, too_long
from ckanext.satudata.domain.performers import NOBODYS
from ckanext.satudata.domain.process import Instance
from ckanext.satudata.domain.sop import Command, Step
from ckanext.satudata.domain.workdays import Calendar, Due, Unit

PROCESS = SUBJECT = "objection"
LODGE_DAYS = 30
"""Working days in which an objection may be lodged, art. 36(1)."""
ANSWER_DAYS = 30
"""Working days in which the superior answers, art. 36(2); the SOP file gives the step's own time."""
DISPUTE_DAYS = 14
"""Working days in which the dispute may be brought before the Komisi Informasi, art. 37(2)."""
WORDS_AT_LEAST, REASONS_AT_LEAST = 20, 20
LONGEST = {"words": 4000, "proxy": 500}


class Ground(str, Enum):
    """The grounds of art. 35(1), by their letter."""

    EXCLUDED = "a"
    PERIODIC = "b"
    SILENCE = "c"
    NOT_AS_ASKED = "d"
    NOT_FULFILLED = "e"
    COST = "f"
    LATE = "g"


@dataclass(frozen=True)
class GroundText:
    """`title` and `hint` are msgids for who chooses; `text` is the law's own words, as letters print them."""

    title: str
    hint: str
    text: str

    @property
    def basis(self) -> str:
        """What the letter calls the provision without its letter."""
        return "Pasal 35 ayat (1) UU 14/2008"


GROUNDS: Mapping[Ground, GroundText] = {
    Ground.EXCLUDED: GroundText(
        "The request was refused because the information is excluded",
        "You think that the reason in the letter does not hold.",
        "penolakan atas permintaan informasi berdasarkan alasan pengecualian sebagaimana dimaksud dalam Pasal 17",
    ),
    Ground.PERIODIC: GroundText(
        "Information that must be published regularly was not provided",
        "Reports, budgets and other information that every public body publishes by itself.",
        "tidak disediakannya informasi berkala",
    ),
    Ground.SILENCE: GroundText(
        "The request was not answered",
        "The time that the law gives for the answer is over.",
        "tidak ditanggapinya permintaan informasi",
    ),
    Ground.NOT_AS_ASKED: GroundText(
        "The answer is not what was asked for",
        "Other data, another period or area, or another form than you asked for.",
        "permintaan informasi ditanggapi tidak sebagaimana yang diminta",
    ),
    Ground.NOT_FULFILLED: GroundText(
        "The request was not fulfilled",
        "You were told that you get the data, and did not get it; or it was refused on another ground than article 17.",
        "tidak dipenuhinya permintaan informasi",
    ),
    Ground.COST: GroundText(
        "The cost is unreasonable",
        "Only the cost of copying and sending may be asked for.",
        "pengenaan biaya yang tidak wajar",
    ),
    Ground.LATE: GroundText(
        "The answer or the data came too late",
        "It came after the time that the law gives.",
        "penyampaian informasi yang melebihi waktu yang diatur dalam Undang-Undang",
    ),
}
AMICABLE = frozenset(Ground) - {Ground.EXCLUDED}
"""Grounds that both sides may settle by agreement, art. 35(2)."""


class Channel(str, Enum):
    """How an objection came in."""

    ONLINE = "online"
    COUNTER = "counter"
    LETTER = "letter"


class Outcome(str, Enum):
    """How it ended."""

    UPHELD = "upheld"
    REJECTED = "rejected"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Response(str, Enum):
    """What the applicant says of the superior's answer (column of the register)."""

    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True)
class Answered:
    """How a request was answered so far; every instant aware.

    `due_at`: the end of the time for the written notice, its extension included. `noticed_at`: when the notice went
    out. `decision` as the request keeps it. `is_excluded`: all or a part was refused on art. 17. `given_at`: when the
    data came; `give_by`: until when it was promised.
    """

    received_at: datetime
    due_at: datetime
    noticed_at: datetime | None = None
    decision: str = ""
    is_excluded: bool = False
    given_at: datetime | None = None
    give_by: datetime | None = None
    cost: int | None = None

    @property
    def is_granted(self) -> bool:
        """Whether all or a part of the data is to be given."""
        return self.decision in ("granted", "granted_in_part")


@dataclass(frozen=True)
class Window:
    """When a ground may be used: after `opens_at`, until the end of `until` (None: its end cannot be known yet)."""

    ground: Ground
    opens_at: datetime
    until: Due | None

    def is_open(self, at: datetime) -> bool:
        """Whether an objection received at that instant is in time."""
        return self.opens_at < at and (self.until is None or at <= self.until.due_at)


@dataclass(frozen=True)
class Lodged:
    """An objection that was made before; `is_open`: it is not answered yet."""

    ground: Ground
    received_at: datetime
    is_open: bool = False


def windows(answered: Answered, calendar: Calendar) -> tuple[Window, ...]:
    """The grounds that there are, each with its time; a request that was withdrawn has none.

    The day a ground is found is not counted. Art. 36(1) counts from when the applicant found it, which the portal
    cannot know: it takes the last day on which he can have (the answer, or the end of the time for it).
    """
    if answered.decision == "withdrawn":
        return ()
    return tuple(
        Window(ground, opens_at, calendar.due(found_at, LODGE_DAYS, Unit.WORKING_DAYS) if found_at else None)
        for ground, opens_at, found_at in _found(answered)
    )


def _found(one: Answered) -> Iterator[tuple[Ground, datetime, datetime | None]]:
    """Ground, when it opens, and from when its time is counted."""
    noticed = one.noticed_at
    if noticed and one.is_excluded:
        yield Ground.EXCLUDED, noticed, noticed
    # Regular information must be there without any request: this ground waits for nothing.
    yield Ground.PERIODIC, one.received_at, noticed or one.due_at
    if noticed is None:
        yield Ground.SILENCE, one.due_at, one.due_at
        return
    told = max(noticed, one.given_at) if one.given_at else noticed
    yield Ground.NOT_AS_ASKED, noticed, told
    if one.is_granted:
        if one.given_at:
            yield Ground.NOT_FULFILLED, one.given_at, told
        elif one.give_by:
            yield Ground.NOT_FULFILLED, one.give_by, one.give_by
        if one.cost != 0:
            yield Ground.COST, noticed, told
    elif one.decision and not one.is_excluded:  # without one it is being decided anew
        yield Ground.NOT_FULFILLED, noticed, noticed
    if noticed > one.due_at:
        yield Ground.LATE, noticed, told
    elif one.given_at and one.give_by and one.given_at > one.give_by:
        yield Ground.LATE, one.given_at, told


def offered(found: Sequence[Window], before: Sequence[Lodged], at: datetime) -> list[Window]:
    """The grounds on which an objection can be lodged at that instant; none while another waits for its answer."""
    if any(one.is_open for one in before):
        return []
    return [window for window in found if window.is_open(at) and not _is_used(window, before)]


def _is_used(window: Window, before: Sequence[Lodged]) -> bool:
    """Whether the ground was objected to already and nothing new has given it since."""
    return any(one.ground is window.ground and one.received_at > window.opens_at for one in before)


def _no_ground() -> Invalid:
    return Invalid("Choose the ground of the objection from the list.", field="ground")


def check_ground(ground: str, found: Sequence[Window], before: Sequence[Lodged], at: datetime) -> Window:
    """The window of the ground. Raises Conflict while another objection waits, Invalid at `ground` with the reason."""
    if any(one.is_open for one in before):
        raise Conflict(
            "An objection to this request is being dealt with.", mend="Another can be made once it is answered."
        )
    if ground not in {one.value for one in Ground}:
        raise _no_ground()
    window = next((one for one in found if one.ground.value == ground), None)
    if window is None or window.opens_at >= at:
        raise Invalid(
            "This ground is not there, or not yet.",
            field="ground",
            mend="Choose one that fits how the request was answered.",
        )
    if _is_used(window, before):
        raise Invalid("An objection on this ground has been answered.", field="ground", mend="See its answer.")
    if window.until is not None and not window.is_open(at):
        raise Invalid(
            "The time for this ground ran out on {date}.",
            field="ground",
            mend="An objection is made within {days} working days after its ground was found.",
            date=window.until.due_on,
            days=LODGE_DAYS,
        )
    return window


def cleaned(values: Mapping[str, object]) -> dict[str, str]:
    """The form's texts, see `contact.cleaned`."""
    return contact.cleaned(values, LONGEST)


def faults(text: Mapping[str, str], *, ground: str, trap: str = "") -> list[Invalid]:
    """Everything that is wrong with what was typed; whether the ground is there yet is judged by `check_ground`."""
    found = [] if ground in {one.value for one in Ground} else [_no_ground()]
    if len(text["words"]) < WORDS_AT_LEAST:
        found.append(
            Invalid(
                "Say why you object, in at least {count} characters.",
                field="words",
                count=WORDS_AT_LEAST,
            )
        )
    if trap:
        found.append(contact.trap_fault())
    for name, most in LONGEST.items():
        found += too_long(text[name], name, most)
    return found


def check_received(received_at: datetime, *, asked_at: datetime, now: datetime) -> None:
    """Refuses a day of receipt that is still to come, or before the request itself. Raises Invalid."""
    if received_at > now:
        raise Invalid("The day of receipt is still to come.", field="received_on", mend="Enter the day it came in.")
    if received_at < asked_at:
        raise Invalid("The request itself was received later than that.", field="received_on")


def checked_reasons(text: str) -> str:
    """The superior's written reasons (art. 36(2)-(3)). Raises Invalid for some that say nothing."""
    too_short = Invalid(
        "Write the reasons, in at least {count} characters: they stand in the answer to the applicant.",
        field="reasons",
        count=REASONS_AT_LEAST,
    )
    return _checked(text, too_short)


def checked_terms(text: str) -> str:
    """What both sides agreed (art. 35(2)). Raises Invalid for what says nothing."""
    too_short = Invalid(
        "Write what was agreed, in at least {count} characters: it stands in the answer to the applicant.",
        field="reasons",
        count=REASONS_AT_LEAST,
    )
    return _checked(text, too_short)


def _checked(text: str, too_short: Invalid) -> str:
    if len(text) < REASONS_AT_LEAST:
        raise too_short
    for fault in too_long(text, "reasons", LONGEST["words"]):
        raise fault
    return text


def check_settlement(ground: Ground, settled_on: date, *, received_on: date, today: date) -> None:
    """Refuses an agreement on a refusal by art. 17 (art. 35(2)), or one of a day that cannot be. Raises Conflict."""
    if ground not in AMICABLE:
        raise Conflict(
            "An objection to a refusal by article 17 is decided by the superior; it cannot be settled by agreement.",
            mend="Uphold or reject it (UU 14/2008 art. 35(2)).",
        )
    if not received_on <= settled_on <= today:
        raise Invalid(
            "The agreement lies between the day of the objection and today.",
            field="settled_on",
            mend="Enter the date of the minutes.",
        )


# ---------------------------------------------------------------- back to the right step


@dataclass(frozen=True)
class WayBack:
    """A step to which an upheld objection can send a request. `forgets`: the decision is taken anew there or after.

    `is_here`: the request stands there now, and only goes on.
    """

    step: Step
    forgets: bool
    is_here: bool = False


def ways_back(instance: Instance, *, is_refused: bool) -> list[WayBack]:
    """The steps of officers that the request has been through, with where it stands, in the file's order.

    After a refusal nothing that comes of it is repeated: those steps are left out, and a new decision is made. So are
    steps done beside the others, from which the request would not go on.
    """
    sop, been = instance.sop, {done.no for done in instance.done if done.command is not None}
    here = {step.no for step in instance.open}
    found = []
    for no, step in sop.steps.items():
        if set(step.pelaksana) <= NOBODYS:
            continue
        if no in here:
            found.append(WayBack(step, forgets=False, is_here=True))
        elif no in been and not is_beside(step):
            forgets = sop.is_before(no, Command.GRANT)
            if forgets or not is_refused:
                found.append(WayBack(step, forgets))
    return found


def is_beside(step: Step) -> bool:
    """Whether agreeing ends its branch without an answer or a notice."""
    command, onward = next(iter(step.exits.items()))
    return not onward.to and command not in (Command.DELIVER, Command.NOTIFY)


def usual_way_back(ways: Sequence[WayBack], ground: Ground) -> str:
    """The number of the step that is offered first: where it stands, else where the decision is made.

    Data that was decided on but never came is handed over; there the decision stays.
    """
    if here := next((way for way in ways if way.is_here), None):
        return here.step.no
    wanted = Command.HANDOVER if ground in (Ground.LATE, Ground.COST) else Command.GRANT
    for command in (wanted, Command.GRANT):
        if way := next((way for way in ways if command in way.step.exits), None):
            return way.step.no
    return ways[-1].step.no if ways else ""


def check_way_back(ways: Sequence[WayBack], to: str) -> WayBack:
    """The way to that step. Raises Invalid at `to_step`."""
    found = next((way for way in ways if way.step.no == to), None)
    if found is None:
        raise Invalid(
            "Choose the step to which the request goes back.",
            field="to_step",
            mend="Only steps that it has been through can be chosen.",
        )
    return found


# ---------------------------------------------------------------- after the answer


@dataclass(frozen=True)
class DisputeWindow:
    """From when, until when a dispute may be brought before the Komisi Informasi; `opens_on`: its first day.

    `by_silence`: the superior's time was over without an answer.
    """

    opens_at: datetime
    opens_on: date
    until: Due
    by_silence: bool

    def is_open(self, at: datetime) -> bool:
        """Whether it may be brought at that instant."""
        return self.opens_at < at <= self.until.due_at


def dispute_windows(
    received_at: datetime, answered_at: datetime | None, calendar: Calendar
) -> tuple[DisputeWindow, ...]:
    """Art. 37(2): from the written answer, and from the end of the superior's time where there was none by then.

    An answer that comes late opens a time of its own; what was brought during the silence stays what it was.
    """
    answer_by = calendar.due(received_at, ANSWER_DAYS, Unit.WORKING_DAYS)
    found = []
    if answered_at is None or answered_at > answer_by.due_at:
        found.append((answer_by.due_at, answer_by.due_on + timedelta(days=1), True))
    if answered_at is not None:
        found.append((answered_at, answered_at.astimezone(calendar.zone).date(), False))
    return tuple(
        DisputeWindow(at, on, calendar.due(at, DISPUTE_DAYS, Unit.WORKING_DAYS), silent) for at, on, silent in found
    )


def dispute_window(
    received_at: datetime, answered_at: datetime | None, calendar: Calendar, brought_on: date | None = None
) -> DisputeWindow:
    """The window in which a dispute was brought on that day, the first where it was too early; without a day the last
    that there is."""
    found = dispute_windows(received_at, answered_at, calendar)
    opened = [one for one in found if brought_on is None or one.opens_on <= brought_on]
    return opened[-1] if opened else found[0]
