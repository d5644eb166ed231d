"""How each set of facts is read: one statement a set, cut by the period, each column by its name in `report_facts`.

The database counts; no fact passes through Python one by one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy import orm

from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.report import Period
from ckanext.satudata.domain.report_facts import FACTS, NARROWED_BY
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.post import Post, PostChannel
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.reports import agencies
from ckanext.satudata.shared import clock, words


@dataclass(frozen=True)
class Narrowing:
    """Which facts are wanted: of the agency with this id, of data on this topic, on this channel; "" for all."""

    producer: str = ""
    topic: str = ""
    channel: str = ""


EVERYTHING = Narrowing()


@dataclass(frozen=True)
class Asked:
    """What is asked: the session, the first instant of the period and the first after it, and which facts."""

    session: Any
    start: datetime
    end: datetime
    narrowing: Narrowing = EVERYTHING
    changed: tuple[datetime, ...] = ()
    """When since its start agencies or owners of data changed: only then their past is looked up."""
    columns: frozenset[str] | None = None
    """The columns that are counted; no others are read. None: every one."""
    together: bool = False
    """Whether equal facts may come as one row with their number, `n`."""
    numbered: bool = False
    """Whether columns that stand together may come as their number (`NUMBERED`)."""
    times: tuple[datetime, ...] = ()
    """Beginnings of months or years; `time` then says in which of them a fact lies, from 1."""

    @classmethod
    def of(cls, session: Any, period: Period, narrowing: Narrowing = EVERYTHING) -> Asked:
        """Whole days in the government's zone."""
        session.execute(sa.select(*(sa.func.set_config(name, value, True) for name, value in _ROOM.items())))
        zone = clock.zone()
        start = datetime.combine(period.from_on, time(), zone)
        end = datetime.combine(period.until_on + timedelta(days=1), time(), zone)
        return cls(session, start, end, narrowing, agencies.changes(session, start))

    def counting(self, by: Iterable[str], measures: Iterable[Measure], times: tuple[datetime, ...] = ()) -> Asked:
        """The same for these numbers of these groups alone."""
        measures = [*measures]
        columns = frozenset([*by, *(name for measure in measures for name in measure.columns)])
        # A median is of every single fact, and hardly two are of one instant.
        together = "at" not in columns and all(measure.what is not What.MEDIAN for measure in measures)
        return replace(self, columns=columns, together=together, times=times)

    def within(self, at: Any) -> sa.ColumnElement[bool]:
        """Whether it happened in the period."""
        return sa.and_(at >= self.start, at < self.end)

    def of_agency(self, organization_id: Any) -> sa.ColumnElement[bool]:
        """True for facts that `source` would leave out by their agency: not to read them at all."""
        wanted = self.narrowing.producer
        return organization_id == wanted if wanted else sa.true()

    def wants(self, *names: str) -> bool:
        """Whether one of these columns is read."""
        return self.columns is None or not self.columns.isdisjoint(names)

    def months(self) -> tuple[datetime, ...]:
        """The beginnings of the months in the period."""
        return months_of(self.start, self.end)

    def time(self, at: Any) -> sa.ColumnElement[int]:
        """In which of the times an instant lies."""
        return agencies.stretch(at, self.times)

    def agency(self, organization_id: Any, at: Any, otherwise: str = "") -> sa.ColumnElement[str]:
        """What an agency was called at that instant."""
        return agencies.name(organization_id, at if self.changed else None, otherwise)

    def with_agency(self, found: sa.Select, organization_id: Any, at: Any, otherwise: str = "") -> sa.Select:
        """Facts with `producer`, what the agency was called at that instant, where it is read."""
        if not self.wants("producer"):
            return found
        if self.changed:
            return found.add_columns(self.agency(organization_id, at, otherwise).label("producer"))
        return agencies.named(found, organization_id, otherwise)

    def owner(self, package_id: Any, at: Any) -> sa.ColumnElement[str]:
        """The id of the agency whose data the dataset was at that instant."""
        return agencies.owner(package_id, at if self.changed else None)


WEIGHT, TIME, NUMBER = "n", "time", "said"
"""Columns beside those of `report_facts`: how many facts a row stands for, in which of `Asked.times` they lie, and the
number of what stands in the columns of `NUMBERED`."""


@dataclass(frozen=True)
class Numbered:
    """Columns of which few combinations are known beforehand: a number sorts faster than their texts."""

    columns: tuple[str, ...]
    texts: Callable[[Any], Sequence[tuple[str, ...]]]
    """What each number stands for: of a session."""


NUMBERED: dict[str, Numbered] = {}
"""By set of facts."""

_ROOM = {"work_mem": "32MB", "jit": "off"}
"""For the statements of one transaction that count: groups of a report fit into it, and no statement is asked so often
that translating it would pay."""

DIRECT: dict[str, set[str]] = {}
"""By set of facts, the columns for which nothing is looked up."""

_SOURCES: dict[str, Callable[[Asked], sa.Select]] = {}


def source(asked: Asked, name: str) -> sa.Subquery:
    """The wanted facts of that name in the period, each column labelled as `report_facts.FACTS` names it.

    Here, and nowhere else, facts are narrowed; what has no such column stays whole (`narrows`). Columns that are not
    asked for (`Asked.columns`) are not there.
    """
    narrowing = {
        by: value for by in _CONDITIONS if (value := getattr(asked.narrowing, by)) and narrows(name, by, value)
    }
    if asked.columns is not None:
        asked = replace(asked, columns=asked.columns | {NARROWED_BY[by] for by in narrowing})
    found = _in_time(asked, name, _SOURCES[name](asked))
    if asked.columns is not None:
        found = _kept(asked, found)
    whole = found.subquery(name)
    conditions = [_CONDITIONS[by](whole.c[NARROWED_BY[by]], value) for by, value in narrowing.items()]
    return sa.select(whole).where(*conditions).subquery(f"wanted_{name}") if conditions else whole


def _kept(asked: Asked, found: sa.Select) -> sa.Select:
    """The columns that are asked for, equal rows as one where they are put together: the fewer there are, the less is
    sorted for whatever is counted of them."""
    kept = {*(asked.columns or ()), WEIGHT, TIME, NUMBER}
    columns = [one for one in found.selected_columns if one.key in kept]
    is_weighed = WEIGHT in found.selected_columns
    # Who wants no column wants to know how many there are: each row is one all the same.
    found = found.with_only_columns(*columns or [sa.literal(1).label("row")], maintain_column_froms=True)
    if not asked.together or is_weighed:
        return found
    each = found.subquery("each")
    groups = [each.c[one.key] for one in columns]
    return sa.select(*groups, sa.func.count().label(WEIGHT)).select_from(each).group_by(*groups)


def _in_time(asked: Asked, name: str, found: sa.Select) -> sa.Select:
    """The facts with their month, in the government's zone as the period's days are, and with their `time`."""
    there = found.selected_columns
    if "month" in FACTS[name] and "month" not in there and asked.wants("month"):
        found = found.add_columns(month(there["at"]).label("month"))
    if asked.times and TIME not in there and "at" in FACTS[name]:
        found = found.add_columns(asked.time(there["at"]).label(TIME))
    return found


def month(at: Any) -> sa.ColumnElement[str]:
    """The month of an instant, `2026-10`, in the government's zone."""
    return sa.func.to_char(sa.func.timezone(str(clock.zone()), at), "YYYY-MM")


def narrows(name: str, by: str, value: str) -> bool:
    """Whether the facts of that name can be narrowed by `producer`, `topic` or `channel` to that value.

    Channels of downloads and of posts are different words: each narrows its own.
    """
    column = FACTS[name].get(NARROWED_BY[by])
    return column is not None and (by != "channel" or value in words.VOCABULARIES[column.words])


def _on_topic(package_id: Any, topic: str) -> sa.ColumnElement[bool]:
    """By the topic that the data have now, or had when they were withdrawn."""
    package, state = orm.aliased(model.Package), orm.aliased(DatasetState)
    held = sa.func.coalesce(package.extras["urusan"].astext, state.former["urusan"].astext)
    return package_id.in_(sa.select(package.id).outerjoin(state, state.package_id == package.id).where(held == topic))


_CONDITIONS: dict[str, Callable[[Any, str], sa.ColumnElement[bool]]] = {
    "producer": operator.eq,
    "topic": _on_topic,
    "channel": operator.eq,
}


def months_of(start: datetime, end: datetime) -> tuple[datetime, ...]:
    """The beginnings of all months that begin between the two, in the government's zone, the end left out."""
    zone = clock.zone()
    first, last = start.astimezone(zone), end.astimezone(zone)
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    found = (datetime(number // 12, number % 12 + 1, 1, tzinfo=zone) for number in numbers)
    return tuple(at for at in found if start <= at < end)


def reads(name: str) -> Callable[[Callable[[Asked], sa.Select]], Callable[[Asked], sa.Select]]:
    """Binds a set of facts to the statement that reads it."""

    def keep(read: Callable[[Asked], sa.Select]) -> Callable[[Asked], sa.Select]:
        _SOURCES[name] = read
        return read

    return keep


def called(id_: Any, fallback: Any) -> sa.ColumnElement[str]:
    """The display name of a person, by id or login name; what the row says where the account is gone."""
    user = orm.aliased(model.User)
    name = sa.select(agencies.first(user.fullname, user.name)).where(sa.or_(user.id == id_, user.name == id_))
    return sa.func.coalesce(name.limit(1).scalar_subquery(), fallback)


def _is_public(package: Any, state: Any) -> sa.ColumnElement[bool]:
    is_published = sa.and_(state.state == DatasetStage.PUBLISHED.value, state.access_level != Level.TERTUTUP.value)
    is_active = sa.and_(package.state == model.State.ACTIVE, sa.not_(package.private))
    return sa.and_(is_active, sa.or_(state.state.is_(None), is_published))


def public_names(session: Any, ids: Collection[str]) -> dict[str, str]:
    """By id, the names (addresses) of those of the datasets whose titles a report shows."""
    package, state = model.Package, DatasetState
    found = sa.select(package.id, package.name).outerjoin(state, state.package_id == package.id)
    return dict(session.execute(found.where(package.id.in_(ids), _is_public(package, state))).all())


def title(package_id: Any) -> sa.ColumnElement[str]:
    """The title of a dataset; what is not public now, or never was, loses it.

    A report leaves the portal as a file, and nobody can say who will read it (docs/decisions/reports.md).
    """
    package, state = orm.aliased(model.Package), orm.aliased(DatasetState)
    was_public = sa.or_(state.package_id.is_(None), state.first_published_at.is_not(None))
    any_more = tk._("Dataset that is not public any more ({id})")
    hidden = sa.case((was_public, any_more), else_=tk._("Dataset that is not public yet ({id})"))
    called_ = (
        sa.select(
            sa.case(
                (_is_public(package, state), agencies.first(package.title, package.name)),
                else_=sa.func.replace(hidden, "{id}", sa.func.left(package.id, 8)),
            )
        )
        .outerjoin(state, state.package_id == package.id)
        .where(package.id == package_id)
    )
    gone = sa.func.replace(any_more, "{id}", sa.func.left(package_id, 8))
    return sa.func.coalesce(called_.scalar_subquery(), gone)


@reads("published")
def _published(asked: Asked) -> sa.Select:
    """Each dataset that became public for the first time; by whom, tells the journal of its case."""
    # The command is journalled just before the release of the same transaction.
    user = orm.aliased(model.User)
    by = (
        sa.select(sa.func.coalesce(agencies.first(user.fullname, user.name), Journal.actor_name))
        .outerjoin(user, user.name == Journal.actor_name)
        .where(
            Journal.event == "published",
            Journal.subject_type == "dataset",
            Journal.subject_id == DatasetState.package_id,
            Journal.at <= DatasetState.first_published_at,
        )
        .order_by(Journal.id.desc())
        .limit(1)
    )
    agency = asked.owner(DatasetState.package_id, DatasetState.first_published_at)
    return sa.select(
        agency.label("agency"),
        DatasetState.package_id.label("package"),
        title(DatasetState.package_id).label("dataset"),
        asked.agency(agency, DatasetState.first_published_at).label("producer"),
        DatasetState.access_level.label("level"),
        DatasetState.first_published_at.label("at"),
        sa.func.coalesce(by.correlate(DatasetState).scalar_subquery(), "").label("by"),
    ).where(asked.within(DatasetState.first_published_at))


@reads("datasets")
def _datasets(asked: Asked) -> sa.Select:
    """Every dataset of the register as it stands now."""
    return register(DatasetState.state.label("stage")).where(model.Package.state == model.State.ACTIVE)


def register(*columns: Any) -> sa.Select:
    """Datasets with agency, title and level, and these columns beside."""
    return sa.select(
        model.Package.owner_org.label("agency"),
        DatasetState.package_id.label("package"),
        title(DatasetState.package_id).label("dataset"),
        agencies.name(model.Package.owner_org).label("producer"),
        DatasetState.access_level.label("level"),
        *columns,
    ).join(model.Package, model.Package.id == DatasetState.package_id)


@reads("catalogue")
def _catalogue(asked: Asked) -> sa.Select:
    """Every dataset that everybody finds now: public, and Terbuka or Terbatas."""
    return register().where(_is_public(model.Package, DatasetState))


@reads("reclassifications")
def _reclassifications(asked: Asked) -> sa.Select:
    """Each change of the level of what was public."""
    row = Reclassification
    return sa.select(
        row.organization_id.label("agency"),
        row.package_id.label("package"),
        title(row.package_id).label("dataset"),
        asked.agency(row.organization_id, row.at).label("producer"),
        row.kind.label("kind"),
        row.from_level.label("from_level"),
        row.to_level.label("to_level"),
        sa.func.coalesce(row.ground["access_ground"].astext, "").label("ground"),
        sa.func.concat_ws("; ", sa.func.nullif(row.ground["access_basis"].astext, ""), row.reason).label("basis"),
        row.provisional.label("provisional"),
        called(row.by_id, row.by_name).label("by"),
        row.case_id.label("case"),
        row.at.label("at"),
    ).where(asked.within(row.at))


@reads("posts")
def _posts(asked: Asked) -> sa.Select:
    """The channel log: where posts were shown."""
    return (
        sa.select(
            Post.organization_id.label("agency"),
            Post.dataset_id.label("package"),
            Post.number.label("number"),
            asked.agency(Post.organization_id, PostChannel.shown_at).label("producer"),
            PostChannel.channel.label("channel"),
            PostChannel.address.label("address"),
            called(PostChannel.added_by, PostChannel.added_by_name).label("by"),
            Post.case_id.label("case"),
            PostChannel.shown_at.label("at"),
        )
        .join(Post, Post.id == PostChannel.post_id)
        .where(asked.within(PostChannel.shown_at))
    )


def known() -> Mapping[str, Callable[[Asked], sa.Select]]:
    """The sets that can be read."""
    return _SOURCES
