"""The registers: masked and with figures for everybody, whole for who keeps them; and what is published of requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request, stream_with_context

from ckanext.satudata.domain import register as rules
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.report import Kind, Period
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import publishing, register_files, registers, requests
from ckanext.satudata.ppid.logic.action.register import DECISIONS, period_of
from ckanext.satudata.shared import clock, wording, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.documents import report_files, report_page, sheets
from ckanext.satudata.shared.wording import N_
from ckanext.satudata.views import gate

satudata_register = Blueprint("satudata_register", __name__)

ROWS, ANSWERS = 25, 20
NAMES = {"permohonan": "requests", "keberatan": "objections"}
LISTS = {"requests": "satudata_request_register_full_list", "objections": "satudata_objection_register_list"}
BLOCK = 64 * 1024
STATES = {
    "proposed": N_("waits for a second reader"),
    "published": N_("published"),
    "declined": N_("not agreed to"),
    "withdrawn": N_("taken down"),
}


@boundary
def _period(args: dict[str, Any]) -> Period:
    return period_of(args)


def _asked() -> tuple[Period, dict[str, list[str]]]:
    """The period of the address; this year, and what was wrong, where it cannot be read."""
    try:
        return _period({name: request.args.get(name, "").strip() for name in ("from_on", "until_on")}), {}
    except tk.ValidationError as refusal:
        today = clock.today()
        return Period(date(today.year, 1, 1), today), gate.errors_of(refusal)


def _page_number() -> int:
    page = request.args.get("page", "1")
    return int(page) if page.isdecimal() and 0 < len(page) < 6 and int(page) else 1


# ---------------------------------------------------------------- everybody


@satudata_register.get("/permohonan/register")
def public() -> Any:
    """Figures first, then the masked list."""
    (period, errors), number = _asked(), _page_number()
    decision = _decision()
    session = model.Session
    found = registers.figures(session, period)
    count = registers.public_count(session, period, decision)
    part = {"limit": ROWS, "offset": (number - 1) * ROWS}
    shown = [
        registers.public_cells(row, in_short=True) for row in registers.public_rows(session, period, decision, **part)
    ]
    extra = {
        "period": period,
        "errors": errors,
        "decision": decision,
        "decisions": [(code, words.code_name("outcome", code)) for code in DECISIONS if code],
        "figures": found,
        "bars": [
            _bars(
                tk._("What became of the requests"),
                [(words.code_name("outcome", code), number_) for code, number_ in found.decisions.items()],
            ),
            _bars(tk._("Why requests were refused, in whole or in part"), registers.reasons(found)),
            _bars(tk._("Requests received each month"), [(wording.month(on), n) for on, n in found.months]),
        ],
        **_table(shown),
        "count": count,
        "page": number,
        "more": count > number * ROWS,
        "address": {"from_on": period.from_on.isoformat(), "until_on": period.until_on.isoformat()},
    }
    return tk.render("ppid/register/public.html", extra), 400 if errors else 200


def _table(cells: list[Any]) -> dict[str, Any]:
    """The columns in which a row of the page says something; the CSV has all."""
    kept = [at for at, _column in enumerate(rules.PUBLIC) if any(row[at] not in (None, "") for row in cells)]
    columns = [rules.PUBLIC[at] for at in kept]
    return {
        "heads": [tk._(column.head) for column in columns],
        "rows": _in_words(columns, [[row[at] for at in kept] for row in cells]),
        "numeric": [at for at, column in enumerate(columns) if column.kind is Kind.COUNT],
        "dates": [at for at, column in enumerate(columns) if column.kind is Kind.DATE],
        "long": [at for at, column in enumerate(columns) if column.head == "Reason of the refusal"],
    }


def _decision() -> str:
    wanted = request.args.get("decision", "")
    return wanted if wanted in DECISIONS else ""


def _in_words(columns: Any, cells: Any) -> list[list[str]]:
    return [[report_page.shown(column, cell) for column, cell in zip(columns, row, strict=True)] for row in cells]


def _bars(title: str, values: Any) -> dict[str, Any]:
    """A list of bars; each value stands beside its bar, so that nothing hangs on the drawing."""
    most = max((number for _label, number in values), default=0)
    items = [{"label": label, "count": number, "percent": round(100 * number / most)} for label, number in values]
    return {"title": title, "items": items}


@satudata_register.get("/permohonan/register.csv")
def public_csv() -> Any:
    """The masked list, whole, line by line."""
    period, errors = _asked()
    if errors:
        return tk.abort(400, " ".join(text for texts in errors.values() for text in texts))
    rows = (registers.public_cells(row) for row in registers.public_rows(model.Session, period, _decision()))
    lines = sheets.rows_as_csv(rules.PUBLIC, rows, translate=tk._, zone=wording.time_zone())
    return _csv(lines, f"register-permohonan-{period.from_on}-{period.until_on}.csv")


def _csv(lines: Iterator[str], name: str) -> Response:
    def body() -> Iterator[str]:
        yield "\ufeff"
        yield from lines

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(stream_with_context(body()), content_type="text/csv; charset=utf-8", headers=headers)


@satudata_register.get("/permohonan/jawaban")
def answers() -> str:
    """Answers of general interest."""
    number = _page_number()
    asked = {"limit": ANSWERS, "offset": (number - 1) * ANSWERS}
    found = tk.get_action("satudata_public_answer_list")(gate.context(), asked)
    extra = {"answers": found["results"], "page": number, "more": found["count"] > number * ANSWERS}
    return tk.render("ppid/register/answers.html", extra)


# ---------------------------------------------------------------- who keeps them


@satudata_register.get("/meja/register/<any(permohonan, keberatan):which>")
def officers(which: str) -> Any:
    """The period, how many rows it has, and the files."""
    refused = gate.only(LISTS[NAMES[which]])
    return refused if refused is not None else _officers(which, *_asked())


def _officers(which: str, period: Period, errors: dict[str, list[str]]) -> Any:
    name, kept = NAMES[which], requests.served_by(actor_of(gate.context()))
    extra = {
        "which": which,
        "title": tk._(registers.title(name, kept)),
        "period": period,
        "errors": errors,
        "count": registers.count(model.Session, name, period, kept),
        "pdf_most": rules.PDF_MOST,
        "columns": [tk._(column.head) for column in registers.COLUMNS[name]],
        "other": [one for one in NAMES if one != which and tk.h.check_access(LISTS[NAMES[one]])],
        "titles": {one: tk._(registers.TITLES[NAMES[one]]) for one in NAMES},
    }
    return tk.render("ppid/register/officers.html", extra), 400 if errors else 200


@satudata_register.get("/meja/register/<any(permohonan, keberatan):which>.<format_>")
def download(which: str, format_: str) -> Any:
    """The register as a file; journalled."""
    refused = gate.only(LISTS[NAMES[which]])
    if refused is not None:
        return refused
    period, errors = _asked()
    if format_ not in register_files.FORMATS:
        return tk.abort(404)
    if errors:
        return _officers(which, period, errors)
    try:
        made = _made(model.Session, NAMES[which], period, format_)
    except tk.ValidationError as refusal:
        return _officers(which, period, gate.errors_of(refusal))
    except tk.NotAuthorized:
        return tk.abort(404)
    name = f"register-{which}-{period.from_on}-{period.until_on}.{format_}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    body = iter(lambda: made.read(BLOCK), b"")
    return Response(body, content_type=report_files.format_of(format_).content_type, headers=headers)


@boundary
def _made(session: Any, name: str, period: Period, format_: str) -> Any:
    return register_files.made(session, name, period, format_, actor=actor_of(gate.context()))


# ---------------------------------------------------------------- what is published of a request


@satudata_register.get("/meja/jawaban/<request_id>")
def publish(request_id: str) -> Any:
    """The text about one request: written, read, taken down."""
    return gate.only("satudata_public_answer_review") or _publish(_request(request_id), {}, {})


@satudata_register.post("/meja/jawaban/<request_id>/<any(tulis, setuju, tolak, cabut):act>")
def publish_act(request_id: str, act: str) -> Any:
    """One of the acts on it."""
    refused = gate.only("satudata_public_answer_review")
    if refused is not None:
        return refused
    row = _request(request_id)
    values = {name: request.form.get(name, "") for name in ("title", "question", "answer")}
    sent: dict[str, Any] = {"id": request.form.get("id", ""), "seen": request.form.get("seen", "")}
    action, data = {
        "tulis": ("satudata_public_answer_propose", {**values, "request": row.id}),
        "setuju": ("satudata_public_answer_review", {**sent, "agrees": True}),
        "tolak": ("satudata_public_answer_review", {**sent, "agrees": False}),
        "cabut": ("satudata_public_answer_withdraw", sent),
    }[act]
    try:
        errors = gate.act(action, data)
    except tk.NotAuthorized as refusal:
        errors = {"message": [str(refusal)]}
    except tk.ObjectNotFound:
        return tk.abort(404)
    if errors:
        return _publish(_request(request_id), values if act == "tulis" else {}, errors), 400
    tk.h.flash_success(tk._("It is recorded."))
    return tk.redirect_to("satudata_register.publish", request_id=row.id)


@satudata_register.get("/meja/jawaban/<request_id>/<any(tulis, setuju, tolak, cabut):act>")
def publish_reloaded(request_id: str, act: str) -> Any:
    """The address that a refused form leaves in the browser, asked for again."""
    return tk.redirect_to("satudata_register.publish", request_id=request_id)


def _request(request_id: str) -> PpidRequest:
    row = model.Session.get(PpidRequest, request_id)
    if row is None or not publishing.may_review(actor_of(gate.context()), row):
        return tk.abort(404)
    return row


def _publish(row: PpidRequest, values: dict[str, str], errors: dict[str, Any]) -> str:
    kept = publishing.of_request(model.Session, row)
    actor = actor_of(gate.context())
    had = (
        {"title": kept.title, "question": kept.question, "answer": kept.answer} if kept else {"question": row.question}
    )
    extra = {
        "row": row,
        "kept": kept,
        "values": {**had, **values},
        "errors": errors,
        "may_write": publishing.may_write(actor, row),
        "in_register": requests.office_of(row) is Role.PPID,
        "is_own": kept is not None and kept.proposed_by == actor.user_id,
        "may_answer": row.decision in ("granted", "granted_in_part"),
        "state_name": tk._(STATES[kept.state]) if kept else "",
    }
    return tk.render("ppid/register/publish.html", extra)
