"""The empty table that an operator fills in."""

from __future__ import annotations

import io
from typing import Any

import ckan.plugins.toolkit as tk
import flask
import xlsxwriter
from flask import Blueprint

from ckanext.satudata.domain.vocabulary import vocabulary
from ckanext.satudata.views import gate

satudata_quality = Blueprint("satudata_quality", __name__, url_prefix="/meja/data")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@satudata_quality.route("/<id>/templat")
def template(id: str) -> Any:
    """A spreadsheet with the headings that the description asks for and a row as example; for who may edit it."""
    try:
        shown = tk.get_action("satudata_dataset_show_for_edit")(gate.context(), {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404, tk._("Dataset not found"))
    return flask.send_file(_book(shown), mimetype=XLSX, as_attachment=True, download_name="templat-data.xlsx")


def _book(shown: dict[str, Any]) -> io.BytesIO:
    """One row for each area, time and part: the shape that machines and people read (Jabar's long tables)."""
    area, parts = str(shown.get("cakupan_wilayah") or ""), str(shown.get("klasifikasi_penyajian") or "")
    broken_down = [part.strip() for part in parts.split(";") if part.strip() not in ("", "-")]
    year = str(shown.get("periode_data") or "")[:4]
    columns = [
        ("kode_wilayah", area),
        ("nama_wilayah", vocabulary("wilayah").label(area, "id") if area else ""),
        ("tahun", int(year) if year.isdigit() else ""),
        *((part.lower().replace(" ", "_"), "") for part in broken_down),
        ("nilai", ""),
        ("satuan", str(shown.get("satuan") or "")),
    ]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Data")
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        # Codes as text: a spreadsheet would make 35.10 to 35.1.
        sheet.set_column(0, 0, 18, text)
        sheet.set_column(1, len(columns), 22)
        for at, (head, example) in enumerate(columns):
            sheet.write_string(0, at, head, bold)
            if isinstance(example, int):
                sheet.write_number(1, at, example)
            elif example:
                sheet.write_string(1, at, example, None if at else text)
        sheet.freeze_panes(1, 0)
    out.seek(0)
    return out
