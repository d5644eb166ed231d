"""How each set of facts is read: one statement a set, cut by the period, each column by its name in `report_facts`.

The database counts; no fact passes through Python one by one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy import orm

from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.report import Period
from ckanext.satudata.domain.report_facts import FACTS, NARROWED_BY
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.institution import Institution, Spelling
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.post import Post, PostChannel
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.reports import agencies
from ckanext.satudata.shared import clock, words
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.guestbook.reading import institution_name


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

    @classmethod
    def of(cls, session: Any, period: Period, narrowing: Narrowing = EVERYTHING) -> Asked:
        """Whole days in the government's zone."""
        zone = clock.zone()
        start = datetime.combine(period.from_on, time(), zone)
        end = datetime.combine(period.until_on + timedelta(days=1), time(), zone)
        return cls(session, start, end, narrowing, agencies.changes(session, start))

    def within(self, at: Any) -> sa.ColumnElement[bool]:
        """Whether it happened in the period."""
        return sa.and_(at >= self.start, at < self.end)

    def agency(self, organization_id: Any, at: Any, otherwise: str = "") -> sa.ColumnElement[str]:
        """What an agency was called at that instant."""
        return agencies.name(organization_id, at if self.changed else None, otherwise)

    def owner(self, package_id: Any, at: Any) -> sa.ColumnElement[str]:
        """The id of the agency whose data the dataset was at that instant."""
        return agencies.owner(package_id, at if self.changed else None)


_SOURCES: dict[str, Callable[[Asked], sa.Select]] = {}


def source(asked: Asked, name: str) -> sa.Subquery:
    """The wanted facts of that name in the period, each column labelled as `report_facts.FACTS` names it.

    Here, and nowhere else, facts are narrowed; what has no such column stays whole (`narrows`).
    """
    found = _SOURCES[name](asked)
    if "month" in FACTS[name]:
        # In the government's zone, as the period's days are.
        at = sa.func.timezone(str(clock.zone()), found.selected_columns["at"])
        found = found.add_columns(sa.func.to_char(at, "YYYY-MM").label("month"))
    whole = found.subquery(name)
    conditions = [
        condition(whole.c[NARROWED_BY[by]], value)
        for by, condition in _CONDITIONS.items()
        if (value := getattr(asked.narrowing, by)) and narrows(name, by, value)
    ]
    return sa.select(whole).where(*conditions).subquery(f"wanted_{name}") if conditions else whole


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
    """The title of a dataset; what is not public now loses it.

    A report leaves the portal as a file, and nobody can say who will read it (docs/decisions/reports.md).
    """
    package, state = orm.aliased(model.Package), orm.aliased(DatasetState)
    shown = (
        sa.select(agencies.first(package.title, package.name))
        .outerjoin(state, state.package_id == package.id)
        .where(package.id == package_id, _is_public(package, state))
    )
    pattern = tk._("Dataset that is not public any more ({id})")
    hidden = sa.func.replace(pattern, "{id}", sa.func.left(package_id, 8))
    return sa.func.coalesce(shown.scalar_subquery(), hidden)


def level_of(package_id: Any) -> sa.ColumnElement[str]:
    """The level of a dataset, as last saved."""
    state = orm.aliased(DatasetState)
    return sa.select(state.access_level).where(state.package_id == package_id).scalar_subquery()


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


@reads("downloads")
def _downloads(asked: Asked) -> sa.Select:
    """Completed downloads that somebody outside asked for. Personal links count for the dataset that was asked for."""
    raw = (
        sa.select(
            # Empty, not null: only so can the names be joined by hashes.
            sa.func.coalesce(Download.package_id, model.Resource.package_id, PpidRequest.dataset_id, "").label(
                "package_id"
            ),
            sa.func.coalesce(PpidRequest.organization_id, "").label("organization_id"),
            Download.channel,
            Download.client,
            Download.at,
            agencies.stretch(Download.at, asked.changed).label("stretch"),
        )
        .outerjoin(model.Resource, model.Resource.id == Download.resource_id)
        .outerjoin(Grant, Grant.id == Download.grant_id)
        .outerjoin(PpidRequest, PpidRequest.case_id == Grant.case_id)
        .where(asked.within(Download.at), downloads.counted())
        .cte("raw")
    )
    return _with_names(asked, raw, "channel", "client", "at")


def _with_names(asked: Asked, raw: sa.CTE, *columns: str) -> sa.Select:
    """Downloads with agency and title. Names are looked up once for each dataset and stretch of time in which no agency
    changed, not for each download."""
    keys = [raw.c[name] for name in ("package_id", "organization_id", "stretch")]
    of = sa.select(*keys, sa.func.min(raw.c.at).label("at")).group_by(*keys).subquery("of")
    package_id = sa.func.nullif(of.c.package_id, "")
    agency = sa.case(
        (package_id.is_(None), sa.func.nullif(of.c.organization_id, "")), else_=asked.owner(package_id, of.c.at)
    )
    owned = sa.select(of, agency.label("agency"), package_id.label("package")).subquery("owned")
    given = (owned.c.package.is_(None), tk._("Files given on request"))
    named = sa.select(
        owned,
        sa.case(given, else_=title(owned.c.package)).label("dataset"),
        asked.agency(owned.c.agency, owned.c.at).label("producer"),
    ).subquery("named")
    same = sa.and_(*(named.c[key.key] == key for key in keys))
    whose = (named.c.agency, named.c.package, named.c.dataset, named.c.producer)
    return sa.select(*whose, *(raw.c[name] for name in columns)).join(named, same)


@reads("guestbook")
def _guestbook(asked: Asked) -> sa.Select:
    """Downloads for which somebody signed the guestbook; an institution by the name an officer decided on."""
    raw = (
        sa.select(
            sa.func.coalesce(Download.package_id, "").label("package_id"),
            sa.literal("").label("organization_id"),
            Download.profession,
            institution_name().label("institution"),
            Download.at,
            agencies.stretch(Download.at, asked.changed).label("stretch"),
        )
        .outerjoin(Spelling, Spelling.id == Download.spelling_id)
        .outerjoin(Institution, Institution.id == Spelling.institution_id)
        .where(asked.within(Download.at), Download.profession.is_not(None), downloads.counted())
        .cte("signed")
    )
    return _with_names(asked, raw, "profession", "institution", "at")


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
        sa.func.coalesce(row.ground["access_basis"].astext, "").label("basis"),
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
