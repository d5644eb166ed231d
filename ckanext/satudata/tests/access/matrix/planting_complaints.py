"""Complaints about the service, with a canary in each thing that was said."""

from __future__ import annotations

import ckan.model as model

from ckanext.satudata.model.complaint import Complaint
from ckanext.satudata.tests.access.matrix.canaries import NOBODY
from ckanext.satudata.tests.access.matrix.planting import World, command, scan


def complaints(at: World) -> None:
    """Complaints about the service, one of them answered: who answers reads them, nobody else of the government."""

    def word(where: str) -> str:
        return at.book.word(f"complaint: {where}", by="walidata", alone=True)

    for number, state in enumerate(("waiting", "answered")):
        made = at.call(
            None,
            "satudata_complaint_create",
            text=f"{word(f'{state}, text')} tidak dijawab selama tiga pekan",
            name=f"{word(f'{state}, name')} Nama",
            email=f"{word(f'{state}, mail')}@kanari.example",
            phone=at.book.known(f"08129999010{number}", f"complaint: {state}, phone", "walidata", alone=True),
            upload=scan(at, f"complaint: {state}, attachment", by="walidata", alone=True),
            consent="true",
            key=state,
        )
        row = model.Session.get(Complaint, made["id"])
        at.book.known(made["tracking_code"], f"complaint: {state}, tracking code", NOBODY)
        at.hide("complaint", row.ref, by=NOBODY)
        at.hide("case", row.case_id, by="walidata")
    command(at, "walidata", row.case_id, "record", answer=f"{word('answer')} sudah kami periksa dan perbaiki")
