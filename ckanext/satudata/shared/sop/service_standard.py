"""The service standard with its twelve components: what everybody may expect of this service (UU 25/2009, art. 21)."""

from __future__ import annotations

from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.shared import clock, wording, words
from ckanext.satudata.shared.documents import letters, pdf
from ckanext.satudata.shared.sop import sops

COMPONENTS = {
    "dasar_hukum": words.N_("Legal basis"),
    "jam_pelayanan": words.N_("Hours of service"),
    "persyaratan": words.N_("Requirements"),
    "prosedur": words.N_("System, mechanism and procedure"),
    "waktu": words.N_("Time needed"),
    "biaya": words.N_("Cost"),
    "produk": words.N_("Product of the service"),
    "sarana": words.N_("Facilities"),
    "kompetensi": words.N_("Competence and number of staff"),
    "pengawasan": words.N_("Supervision"),
    "pengaduan": words.N_("Handling of complaints"),
    "jaminan": words.N_("Guarantee of the service"),
}
"""In the order of the form (002)."""


@dataclass(frozen=True)
class Standard:
    """`components`: key and texts in the form's order. `government`: the folder; `own` false where it is `default`."""

    title: str
    office: str
    government: str
    own: bool
    components: tuple[tuple[str, tuple[str, ...]], ...]


def running() -> Standard:
    """The standard of the chosen folder, else that of `default`. Raises NotThere."""
    found = [(sops.is_own(name), name) for name, sop in sops.current().items() if sop.form.service_standard]
    if not found:
        raise NotThere("This portal has no service standard.")
    own, process = max(found)
    form = sops.running(process).form
    return Standard(
        title=str(form.head.get("nama") or ""),
        office=str(form.head.get("perangkat_daerah") or ""),
        government=sops.source(process),
        own=own,
        components=tuple((key, _texts(form.service_standard.get(key))) for key in COMPONENTS),
    )


def _texts(value: object) -> tuple[str, ...]:
    if not value:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)


def as_pdf() -> bytes:
    """The standard on paper."""
    with wording.speaking("id"):
        standard = running()
        data = {
            "title": standard.title,
            "government": config.government_name(),
            "office": standard.office,
            "logo": letters.letterhead()["logo"],
            "mark": letters.SAMPLE if config.demo() else "",
            "rows": [[tk._(COMPONENTS[key]), list(texts)] for key, texts in standard.components],
        }
        return pdf.render("standard", data, at=clock.now())
