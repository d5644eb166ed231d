"""Last year's dataset as the draft of this year's: the same fields, no files."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.bulk import of_year, years_of
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.publishing import datasets

NOT_COPIED = frozenset(
    {
        "name",
        "link_portal_daerah",
        "link_portal_sdi",
        "catatan_impor",
        "rekomendasi_bps",
        "rekomendasi_bps_tanggal",
    }
)
"""What belongs to one year's data only: its address, its links, what an import noted, the approval of its survey."""


def copy(context: dict[str, Any], source: str, year: int | None, key: str | None) -> str:
    """Makes the draft and returns its id; level and grounds stay, title and period move to `year`. Commits.

    Without a year it is the one after the last that title or period name. The same `key` (8-100 characters) makes one.
    Raises Conflict for a stub, and what `package_show` and `package_create` raise.
    """
    user = {name: context[name] for name in ("user", "auth_user_obj") if name in context}
    shown = tk.get_action("package_show")({**user, "use_cache": False}, {"id": source})
    if datasets.stage_of(model.Session, shown["id"]) is DatasetStage.WITHDRAWN:
        raise Conflict("This dataset was withdrawn; there is nothing to copy.", field="id")
    data = copied(shown, year or _following(shown), clock.today())
    state = datasets.state_of(model.Session, shown["id"])
    if state.own_licence:
        data["license_id"] = state.own_licence
    if key:
        data["satudata_form_key"] = key
    return str(tk.get_action("package_create")(dict(user), data)["id"])


def copied(shown: dict[str, Any], year: int, today: date) -> dict[str, Any]:
    """What `package_create` is given. A restriction that has ended by now states no end: somebody must decide anew."""
    own = {row["field_name"] for row in metadata.fields()} - NOT_COPIED
    data = {name: shown[name] for name in own if shown.get(name) not in (None, "", [], {})}
    data["title"] = of_year(str(shown.get("title") or ""), year)
    for name in ("periode_data", "prioritas_tahun"):
        if years_of(str(data.get(name) or "")):
            data[name] = of_year(str(data[name]), year)
    for name in ("access_until", "access_review_on"):
        if re.match(r"\d{4}-\d\d-\d\d$", str(data.get(name) or "")) and data[name] <= today.isoformat():
            del data[name]
    data["tag_string"] = ",".join(tag["name"] for tag in shown.get("tags") or [])
    data["groups"] = [{"id": group["id"]} for group in shown.get("groups") or []]
    extras = [one for one in shown.get("extras") or [] if one.get("key") not in own | NOT_COPIED]
    return {**data, "type": shown["type"], "owner_org": shown["owner_org"], "extras": extras, "resources": []}


def _following(shown: dict[str, Any]) -> int:
    named = years_of(f"{shown.get('title') or ''} {shown.get('periode_data') or ''}")
    return max(named) + 1 if named else clock.today().year
