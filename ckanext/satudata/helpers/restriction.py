"""What pages and forms say of a restriction: ground, reference, period, where it stands."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import Level, level_of
from ckanext.satudata.domain.classification import FIELDS, Restriction, Standing
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.reclassification import Kind
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.words import N_

EXAMPLES = {
    Level.TERBUKA.value: N_("Example: pupils by district."),
    Level.TERBATAS.value: N_("Example: lists of aid recipients with their addresses."),
    Level.TERTUTUP.value: N_("Example: addresses of the internal network."),
}
STANDINGS = {
    Standing.OPEN: "",
    Standing.UNTESTED: N_("waiting for the consequence test"),
    Standing.PROVISIONAL: N_("provisional"),
    Standing.HELD: N_("in force"),
    Standing.ENDING: N_("ends soon"),
    Standing.ENDED: N_("period over, waiting for a decision"),
}
"""Status words (msgids), the same on every screen."""
TONES = {
    Standing.UNTESTED: "warn",
    Standing.PROVISIONAL: "warn",
    Standing.HELD: "info",
    Standing.ENDING: "warn",
    Standing.ENDED: "bad",
}


def satudata_grounds(field: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The choices of a ground: `value`, `label`; and `example`, `basis`, `text`, `may_be_permanent` for the forms."""
    return [
        {
            "value": ground.code,
            "label": f"{ground.code} · {tk._(ground.title)}",
            "pair": (ground.code, f"{ground.code} · {tk._(ground.title)}"),
            "example": tk._(ground.example),
            "text": ground.text,
            "basis": ground.basis,
            "may_be_permanent": ground.may_be_permanent,
        }
        for ground in GROUNDS.values()
    ]


def satudata_restriction_fields() -> tuple[str, ...]:
    """The fields that the form shows in a part of its own, under the level."""
    return FIELDS


def satudata_level_choices(own: bool = False, dataset: str = "") -> list[tuple[str, Any, str]]:
    """The levels as (value, label, meaning with an example); `own`: of a file, which may be as its dataset.

    `dataset`: id or name of the file's dataset; levels that are more open than its own are no choice.
    """
    least = _level_of_dataset(dataset).strictness if own else 0
    examples = {code: example for code, example in EXAMPLES.items() if level_of(code).strictness >= least}
    known = [(code, tk.h.satudata_level(code), tk._(example)) for code, example in examples.items()]
    found = [(code, level["label"], f"{level['meaning']} {example}") for code, level, example in known]
    return [("", tk._("As the dataset"), ""), *found] if own else found


def _level_of_dataset(reference: str) -> Level:
    package = model.Package.get(reference) if reference else None
    if package is None:
        return Level.TERBUKA
    state = model.Session.get(DatasetState, package.id)
    return level_of(state.access_level if state is not None else package.extras.get("access_level"))


def satudata_permanent(field: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The choices of the period, for scheming: empty means until a day."""
    return [{"value": "true", "label": tk._("Permanent")}]


def satudata_article(code: str | None) -> dict[str, Any]:
    """`title`, `text`, `basis`, `link` of a ground; empty where there is none of that code."""
    ground = GROUNDS.get(str(code or ""))
    if ground is None:
        return {}
    return {"title": tk._(ground.title), "text": ground.text, "basis": ground.basis, "link": ground.link}


def satudata_restriction(pkg: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """The restriction that holds for a dataset, or for one of its files; {} for what is open.

    `ground` (see `satudata_article`), `basis`, `until`, `permanent`, `review` (where it is not at the end), `decree`,
    `standing` (a `Standing` value), its `word` and `tone`, `since` (the day of a provisional one).
    """
    found, resource_id = classification.of_dataset(pkg), None
    if resource is not None:
        own = classification.of_resource(pkg.get("access_level"), resource)
        found, resource_id = (own, resource["id"]) if own is not None else (found, None)
    if found.level is Level.TERBUKA:
        return {}
    standing = classification.standing_of(model.Session, pkg["id"], found, resource_id)
    since = _narrowed_on(pkg["id"], resource_id) if standing is Standing.PROVISIONAL else ""
    word, tone = tk._(STANDINGS[standing]), TONES[standing]
    return {**_said(found), "standing": standing.value, "word": word, "tone": tone, "since": since}


def _narrowed_on(package_id: str, resource_id: str | None) -> str:
    """The day of the newest narrowing of a dataset or of one of its files; "" where there is no record."""
    records = [
        record
        for record in model.Session.scalars(Reclassification.of(package_id))
        if record.resource_id == resource_id and record.kind == Kind.NARROWING.value
    ]
    return wording.day(records[-1].at) if records else ""


def _said(found: Restriction) -> dict[str, Any]:
    day = tk.h.satudata_day_text
    return {
        "level": found.level.value,
        "ground": satudata_article(found.ground),
        "basis": found.basis,
        "until": day(found.until.isoformat()) if found.until else "",
        "permanent": found.is_permanent,
        "review": day(found.own_review_on.isoformat()) if found.own_review_on else "",
        "decree": tk.h.satudata_decree_label(found.decree),
    }
