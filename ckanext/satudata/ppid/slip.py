"""The slip that who asks takes along: number, days and tracking code. Made when it is asked for; it lies nowhere."""

from __future__ import annotations

import io

import ckan.plugins.toolkit as tk
import segno

from ckanext.satudata import config
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import clocks, reaching, requests
from ckanext.satudata.shared import clock, notices, wording
from ckanext.satudata.shared.documents import letters, pdf


def printed(request: PpidRequest) -> bytes:
    """The PDF, in the reader's language. Ask first whether the reader may see the tracking code."""
    address = reaching.page(request.number)
    made = io.BytesIO()
    segno.make(address, error="m").save(made, kind="svg", border=1, scale=4)
    content = {
        "lang": tk.h.lang()[:2],
        "letterhead": letters.letterhead(None),
        "title": tk._("Slip of a request for data"),
        "facts": [
            (tk._("Register number"), request.number),
            (tk._("Tracking code"), requests.tracking_code(request)),
            (tk._("Received"), wording.instant(request.received_at)),
            (tk._("Answer by"), wording.day(clocks.due(request).due_on, weekday=True)),
        ],
        "told": [
            tk._("Keep this slip: with number and code you follow the request and get its answer."),
            tk._("Give the code to nobody: who has both reads your letters and data."),
        ],
        "where": notices.site_url("/permohonan/lacak"),
        "alt": tk._("QR code: opens the tracking page"),
        "qr": made.getvalue().decode(),
        "mark": letters.SAMPLE if config.demo() else "",
    }
    return pdf.render("slip", content, at=clock.now())
