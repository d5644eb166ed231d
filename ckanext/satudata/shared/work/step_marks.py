"""What the inbox asks of a case's past, kept at its open steps: who worked on it, and whom four eyes bar.

So the inbox reads open steps only, however long the history grows. What is kept decides nothing: `domain.process`
reckons anew at every command.
"""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.process import Instance
from ckanext.satudata.model.case_step import CaseStep


def mark(instance: Instance, rows: Iterable[CaseStep]) -> None:
    """Sets both at the open ones of the case's rows."""
    opened = {step.id: step for step in instance.open}
    still_open = [row for row in rows if row.id in opened]
    worked = sorted(rules.worked_on(instance).union(*(row.hands for row in still_open)))
    for row in still_open:
        row.worked, row.barred = worked, sorted(rules.barred_from(instance, opened[row.id]))
