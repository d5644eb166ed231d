"""Work of `domain.table_work` on files with personal data: `scan`, `mask`, `mask_sample`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ckanext.satudata.domain.personal import masked_copy, numbers, scan
from ckanext.satudata.domain.personal.masking import read
from ckanext.satudata.domain.personal.sheets import Outline


def done(given: dict[str, Any]) -> dict[str, Any]:
    """What is asked for of the one file in `given["files"]`, a path and the ending of its name. Raises Invalid.

    `scan` gives what `scan.of_file` does, with `tables`, the outlines; headings that hold personal data are not told.
    `mask` writes the copy to `given["target"]`; both take `plan`, `today`, `least`, the sample also `rows`.
    """
    [[path, ending]] = given["files"]
    if given["work"] == "scan":
        return _scanned(Path(path), ending)
    plan = read(given["plan"], given["tables"])
    asked = {"today": date.fromisoformat(given["today"]), "least": given["least"]}
    if given["work"] == "mask":
        return masked_copy.make(Path(path), ending, plan, Path(given["target"]), **asked)
    return masked_copy.sample(Path(path), ending, plan, given["rows"], **asked)


def _scanned(path: Path, ending: str) -> dict[str, Any]:
    outlines: list[Outline] = []
    told = scan.of_file(path, ending, outlines)
    for one in told["findings"] or []:
        one["header"] = "" if numbers.in_text(one["header"]) else one["header"]
    return {**told, "tables": [one.as_json() for one in outlines]}
