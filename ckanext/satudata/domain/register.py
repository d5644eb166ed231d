"""The registers of requests and of objections: their prescribed columns, the masked public one, and its figures.

Columns: the register of PerKI 1/2021 as regulations modelled on it print it (domain notes §2). Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, Several, too_long
from ckanext.satudata.domain.report import Column, Kind
from ckanext.satudata.domain.workdays import Calendar

PDF_MOST = 1000
"""Rows that a PDF takes: typesetting needs a quarter of a megabyte for each, and more are no paper that anybody prints;
the spreadsheet has no such bound."""
ENDS_WITHOUT_ANSWER = ("withdrawn", "lapsed", "not_processed")
"""Told as soon as they are; every other decision once its notice has gone out."""
TITLE_MOST, TEXT_MOST, TEXT_LEAST = 200, 4000, 10

REQUESTS = (
    Column("No.", Kind.COUNT),
    Column("Register number"),
    Column("Date", Kind.DATE),
    Column("Name"),
    Column("Address"),
    Column("Contact"),
    Column("Occupation"),
    Column("Information asked for"),
    Column("Purpose"),
    Column("Held"),
    Column("Body that holds it"),
    Column("Soft or hard copy"),
    Column("To see or to copy"),
    Column("Decision"),
    Column("Reason of the refusal"),
    Column("Date of the notice", Kind.DATE),
    Column("Date of giving", Kind.DATE),
    Column("Cost (rupiah)", Kind.COUNT),
    Column("Payment"),
)
OBJECTIONS = (
    Column("No.", Kind.COUNT),
    Column("Number of the objection"),
    Column("Date", Kind.DATE),
    Column("Applicant or proxy"),
    Column("Address"),
    Column("Contact"),
    Column("Number of the request"),
    Column("Information asked for"),
    Column("Purpose"),
    Column("Ground"),
    Column("Decision of the superior"),
    Column("Date of the decision", Kind.DATE),
    Column("Name of the superior"),
    Column("Position of the superior"),
    Column("Applicant’s word"),
)
PUBLIC = (
    Column("Register number"),
    Column("Date", Kind.DATE),
    Column("Agency"),
    Column("Question"),
    Column("Decision"),
    Column("Reason of the refusal"),
    Column("Date of the notice", Kind.DATE),
    Column("Working days", Kind.COUNT),
)


@dataclass(frozen=True)
class Group:
    """Requests that are alike: how many were received and answered on these days with this result.

    `noticed_on` None: no notice yet. `reasons`: the codes of what was refused, in whole or in part, each once.
    `allowed`: working days that the law gave, the extension included.
    """

    received_on: date
    noticed_on: date | None
    decision: str
    reasons: tuple[str, ...]
    allowed: int
    count: int


@dataclass(frozen=True)
class Figures:
    """What art. 12 of UU 14/2008 asks to be announced. Shares are whole percent; None where nothing was due.

    `overdue`: without an answer though the time that the law gives has run out.
    """

    total: int
    decisions: Mapping[str, int]
    reasons: Mapping[str, int]
    median_days: float | None
    on_time: int
    answered: int
    months: Sequence[tuple[date, int]]
    overdue: int = 0

    @property
    def due(self) -> int:
        """Those of which it is known whether the answer came in time: answered, or overdue."""
        return self.answered + self.overdue

    @property
    def on_time_share(self) -> int | None:
        """Of those answered or overdue: who still waits past the day was not answered in time."""
        return round(100 * self.on_time / self.due) if self.due else None


class Workdays:
    """Working days between two days from `first` on, each day looked up once for all: the first is not counted."""

    def __init__(self, calendar: Calendar, first: date):
        self._calendar, self._first, self._upto = calendar, first, [0]

    def between(self, start: date, end: date) -> int:
        """0 where the end lies before the start, or the start before the first day of all."""
        if not self._first <= start < end:
            return 0
        return self._until(end) - self._until(start)

    def _until(self, day: date) -> int:
        number = (day - self._first).days
        while len(self._upto) <= number:
            day_after = self._first + timedelta(days=len(self._upto))
            self._upto.append(self._upto[-1] + self._calendar.is_working_day(day_after))
        return self._upto[number]


def figures(groups: Iterable[Group], calendar: Calendar, overdue: int = 0) -> Figures:
    """The figures of a period. `open` stands for what is not answered yet, `overdue` of it past its day."""
    groups = list(groups)
    days = Workdays(calendar, min((group.received_on for group in groups), default=date.min))
    decisions: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    months: Counter[date] = Counter()
    taken: Counter[int] = Counter()
    on_time = 0
    for group in groups:
        decisions[group.decision or "open"] += group.count
        months[group.received_on.replace(day=1)] += group.count
        for reason in group.reasons:
            reasons[reason] += group.count
        if group.noticed_on is not None:
            spent = days.between(group.received_on, group.noticed_on)
            taken[spent] += group.count
            on_time += group.count * (spent <= group.allowed)
    return Figures(
        total=sum(group.count for group in groups),
        decisions=dict(decisions),
        reasons=dict(reasons.most_common()),
        median_days=_median(taken),
        on_time=on_time,
        answered=sum(taken.values()),
        months=sorted(months.items()),
        overdue=overdue,
    )


def _median(counted: Mapping[int, int]) -> float | None:
    """Of values given with how often each occurs."""
    values = sorted(counted)
    upto, total = [], 0
    for value in values:
        total += counted[value]
        upto.append(total)
    if not total:
        return None
    low, high = (values[bisect_right(upto, place)] for place in ((total - 1) // 2, total // 2))
    return (low + high) / 2


# ---------------------------------------------------------------- what is published of a request


def checked_text(title: str, question: str, answer: str) -> None:
    """Refuses a text that could not be shown. An empty answer publishes the question alone. Raises Several."""
    found = []
    if len(question) < TEXT_LEAST:
        found.append(
            Invalid(
                "Write the question as everybody may read it.",
                field="question",
                mend="Leave out everything that tells who asked.",
            )
        )
    if answer and len(title) < TEXT_LEAST:
        found.append(Invalid("Give the answer a title.", field="title"))
    if answer and len(answer) < TEXT_LEAST:
        found.append(Invalid("Write the answer.", field="answer"))
    for name, value, most in (
        ("title", title, TITLE_MOST),
        ("question", question, TEXT_MOST),
        ("answer", answer, TEXT_MOST),
    ):
        found += too_long(value, name, most)
    Several.refuse(found)


def check_reviewer(proposed_by: str, reviewer: str | None) -> None:
    """Refuses a review by who wrote the text: two persons stand for what is published. Raises NotAllowed."""
    if reviewer is None or reviewer == proposed_by:
        raise NotAllowed(
            "You wrote this text yourself; another person must read it before it is published.",
            mend="Ask another PPID officer or the superior.",
        )


def check_publishable(decision: str | None, answer: str, *, in_register: bool) -> None:
    """Refuses an answer to a request that has none, and a question alone where the public register, in which it would
    stand, does not hold the request. Raises Conflict, Invalid."""
    if not answer and not in_register:
        raise Invalid(
            "Write the answer.",
            field="answer",
            mend="The public register does not hold requests of government offices: the question alone stands nowhere.",
        )
    if answer and decision not in ("granted", "granted_in_part"):
        raise Conflict("Only the answer to a request that was granted can be published.")
