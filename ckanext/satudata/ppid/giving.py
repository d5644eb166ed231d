"""What the commands of the process `request` mean that give the applicant the answer (001-13 to 001-16).

Runs inside the one transaction of a command, as everything in `effects`.
"""

from __future__ import annotations

from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import drafts, links, requests
from ckanext.satudata.ppid.effects import PROCESS, issue, request_of
from ckanext.satudata.shared import effects
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.effects import Run


@effects.on(PROCESS, "deliver")
def deliver(run: Run) -> None:
    """The answer goes to the applicant: the data (001-13) or the refusal (001-15)."""
    request = request_of(run)
    if request.decision == "refused":
        draft = drafts.refusal_to_applicant(request)
        issue(run, request, draft, letters.ppid_signatory(run.actor))
        request.closed_at = run.now
    else:
        _deliver_data(run, request)
    requests.mail_answer(run.session, request)


def _deliver_data(run: Run, request: PpidRequest) -> None:
    row = drafts.latest_handover(run.session, request)
    links.give(run.session, request, row, actor=run.actor, now=run.now)
    draft = drafts.delivery_to_applicant(request, row, request.link_until_at)
    issue(run, request, draft, letters.ppid_signatory(run.actor))


@effects.on(PROCESS, "close")
def close(run: Run) -> None:
    """The applicant has the data, or the time to say so has run out (001-16)."""
    request_of(run).closed_at = run.now
