"""A reclassification in plain words: what will happen, and what did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.reclassification import KIND_WORDS, Kind
from ckanext.satudata.shared import words


def N_(text: str) -> str:
    """Marks a text for translation."""
    return text


STANDINGS = {
    "tested": N_("Tested and decided"),
    "provisional": N_("Provisional, not tested yet"),
    "untested": N_("Not tested yet"),
    "superseded": N_("Narrowed further before it was tested"),
    "opened": N_("Opened again, not tested"),
    "closed": N_("Closed without a test"),
    "": N_("Needs no test"),
}
OPENED = {"files": N_("Files that everybody may download now")}
"""What an opening counts: it makes public copies, where a narrowing removes them."""
COUNTED = (
    *("resources", "files", "links", "tables", "views", "activity", "tracking", "followers", "tasks", "posts"),
    *("reports", "answers", "grants"),
)
"""What is removed, in the order in which it is told; the rest is told beside it."""


def level(code: str) -> str:
    """The level as law calls it; in other languages with its English word beside it, as on the badge."""
    known = tk.h.satudata_level(code)
    return str(Markup(known["label"]).striptags()) if known else code


def ground(values: Mapping[str, Any]) -> str:
    """The ground of a record in words; "" where only a basis, or nothing, was named."""
    known = GROUNDS.get(str(values.get("access_ground") or ""))
    return f"{tk._(known.title)} ({known.basis})" if known else ""


def grounds(values: Mapping[str, Any]) -> list[str]:
    """Ground and legal basis of a record, each named, for one cell of a list."""
    basis = str(values.get("access_basis") or "")
    said = tk._("Legal basis of the restriction: {basis}").format(basis=basis) if basis else ""
    return [text for text in (ground(values), said) if text]


def kind(code: str) -> str:
    """What was done, in words."""
    return tk._(KIND_WORDS.get(code, code))


def standing(code: str) -> str:
    """Whether it was tested, in words."""
    return tk._(STANDINGS.get(code, code))


def effects(plan: Mapping[str, Any]) -> list[str]:
    """What a narrowing does, one sentence for each thing."""
    if plan["leaves_stub"]:
        found = [
            tk._(
                "The description, the files and the preview disappear from this portal, from search, catalogues and "
                "feeds, at once."
            ),
            tk._(
                "A stub that says “Data ditarik” stays for {days} days, so that other portals overwrite their copy. "
                "Nothing of the data stands in it."
            ).format(days=tk.config["ckanext.satudata.tombstone_days"]),
        ]
    elif plan["to_level"] == "tertutup":
        found = [tk._("The file and all that is said about it leave the public description at once.")]
    else:
        found = [
            tk._("The description stays public and says Terbatas."),
            tk._("In place of each download stands the page where the data can be asked for."),
        ]
    if plan["resource_id"] and not plan["open_left"]:
        found.append(tk._("No file that everybody may download is left: the page of the dataset says so."))
    found.append(tk._("The files stay in the vault; nothing is deleted."))
    if plan["to_level"] == "tertutup" and plan["counts"]["grants"]:
        found.append(tk._("Personal links to these files end; PPID is told which."))
    if plan["counts"]["posts"]:
        found.append(
            tk._("Posts made of these data leave the public page; on other channels somebody takes them down.")
        )
    if plan["counts"]["reports"]:
        found.append(tk._("Analysis reports made of these data stay: look whether they may."))
    if plan["counts"]["answers"]:
        found.append(
            tk._("Published answers to requests for these data leave the public pages; PPID may propose them anew.")
        )
    if plan["counts"]["requests"]:
        found.append(tk._("Requests for these data that are not answered yet go on."))
    if plan["counts"]["downloads"]:
        found.append(
            tk._("The data were downloaded {count} times. Copies that others made cannot be called back.").format(
                count=tk.h.satudata_number(plan["counts"]["downloads"])
            )
        )
    found.append(
        tk._(
            "It is provisional: Walidata gets the task of a consequence test, and PPID decides. To open it again goes "
            "through a review."
        )
    )
    return found


def counts(found: Mapping[str, int], *, kind_of: str = "", all_of: bool = False) -> list[tuple[str, str]]:
    """The numbers as `(label, number)`; those that are nothing are left out. `kind_of`: the kind of the record."""
    names = [*COUNTED, *(("requests", "downloads", "programs") if all_of else ())]
    labels = {**words.DETAILS, **(OPENED if kind_of == Kind.WIDENING.value else {})}
    return [(tk._(labels[name]), tk.h.satudata_number(found[name])) for name in names if found.get(name)]
