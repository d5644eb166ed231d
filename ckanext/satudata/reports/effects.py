"""What the command of the process `report` means: the report is filed (Malang 000-11)."""

from __future__ import annotations

from ckanext.satudata.reports import making
from ckanext.satudata.shared import effects
from ckanext.satudata.shared.effects import Run


@effects.on(making.PROCESS, "record")
def record(run: Run) -> None:
    """Freezes the report of the case's period. A period is filed once."""
    row = making.freeze(run.session, run.actor, run.case.data, run.case.id)
    hashes = {name: file["sha256"] for name, file in row.files.items()}
    run.journal("report_filed", payload={"report": row.id, "name": row.name, "as_of_at": row.as_of_at, **hashes})
    run.answer["report"] = row.id
