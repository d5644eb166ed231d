"""Dispositions, steps given to a person, and roles that nobody holds."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.orders import disposition_reports, disposition_sheet, reassigning
from ckanext.satudata.views import desk, gate

satudata_people = Blueprint("satudata_people", __name__)


@satudata_people.route("/meja/<case_id>/alihkan", methods=["GET", "POST"])
def reassign(case_id: str):
    """Gives an open step to one of those who hold its role."""
    form = tk.request.form
    if tk.request.method == "GET":
        return tk.redirect_to("satudata_desk.read", case_id=case_id, _anchor="alihkan")
    given = [form.get(name, "") for name in ("step_id", "user", "note")]
    return desk.do_beside(
        case_id,
        lambda actor: reassigning.reassign(model.Session, case_id, *given, actor=actor, key=form.get("key")),
        tk._("The step was given.") if form.get("user") else tk._("The step is open to all who hold its role."),
    )


@satudata_people.route("/meja/<case_id>/disposisi/<disposition_id>", methods=["GET", "POST"])
def report(case_id: str, disposition_id: str):
    """Reports back to who gave the disposition."""
    form = tk.request.form
    if tk.request.method == "GET":
        return tk.redirect_to("satudata_desk.read", case_id=case_id, _anchor="disposisi")
    return desk.do_beside(
        case_id,
        lambda actor: disposition_reports.report(
            model.Session, disposition_id, form.get("report", ""), actor=actor, key=form.get("key")
        ),
        tk._("Your report was sent."),
    )


@satudata_people.route("/meja/<case_id>/disposisi/<disposition_id>/lembar.pdf")
def sheet(case_id: str, disposition_id: str):
    """The Lembar Disposisi."""
    try:
        body = disposition_sheet.sheet(model.Session, case_id, disposition_id, actor_of(gate.context()))
    except NotThere:
        return tk.abort(404)
    headers = {"Content-Disposition": 'inline; filename="lembar-disposisi.pdf"', "Cache-Control": "private, no-store"}
    return Response(body, mimetype="application/pdf", headers=headers)


@satudata_people.route("/admin/satudata/jabatan-kosong.csv")
def vacancies():
    """The roles that nobody holds, as a table."""
    refused = gate.only("satudata_vacancy_list")
    if refused is not None:
        return refused
    heads = ["Role", "Agency", "Waiting now", "Still to come", "Since"]
    lines = [
        (
            row["role_name"],
            row["organization_title"] or tk._("the whole government"),
            str(row["now"]),
            str(row["later"]),
            row["oldest_at"] or "",
        )
        for row in tk.get_action("satudata_vacancy_list")(gate.context(), {})
    ]
    return gate.csv_table("jabatan-kosong.csv", [tk._(head) for head in heads], lines)
