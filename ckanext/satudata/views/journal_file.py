"""The journal as a file, and the erasure of one of its notes; the pages themselves are in `views.admin`."""

from __future__ import annotations

import tempfile

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, send_file

from ckanext.satudata.domain import officer_list
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.shared import clock, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.care import journal_export
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.views import gate

satudata_journal_file = Blueprint("satudata_journal_file", __name__, url_prefix="/admin/satudata/jurnal")

IN_MEMORY = 10_000_000
"""Bytes of a file that are not put on the disk."""


@satudata_journal_file.route("/unduh", methods=["POST"])
def download():
    """The entries of some days as a file. It leaves once the journal has it."""
    refused = gate.only("satudata_journal_export")
    if refused is not None:
        return refused
    form, days = tk.request.form.get("format", ""), {}
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - Flask closes it once it is sent
    try:
        for name in ("since", "until"):
            days[name] = officer_list.parse_date(tk.request.form.get(name, ""), name)
        with transaction():
            journal_export.export(model.Session, out, form, actor=actor_of(gate.context()), **days)
    except SatudataError as error:
        out.close()
        tk.h.flash_error(words.error_text(error))
        kept = {name: tk.request.form.get(name) for name in ("since", "until") if tk.request.form.get(name)}
        return tk.redirect_to("satudata_journal.journal", **kept)
    out.seek(0)
    name = f"jejak-audit-{clock.today():%Y-%m-%d}.{form}"
    answer = send_file(out, journal_export.FORMATS[form], as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@satudata_journal_file.route("/<int:entry_id>/hapus-catatan", methods=["POST"])
def erase(entry_id: int):
    """Empties a note for somebody whose data it holds."""
    refused = gate.only("satudata_journal_note_erase")
    if refused is not None:
        return refused
    data = {"id": entry_id, "reason": tk.request.form.get("reason", "")}
    back = {"case_id": tk.request.form["case_id"]} if tk.request.form.get("case_id") else {}
    try:
        tk.get_action("satudata_journal_note_erase")(gate.context(), data)
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(text for texts in gate.errors_of(error).values() for text in texts))
    else:
        tk.h.flash_success(tk._("The note was erased; the journal says by whom and why."))
    return tk.redirect_to("satudata_journal.journal", **back)
