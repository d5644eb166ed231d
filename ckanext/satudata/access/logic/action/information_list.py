"""Lists of what is public, limited, closed and excluded; the periods of restrictions; PPID's words for the DIK."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.access import periods as periods  # registers the daily look and its mail
from ckanext.satudata.domain import decree as rules
from ckanext.satudata.domain import period
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dik_row import DikRow
from ckanext.satudata.shared import actors, clock, params
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.levels import classification, dik, information_lists, restrictions
from ckanext.satudata.shared.levels.restrictions import Restricted
from ckanext.satudata.shared.transaction import transaction

__all__ = [
    "satudata_closed_list_show",
    "satudata_dik_row_set",
    "satudata_public_list_show",
    "satudata_restriction_list",
]


@boundary
@tk.side_effect_free
def satudata_public_list_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """A public list as rows of cells.

    :param list: `dip` (public information), `dik` (excluded information: only what PPID has made public) or
        `terbatas` (limited data)
    :param offset: how many rows to pass by (optional), :param limit: at most so many, 100 by default
    :returns: `list`, `title`, `count`, `columns` (heads), `rows`
    """
    tk.check_access("satudata_public_list_show", context, data_dict)
    return _shown(information_lists.of(params.text(data_dict, "list"), public=True), data_dict)


@boundary
@tk.side_effect_free
def satudata_closed_list_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The list of closed data (Daftar Data Tertutup). For officers; an agency's own see their agency's only.

    :param offset: how many rows to pass by (optional), :param limit: at most so many, 100 by default
    :returns: as `satudata_public_list_show`
    """
    tk.check_access("satudata_closed_list_show", context, data_dict)
    actor = actors.actor_of(context)
    rules.require_reader(actor)
    return _shown(information_lists.of("tertutup", public=False), data_dict, actor)


def _shown(
    wanted: information_lists.InformationList, data_dict: dict[str, Any], actor: Actor | None = None
) -> dict[str, Any]:
    offset, limit = params.whole(data_dict, "offset", 0, 0, 1_000_000), params.whole(data_dict, "limit", 100, 1, 1000)
    found = information_lists.lines(model.Session(), wanted, actor, offset=offset, limit=limit)
    return {
        "list": wanted.name,
        "title": tk._(wanted.title),
        "count": information_lists.count(model.Session(), wanted, actor),
        "columns": [tk._(column.head) for column in wanted.columns],
        "rows": [list(line.cells) for line in found],
    }


@boundary
@tk.side_effect_free
def satudata_restriction_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What is restricted, the most urgent first. For officers; an agency's own see their agency's only.

    :param stand: `passed`, `soon` (30 days), `later`, `permanent` or `none` (no period yet) (optional)
    :param level: `terbatas` or `tertutup` (optional), :param organization_id: the agency (optional)
    :param package_id: one dataset (optional)
    :param dik: `public`, `written` or `missing`: how its row of the excluded information stands (optional)
    :param offset: how many to pass by (optional), :param limit: at most so many, 50 by default
    :returns: `count`, `counts` by stand, and `restrictions`: `package_id`, `resource_id`, `title`, `agency`, `level`,
        `ground`, `basis`, `decree`, `until`, `is_permanent`, `review_on`, `stand`, `days_left`, `standing` (as on the
        page of the data), `public_text`, `is_public`
    """
    tk.check_access("satudata_restriction_list", context, data_dict)
    filters = {
        name: params.text(data_dict, name) for name in ("stand", "level", "organization_id", "package_id", "dik")
    }
    stands = [one.value for one in period.Stand]
    for name, known in (("stand", stands), ("level", restrictions.LEVELS), ("dik", restrictions.DIK_STATES)):
        if filters[name] and filters[name] not in known:
            raise Invalid("Choose one of {known}.", field=name, known=", ".join(known))
    session = model.Session()
    rows, count, counts = restrictions.listed(
        session,
        actors.actor_of(context),
        filters,
        offset=params.whole(data_dict, "offset", 0, 0, 1_000_000),
        limit=params.whole(data_dict, "limit", 50, 1, 1000),
    )
    agencies = information_lists.agency_titles(session, (row.owner_org for row, _ in rows))
    today, provisional = clock.today(), classification.provisional(session, [row.package_id for row, _ in rows])
    return {
        "count": count,
        "counts": {one.value: counts.get(one.value, 0) for one in period.Stand},
        "restrictions": [
            {
                **_restriction(row, dik_row, agencies.get(row.owner_org, ""), today),
                "standing": classification.standing_of_row(row, today, provisional).value,
            }
            for row, dik_row in rows
        ],
    }


def _restriction(row: Restricted, dik_row: DikRow | None, agency: str, today: date) -> dict[str, Any]:
    return {
        "package_id": row.package_id,
        "resource_id": row.resource_id,
        "title": information_lists.named(row),
        "agency": agency,
        "level": row.level,
        "ground": row.ground,
        "basis": row.basis,
        "decree": row.decree,
        "until": row.until.isoformat() if row.until else None,
        "is_permanent": row.is_permanent,
        "review_on": row.review.isoformat() if row.review else None,
        "stand": period.stand(row.due, row.is_permanent, today).value,
        "days_left": (row.due - today).days if row.due else None,
        "public_text": dik_row.public_text if dik_row else "",
        "is_public": bool(dik_row and dik_row.is_public),
    }


@boundary
def satudata_dik_row_set(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write what the public list of excluded information says of a restriction, and whether it says it. For PPID.

    :param id: the dataset
    :param resource_id: its resource, where the restriction is the resource's (optional)
    :param public_text: neutral words, 10 to 500 characters; nothing else of the data is shown there
    :param is_public: whether the row stands in the public list
    :returns: `package_id`, `resource_id`, `public_text`, `is_public`
    """
    tk.check_access("satudata_dik_row_set", context, data_dict)
    with transaction():
        row = dik.set_row(
            model.Session(),
            actors.actor_of(context),
            dik.package_of(params.text(data_dict, "id")),
            params.text(data_dict, "resource_id"),
            params.text(data_dict, "public_text"),
            params.flag(data_dict, "is_public"),
        )
        found = {name: getattr(row, name) for name in ("package_id", "resource_id", "public_text", "is_public")}
    return found
