"""`/meja` and `/meja/<case>`: the officers' desk, the same for every process."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response
from markupsafe import Markup

from ckanext.satudata.domain import disposition, paper
from ckanext.satudata.domain.access import PROCESS
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, SatudataError
from ckanext.satudata.domain.letters import LetterKind, title_of
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import process, wording, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.documents import case_letters, docx, letter_drafts
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.heads import whatsapp
from ckanext.satudata.shared.people import accounts
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import case_file, case_view, desk, inbox, outputs, starts
from ckanext.satudata.views import gate, timeline

satudata_desk = Blueprint("satudata_desk", __name__, url_prefix="/meja")

ENDED, ROWS = 50, 25
"""Finished cases, and open ones, on a page."""


def _context() -> dict[str, Any]:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


@satudata_desk.before_request
def only_people_with_an_account():
    """Visitors are asked to log in."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
    return None


@satudata_desk.route("")
def index():
    """The desk, whole or of one process."""
    wanted, number = tk.request.args.get("process") or "", _page_number()
    asked = {"limit": ROWS, "offset": (number - 1) * ROWS}
    try:
        everything = tk.get_action("satudata_inbox")(_context(), asked)
    except tk.NotAuthorized:
        if accounts.why_resting(model.Session, tk.current_user):
            return tk.render("satudata/desk/resting.html"), 403
        return tk.abort(403, tk._("Only officers with a role have a desk."))
    processes = {row["process"]: row["process_title"] for row in everything["rows"]}
    wanted = wanted if wanted in processes else ""
    found = tk.get_action("satudata_inbox")(_context(), {**asked, "process": wanted}) if wanted else everything
    rows = found["rows"]
    if tk.request.args.get("format") == "csv":
        return _csv(rows)
    titles = {
        inbox.OVERDUE: tk._("Overdue"),
        inbox.TODAY: tk._("Due today"),
        inbox.WEEK: tk._("Due this week"),
        inbox.LATER: tk._("Later"),
        inbox.WAITING: tk._("Waiting for others"),
    }
    groups = [
        {"name": name, "title": titles[name], "rows": [row for row in rows if row["group"] == name]}
        for name in inbox.GROUPS
    ]
    actor = actor_of(_context())
    unnumbered = letter_drafts.cases(model.Session, [row["case_id"] for row in rows if row["commands"]], actor)
    for row in rows:
        row["letter_waits"] = bool(row["commands"]) and row["case_id"] in unnumbered
        row["verb"] = desk.presenter(row["process"]).verb([one["command"] for one in row["commands"]])
    extra = {
        "groups": groups,
        "count": everything["count"],
        "processes": sorted(processes.items(), key=lambda one: one[1]),
        "wanted": wanted,
        "page": number,
        "more": found["more"],
        "idle": words.role_names(inbox.without_steps(actor)),
        "may_start": bool(starts.choices(actor)),
        "is_operator": actor.has_anywhere(Role.OPERATOR, process=PROCESS),
        "signs_on_paper": actor.has_anywhere(Role.WALIDATA, *paper.HEADS),
        "is_walidata": actor.has_anywhere(Role.WALIDATA, process=PROCESS),
        "enters_requests": actor.has_anywhere(Role.PPID, process="request")
        or actor.has_anywhere(Role.WALIDATA, process="government_request"),
    }
    return tk.render("satudata/desk/index.html", extra_vars=extra)


def _page_number() -> int:
    """The page that the address asks for; the first for whatever is none."""
    page = tk.request.args.get("page", "1")
    return int(page) if page.isdecimal() and 0 < len(page) < 5 and int(page) else 1


def _csv(rows: list[dict[str, Any]]) -> Response:
    heads = ["What", "Kind of work", "Step", "From", "Since", "Due", "Late", "Who has it"]
    lines = [
        (
            row["title"],
            row["process_title"],
            row["uraian"],
            row["from"],
            wording.as_date(row["since"]).isoformat(),
            row["due_on"] or "",
            tk._("yes") if row["late"] else tk._("no"),
            row["role_name"],
        )
        for row in rows
    ]
    return gate.csv_table("meja-kerja.csv", [tk._(head) for head in heads], lines)


@satudata_desk.route("/selesai")
def ended():
    """Finished cases, a page at a time."""
    number = _page_number()
    asked = {"limit": ENDED + 1, "offset": (number - 1) * ENDED}
    try:
        rows = tk.get_action("satudata_case_list_ended")(_context(), asked)
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Only officers with a role have a desk."))
    if tk.request.args.get("format") == "csv":
        return _ended_csv(rows[:ENDED])
    shown = {"rows": rows[:ENDED], "page": number, "more": len(rows) > ENDED}
    return tk.render("satudata/desk/ended.html", extra_vars=shown)


def _ended_csv(rows: list[dict[str, Any]]) -> Response:
    heads = ["What", "Kind of work", "Received", "Finished", "How it ended"]
    lines = [
        (
            row["title"],
            row["process_title"],
            *(wording.as_date(row[name]).isoformat() for name in ("received_at", "ended_at")),
            row["outcome_name"],
        )
        for row in rows
    ]
    return gate.csv_table("perkara-selesai.csv", [tk._(head) for head in heads], lines)


@satudata_desk.route("/mulai")
def start():
    """Where the login leads (`ckan.auth.route_after_login`): officers to their desk, others to CKAN's page."""
    try:
        tk.check_access("satudata_inbox", _context(), {})
    except tk.NotAuthorized:
        if not accounts.why_resting(model.Session, tk.current_user):
            return tk.redirect_to("dashboard.datasets")
    return tk.redirect_to("satudata_desk.index")


@satudata_desk.route("/<case_id>")
def read(case_id: str):
    """One case."""
    return case_page(case_id)


@satudata_desk.route("/<case_id>/<command>", methods=["POST"])
def command(case_id: str, command: str):
    """Gives a command; whatever is refused comes back with what was typed."""
    form, context = tk.request.form, _context()
    case = model.Session.get(Case, case_id)
    if case is None:
        return tk.abort(404)
    given = _name_of(context, case, command)
    presenter = desk.presenter(case.process)
    try:
        payload = {**presenter.read_payload(command, form, tk.request.files), **_outputs()}
        answer = process.apply(
            context, case_id, command, payload, form.get("key") or None, step_id=form.get("step_id") or None
        )
    except NotThere:
        return tk.abort(404)
    except SatudataError as error:
        model.Session.rollback()
        return _refused(case_id, command, error)
    tk.h.flash_success(_told(context, given, answer, presenter), allow_html=True)
    return tk.redirect_to("satudata_desk.read", case_id=case_id)


@satudata_desk.route("/<case_id>/<command>")
@satudata_desk.route("/<case_id>/<command>/<any(pratinjau, konsep, cari):_form>")
def reloaded(case_id: str, command: str, _form: str = ""):
    """The address of a refused command, asked for by itself: the case with that command's form open."""
    if command not in {one.value for one in Command}:
        return tk.abort(404)
    return tk.redirect_to("satudata_desk.read", case_id=case_id, tindakan=command, _anchor="lakukan")


@satudata_desk.route("/<case_id>/<command>/cari", methods=["POST"])
def search(case_id: str, command: str):
    """A form whose choices were searched: the case with that form open and what was typed; stores nothing."""
    case = model.Session.get(Case, case_id)
    if case is None or not _name_of(_context(), case, command):
        return tk.abort(404)
    return case_page(case_id, command=command)


@satudata_desk.route("/<case_id>/<command>/pratinjau", methods=["POST"])
def preview(case_id: str, command: str):
    """The letter this command would write, from what is typed now, for who may give it; stores nothing."""
    as_docx = tk.request.args.get("bentuk") == "docx"

    def shown(presenter: desk.Presenter, case: Case, payload: dict[str, Any]) -> Any:
        actor = actor_of(_context())
        if as_docx:
            return gate.document(presenter.proposed(case, command, payload, actor).docx(), "konsep", docx.TYPE)
        return gate.document(presenter.preview(case, command, payload, actor), "pratinjau")

    return _of_letter(case_id, command, shown)


@satudata_desk.route("/<case_id>/<command>/konsep", methods=["POST"])
def keep_draft(case_id: str, command: str):
    """Keeps that letter until the government's own letter registry has given its number."""
    step_id = tk.request.form.get("step_id", "")

    def kept(presenter: desk.Presenter, case: Case, payload: dict[str, Any]) -> Any:
        case_letters.keep(presenter, case, command, payload, actor_of(_context()), step_id or None)
        tk.h.flash_success(tk._("The letter is kept and waits for its number. Nothing is sent yet."))
        return tk.redirect_to("satudata_desk.read", case_id=case_id, tindakan=command, _anchor="lakukan")

    return _of_letter(case_id, command, kept)


@satudata_desk.route("/<case_id>/konsep/<draft_id>.<any(pdf, docx):form>")
def draft(case_id: str, draft_id: str, form: str):
    """A letter that waits for its number, for who may give the command."""
    case = model.Session.get(Case, case_id)
    try:
        row = letter_drafts.find(model.Session, case_id, draft_id)
    except NotThere:
        return tk.abort(404)
    if case is None or not access.of_case(serves=bool(_name_of(_context(), case, row.command))):
        return tk.abort(404)
    desk.presenter(case.process).letter_seen(case, LetterKind(row.kind), actor_of(_context()))
    return gate.document(letter_drafts.rendered(row, form), "konsep", docx.TYPE if form == "docx" else "")


def _of_letter(case_id: str, command: str, use: Callable[[desk.Presenter, Case, dict[str, Any]], Any]) -> Any:
    """What is done with the letter of a command that the person may give now; a refusal stands at its form."""
    case = model.Session.get(Case, case_id)
    if case is None or not _name_of(_context(), case, command):
        return tk.abort(404)
    presenter = desk.presenter(case.process)
    try:
        return use(presenter, case, presenter.read_payload(command, tk.request.form, tk.request.files))
    except NotThere:
        return tk.abort(404)
    except SatudataError as error:
        model.Session.rollback()
        return _refused(case_id, command, error)
    finally:
        model.Session.rollback()


def _outputs() -> dict[str, Any]:
    """The documents of a step done by hand and the attachments of a disposition, as they were sent."""
    sent = [*tk.request.form.items(), *tk.request.files.items()]
    named = {name: value for name, value in sent if name.startswith(outputs.PREFIX) or name in disposition.FIELDS}
    return {**named, **gate.attachments()}


def _refused(case_id: str, command: str, error: SatudataError):
    status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, NotAllowed) else 422
    return case_page(case_id, command=command, error=error), status


def _name_of(context: dict[str, Any], case: Case, command: str) -> str:
    """What the command's button says; empty where the person may not give it now."""
    step = tk.request.form.get("step_id")
    given = case_view.commands(model.Session, case, actor_of(context))
    fits = [item for item in given if item["command"] == command]
    return next((item["label"] for item in fits if item["step_id"] == step), fits[0]["label"] if fits else "")


def _told(context: dict[str, Any], given: str, answer: dict[str, Any], presenter: desk.Presenter) -> Markup:
    """What was done, what went out, who has the case now; then the way to the next one."""
    said = [tk._("Done: {command}.").format(command=given) if given else tk._("Done.")]
    said += presenter.told(answer)
    holders = words.role_names(dict.fromkeys(step["role"] for step in answer["open_steps"]))
    said.append(tk._("Now with: {roles}.").format(roles=holders) if holders else tk._("The case is finished."))
    links = [*presenter.told_links(answer)]
    rows = tk.get_action("satudata_inbox")(context, {"limit": 20})["rows"]
    following = next((row for row in rows if row["commands"]), None)
    if following is not None and following["case_id"] == answer["id"]:
        links.append(
            (tk._("Your next step in this case: {what}").format(what=following["commands"][0]["label"]), "#lakukan")
        )
    elif following is not None:
        address = tk.url_for("satudata_desk.read", case_id=following["case_id"])
        links.append((tk._("Next case: {title}").format(title=following["title"]), address))
    links.append((tk._("Back to my desk"), tk.url_for("satudata_desk.index")))
    lines = [*said, *(Markup('<a href="{}">{}</a>').format(url, text) for text, url in links)]
    return Markup('<ul class="sd-told">{}</ul>').format(
        Markup("").join(Markup("<li>{}</li>").format(one) for one in lines)
    )


def do_beside(
    case_id: str, act: Callable[[Actor], Any], said: str, anchor: str | None = None, fields: Collection[str] = ()
):
    """Does what stands beside the commands on the case's page, in one transaction; a refusal stands there, with its
    status, and keeps what was typed. Faults of `fields` are told at them too."""
    if tk.current_user.is_anonymous:
        return tk.redirect_to("user.login", came_from=tk.url_for("satudata_desk.read", case_id=case_id))
    try:
        with transaction():
            act(actor_of(_context()))
    except NotThere:
        return tk.abort(404)
    except SatudataError as error:
        status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, NotAllowed) else 422
        return case_page(case_id, beside_error=error, beside_fields=fields), status
    tk.h.flash_success(said)
    return tk.redirect_to("satudata_desk.read", case_id=case_id, _anchor=anchor)


def case_page(
    case_id: str,
    command: str = "",
    error: SatudataError | None = None,
    beside_error: SatudataError | None = None,
    beside_fields: Collection[str] = (),
) -> str:
    """The case's page; what was refused stands at its form, with what was typed."""
    context = _context()
    try:
        shown = tk.get_action("satudata_case_show")(context, {"id": case_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    case = model.Session.get(Case, case_id)
    actor = actor_of(context)
    presenter = desk.presenter(case.process)
    form = tk.request.form
    asked_for = tk.request.args.get("tindakan", "")
    waiting = letter_drafts.waiting(model.Session, case.id)
    text = words.error_text(error) if error else ""
    commands = []
    for item in shown["commands"]:
        mine = item["command"] == command and form.get("step_id") in (None, "", item["step_id"])
        kept = waiting.get((item["step_id"], item["command"]))
        wanted = not command and item["command"] == asked_for and not any(other["open"] for other in commands)
        commands.append(
            {
                **item,
                "open": mine or wanted,
                "has_preview": presenter.has_preview(case, item["command"]),
                "key": (form.get("key") if mine and isinstance(error, Invalid) else None) or str(uuid.uuid4()),
                "form": presenter.form(case, item["command"], item["step"]),
                "before": presenter.before(case, item["command"]),
                "data": presenter.form_data(case, item["command"], actor),
                "errors": words.errors_by_field(error) if mine and isinstance(error, Invalid) else {},
                "values": form if mine else letter_drafts.typed(kept) if kept else {},
                "waits": kept,
                "waits_title": title_of(kept.kind, case.process) if kept else "",
                "writes": case_letters.is_writing(case.process, item["command"]),
            }
        )
    left = [] if any(item["open"] for item in commands) else [
        (name, value) for name, value in form.items() if value and name not in ("key", "step_id") and "csrf" not in name
    ]  # fmt: skip
    commands = presenter.arranged(case, commands)
    panel_data = presenter.panel_data(case, actor)
    beside = words.errors_by_field(beside_error) if isinstance(beside_error, Invalid) else {}
    extra = {
        "case": shown,
        "commands": commands,
        "error": "" if isinstance(error, Invalid) else text,
        "typed": left if error else [],
        "timeline": timeline.of(shown, lambda step: presenter.step_title(case, step)),
        "facts": [(fact["label"], fact["value"]) for fact in shown["facts"]],
        "panel": presenter.panel(case, actor),
        "panel_data": panel_data,
        "look_first": presenter.look_first(panel_data),
        "subject_url": presenter.subject_url(case),
        "subject_label": presenter.subject_label(case),
        "warning": presenter.warning(case),
        "mend": presenter.mend(case, actor) if shown["returned"] else None,
        "beside_error": words.error_text(beside_error) if beside_error else "",
        "has_originals": any(paper.serves for paper in case_file.papers(model.Session, case, actor)),
        "beside_errors": beside if beside.keys() <= set(beside_fields) else {},
        "beside_key": str(uuid.uuid4()),
        "sent": form if beside_error else {},
        "whatsapp": whatsapp.text_of(model.Session, case),
    }
    return tk.render("satudata/desk/read.html", extra_vars=extra)
