"""What a dataset's description still lacks (Perpres 39/2019 art. 4 and 7; regional data list attributes).

The fields, their groups and what is demanded when stand in `schemas/dataset.yaml`, read by the form too.
A draft needs title, producer and level; the full set is demanded before it goes to the verifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ckanext.satudata.domain import classification
from ckanext.satudata.domain.access import level_of
from ckanext.satudata.domain.errors import Invalid

SCHEMA = Path(__file__).parent.parent / "schemas" / "dataset.yaml"

FILES = "restrictions_of_files"
"""Stands for a field where files that are stricter than their dataset lack something."""

PUBLICATION = "publikasi"
"""The `jenis_data` of a publication, such as an analysis report: it tells of data and is none itself."""

GROUPS = {
    "apa": "What",
    "siapa": "Who",
    "akses": "Who may see it",
    "kapan": "When",
    "di_mana": "Where",
    "bagaimana": "How it is measured",
    "rujukan": "Codes and references",
}
"""Headings (msgids) of the form and of the dataset page, in order."""


class Missing(NamedTuple):
    """A field that is empty. `label`, `why` and `how` (what to write) are msgids; `demanded` False counts for the
    score only."""

    field: str
    label: str
    why: str
    demanded: bool = True
    how: str = ""


class Completeness(NamedTuple):
    """`score` 0–100 (whole per cent of the fields that count for this dataset) and what is missing."""

    score: int
    missing: list[Missing]


@lru_cache(maxsize=2)
def fields(part: str = "dataset_fields") -> tuple[dict[str, Any], ...]:
    """The fields of a dataset as the schema has them; with `resource_fields` those of its resources."""
    return tuple(yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))[part])


def missing(dataset: Mapping[str, Any]) -> list[Missing]:
    """What must still be filled before the dataset goes to the verifier, in the order of the form."""
    return [gap for gap in completeness(dataset).missing if gap.demanded]


def missing_of_draft(dataset: Mapping[str, Any]) -> list[Missing]:
    """What must be filled before anything can be saved."""
    drafts = {field["field_name"] for field in fields() if field.get("demand") == "draft"}
    return [gap for gap in missing(dataset) if gap.field in drafts]


def check_kind(dataset: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Raises Invalid where something becomes a publication that was none: far less is demanded of its description.

    Only the release of an approved analysis report makes one (004-6).
    """
    if dataset.get("jenis_data") == PUBLICATION != before.get("jenis_data"):
        raise Invalid(
            "Only an approved analysis report becomes a publication.",
            field="jenis_data",
            mend="Choose the kind that the figures are of. An analysis report is begun on the desk.",
        )


def completeness(dataset: Mapping[str, Any]) -> Completeness:
    """Share of filled fields among those that count for this dataset, and every gap."""
    counted = [field for field in fields() if _counts(field, dataset)]
    gaps = [
        Missing(
            field["field_name"],
            field["label"],
            field["why"],
            field["demand"] != "recommended",
            field.get("help_text", ""),
        )
        for field in counted
        if _is_empty(dataset.get(field["field_name"]))
    ]
    total = len(counted)
    if dataset.get("access_level") == "terbuka":
        total += 1
        if not dataset.get("resources"):
            why, how = "Open data must have something to download.", "Add a file or an address."
            gaps.append(Missing("resources", "Files", why, how=how))
    stricter = [found for found in map(partial(_own, dataset), dataset.get("resources") or []) if found is not None]
    total += bool(stricter)
    if any(classification.gaps(found) for found in stricter):
        why = "A file that is stricter than its dataset states its own ground, reference and period."
        gaps.append(Missing(FILES, "Restrictions of stricter files", why, how="Open the form of each of these files."))
    return Completeness((total - len(gaps)) * 100 // total, gaps)


def _own(dataset: Mapping[str, Any], resource: Mapping[str, Any]) -> classification.Restriction | None:
    """The restriction of a file that is stricter than its dataset."""
    outer = level_of(dataset.get("access_level"))
    own = level_of(resource["access_level"]) if resource.get("access_level") else outer
    return classification.read(resource, own) if own.strictness > outer.strictness else None


def _counts(field: Mapping[str, Any], dataset: Mapping[str, Any]) -> bool:
    demand = field.get("demand")
    if dataset.get("jenis_data") == PUBLICATION and demand in ("verification", "recommended"):
        # An analysis report has no unit, no method and no code of its own: its data have them.
        return bool(field.get("of_publications"))
    if demand == "statistical":
        return dataset.get("jenis_data") == "statistik"
    if demand in ("restricted", "period", "review"):
        permanent = dataset.get("access_permanent") in (True, "true")
        counts = {"restricted": True, "period": not permanent, "review": permanent}[demand]
        return counts and dataset.get("access_level") in ("terbatas", "tertutup")
    return demand is not None


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})
