"""PDF documents from typst templates under `typst/`, for letters and reports.

PDF/A-2a: archivable, tagged for screen readers. Only the fonts inside the typst wheel are used, so that every
machine makes the same page. They lack emoji and many scripts, Javanese and Balinese among them, and the standard
forbids a page with a gap: such a sign is printed as □ with a note below. What was typed is kept whole elsewhere.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2] / "typst"

MARK = "□"
ROUNDS = 5
"""Each attempt may show further signs that no font has."""

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the order of what stands beside them: a letter must read as it was written."""
ZERO_WIDTH_SPACE = "\u200b"
"""Where a line may break: the reports' columns need it."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_NOT_SHOWN = re.compile(r'the text `"(.*)"` could not be displayed|contains the codepoint `"(.*)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class PdfFault(RuntimeError):
    """A template that does not compile: our own fault, never the reader's."""


def render(template: str, data: dict[str, Any], *, at: datetime | None = None) -> bytes:
    """The document of `typst/<template>.typ` with `data`, which the template reads as JSON.

    Text in `data` is never typst code, and any text can be printed: the template finds `unprinted` true where signs
    were replaced. `at` (zoned) is the creation date in the file; without it the present.
    """
    unknown: set[str] = set()
    for _ in range(ROUNDS):
        try:
            return _compile(template, _said(data, partial(_is_printable, unknown)), at)
        except Exception as error:  # typst raises its own TypstError, a plain RuntimeError in older wheels
            found = _not_shown(error) - unknown
            if not found:
                break
            unknown |= found | {low for sign in found for low in sign.lower()}
    try:
        return _compile(template, _said(data, _is_plain), at)
    except Exception as error:
        raise PdfFault(f"{template}.typ: {error}") from error


def _compile(template: str, data: dict[str, Any], at: datetime | None) -> bytes:
    import typst  # only who prints needs it

    made = typst.compile(
        str(ROOT / f"{template}.typ"),
        root=str(ROOT),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["a-2a"],
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(at.timestamp()) if at else None,
    )
    return bytes(made)


def _not_shown(error: Exception) -> set[str]:
    """The signs that no font has, as the compiler names them."""
    told = str(getattr(error, "diagnostic", "") or error)
    texts = [_ESCAPED.sub(lambda code: chr(int(code[1], 16)), "".join(found)) for found in _NOT_SHOWN.findall(told)]
    return {sign for text in texts for sign in text if not _is_plain(sign)}


def _said(data: dict[str, Any], keeps: Callable[[str], bool]) -> dict[str, Any]:
    """A copy of the data with every text as it can be printed, and `unprinted`."""
    lost = False

    def told(value: Any) -> Any:
        nonlocal lost
        if isinstance(value, str):
            text = _printed(value, keeps)
            lost = lost or text.count(MARK) > value.count(MARK)
            return text
        if isinstance(value, dict):
            return {key: told(inner) for key, inner in value.items()}
        return [told(inner) for inner in value] if isinstance(value, (list, tuple)) else value

    said = told(data)
    return {**said, "unprinted": lost}


def _printed(text: str, keeps: Callable[[str], bool]) -> str:
    """The text with one mark for each sign that cannot be printed; what belongs to such a sign goes with it."""
    if text.isascii() and text.isprintable():
        return text
    signs: list[str] = []
    for sign in text:
        category = unicodedata.category(sign)
        after_mark = bool(signs) and signs[-1] == MARK
        is_control = sign in _BIDI or (category == "Cc" and sign not in "\n\r\t")
        if is_control or (after_mark and _leans(sign, category)):
            continue
        if keeps(sign):
            signs.append(sign)
        elif not _is_silent(sign, category):
            signs.append(MARK)
    return "".join(signs)


def _leans(sign: str, category: str) -> bool:
    """Whether the sign only changes the one before it: vowel marks, joiners, variation selectors, skin tones."""
    return category in ("Mn", "Mc", "Me") or _is_silent(sign, category)


def _is_silent(sign: str, category: str) -> bool:
    """Whether nothing is lost without the sign."""
    return (category == "Cf" and sign != ZERO_WIDTH_SPACE) or bool(_SELECTORS.match(sign))


def _is_printable(unknown: set[str], sign: str) -> bool:
    """Neither known to be in no font, nor without a meaning in any: surrogates, private use, unassigned."""
    return sign not in unknown and unicodedata.category(sign) not in ("Cs", "Co", "Cn")


def _is_plain(sign: str) -> bool:
    """The Latin letters and signs that every font has."""
    return sign in "\n\r\t" + MARK or " " <= sign <= "~" or "\xa0" <= sign <= "\u017f" or sign in "–—‘’“”…·•"
