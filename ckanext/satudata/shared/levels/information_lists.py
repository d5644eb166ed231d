"""The generated lists: Daftar Data Terbatas and Tertutup (000-2), DIP and DIK (PerKI 1/2021).

One function gives the rows of a list, for the page, the files and the API alike; numbers run within the list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from ckanext.satudata import config
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Column, Kind
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.dik_row import DikRow
from ckanext.satudata.shared import clock, wording
from ckanext.satudata.shared.levels import classification, decrees, restrictions
from ckanext.satudata.shared.levels.restrictions import Restricted

MOST_ROWS = 50_000
"""Rows of a file; a government has some thousands of datasets."""


@dataclass(frozen=True)
class Line:
    """One row: its cells, and the name of the public dataset it leads to, where there is one.

    `package_id`: of a list for officers, who may open what is not public, each for himself.
    """

    cells: tuple[Any, ...]
    dataset: str = ""
    package_id: str = ""


@dataclass(frozen=True)
class InformationList:
    """One list. Texts are msgids; `stem` begins the names of its files."""

    name: str
    title: str
    lead: str
    stem: str
    columns: tuple[Column, ...]
    select: Callable[[Actor | None], Any]
    lines: Callable[[Session, Iterable[Any], int], list[Line]]
    is_public: bool = True


def of(name: str, *, public: bool) -> InformationList:
    """The list of that name. Raises NotThere; a list for officers is not there among the public ones."""
    found = LISTS.get(name)
    if found is None or found.is_public is not public:
        raise NotThere("There is no such list.")
    return found


def count(session: Session, wanted: InformationList, actor: Actor | None = None) -> int:
    """How many rows it has."""
    return session.scalar(sa.select(sa.func.count()).select_from(wanted.select(actor).order_by(None).subquery())) or 0


def lines(
    session: Session, wanted: InformationList, actor: Actor | None = None, *, offset: int = 0, limit: int = MOST_ROWS
) -> list[Line]:
    """Its rows from `offset` on, in the language of the moment."""
    rows = session.execute(wanted.select(actor).offset(offset).limit(limit)).all()
    return wanted.lines(session, rows, offset + 1)


# ---------------------------------------------------------------- words


def period_text(row: Restricted) -> str:
    """How long a restriction lasts."""
    if row.is_permanent:
        return tk._("permanent")
    if row.until is None:
        return tk._("not fixed yet")
    text = tk._("until {day}").format(day=wording.day(row.until))
    return f"{text} ({tk._('period over, waiting for a decision')})" if row.until < clock.today() else text


def ground_text(row: Restricted, *, is_provisional: bool = False) -> str:
    """The article of the ground, and what the consequence test has still to find."""
    ground = GROUNDS.get(row.ground)
    if ground is not None:
        return ground.basis
    return tk._("provisional") if is_provisional else tk._("waits for the consequence test")


def consequence_text(row: Restricted) -> str:
    """What opening it would do, in the words of the law; in another language in its own."""
    ground = GROUNDS.get(row.ground)
    if ground is None:
        return ""
    text = ground.text if wording.locale_of().language == "id" else tk._(ground.title)
    return text[:1].upper() + text[1:]


def named(row: Restricted) -> str:
    """The title; that of a file with its dataset's."""
    return f"{row.title}: {row.resource_title or tk._('File without a name')}" if row.resource_id else row.title


def _basis(session: Session, row: Restricted, is_provisional: bool) -> str:
    ground, decree = ground_text(row, is_provisional=is_provisional), decrees.label_of(session, row.decree)
    basis = "" if is_said_by(row.basis, decree) else row.basis.rstrip(" .;")
    return "; ".join(filter(None, [ground, basis, decree]))


_DECREE_WORDS = frozenset({"sk", "keputusan", "nomor", "no", "tahun", "tanggal"})


def is_said_by(basis: str, decree: str) -> bool:
    """Whether the free reference only names the decree that is cited beside it ("SK 188/99/2026")."""
    told = {word.strip(".,;:()") for word in decree.casefold().split()}
    return bool(decree) and all(
        word in told or word in _DECREE_WORDS
        for word in (one.strip(".,;:()") for one in basis.casefold().split())
        if word
    )


def agency_titles(session: Session, ids: Iterable[str | None]) -> dict[str | None, str]:
    """Title of each agency, by id."""
    wanted = {one for one in ids if one}
    rows = session.execute(
        sa.select(model.Group.id, model.Group.title, model.Group.name).where(model.Group.id.in_(wanted))
    )
    return {row.id: row.title or row.name for row in rows}


# ---------------------------------------------------------------- Daftar Data Terbatas, Tertutup


def _limited(_: Actor | None) -> Any:
    found = restrictions.select()
    return (
        sa.select(found)
        .where(found.c.level == Level.TERBATAS.value, found.c.is_described)
        .order_by(found.c.title, found.c.package_id, found.c.resource_title, found.c.resource_id)
    )


def _closed(actor: Actor | None) -> Any:
    found = restrictions.select()
    seen = restrictions.visible(found, actor) if actor is not None else sa.false()
    return (
        sa.select(found)
        .where(found.c.level == Level.TERTUTUP.value, seen)
        .order_by(found.c.title, found.c.package_id, found.c.resource_title, found.c.resource_id)
    )


def _restricted_lines(session: Session, rows: Iterable[Any], first: int) -> list[Line]:
    found = [restrictions.restricted(row._mapping) for row in rows]
    agencies = agency_titles(session, (row.owner_org for row in found))
    narrowed = classification.provisional(session, [row.package_id for row in found])
    return [
        Line(
            (
                number,
                named(row),
                agencies.get(row.owner_org, ""),
                _basis(session, row, (row.package_id, row.resource_id) in narrowed),
                period_text(row),
            ),
            row.name if row.is_described else "",
            row.package_id,
        )
        for number, row in enumerate(found, start=first)
    ]


_RESTRICTED_COLUMNS = (
    Column("No.", Kind.COUNT),
    Column("Data"),
    Column("Data producer"),
    Column("Ground and reference"),
    Column("Period of the restriction"),
)

# ---------------------------------------------------------------- DIP


def _public(_: Actor | None) -> Any:
    package, state, group = model.Package.__table__, DatasetState.__table__, model.Group.__table__
    agency = sa.func.coalesce(group.c.title, group.c.name, "")
    return (
        sa.select(
            package.c.id,
            package.c.name,
            package.c.title,
            package.c.notes,
            package.c.extras,
            agency.label("agency"),
            state.c.access_level,
            state.c.first_published_at,
        )
        .join(state, state.c.package_id == package.c.id)
        .outerjoin(group, group.c.id == package.c.owner_org)
        .where(
            package.c.state == "active",
            package.c.private.is_(False),
            state.c.state == DatasetStage.PUBLISHED.value,
            state.c.access_level != Level.TERTUTUP.value,
        )
        .order_by(agency, package.c.title, package.c.id)
    )


def _public_lines(session: Session, rows: Iterable[Any], first: int) -> list[Line]:
    rows = list(rows)
    forms, given = _forms(session, [row.id for row in rows]), _open_to_all(session, [row.id for row in rows])
    place = config.government_name()
    return [
        Line(
            (
                number,
                _summary(row),
                row.agency,
                row.extras.get("penanggung_jawab") or "",
                ", ".join(filter(None, [place, wording.day(row.first_published_at) if row.first_published_at else ""])),
                _form(forms[row.id], on_request=row.access_level == Level.TERBATAS.value or row.id not in given),
                tk._("By the records retention schedule"),
            ),
            row.name,
        )
        for number, row in enumerate(rows, start=first)
    ]


def _summary(row: Any) -> str:
    period = tk.h.satudata_period_text(row.extras.get("periode_data"))
    return f"{row.title} ({period})" if period else row.title


def _form(formats: list[str], *, on_request: bool) -> str:
    text = tk._("Digital copy")
    if formats:
        text = f"{text} ({', '.join(formats)})"
    return tk._("{form}, on request").format(form=text) if on_request else text


def _open_to_all(session: Session, package_ids: list[str]) -> set[str]:
    """Those datasets of which a file states no stricter level of its own."""
    own = sa.func.coalesce(sa.cast(model.Resource.extras, JSONB)["access_level"].astext, "")
    found: set[str] = set()
    for start in range(0, len(package_ids), 1000):
        wanted = sa.select(model.Resource.package_id).where(
            model.Resource.package_id.in_(package_ids[start : start + 1000]),
            model.Resource.state == "active",
            own.in_(("", Level.TERBUKA.value)),
        )
        found |= set(session.scalars(wanted.distinct()))
    return found


def _forms(session: Session, package_ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    resource = model.Resource
    for start in range(0, len(package_ids), 1000):
        rows = session.execute(
            sa.select(resource.package_id, resource.format, resource.extras)
            .where(resource.package_id.in_(package_ids[start : start + 1000]), resource.state == "active")
            .order_by(resource.package_id, resource.position)
        )
        for package_id, format_, extras in rows:
            word = str((extras or {}).get("data_format") or format_ or "")
            if word and word not in found[package_id]:
                found[package_id].append(word)
    return found


# ---------------------------------------------------------------- DIK


def _excluded(_: Actor | None) -> Any:
    """Ticked rows of what is restricted now and has its ground; in the order of PPID's words, which tell no title."""
    found = restrictions.select()
    return (
        sa.select(found, DikRow.public_text)
        .join(DikRow, sa.and_(DikRow.package_id == found.c.package_id, DikRow.resource_id == found.c.resource_id))
        .where(DikRow.is_public, found.c.ground.in_(list(GROUNDS)))
        .order_by(DikRow.public_text, sa.func.md5(sa.func.concat(found.c.package_id, found.c.resource_id)))
    )


def _excluded_lines(session: Session, rows: Iterable[Any], first: int) -> list[Line]:
    return [
        Line((number, *excluded_cells(restrictions.restricted(row._mapping), row.public_text)))
        for number, row in enumerate(rows, start=first)
    ]


def excluded_cells(found: Restricted, public_text: str) -> tuple[str, ...]:
    """All that the public list says of an excluded information, after its number."""
    return public_text, ground_text(found), consequence_text(found), period_text(found)


LISTS: Mapping[str, InformationList] = {
    one.name: one
    for one in (
        InformationList(
            "dip",
            "List of public information (DIP)",
            "What this government keeps and gives: each data with its unit, the responsible position and its form.",
            "daftar-informasi-publik",
            (
                Column("No.", Kind.COUNT),
                Column("Summary of the information"),
                Column("Unit that keeps it"),
                Column("Responsible for making it"),
                Column("Time and place of making"),
                Column("Form available"),
                Column("Retention period"),
            ),
            _public,
            _public_lines,
        ),
        InformationList(
            "dik",
            "List of excluded information (DIK)",
            "What may not be given, by which article of law, and for how long. What stands here is decided by the "
            "information officer (PPID).",
            "daftar-informasi-dikecualikan",
            (
                Column("No.", Kind.COUNT),
                Column("Information"),
                Column("Legal basis (article)"),
                Column("Consequence if it were opened"),
                Column("Period"),
            ),
            _excluded,
            _excluded_lines,
        ),
        InformationList(
            "terbatas",
            "List of limited data",
            "Their descriptions are public; the data themselves are given on request.",
            "daftar-data-terbatas",
            _RESTRICTED_COLUMNS,
            _limited,
            _restricted_lines,
        ),
        InformationList(
            "tertutup",
            "List of closed data",
            "For officers only. Neither descriptions nor data are public.",
            "daftar-data-tertutup",
            _RESTRICTED_COLUMNS,
            _closed,
            _restricted_lines,
            is_public=False,
        ),
    )
}
