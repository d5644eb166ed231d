"""Drafts for many datasets from one list: the sheet in, all drafts or none out."""

from __future__ import annotations

import csv
import difflib
import io
import zipfile
from collections.abc import Iterable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
import sqlalchemy as sa
from openpyxl.styles import Alignment, Font, PatternFill
from sqlalchemy.orm import Session

from ckanext.satudata.domain import imports, metadata
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.vocabulary import plainly, vocabulary
from ckanext.satudata.shared import search_index

LARGEST = 5 * 1024 * 1024
MOST_ROWS = 5000
_LOCK = 71_040_113
"""Advisory lock: two imports at once wait for each other, so that the second finds what the first made."""


def table_of(content: bytes, filename: str = "") -> list[list[Any]]:
    """The cells of the first sheet that is shown, or of a CSV file.

    Raises Invalid for what is neither, is empty, larger than 5 MB or longer than 5,000 rows.
    """
    mend = "Save the list as XLSX in your spreadsheet program and send it again."
    if not content:
        raise Invalid("The file is empty.", field="upload", mend=mend)
    if len(content) > LARGEST:
        raise Invalid("The file is larger than 5 MB.", field="upload", mend="Split the list.")
    if content[:4] != b"PK\x03\x04":
        if filename.lower().endswith(".csv"):
            return _csv(content)
        raise Invalid("This is not an XLSX file, whatever its name says.", field="upload", mend=mend)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        rows = sheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 1) if sheets else iter(())
        return _bounded([list(row) for row in rows])
    except (KeyError, ValueError, OSError, IndexError, zipfile.BadZipFile, SyntaxError) as error:
        raise Invalid("The XLSX file is damaged.", field="upload", mend=mend) from error


def _csv(content: bytes) -> list[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    delimiter = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    return _bounded(list(csv.reader(io.StringIO(text), delimiter=delimiter)))


def _bounded(rows: list[list[Any]]) -> list[list[Any]]:
    if len(rows) > MOST_ROWS:
        raise Invalid("The list is longer than 5,000 rows.", field="upload", mend="Split the list.")
    return rows


class Organizations:
    """Finds an agency by id, slug, name or short name, also with a slip of the pen."""

    def __init__(self, session: Session):
        rows = session.execute(
            sa.select(model.Group).where(model.Group.is_organization.is_(True), model.Group.state == "active")
        ).scalars()
        self._by_word: dict[str, str] = {}
        for row in rows:
            for word in (row.id, row.name, row.title, row.extras.get("singkatan")):
                if word:
                    self._by_word[plainly(word)] = row.id

    def find(self, text: str) -> str | None:
        """The agency's id; None if none is written so."""
        word = plainly(text)
        if word in self._by_word:
            return self._by_word[word]
        near = difflib.get_close_matches(word, self._by_word, 2, 0.88)
        return self._by_word[near[0]] if len({self._by_word[found] for found in near}) == 1 else None


def existing(session: Session, rows: Iterable[imports.Row]) -> dict[int, str]:
    """Rows that are datasets already, by row number: the same ID DDD, or without one the same title and agency."""
    found: dict[int, str] = {}
    number, live = model.Package.extras["id_ddd"].astext, model.Package.state != "deleted"
    for row in rows:
        fields = row.fields
        if fields.get("id_ddd"):
            same = number == fields["id_ddd"]
        else:
            same = sa.and_(
                model.Package.title == fields.get("title"), model.Package.owner_org == fields.get("owner_org")
            )
        package_id = session.scalar(sa.select(model.Package.id).where(live, model.Package.type == "dataset", same))
        if package_id:
            found[row.number] = package_id
    return found


def lock(session: Session) -> None:
    """Waits until no other import runs; held to the end of the transaction."""
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def create_all(context: dict[str, Any], rows: Iterable[imports.Row]) -> list[str]:
    """Makes a private draft of each row in one transaction and returns the ids; nothing stays if one fails."""
    create, made = tk.get_action("package_create"), []
    try:
        for row in rows:
            inner = {
                "model": model, "session": model.Session, "user": context["user"],
                "auth_user_obj": context.get("auth_user_obj"), "ignore_auth": context.get("ignore_auth", False),
                "defer_commit": True, "return_id_only": True,
            }  # fmt: skip
            try:
                made.append(create(inner, {**row.fields, "private": True, "type": "dataset"}))
            except tk.ValidationError as error:
                raise tk.ValidationError(_by_cell(row, error.error_dict)) from error
        for package_id in made:
            search_index.write_along(package_id, hides=False)
        model.Session.commit()
    except BaseException:
        model.Session.rollback()
        raise
    for package_id in made:
        search_index.finish(package_id)
    return made


def _by_cell(row: imports.Row, errors: dict[str, Any]) -> dict[str, Any]:
    return {row.cells.get(name, f"A{row.number}"): texts for name, texts in errors.items()}


def template() -> bytes:
    """The list to fill in: heads, an explanation for each column, and the closed lists on a second sheet."""
    book = openpyxl.Workbook()
    sheet, lists = book.active, book.create_sheet(tk._("Lists"))
    sheet.title = "Daftar Data"
    names = [field for field in metadata.fields() if field["field_name"] not in ("name", "catatan_impor")]
    for column, field in enumerate(names, start=1):
        words = imports.COLUMNS.get(field["field_name"])
        head = sheet.cell(1, column, words[0].title() if words else field["field_name"])
        head.font, head.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F4E79")
        head.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[head.column_letter].width = 24
        note = tk._(field.get("help_text") or field["label"])
        head.comment = openpyxl.comments.Comment(note, "Satu Data")
    sheet.freeze_panes = "B2"
    for column, (listed, name) in enumerate(imports.LISTS.items(), start=1):
        lists.cell(1, column, listed).font = Font(bold=True)
        for row, term in enumerate(vocabulary(name).terms, start=2):
            lists.cell(row, column, term.label["id"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
