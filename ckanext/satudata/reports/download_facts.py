"""Facts of downloads: by whom they were asked for, and of what is open now.

There are a hundred times as many of them as of anything else. Where they are only counted, equal ones are put together
(`Asked.together`) before anything is looked up for them.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.model.download import Download
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.institution import Institution, Spelling
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.reports import agencies
from ckanext.satudata.reports.facts import DIRECT, TIME, WEIGHT, Asked, month, reads, title
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.guestbook.reading import institution_name
from ckanext.satudata.shared.publishing import opened

_NAMES = ("agency", "dataset", "producer")
DIRECT["downloads"] = {"channel", "client"}


def _read(asked: Asked, wanted: sa.ColumnElement[bool], **columns: Any) -> sa.CTE:
    """The counted downloads of the period with these columns, `at` and `stretch`; equal ones as one row with their
    number and the first instant, where they are put together."""
    keys = [column.label(name) for name, column in columns.items()]
    of_data = agencies.own_changes(asked.start) if asked.changed and "package_id" in columns else None
    stretch: Any = agencies.stretch(Download.at, asked.changed)
    if of_data is not None:
        # What no dataset is known of may be of any: it is told apart at every change.
        of_own = sa.func.width_bucket(Download.at, of_data.c.ends, type_=sa.Integer)
        stretch = sa.case((of_data.c.package_id.is_(None), stretch), else_=of_own)
    keys.append(stretch.label("stretch"))
    if asked.together and asked.times:
        keys.append(asked.time(Download.at).label(TIME))
    if asked.together and asked.wants("month"):
        keys.append(agencies.stretch(Download.at, asked.months()).label("month_no"))
    whole = sa.and_(asked.within(Download.at), downloads.counted(), wanted, _of_agency(asked))
    each = sa.select(*keys, Download.at).where(whole)
    if of_data is not None:
        each = each.select_from(Download).outerjoin(of_data, of_data.c.package_id == Download.package_id)
    if not asked.together:
        return each.cte("fetched")
    one = each.subquery("one")
    same = [column for column in one.c if column is not one.c.at]
    first, count = sa.func.min(one.c.at).label("at"), sa.func.count().label(WEIGHT)
    return sa.select(*same, first, count).group_by(*same).cte("fetched")


def _of_agency(asked: Asked) -> sa.ColumnElement[bool]:
    """Not of the data of other agencies, where one alone is wanted and no data changed hands since; whose the rest is,
    is looked up for each dataset."""
    if not asked.narrowing.producer or asked.changed:
        return sa.true()
    of_others = sa.select(model.Package.id).where(model.Package.owner_org != asked.narrowing.producer)
    return sa.func.coalesce(Download.package_id, "").not_in(of_others)


def _beside(asked: Asked, fetched: sa.CTE, **columns: Any) -> list[Any]:
    """Those of the columns that are asked for, with the instant or what stands in its place."""
    found = [column.label(name) for name, column in columns.items() if asked.wants(name)]
    if not asked.together:
        return [*found, fetched.c.at.label("at")]
    if asked.wants("month"):
        found.append(month(fetched.c.at).label("month"))
    return [*found, *(fetched.c[name] for name in (TIME, WEIGHT) if name in fetched.c)]


@reads("downloads")
def _downloads(asked: Asked) -> sa.Select:
    """Completed downloads that somebody outside asked for. Personal links count for the dataset that was asked for."""
    # Of what no dataset is known, and only then, it is looked for behind the file and the personal link.
    is_unknown = Download.package_id.is_(None)
    kinds = {name: getattr(Download, name) for name in ("channel", "client") if asked.wants(name)}
    if not asked.wants("package", *_NAMES):
        fetched = _read(asked, sa.true(), **kinds)
        return sa.select(*_beside(asked, fetched, **{name: fetched.c[name] for name in kinds}))
    ways = {name: sa.case((is_unknown, getattr(Download, name))) for name in ("resource_id", "grant_id")}
    fetched = _read(asked, sa.true(), package_id=Download.package_id, **ways, **kinds)
    # Empty, not null: only so can the names be joined by hashes.
    package_id = sa.func.coalesce(fetched.c.package_id, model.Resource.package_id, PpidRequest.dataset_id, "")
    raw = (
        sa.select(
            package_id.label("package_id"),
            sa.func.coalesce(PpidRequest.organization_id, "").label("organization_id"),
            *(column for column in fetched.c if column.key not in {"package_id", *ways}),
        )
        .outerjoin(model.Resource, model.Resource.id == fetched.c.resource_id)
        .outerjoin(Grant, Grant.id == fetched.c.grant_id)
        .outerjoin(PpidRequest, PpidRequest.case_id == Grant.case_id)
        .cte("raw")
    )
    return _with_names(asked, raw, **{name: raw.c[name] for name in kinds})


def _with_names(asked: Asked, raw: sa.CTE, **columns: Any) -> sa.Select:
    """Downloads with agency and title. Names are looked up once for each dataset and stretch of time in which no agency
    changed, not for each download."""
    beside = _beside(asked, raw, **columns)
    if not asked.wants(*_NAMES):
        return sa.select(sa.func.nullif(raw.c.package_id, "").label("package"), *beside)
    keys = [raw.c[name] for name in ("package_id", "organization_id", "stretch")]
    of = sa.select(*keys, sa.func.min(raw.c.at).label("at")).group_by(*keys).subquery("of")
    package_id = sa.func.nullif(of.c.package_id, "")
    agency = sa.case(
        (package_id.is_(None), sa.func.nullif(of.c.organization_id, "")), else_=asked.owner(package_id, of.c.at)
    )
    owned = sa.select(of, agency.label("agency"), package_id.label("package")).subquery("owned")
    given = (owned.c.package.is_(None), tk._("Files given on request"))
    names = sa.select(
        owned,
        sa.case(given, else_=title(owned.c.package)).label("dataset"),
        asked.agency(owned.c.agency, owned.c.at).label("producer"),
    )
    named = names.offset(0).subquery("named")  # else they would be looked up for each row that they are joined to
    same = sa.and_(*(named.c[key.key] == key for key in keys))
    return sa.select(*(named.c[name] for name in ("agency", "package", "dataset", "producer")), *beside).join(
        named, same
    )


@reads("guestbook")
def _guestbook(asked: Asked) -> sa.Select:
    """Downloads for which somebody signed the guestbook; an institution by the name an officer decided on."""
    is_signed = Download.profession.is_not(None)
    given = {"profession": Download.profession, "spelling_id": Download.spelling_id}
    fetched = _read(asked, is_signed, package_id=sa.func.coalesce(Download.package_id, ""), **given)
    raw = (
        sa.select(
            sa.literal("").label("organization_id"),
            institution_name().label("institution"),
            *(column for column in fetched.c if column.key != "spelling_id"),
        )
        .outerjoin(Spelling, Spelling.id == fetched.c.spelling_id)
        .outerjoin(Institution, Institution.id == Spelling.institution_id)
        .cte("signed")
    )
    return _with_names(asked, raw, profession=raw.c.profession, institution=raw.c.institution)


@reads("used")
def _used(asked: Asked) -> sa.Select:
    """Completed downloads, by people and programs, of what is open now."""
    kinds = {"client": Download.client} if asked.wants("client") else {}
    files = {"package_id": Download.package_id, "resource_id": Download.resource_id}
    fetched = _read(asked, Download.channel.in_(downloads.OPEN), **files, **kinds)
    found = opened.opened().subquery()
    package_id = sa.func.coalesce(fetched.c.package_id, model.Resource.package_id)
    return (
        sa.select(
            found.c.organization_id.label("agency"),
            found.c.package_id.label("package"),
            title(found.c.package_id).label("dataset"),
            agencies.name(found.c.organization_id).label("producer"),
            *_beside(asked, fetched, **{name: fetched.c[name] for name in kinds}),
        )
        .select_from(fetched)
        .outerjoin(model.Resource, model.Resource.id == fetched.c.resource_id)
        .join(found, found.c.package_id == package_id)
        .where(_of_open_file(fetched.c.resource_id))
    )


def _of_open_file(resource_id: Any) -> sa.ColumnElement[bool]:
    """Not of a file that everybody could download once: of data that are open another one may be closed."""
    return sa.or_(resource_id.is_(None), resource_id.not_in(closed_files()))


def closed_files() -> sa.Select[tuple[str]]:
    """The files (ids of resources) of which no version is public now."""
    is_served = sa.and_(ResourceFile.released_at.is_not(None), ResourceFile.retired_at.is_(None))
    return (
        sa.select(ResourceFile.resource_id)
        .group_by(ResourceFile.resource_id)
        .having(sa.not_(sa.func.coalesce(sa.func.bool_or(is_served), False)))
    )
