"""Laporan Penyebarluasan (000-11) and Laporan Diseminasi (003-7): from facts to tables.

Facts come from the journal and the case tables; nothing here reads a database or a clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from ckanext.satudata.domain.report import Column, Finding, Kind, Period, Report, Table

OUTCOMES = ("granted", "granted_in_part", "refused", "withdrawn", "open")
"""What became of a request, in the order of the table. It is `open` until the answer has left."""


@dataclass(frozen=True)
class Published:
    """A dataset that went public in the period."""

    title: str
    organization: str
    access_level: str
    published_at: datetime
    published_by: str
    """The officer's name as it is shown; empty where no case tells."""


@dataclass(frozen=True)
class StepDone:
    """A finished step of any case. `worked_days` is the time it took, in working days of the calendar."""

    process: str
    step: str
    uraian: str
    role: str
    organization: str
    worked_days: float
    late: bool


@dataclass(frozen=True)
class RequestFact:
    """A request received in the period; `outcome` is one of `OUTCOMES`."""

    organization: str
    outcome: str


@dataclass(frozen=True)
class DownloadCount:
    """Completed downloads of one dataset by one kind of client."""

    title: str
    organization: str
    client_kind: str
    count: int


@dataclass(frozen=True)
class Facts:
    """Everything the report is made of."""

    published: tuple[Published, ...] = ()
    steps: tuple[StepDone, ...] = ()
    requests: tuple[RequestFact, ...] = ()
    downloads: tuple[DownloadCount, ...] = ()


def report(facts: Facts, *, name: str, title: str, period: Period, as_of_at: datetime, mark: str = "") -> Report:
    """The dissemination report of a period."""
    return Report(
        name=name,
        title=title,
        period=period,
        as_of_at=as_of_at,
        findings=_findings(facts),
        tables=(
            _published(facts.published),
            _by_producer(facts),
            _steps(facts.steps),
            _requests(facts.requests),
            _downloads(facts.downloads),
        ),
        mark=mark,
    )


def _findings(facts: Facts) -> tuple[Finding, ...]:
    if facts == Facts():
        return (
            Finding(
                "In this period nothing went public, no step was finished, no request came in and nothing was "
                "downloaded."
            ),
        )
    late = sum(step.late for step in facts.steps)
    return (
        Finding(
            "{count} datasets of {producers} producers went public.",
            {"count": len(facts.published), "producers": len({one.organization for one in facts.published})},
        ),
        Finding("{late} of {count} finished steps were late.", {"late": late, "count": len(facts.steps)}),
        Finding(
            "{count} requests for limited data came in; {answered} are answered.",
            {
                "count": len(facts.requests),
                "answered": sum(request.outcome != "open" for request in facts.requests),
            },
        ),
        Finding("{count} downloads were completed.", {"count": sum(one.count for one in facts.downloads)}),
    )


def _published(published: Iterable[Published]) -> Table:
    return Table(
        "published",
        "What went public",
        (
            Column("Dataset"),
            Column("Producer"),
            Column("Access level", Kind.CODE, "level"),
            Column("Made public", Kind.INSTANT),
            Column("Published by"),
        ),
        tuple(
            (one.title, one.organization, one.access_level, one.published_at, one.published_by)
            for one in sorted(published, key=lambda one: (one.published_at, one.title))
        ),
        empty="No dataset went public in this period.",
    )


def _by_producer(facts: Facts) -> Table:
    published = Counter(one.organization for one in facts.published)
    requests = Counter(one.organization for one in facts.requests)
    downloads: Counter[str] = Counter()
    for one in facts.downloads:
        downloads[one.organization] += one.count
    producers = sorted({*published, *requests, *downloads})
    return Table(
        "producers",
        "By producer",
        (
            Column("Producer"),
            Column("Datasets published", Kind.COUNT),
            Column("Requests received", Kind.COUNT),
            Column("Downloads", Kind.COUNT),
        ),
        tuple((name, published[name], requests[name], downloads[name]) for name in producers),
    )


def _steps(steps: Iterable[StepDone]) -> Table:
    # A step that several do side by side is one row for each of them: their times differ.
    grouped: dict[tuple[str, str, str], list[StepDone]] = defaultdict(list)
    for step in steps:
        grouped[(step.process, step.step, step.role)].append(step)
    return Table(
        "steps",
        "Time for each step",
        (
            Column("Process"),
            Column("Step"),
            Column("What is done"),
            Column("Done by", Kind.CODE, "role"),
            Column("Times finished", Kind.COUNT),
            Column("Median working days", Kind.DECIMAL),
            Column("Longest working days", Kind.DECIMAL),
            Column("Of these late", Kind.COUNT),
        ),
        tuple(
            (
                process,
                step,
                done[0].uraian,
                role,
                len(done),
                round(median(one.worked_days for one in done), 2),
                round(max(one.worked_days for one in done), 2),
                sum(one.late for one in done),
            )
            for (process, step, role), done in sorted(
                grouped.items(), key=lambda item: (item[0][0], _natural(item[0][1]), item[0][2])
            )
        ),
        empty="No step was finished in this period.",
    )


def _natural(step: str) -> tuple[int, str]:
    digits = "".join(letter for letter in step if letter.isdigit())
    return (int(digits or 0), step)


def _requests(requests: Iterable[RequestFact]) -> Table:
    outcomes = Counter(request.outcome for request in requests)
    return Table(
        "requests",
        "Requests for limited data",
        (Column("Outcome", Kind.CODE, "outcome"), Column("Number of requests", Kind.COUNT)),
        tuple((outcome, outcomes[outcome]) for outcome in OUTCOMES if outcomes[outcome]),
        empty="No request came in during this period.",
    )


def _downloads(downloads: Iterable[DownloadCount]) -> Table:
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in downloads:
        counts[(one.title, one.organization, one.client_kind)] += one.count
    return Table(
        "downloads",
        "Downloads",
        (
            Column("Dataset"),
            Column("Producer"),
            Column("Downloaded with", Kind.CODE, "client"),
            Column("Downloads", Kind.COUNT),
        ),
        tuple((*key, count) for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        empty="Nothing was downloaded in this period.",
    )
