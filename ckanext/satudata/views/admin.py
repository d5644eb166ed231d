"""`/admin/satudata`: first steps, government, mails, health, journal."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.shared import settings, words
from ckanext.satudata.shared.care import doctor, first_steps
from ckanext.satudata.views import gate

satudata_admin = Blueprint("satudata_admin", __name__, url_prefix="/admin/satudata")
satudata_journal = Blueprint("satudata_journal", __name__, url_prefix="/admin/satudata/jurnal")


MAILS = 25
"""Mails on a page."""
SEALS = 7
"""Days whose seals stand on the page of the journal."""
MAIL_STATES = ("waiting", "failing", "sent", "dropped")
STATE_NAMES = {"waiting": words.N_("waiting"), "sent": words.N_("sent"), "dropped": words.N_("given up")}
RECEIVERS = {
    "role": words.N_("holders of a role"),
    "user": words.N_("an officer"),
    "address": words.N_("an address"),
    "portal": words.N_("Work of the portal"),
}


@satudata_admin.before_request
def _gate():
    return gate.only("satudata_admin")


@satudata_journal.before_request
def _journal_gate():
    return gate.only("satudata_journal_search")


def index():
    """What is to be done first, then the doors to every page."""
    steps = first_steps.steps(doctor.examine())
    shown = [
        {
            "title": tk._(step.title).format(year=step.value),
            "text": tk._(step.text),
            "url": step.endpoint if step.endpoint.startswith("/") else tk.url_for(step.endpoint),
            "done": step.done,
            "value": "" if "{year}" in step.title else step.value,
        }
        for step in steps
    ]
    gaps = tk.get_action("satudata_vacancy_list")(gate.context(), {})
    left = sum(not step.done for step in steps)
    return tk.render("satudata/admin/index.html", {"steps": shown, "left": left, "gaps": gaps})


def government():
    """The government's own options."""
    values, errors = settings.current(), {}
    if tk.request.method == "POST":
        values = {one.field: tk.request.form.get(one.field, "") for _title, group in settings.GROUPS for one in group}
        errors = gate.act("satudata_settings_update", values)
        if not errors:
            tk.h.flash_success(tk._("Saved."))
            return tk.redirect_to("satudata_admin.government")
    groups = [(tk._(title), _labelled(members)) for title, members in settings.GROUPS]
    labels = {one["field"]: one["label"] for _title, members in groups for one in members}
    shown = {"groups": groups, "labels": labels, "values": values, "errors": errors}
    return tk.render("satudata/admin/government.html", shown), 422 if errors else 200


def _labelled(members):
    return [
        {
            "field": one.field,
            "label": tk._(one.label),
            "hint": tk._(one.hint) if one.hint else "",
            "required": one.required,
        }
        for one in members
    ]


def mails():
    """The mail queue by state, a page at a time, and the test mail."""
    state, page = tk.request.args.get("state", ""), tk.request.args.get("page", "1")
    number = int(page) if page.isdecimal() and 0 < int(page[:6]) < 100_000 and len(page) < 7 else 1
    asked = {"state": state if state in MAIL_STATES else "", "limit": MAILS + 1, "offset": (number - 1) * MAILS}
    rows = [
        {**row, "state_name": tk._(STATE_NAMES[row["state"]]), "to_name": _receiver(row)}
        for row in tk.get_action("satudata_mail_list")(gate.context(), asked)
    ]
    if tk.request.args.get("format") == "csv":
        return _mails_csv(rows[:MAILS])
    shown = {"rows": rows[:MAILS], "state": asked["state"], "page": number, "more": len(rows) > MAILS}
    return tk.render("satudata/admin/mails.html", shown)


def _receiver(row: dict[str, Any]) -> str:
    """The officer, or of what kind the receiver is and which role where."""
    held = ", ".join(filter(None, (row["role_name"], row["organization_title"])))
    return ": ".join(filter(None, (row["person"] or tk._(RECEIVERS[row["to"]]), held)))


def _mails_csv(rows: list[dict[str, Any]]):
    """The mails of the page that is shown."""
    lines = [
        (
            row["kind_name"],
            row["about"]["title"] if row["about"] else "",
            row["to_name"],
            row["state_name"],
            row["error_text"],
            str(row["attempts"]),
            row["created_at"],
            row["sent_at"] or "",
        )
        for row in rows
    ]
    heads = ["Kind", "About", "To", "State", "Why it did not leave", "Tries", "Written", "Sent"]
    return gate.csv_table("surel.csv", [tk._(head) for head in heads], lines)


def mail_test():
    """Queues the test mail."""
    return _and_back(
        "satudata_mail_test", {}, tk._("The test mail waits in the queue; it leaves within a minute or two.")
    )


def mail_retry(mail_id: str):
    """Sends a waiting mail soon."""
    return _and_back("satudata_mail_retry", {"id": mail_id}, tk._("The mail is sent with the next turn."))


def mail_drop(mail_id: str):
    """Gives a waiting mail up."""
    data = {"id": mail_id, "reason": tk.request.form.get("reason", "")}
    return _and_back("satudata_mail_drop", data, tk._("The mail was given up."))


def _and_back(action: str, data: dict[str, Any], said: str):
    try:
        errors = gate.act(action, data)
    except tk.ObjectNotFound:
        tk.abort(404)
    if errors:
        tk.h.flash_error(" ".join(text for texts in errors.values() for text in texts))
    else:
        tk.h.flash_success(said)
    return tk.redirect_to("satudata_admin.mails")


def health():
    """What the doctor finds."""
    problems = tk.get_action("satudata_doctor_show")(gate.context(), {})
    well = doctor.well({problem["check"] for problem in problems})
    return tk.render("satudata/admin/health.html", {"problems": problems, "well": well})


def journal():
    """The journal, filtered."""
    names = ("event", "actor", "about", "case_id", "subject_id", "since", "until", "page")
    filters = {name: tk.request.args.get(name, "").strip() for name in names}
    found, errors = {"entries": [], "count": 0, "page": 1, "pages": 0}, {}
    try:
        found = tk.get_action("satudata_journal_search")(gate.context(), filters)
    except tk.ValidationError as error:
        errors = gate.errors_of(error)
    if tk.request.args.get("format") == "csv" and not errors:
        return _journal_csv(found["entries"])
    kept = {name: value for name, value in filters.items() if value and name != "page"}
    page = tk.render(
        "satudata/admin/journal.html",
        {
            "found": found,
            "filters": filters,
            "kept": kept,
            "errors": errors,
            "events": words.event_names(),
            "sealed": tk.get_action("satudata_journal_seal_list")(gate.context(), {"limit": SEALS}),
        },
    )
    return page, 422 if errors else 200


def _journal_csv(entries: list[dict[str, Any]]):
    """The entries of the page that is shown; details in one cell."""
    lines = [
        (
            entry["at"],
            entry["event_name"],
            entry["actor_title"],
            entry["subject_name"],
            entry["about"]["title"] if entry["about"] else "",
            "; ".join(f"{one['label']}: {one['value']}" for one in entry["details"]),
            entry["text"],
        )
        for entry in entries
    ]
    heads = ["When", "Event", "Who", "Kind", "About", "Details", "Note"]
    return gate.csv_table("jejak-audit.csv", [tk._(head) for head in heads], lines)


satudata_admin.add_url_rule("", view_func=index)
satudata_admin.add_url_rule("/pemerintah", view_func=government, methods=["GET", "POST"])
satudata_admin.add_url_rule("/surel", view_func=mails)
satudata_admin.add_url_rule("/surel/uji", view_func=mail_test, methods=["POST"])
satudata_admin.add_url_rule("/surel/<mail_id>/kirim", view_func=mail_retry, methods=["POST"])
satudata_admin.add_url_rule("/surel/<mail_id>/batal", view_func=mail_drop, methods=["POST"])
satudata_admin.add_url_rule("/pemeriksaan", view_func=health)
satudata_journal.add_url_rule("", view_func=journal)
