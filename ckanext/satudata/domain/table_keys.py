"""The key of a table, as its description declares it."""

from __future__ import annotations

import re


def declared(text: object) -> list[str]:
    """The names of the columns, parted by semicolons or commas; none where nothing is declared."""
    return [name.strip() for name in re.split("[;,]", str(text or "")) if name.strip()]
