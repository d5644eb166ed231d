"""The scan for personal data."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.personal import personal_scan

__all__ = ["satudata_scan"]

SECONDS = 60
"""For each file: somebody waits, and longer ones are for the command."""
_MEND = "Choose a CSV, XLSX, ODS or JSON file."


@boundary
def satudata_scan(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What files hold of persons. They are read and forgotten. For officers, and the command `ckan satudata scan`.

    :param upload: a file (`multipart/form-data`); further ones as `upload_2`, `upload_3` …
    :returns: for each file `{file, findings: [{sheet, column, header, kind, share, confidence, where}]}`; `column`
        counts from 0 and is null outside the table. Where something could not be read also `not_inspected`, a list of
        texts; `findings` is null where nothing could
    """
    tk.check_access("satudata_scan", context, data_dict)
    sent = [data_dict[key] for key in sorted(data_dict) if key == "upload" or key.startswith("upload_")]
    files = [one for one in sent if hasattr(one, "read")]
    if not files or len(files) < len(sent):
        raise Invalid("No file was given.", field="upload", mend=_MEND)
    with tempfile.TemporaryDirectory(prefix="satudata-scan-") as folder:
        kept = []
        for number, file in enumerate(files):
            path = Path(folder, f"file-{number}")
            with path.open("wb") as target:
                shutil.copyfileobj(file, target)
            kept.append((path, Path(getattr(file, "filename", "") or "").name))
        return personal_scan.of_files(kept, seconds=SECONDS)
