"""PDF documents from typst templates under `typst/`, for letters and reports.

PDF/A-2a: archivable, tagged for screen readers. Only the fonts inside the typst wheel are used, so that every
machine makes the same page.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

ROOT = Path(__file__).resolve().parents[1] / "typst"


class PdfFault(RuntimeError):
    """A template that does not compile: our own fault, never the reader's."""


def render(template: str, data: dict[str, Any], *, at: datetime | None = None) -> bytes:
    """The document of `typst/<template>.typ` with `data`, which the template reads as JSON.

    Text in `data` is never typst code. `at` (zoned) is the creation date in the file; without it the present.
    """
    source = ROOT / f"{template}.typ"
    try:
        made = typst.compile(
            str(source),
            root=str(ROOT),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-2a"],
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=int(at.timestamp()) if at else None,
        )
    except Exception as error:  # typst raises its own TypstError, a plain RuntimeError in older wheels
        raise PdfFault(f"{source.name}: {error}") from error
    return bytes(made)
