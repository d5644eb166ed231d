"""A list that an office keeps in a spreadsheet and sends as CSV: its text, and its lines by column.

Separators, encodings and line ends are those of `text_table`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ckanext.satudata.domain import text_table
from ckanext.satudata.domain.errors import Invalid

MAX_BYTES = 300_000
"""The preview carries the list in its own form, which CKAN bounds."""


def decode(content: bytes | str) -> str:
    """The text of a list; raises `Invalid` for what is too long or no text."""
    if isinstance(content, str):
        content = content.encode("utf-8", errors="replace")
    if len(content) > MAX_BYTES:
        raise Invalid("The file is larger than 300 kB.", field="file", mend="Split it into smaller lists.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Invalid(
            "This is a spreadsheet, not a CSV file.", field="file", mend="Save it as CSV and choose it again."
        )
    try:
        return text_table.decode(content)
    except text_table.Unreadable as error:
        raise Invalid(
            "This is not a text file.", field="file", mend="Save the list as CSV (UTF-8) and choose it again."
        ) from error


def rows(
    text: str, columns: Sequence[str], required: Sequence[str | tuple[str, ...]], most: int
) -> list[tuple[int, dict[str, str]]]:
    """The filled lines, each with its number in the spreadsheet (the header is 1) and its cells by column.

    Of each tuple in `required` one column must be there. Raises `Invalid` where the file as a whole cannot be read.
    """
    try:
        head, *rest = text_table.rows(text, lambda cells: sum(_head(cell) in columns for cell in cells)) or [[]]
    except text_table.Unreadable as error:
        raise Invalid(
            "Line {line} cannot be read as CSV.", field="file", mend="Check the quotation marks.", line=error.line
        ) from error
    names = [_head(cell) for cell in head]
    for one in required:
        choices = (one,) if isinstance(one, str) else one
        if not any(name in names for name in choices):
            raise Invalid(
                "The column {column} is missing in the first line.",
                field="file",
                mend="Start from the template.",
                column=choices[0],
            )
    found = [
        (number, {name: _cell(cell) for name, cell in zip(names, cells, strict=False)})
        for number, cells in enumerate(rest, start=2)
        if any(cell.strip() for cell in cells)
    ]
    if len(found) > most:
        raise Invalid(
            "The list has more than {most} lines.", field="file", mend="Split it into smaller lists.", most=most
        )
    return found


def _head(cell: str) -> str:
    return cell.strip().lower().replace(" ", "_")


def _cell(text: str) -> str:
    """Blanks folded; the mark that our own list puts before what looks like a formula is taken off."""
    return re.sub(r"^'(?=[=+@-])", "", " ".join(text.split()))
