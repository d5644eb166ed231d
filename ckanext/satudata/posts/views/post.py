"""`/meja/<case>/publikasi`: a post or report being drafted; its data, its files, where it was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.posts import content, picking, reading
from ckanext.satudata.shared import process, vault
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.files import access
from ckanext.satudata.views import gate

satudata_posts = Blueprint("satudata_posts", __name__, url_prefix="/meja/<case_id>/publikasi")
CHANNEL_FIELDS = ("channel", "address", "shown_at")


@satudata_posts.before_request
def only_people_with_an_account():
    """Visitors are asked to log in."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
    return None


@satudata_posts.route("", methods=["GET", "POST"])
def edit(case_id: str):
    """Texts and drawings of the newest version; saving makes the next one."""
    shown = _shown(case_id)
    if tk.request.method == "GET":
        return _edit_page(shown, {}, {})
    form = tk.request.form
    sent: dict[str, Any] = {name: form[name] for name in form if not name.startswith("_csrf")}
    sent |= {"id": case_id, "with_chart": "true" if form.get("with_chart") else "false"}
    if tk.request.files.get("file"):
        sent["file"] = tk.request.files["file"]
    errors = _act("satudata_post_save", sent)
    if errors:
        return _edit_page(shown, form, errors), 422
    tk.h.flash_success(tk._("Saved as a new version."))
    return tk.redirect_to("satudata_posts.edit", case_id=case_id)


def _edit_page(shown: dict[str, Any], typed: Any, errors: dict[str, list[str]]) -> str:
    is_report = shown["process"] == rules.REPORT
    labels = {
        "title": tk._("Title"),
        "caption": tk._("Summary") if is_report else tk._("Text (caption)"),
        "tags": tk._("Hashtags"),
        "period": tk._("Period of the data"),
        "file": tk._("File"),
        "alt": tk._("Name of the file") if is_report else tk._("Alternative text"),
    }
    stored = {**shown, "tags": " ".join(f"#{tag}" for tag in shown["tags"])}
    values = {**stored, **dict(typed)}
    is_stale, meanwhile = "version" in errors, []
    if is_stale:
        # Who reads what the other stored may save over it: each stays as a version.
        errors = {name: texts for name, texts in errors.items() if name != "version"}
        values["version"] = shown["version"]
        meanwhile = [
            {"field": name, "label": labels[name], "stored": stored[name], "typed": typed[name]}
            for name in ("title", "caption", "period", "tags")
            if name in typed and (typed[name] or "").split() != (stored[name] or "").split()
        ]
    if typed:
        values["with_chart"] = bool(typed.get("with_chart"))
    extra = {
        "post": shown,
        "values": values,
        "errors": errors,
        "is_stale": is_stale,
        "meanwhile": meanwhile,
        "labels": labels,
        "is_report": is_report,
        "accept": ",".join(f".{ending}" for ending in rules.kinds(shown["process"])),
        "kinds": rules.said_kinds(shown["process"]),
        "most_megabytes": rules.MOST_BYTES[shown["process"]] >> 20,
    }
    return tk.render("posts/edit.html", extra_vars=extra)


@satudata_posts.route("/data", methods=["GET", "POST"])
def data(case_id: str):
    """The data it is made of: what is picked, and open data to pick from."""
    shown = _shown(case_id)
    errors: dict[str, list[str]] = {}
    words = tk.request.args.get("q", "")
    if tk.request.method == "POST":
        form = tk.request.form
        picked = [one["resource_id"] for one in shown["sources"]]
        if form.get("drop"):
            picked = [one for one in picked if one != form["drop"]]
        if form.get("pick"):
            picked = [*(one for one in picked if one != form["pick"]), form["pick"]]
        sent = {"id": case_id, "version": form.get("version", ""), "sources": picked}
        errors = _act("satudata_post_save", sent)
        if not errors:
            return tk.redirect_to("satudata_posts.data", case_id=case_id, q=words)
    extra = {
        "post": shown,
        "picked": {one["resource_id"] for one in shown["sources"]},
        "words": words,
        "found": picking.search(model.Session(), words) if shown["editable"] else [],
        "errors": errors,
    }
    return tk.render("posts/data.html", extra_vars=extra), 422 if errors else 200


@satudata_posts.route("/kanal", methods=["POST"])
def channel(case_id: str):
    """Logs where it was shown."""
    shown = _shown(case_id)
    form = tk.request.form
    sent: dict[str, Any] = {"id": case_id, **{name: form.get(name, "") for name in CHANNEL_FIELDS}}
    if tk.request.files.get("screenshot"):
        sent["screenshot"] = tk.request.files["screenshot"]
    return _done(shown, "satudata_post_channel_add", sent, tk._("The channel is logged."), form)


@satudata_posts.route("/turunkan", methods=["POST"])
def withdraw(case_id: str):
    """Takes it from the public page."""
    shown, form = _shown(case_id), tk.request.form
    sent = {"id": case_id, "reason": form.get("reason", "")}
    return _done(shown, "satudata_post_withdraw", sent, tk._("It is not on the public page any more."), form)


@satudata_posts.route("/kanal")
@satudata_posts.route("/turunkan")
def after(case_id: str):
    """The form for the channel log, and for taking it down; what only publishers see."""
    return _after_page(_shown(case_id), {}, {})


def _done(shown: dict[str, Any], action: str, sent: dict[str, Any], said: str, form: Any) -> Any:
    errors = _act(action, sent)
    if errors:
        return _after_page(shown, form, errors), 422
    tk.h.flash_success(said)
    return tk.redirect_to("satudata_desk.read", case_id=shown["id"], _anchor="isi")


def _after_page(shown: dict[str, Any], typed: Any, errors: dict[str, list[str]]) -> str:
    session, actor = model.Session(), actor_of(gate.context())
    case = content.case_of(session, shown["id"], actor)
    extra = {
        "post": shown,
        "values": typed,
        "errors": errors,
        "may_show": reading.may_show(session, case, actor),
        "may_withdraw": reading.may_withdraw(session, case, actor),
        "channels": [
            (one.value, tk._(name)) for one, name in rules.CHANNELS.items() if one is not rules.Channel.PORTAL
        ],
    }
    return tk.render("posts/after.html", extra_vars=extra)


@satudata_posts.route("/berkas/<vault_id>")
def file(case_id: str, vault_id: str):
    """A drawing, paper or screenshot, for the officers of the case and auditors."""
    # Who only runs the portal sees that there is a file, not what is in it.
    session, actor = model.Session(), replace(actor_of(gate.context()), is_sysadmin=False)
    try:
        case = content.case_of(session, case_id, actor)
        kept = reading.file_of(session, case, vault_id)
        serves = kept is not None and process.may_see(session, case, actor)
        if kept is None or not access.of_case(serves=serves):
            return tk.abort(404)
        body = vault.open_stream(session, kept.id)
    except SatudataError:
        return tk.abort(404)
    return Response(body, headers=file_headers(kept, "private, no-store"))


def file_headers(kept: Any, caching: str) -> dict[str, str]:
    """Headers of a file: pictures are shown, everything else is saved; nothing in it runs."""
    shown = "inline" if kept.content_type in rules.IMAGES.values() else "attachment"
    return {
        "Content-Type": kept.content_type,
        "Content-Length": str(kept.size_bytes),
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(kept.original_name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": caching,
    }


def _shown(case_id: str) -> dict[str, Any]:
    try:
        return tk.get_action("satudata_post_draft_show")(gate.context(), {"id": case_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)


def _act(action: str, sent: dict[str, Any]) -> dict[str, list[str]]:
    """The action's errors by field; a refusal stands on top."""
    try:
        return gate.act(action, sent)
    except tk.NotAuthorized as error:
        return {"message": [str(error)]}
    except tk.ObjectNotFound:
        return tk.abort(404)
