"""Drafts for many datasets from one list: the sheet in, all drafts or none out."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterable, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import imports, metadata, packed, spreadsheet, text_table
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.vocabulary import plainly, vocabulary
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.shared.transaction import transaction

LARGEST = 5 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS = 5000, 200
_LOCK = 71_040_113
"""Advisory lock: two imports at once wait for each other, so that the second finds what the first made."""
_MEND = "Save the list as XLSX in your spreadsheet program and send it again."


def table_of(content: bytes, filename: str = "") -> list[list[Any]]:
    """The cells of the first sheet that is shown, or of a CSV file.

    Raises Invalid for what is neither, is empty, larger than 5 MB or longer than 5,000 rows or 200 columns.
    """
    if not content:
        raise Invalid("The file is empty.", field="upload", mend=_MEND)
    if len(content) > LARGEST:
        raise Invalid("The file is larger than 5 MB.", field="upload", mend="Split the list.")
    if content[:4] != b"PK\x03\x04":
        if filename.lower().endswith((".csv", ".tsv", ".txt")):
            return _csv(content)
        raise Invalid("This is not an XLSX file, whatever its name says.", field="upload", mend=_MEND)
    try:
        return bounded(spreadsheet.rows(io.BytesIO(content), most_rows=MOST_ROWS + 1, most_columns=MOST_COLUMNS))
    except spreadsheet.TooWide as error:
        raise _too_wide() from error
    except packed.TooMuch as error:
        raise Invalid(
            "The file holds far more cells than a list needs.",
            field="upload",
            mend="Copy the filled cells into a new, empty sheet and send that.",
        ) from error
    except packed.Damaged as error:
        raise Invalid("The XLSX file is damaged.", field="upload", mend=_MEND) from error


def _csv(content: bytes) -> list[list[Any]]:
    heads = imports.known_heads(labels())
    try:
        rows = text_table.rows(
            text_table.decode(content),
            lambda cells: sum(plainly(cell) in heads for cell in cells[:MOST_COLUMNS]),
            MOST_ROWS + 1,
        )
    except text_table.Unreadable as error:
        mend = "Check the quotation marks, or send the list as XLSX."
        if error.line:
            raise Invalid("Line {line} cannot be read as CSV.", field="upload", mend=mend, line=error.line) from error
        raise Invalid("This is not a text file.", field="upload", mend=_MEND) from error
    return bounded(rows)


def bounded(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The rows without empty cells at their ends. Raises Invalid for too many of either."""
    if len(rows) > MOST_ROWS:
        raise Invalid("The list is longer than 5,000 rows.", field="upload", mend="Split the list.")
    trimmed = []
    for row in rows:
        width = len(row)
        while width and row[width - 1] in (None, ""):
            width -= 1
        if width > MOST_COLUMNS:
            raise _too_wide()
        trimmed.append(list(row[:width]))
    return trimmed


def _too_wide() -> Invalid:
    return Invalid("The list is wider than 200 columns.", field="upload", mend="Leave out what is not asked for.")


def labels() -> dict[str, str]:
    """{field: head of its column}: the label of the form in Indonesian, as the template writes it."""
    with wording.speaking("id"):
        return {field["field_name"]: tk._(field["label"]) for field in listed_fields()}


def listed_fields() -> list[dict[str, Any]]:
    """The fields a list can fill, in the order of the form."""
    return [field for field in metadata.fields() if field["field_name"] not in ("name", "catatan_impor")]


class Organizations:
    """Finds an agency by id, slug, name or short name, also with a slip of the pen."""

    def __init__(self, session: Session):
        rows = session.execute(
            sa.select(model.Group).where(model.Group.is_organization.is_(True), model.Group.state == "active")
        ).scalars()
        self._by_word: dict[str, str] = {}
        self._near: dict[str, str | None] = {}
        self.titles: dict[str, str] = {}
        for row in rows:
            self.titles[row.id] = row.title or row.name
            for word in (row.id, row.name, row.title, row.extras.get("singkatan")):
                if word:
                    self._by_word[plainly(word)] = row.id

    def find(self, text: str) -> tuple[str, str] | None:
        """The agency's id, and its title where it was only nearly written so; None if none is written so."""
        word = plainly(text)
        if word in self._by_word:
            return self._by_word[word], ""
        if word not in self._near:
            near = {self._by_word[found] for found in difflib.get_close_matches(word, self._by_word, 2, 0.88)}
            self._near[word] = near.pop() if len(near) == 1 else None
        found = self._near[word]
        return (found, self.titles[found]) if found else None


def existing(context: dict[str, Any], rows: Iterable[imports.Row]) -> dict[int, str]:
    """Rows that are datasets already, by row number: the same ID DDD, or without one the same title and agency.

    Only of datasets the caller may know of: an answer must not tell what lies hidden elsewhere.
    """
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
        query = sa.select(model.Package).where(live, model.Package.type == "dataset", same)
        seen = next((one for one in model.Session.scalars(query) if blind.sees(context, one)), None)
        if seen is not None:
            found[row.number] = seen.id
    return found


def lock(session: Session) -> None:
    """Waits until no other import runs; held to the end of the transaction."""
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def create_all(context: dict[str, Any], rows: Iterable[imports.Row]) -> list[str]:
    """Makes a private draft of each row in one transaction and returns the ids; nothing stays if one fails."""
    create, made = tk.get_action("package_create"), []
    with transaction():
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
    for package_id in made:
        search_index.finish(package_id)
    return made


def _by_cell(row: imports.Row, errors: dict[str, Any]) -> dict[str, Any]:
    return {row.cells.get(name, f"A{row.number}"): texts for name, texts in errors.items()}


def template() -> bytes:
    """The list to fill in: heads as on the form, what each means, and lists to choose from on a second sheet."""
    import openpyxl  # 5 MB that only who makes this list needs

    with wording.speaking("id"):
        book = openpyxl.Workbook()
        sheet, lists = book.active, book.create_sheet("Pilihan")
        sheet.title = "Daftar Data"
        choices = {
            name: [term.label["id"] for term in vocabulary(listed).terms if term.value != metadata.PUBLICATION]
            for name, listed in imports.LISTS.items()
        }
        choices["owner_org"] = sorted(Organizations(model.Session).titles.values())
        for column, field in enumerate(listed_fields(), start=1):
            _column(sheet, column, field)
            if options := choices.get(field["field_name"]):
                _choose(sheet, column, lists, tk._(field["label"]), options)
        sheet.freeze_panes = "B2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _column(sheet: Any, column: int, field: dict[str, Any]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill

    demand = field.get("demand")
    mark, colour, when = {
        "draft": (" *", "9C2A10", tk._("Required in every row.")),
        "verification": ("", "1F4E79", tk._("Required before the data goes to the verifier.")),
        "statistical": ("", "1F4E79", tk._("Required for statistical data before it goes to the verifier.")),
        "restricted": ("", "1F4E79", tk._("Required for data that is not open, before it goes to the verifier.")),
    }.get(demand or "", ("", "5F6B7A", tk._("May stay empty.")))
    head = sheet.cell(1, column, tk._(field["label"]) + mark)
    head.font, head.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=colour)
    head.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions[head.column_letter].width = 24
    help_text = field.get("help_text")
    head.comment = Comment("\n".join(filter(None, [when, tk._(help_text) if help_text else ""])), "Satu Data")


def _choose(sheet: Any, column: int, lists: Any, label: str, options: list[str]) -> None:
    """The options on the second sheet, and a drop-down from them; other words may be typed too."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    place = lists.max_column + (1 if lists.cell(1, 1).value else 0)
    lists.cell(1, place, label).font = Font(bold=True)
    for row, option in enumerate(options, start=2):
        lists.cell(row, place, option)
    letter = get_column_letter(place)
    rule = DataValidation(
        type="list", formula1=f"'{lists.title}'!${letter}$2:${letter}${len(options) + 1}", showErrorMessage=False
    )
    here = get_column_letter(column)
    rule.add(f"{here}2:{here}{MOST_ROWS}")
    sheet.add_data_validation(rule)
