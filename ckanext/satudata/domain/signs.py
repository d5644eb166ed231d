"""Signs that no document can hold: XML 1.0 has no place for them, so neither have SVG, DOCX, XLSX and Atom.

They come along with what is pasted out of old files, and nobody sees them.
"""

from __future__ import annotations

import re
from typing import Any

_NOWHERE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""All but tab and line ends below the blank, halves of signs, and the two that end the first plane."""


def held(text: str) -> str:
    """The text without them."""
    return _NOWHERE.sub("", text)


def held_in(value: Any) -> Any:
    """Lists and mappings of texts as they are, each text without such signs."""
    if isinstance(value, str):
        return held(value)
    if isinstance(value, dict):
        return {key: held_in(inner) for key, inner in value.items()}
    return [held_in(inner) for inner in value] if isinstance(value, (list, tuple)) else value
