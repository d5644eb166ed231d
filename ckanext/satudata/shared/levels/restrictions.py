"""What is restricted now, dataset by dataset and file by file: one select for every list of it.

Only what has been decided counts: published descriptions, datasets approved as Tertutup, and what was public and has
been narrowed to Tertutup since. Drafts do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from ckanext.satudata.domain import decree as rules
from ckanext.satudata.domain import period
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.dik_row import DikRow
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.restriction_test import RestrictionTest
from ckanext.satudata.shared import clock

_P, _R, _S, _F, _T = (
    table.__table__ for table in (model.Package, model.Resource, DatasetState, ResourceFile, RestrictionTest)
)
LEVELS = (Level.TERBATAS.value, Level.TERTUTUP.value)
_FIELDS = ("access_ground", "access_basis", "access_decree")
_ISO = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"


@dataclass(frozen=True)
class Restricted:
    """One restriction. `resource_id` is "" where it is the whole dataset's."""

    package_id: str
    resource_id: str
    name: str
    title: str
    resource_title: str
    owner_org: str | None
    level: str
    ground: str
    basis: str
    decree: str
    until: date | None
    is_permanent: bool
    review: date | None
    is_described: bool
    """Its description is public: of the dataset and, where it is a file's, of the file too."""
    tested: Mapping[str, Any] | None
    """What the newest decided test of this level stated; None where there was none."""

    @property
    def due(self) -> date | None:
        """The day on which it is looked at again."""
        return period.next_day(self.until, self.review)


def _values(fields: Any) -> list[Any]:
    """The columns that stand in a JSON of extras, or in a withheld description."""
    texts = [sa.func.coalesce(fields[name].astext, "").label(name.removeprefix("access_")) for name in _FIELDS]
    days = [
        # What is no date would stop the whole list; the form and the doctor speak of it.
        sa.case((fields[name].astext.op("~")(_ISO), fields[name].astext), else_=None).label(label)
        for name, label in (("access_until", "until"), ("access_review_on", "review"))
    ]
    permanent = sa.func.coalesce(fields["access_permanent"].astext, "") == "true"
    return [*texts, *days, permanent.label("is_permanent")]


def select() -> Any:
    """All restrictions as a subquery; `due` is the earlier of `until` and `review`, both ISO texts."""
    decided = (DatasetStage.PUBLISHED.value, DatasetStage.CLOSED.value)
    described = sa.and_(_S.c.state == DatasetStage.PUBLISHED.value, _P.c.private.is_(False))
    live = sa.and_(_P.c.state == "active", _S.c.state.in_(decided))
    base = _P.join(_S, _S.c.package_id == _P.c.id)
    head = [_P.c.id.label("package_id"), _P.c.name, _P.c.title, _P.c.owner_org]

    whole = (
        sa.select(
            *head, sa.literal("").label("resource_id"), sa.literal("").label("resource_title"),
            _S.c.access_level.label("level"), described.label("is_described"), *_values(_P.c.extras),
        )
        .select_from(base)
        .where(live, _S.c.access_level.in_(LEVELS))
    )  # fmt: skip

    own = sa.cast(_R.c.extras, JSONB)
    own_level = own["access_level"].astext
    files = (
        sa.select(
            *head, _R.c.id, sa.func.coalesce(_R.c.name, ""), own_level, described.label("is_described"), *_values(own)
        )
        .select_from(base.join(_R, _R.c.package_id == _P.c.id))
        .where(
            live,
            _R.c.state == "active",
            sa.cast(_R.c.extras, sa.Text).contains('"access_level"'),
            own_level.in_(LEVELS),
            own_level != _S.c.access_level,
            _S.c.access_level != Level.TERTUTUP.value,
        )
    )

    newest = (
        sa.select(_F.c.resource_id, _F.c.package_id, _F.c.withheld)
        .distinct(_F.c.resource_id)
        .order_by(_F.c.resource_id, _F.c.version.desc())
        .subquery()
    )
    shown = sa.exists().where(_R.c.id == newest.c.resource_id, _R.c.state == "active")
    withheld = (
        sa.select(
            *head, newest.c.resource_id, sa.func.coalesce(newest.c.withheld["name"].astext, ""),
            sa.literal(Level.TERTUTUP.value), sa.false(), *_values(newest.c.withheld),
        )
        .select_from(base.join(newest, newest.c.package_id == _P.c.id))
        .where(live, sa.func.jsonb_typeof(newest.c.withheld) == "object", sa.not_(shown))
    )  # fmt: skip

    # What was public and is Tertutup now has left a stub; what it was called stands with its stage.
    narrowed = (
        sa.select(
            _P.c.id, _P.c.name, sa.func.coalesce(_S.c.former["title"].astext, ""), _P.c.owner_org,
            sa.literal(""), sa.literal(""), _S.c.access_level, sa.false(), *_values(_S.c.former),
        )
        .select_from(base)
        .where(
            _P.c.state == "active",
            _S.c.state == DatasetStage.WITHDRAWN.value,
            _S.c.access_level == Level.TERTUTUP.value,
        )
    )  # fmt: skip

    every = sa.union_all(whole, files, withheld, narrowed).subquery("restricted")
    last = sa.and_(*(_T.c[name] == every.c[name] for name in ("package_id", "resource_id", "level")))
    due = sa.func.least(every.c.until, every.c.review).label("due")
    found = sa.select(*every.c, _T.c.stated.label("tested"), due).select_from(every.outerjoin(_T, last))
    return found.subquery("restriction")


def visible(found: Any, actor: Actor) -> Any:
    """The condition by which a person sees only what may be seen: closed data are their agency's and the whole
    readers' only, and so is what stands behind the public description of limited data."""
    if rules.reads_whole(actor):
        return sa.true()
    return found.c.owner_org.in_(rules.agencies_of(actor))


def stand_is(found: Any, wanted: period.Stand) -> Any:
    """The condition that a restriction stands so to its day."""
    return _stand(found) == wanted.value


def _stand(found: Any) -> Any:
    today = clock.today()
    soon = today + timedelta(days=period.SOON_DAYS)
    return sa.case(
        (found.c.due <= today.isoformat(), period.Stand.PASSED.value),
        (found.c.due <= soon.isoformat(), period.Stand.SOON.value),
        (found.c.is_permanent, period.Stand.PERMANENT.value),
        (found.c.due.is_not(None), period.Stand.LATER.value),
        else_=period.Stand.NONE.value,
    )


def listed(
    session: Session, actor: Actor, filters: Mapping[str, str], *, offset: int = 0, limit: int | None = 50
) -> tuple[list[tuple[Restricted, DikRow | None]], int, dict[str, int]]:
    """The restrictions that the person may see, the most urgent first: rows, how many, and how many stand how.

    `filters`: `stand`, `level`, `organization_id`, `package_id`, `dik` (`public`, `written`, `missing`), each
    optional. The counts by stand leave the filter `stand` out. Raises NotAllowed.
    """
    rules.require_reader(actor)
    found = select()
    dik = sa.and_(DikRow.package_id == found.c.package_id, DikRow.resource_id == found.c.resource_id)
    columns = {"level": "level", "organization_id": "owner_org", "package_id": "package_id"}
    where = [visible(found, actor)]
    where += [found.c[column] == filters[name] for name, column in columns.items() if filters.get(name)]
    if filters.get("dik"):
        where.append(_DIK[filters["dik"]])
    query = sa.select(found, DikRow).outerjoin(DikRow, dik).where(*where)
    counts = sa.select(_stand(found).label("stand"), sa.func.count()).select_from(found).outerjoin(DikRow, dik)
    by_stand = {str(row[0]): int(row[1]) for row in session.execute(counts.where(*where).group_by("stand"))}
    if filters.get("stand"):
        query = query.where(stand_is(found, period.Stand(filters["stand"])))
    total = by_stand.get(filters["stand"], 0) if filters.get("stand") else sum(by_stand.values())
    query = query.order_by(
        found.c.due.asc().nulls_last(), found.c.is_permanent, found.c.title, found.c.package_id, found.c.resource_id
    )
    rows = session.execute(query.offset(offset).limit(limit))
    return [(restricted(row._mapping), row.DikRow) for row in rows], total, by_stand


_DIK = {
    "public": DikRow.is_public.is_(True),
    "written": DikRow.is_public.is_(False),
    "missing": DikRow.package_id.is_(None),
}
DIK_STATES = tuple(_DIK)


def one(session: Session, package_id: str, resource_id: str) -> Restricted | None:
    """The restriction of this dataset or file as it stands now."""
    found = select()
    row = session.execute(
        sa.select(found).where(found.c.package_id == package_id, found.c.resource_id == resource_id)
    ).first()
    return restricted(row._mapping) if row is not None else None


def restricted(row: Mapping[str, Any]) -> Restricted:
    """The row of the select as values."""
    return Restricted(
        **{name: row[name] or "" for name in ("title", "resource_title", "ground", "basis", "decree", "resource_id")},
        **{name: row[name] for name in ("package_id", "name", "owner_org", "level", "is_permanent")},
        **{name: row[name] for name in ("is_described", "tested")},
        until=_day(row["until"]),
        review=_day(row["review"]),
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:  # 31 February
        return None
