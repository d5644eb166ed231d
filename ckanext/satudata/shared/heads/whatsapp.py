"""The text that staff sends a head by WhatsApp: number, verb, link; no title, since previews are read by others."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import notices, process
from ckanext.satudata.shared.work import case_view, desk


def text_of(session: Any, case: Case) -> str:
    """One line and the link; empty for a case that nothing waits in."""
    instance = process.instance_of(session, case)
    if not instance.open:
        return ""
    step = instance.open[0]
    exits = list(instance.sop.step(step.no).exits.values())
    verb = desk.presenter(case.process).verb([exit_.command.value for exit_ in exits])
    verb = verb or case_view.usual_label(instance, exits[0], case.subject_type, step)
    number = desk.presenter(case.process).reference(case)
    said = f"{number} ({case.id[:8]})" if number else case.id[:8]
    return f"{tk._('Case {number}').format(number=said)}: {verb}\n{url_of(case.id)}"


def url_of(case_id: str) -> str:
    """The address on which a phone opens a case."""
    return notices.site_url(f"/hp/{case_id}")
