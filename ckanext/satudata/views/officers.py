"""`/admin/satudata/pejabat`: officers, roles and agencies."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import Blueprint

from ckanext.satudata.domain import appointment, list_file, officer_list
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import HoldKind, Role
from ckanext.satudata.shared import words
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.views import gate

satudata_officers = Blueprint("satudata_officers", __name__, url_prefix="/admin/satudata/pejabat")

PEOPLE = 25
"""Persons on a page."""
FIELDS = (
    "user",
    "email",
    "fullname",
    "role",
    "organization_id",
    "kind",
    "valid_from_on",
    "valid_until_on",
    "letter_number",
    "letter_on",
)


@satudata_officers.before_request
def _gate():
    return gate.only("satudata_admin")


def index():
    """The table, filtered; `format=csv` gives it as a file that can be imported again."""
    filters = {name: tk.request.args.get(name, "") for name in ("q", "role", "organization_id", "ended")}
    rows = tk.get_action("satudata_officer_list")(gate.context(), dict(filters, ended=bool(filters["ended"])))
    if tk.request.args.get("format") == "csv":
        return _csv(rows)
    people = list(_by_person(rows).values())
    page = tk.request.args.get("page", "1")
    last = max(-(-len(people) // PEOPLE), 1)
    number = min(int(page), last) if page.isdecimal() and 0 < len(page) < 6 and int(page) else 1
    shown = {
        "people": people[(number - 1) * PEOPLE : number * PEOPLE],
        "persons": len(people),
        "count": len(rows),
        "page": number,
        "pages": last,
        "kept": {name: value for name, value in filters.items() if value},
    }
    return tk.render("satudata/admin/officers.html", {"filters": filters, **shown, **_choices()})


def _by_person(rows):
    """The rows of each person together, in the order of the list."""
    found: dict[str, list] = {}
    for row in rows:
        found.setdefault(row["user_id"], []).append(row)
    return found


def _csv(rows):
    names = dict(model.Session.execute(sa.select(model.Group.id, model.Group.name)).all())
    lines = (
        (
            row["user"]["email"],
            row["user"]["fullname"],
            row["role"],
            names.get(row["organization_id"], ""),
            row["kind"],
            " ".join(row["processes"]),
            row["valid_from_on"] or "",
            row["valid_until_on"] or "",
            row["letter_number"],
            row["letter_on"] or "",
            row["user"]["name"],
        )
        for row in rows
        if row["state"] not in ("ended", "lapsed")
    )
    return gate.csv_file(officer_list.written_out(lines), "pejabat.csv")


def assign():
    """The form that gives a role."""
    values = {name: tk.request.values.get(name, "") for name in FIELDS}
    values["processes"] = tk.request.form.getlist("processes")
    errors: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        try:
            row = tk.get_action("satudata_officer_assign")(gate.context(), dict(values))
        except tk.ValidationError as error:
            errors = gate.errors_of(error)
        else:
            who = row["user"]["fullname"] or row["user"]["name"]
            if row["invitation"] == "open":
                tk.h.flash_success(tk._("The role was given and an invitation sent to {who}.").format(who=who))
            else:
                tk.h.flash_success(tk._("The role was given to {who}.").format(who=who))
            return tk.redirect_to("satudata_officers.index")
    page = tk.render("satudata/admin/officer_assign.html", {"values": values, "errors": errors, **_choices()})
    return page, 422 if errors else 200


def end(row_id: str):
    """Asks for the reason and ends the role."""
    found = [row for row in _rows({"ended": True, "id": row_id}) if row["id"] == row_id]
    if not found:
        tk.abort(404)
    values, errors = {"reason": tk.request.form.get("reason", "")}, {}
    if tk.request.method == "POST":
        try:
            tk.get_action("satudata_officer_end")(gate.context(), {"id": row_id, **values})
        except tk.ValidationError as error:
            errors = gate.errors_of(error)
        else:
            tk.h.flash_success(tk._("The role was ended."))
            _tell_vacancy(found[0])
            return tk.redirect_to("satudata_officers.index")
    page = tk.render(
        "satudata/admin/officer_end.html", {"row": found[0], "values": values, "errors": errors, **_choices()}
    )
    return page, 422 if errors else 200


def _tell_vacancy(row):
    """Where running cases need what was just ended and nobody holds it now."""
    gaps = tk.get_action("satudata_vacancy_list")(gate.context(), {})
    if any(not gap["case_id"] and all(gap[key] == row[key] for key in ("role", "organization_id")) for gap in gaps):
        tk.h.flash_notice(tk._("Running cases need this role, and nobody holds it now. Appoint somebody."))


def history(user_id: str):
    """Every role the person holds or held, with who gave and ended it."""
    rows = _rows({"ended": True, "user_id": user_id})
    if not rows:
        tk.abort(404)
    ids = {row[key] for row in rows for key in ("created_by_id", "ended_by_id") if row[key]}
    people = model.Session.query(model.User).filter(model.User.id.in_(ids)) if ids else []
    names = {user.id: user.display_name for user in people}
    return tk.render("satudata/admin/officer_history.html", {"rows": rows, "names": names, **_choices()})


def _rows(data_dict):
    return tk.get_action("satudata_officer_list")(gate.context(), data_dict)


def invite(user_id: str):
    """Sends the invitation once more, or a link for a new password."""
    try:
        sent = tk.get_action("satudata_officer_invite")(gate.context(), {"user": user_id})
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(text for texts in gate.errors_of(error).values() for text in texts))
    else:
        told = tk._("A link for a new password was sent to {email}.")
        if sent["is_new"]:
            told = tk._("A new invitation was sent to {email}.")
        tk.h.flash_success(told.format(email=sent["email"]))
    return tk.redirect_to("satudata_officers.index")


def import_():
    """Upload, preview with errors by line, then store."""
    report, errors, text = None, {}, tk.request.form.get("csv", "")
    if tk.request.method == "POST":
        upload = tk.request.files.get("file")
        try:
            content = upload.read(list_file.MAX_BYTES + 1) if upload and upload.filename else text
            text = list_file.decode(content)
            store = tk.request.form.get("step") == "store" and not (upload and upload.filename)
            report = tk.get_action("satudata_officer_import")(gate.context(), {"csv": text, "dry_run": not store})
        except tk.ValidationError as error:
            errors = gate.errors_of(error)
        except Invalid as error:
            errors = {error.field: [words.error_text(error)]}
        if report and report["stored"]:
            count = report["counts"]["new"] + report["counts"]["invited"]
            if count:
                tk.h.flash_success(tk._("{count} roles were given.").format(count=count))
            else:
                tk.h.flash_notice(tk._("Nothing was changed: every role of the list is held already."))
            return tk.redirect_to("satudata_officers.index")
    page = tk.render(
        "satudata/admin/officer_import.html", {"report": report, "errors": errors, "csv": text, **_choices()}
    )
    return page, 422 if errors else 200


def template():
    """The empty list."""
    return gate.csv_file(officer_list.template(), "templat-pejabat.csv")


def _choices():
    agencies = model.Session.execute(
        sa.select(model.Group.id, model.Group.title, model.Group.name)
        .where(model.Group.is_organization.is_(True), model.Group.state == model.State.ACTIVE)
        .order_by(sa.func.lower(model.Group.title))
    )
    return {
        "roles": [(role.value, tk._(words.ROLES[role])) for role in appointment.GRANTABLE],
        "role_labels": {role.value: tk._(label) for role, label in words.ROLES.items()},
        "kinds": [(kind.value, tk._(appointment.KIND_LABELS[kind])) for kind in HoldKind],
        "kind_labels": {kind.value: tk._(label) for kind, label in appointment.KIND_LABELS.items()},
        "agencies": [(row.id, row.title or row.name) for row in agencies],
        "processes": [(name, tk._(words.PROCESSES[name])) for name in sops.current()],
        "process_names": {name: tk._(text) for name, text in words.PROCESSES.items()},
        "agency_roles": [tk._(words.ROLES[role]) for role in Role if role in appointment.AGENCY_ROLES],
    }


satudata_officers.add_url_rule("", view_func=index)
satudata_officers.add_url_rule("/baru", view_func=assign, methods=["GET", "POST"])
satudata_officers.add_url_rule("/impor", "import_list", view_func=import_, methods=["GET", "POST"])
satudata_officers.add_url_rule("/impor/templat.csv", view_func=template)
satudata_officers.add_url_rule("/orang/<user_id>", view_func=history)
satudata_officers.add_url_rule("/orang/<user_id>/undang", view_func=invite, methods=["POST"])
satudata_officers.add_url_rule("/<row_id>/akhiri", view_func=end, methods=["GET", "POST"])
