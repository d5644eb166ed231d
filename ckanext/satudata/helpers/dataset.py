"""What the dataset page says besides the metadata: at a glance, citation, addresses for programs, preview."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.satudata import config
from ckanext.satudata.domain import chart
from ckanext.satudata.domain.access import STAGE_WORDS, DatasetStage
from ckanext.satudata.domain.column_types import Column, Kind
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.vocabulary import vocabulary
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import actors, wording, words
from ckanext.satudata.shared.clock import today
from ckanext.satudata.shared.files import access, grants, preview
from ckanext.satudata.shared.finding import facets
from ckanext.satudata.shared.publishing import dataset_names, licences, permits


def satudata_standing(pkg: dict[str, Any]) -> dict[str, Any]:
    """Where a dataset that is shown stands: `stage`, its `word`, `is_public` (its content is), `released_on`,
    `changed_on`, `withdrawn_on` (days as people read them, empty where there are none).
    """
    row = model.Session.get(DatasetState, pkg["id"])
    stage = row.state if row else DatasetStage.DRAFT.value
    if not permits.is_governed(pkg.get("type")):
        stage = DatasetStage.DRAFT.value if pkg.get("private") else DatasetStage.PUBLISHED.value
    is_public = stage == DatasetStage.PUBLISHED.value
    changed = row.published_at if row and is_public else pkg.get("metadata_modified")
    return {
        "stage": stage,
        "word": tk._(STAGE_WORDS[stage]),
        "is_public": is_public,
        # Lists show the same day, from the index.
        "released_on": _day(pkg.get("metadata_created")) if is_public else "",
        "changed_on": _day(changed),
        "withdrawn_on": _day(row.withdrawn_at) if row else "",
    }


def satudata_dataset_glance(pkg: dict[str, Any]) -> list[tuple[str, str]]:
    """The few facts of the side column as (label, value)."""
    level, standing = tk.h.satudata_level(pkg.get("access_level")), satudata_standing(pkg)
    held = tk.h.satudata_held_files(pkg) if standing["is_public"] else {"all": False, "meaning": ""}
    meaning = held["meaning"] or (level["meaning"] if level else "")
    return [
        (tk._("Access level"), meaning)
        if standing["is_public"]
        else (
            tk._("Access level after publication"),
            Markup("{}. {}").format(level["label"], meaning) if level else "",
        ),
        (tk._("Released"), standing["released_on"]),
        (tk._("Last changed"), standing["changed_on"] if standing["changed_on"] != standing["released_on"] else ""),
        (tk._("Licence"), satudata_licence(pkg, is_open=not held["all"])),
        (tk._("Files"), wording.number(len(pkg.get("resources") or []))),
    ]


def satudata_is_withdrawn(pkg: dict[str, Any]) -> bool:
    """Whether the dataset is only the stub of one that was taken back."""
    return (
        str(pkg.get("name") or "").startswith(dataset_names.STUB_PREFIX)
        and satudata_standing(pkg)["stage"] == "withdrawn"
    )


def satudata_licence(pkg: dict[str, Any], is_open: bool = True) -> str:
    """The licence in the reader's language; empty where none was chosen.

    `is_open`: whether it is said of something that anybody may download; nothing else is under an open licence.
    """
    stated = pkg.get("license_id") or ""
    known = vocabulary("licence").get(licences.NOT_OPEN if not is_open and licences.is_open(stated) else stated)
    return tk.h.satudata_term("licence", known.value) if known else ""


def satudata_download_address(pkg: dict[str, Any], res: dict[str, Any]) -> str:
    """Where the button of an open file leads: to a linked one through the portal, which asks and counts."""
    if pkg["private"] or res.get("url_type") != "upload":
        return tk.h.url_for(f"{pkg['type']}_resource.download", id=pkg["id"], resource_id=res["id"])
    return res["url"]


def satudata_formats(pkg: dict[str, Any]) -> list[str]:
    """What the files are, each once: of what lies behind the ask page the real format."""
    return facets.formats(pkg.get("resources") or [])


def _day(value: datetime | str | None) -> str:
    return wording.day(value) if value else ""


def satudata_reuse(pkg: dict[str, Any]) -> dict[str, str]:
    """`citation`, `api`, `rows` (of the first open file in the DataStore) and `dcat` (without its suffix).

    The addresses are the same in every language; the year is that of the release, which technical writes leave.
    """
    plain = {"qualified": True, "locale": "default"}
    address = tk.url_for(f"{pkg['type']}.read", id=pkg["name"], **plain)
    producer = (pkg.get("organization") or {}).get("title") or config.government_name()
    row = model.Session.get(DatasetState, pkg["id"])
    year = wording.as_date((row.published_at if row else None) or pkg.get("metadata_modified") or today()).year
    stored = [resource["id"] for resource in pkg.get("resources") or [] if resource.get("datastore_active")]
    api = tk.url_for("api.action", ver=3, logic_function="package_show", id=pkg["name"], **plain)
    rows = tk.url_for("api.action", ver=3, logic_function="datastore_search", **plain)
    return {
        "citation": f"{producer} ({year}). {pkg.get('title') or pkg['name']}. {config.government_name()}. "
        f"{address} ({tk._('accessed {day}').format(day=wording.day(today()))})",
        "api": api,
        "rows": f"{rows}?resource_id={stored[0]}&limit=5" if stored else "",
        "dcat": address if tk.h.plugin_loaded("dcat") else "",
    }


def satudata_can_preview(resource: dict[str, Any]) -> bool:
    """True where the first rows of the released file can be shown."""
    return resource.get("url_type") == "upload" and str(resource.get("format") or "").upper() in preview.FORMATS


def satudata_kept_preview(resource: dict[str, Any]) -> dict[str, Any]:
    """What of a file in the vault goes to who may have it, though the public may not.

    `link` - address of the page where an account downloads what it was given; `may` - an officer, and a table;
    `preview` or `fault` - its first rows, read where the page is asked for them (`?lihat=1`).
    """
    said: dict[str, Any] = {"may": False, "preview": None, "fault": "", "link": ""}
    if resource.get("url_type") == "upload" or not tk.current_user.is_authenticated:
        return said
    actor = actors.actor_for(tk.current_user)
    answer = access.ask(model.Session, actor, resource["id"])
    if answer.grant is not None:
        said["link"] = tk.h.url_for("satudata_grants.page", token=grants.for_account(answer.grant))
    elif answer.is_allowed and answer.kept is not None and answer.file is not None:
        said["may"] = answer.file.real_format.upper() in preview.KEPT_FORMATS
    if said["may"] and tk.request.args.get("lihat"):
        try:
            said["preview"] = preview.of_kept(model.Session, actor, resource["id"])
        except SatudataError as error:
            said["fault"] = words.error_text(error)
    return said


def satudata_column_words(column: Column) -> str:
    """What a column holds, and what in it is to be looked at."""
    said = [tk._(column.kind.value)]
    if column.empty and column.kind is not Kind.EMPTY:
        said.append(tk._("{count} empty").format(count=column.empty))
    if column.others:
        said.append(tk._("{count} otherwise").format(count=column.others))
    return " · ".join(said)


def satudata_first_preview(pkg: dict[str, Any]) -> str:
    """Id of the file whose first rows the page shows unasked: the first open text file, which is quick to read."""
    for resource in pkg.get("resources") or []:
        is_text = str(resource.get("format") or "").upper() in preview.QUICK
        if is_text and satudata_can_preview(resource) and not pkg.get("private"):
            return resource["id"]
    return ""


def satudata_preview(resource: dict[str, Any]) -> dict[str, Any]:
    """`titles`, `headers`, `rows` (at most 20), `numeric` (column numbers), `chart` (may one fit); or the `fault`."""
    try:
        found = preview.of_resource(model.Session, resource["id"])
    except SatudataError as error:
        return {"fault": words.error_text(error)}
    if found is None:
        return {"fault": tk._("This file lies on another portal.")}
    return {
        "titles": found.titles,
        "headers": found.headers,
        "rows": found.rows,
        "numeric": found.numeric,
        "chart": _may_chart(found, resource),
    }


def _may_chart(found: preview.Preview, resource: dict[str, Any]) -> bool:
    mark = "." if str(resource.get("format") or "").upper() == "XLSX" else None
    if found.is_whole:
        return chart.of_table(found.headers, found.rows, mark=mark) is not None
    return found.fits_whole and chart.may_fit(found.headers, found.sample, mark)
