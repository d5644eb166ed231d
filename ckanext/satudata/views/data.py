"""The page where a resource can be asked for, and every download route of CKAN, which asks before it serves."""

from __future__ import annotations

import functools
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import flask
from ckan.common import current_user
from flask import Blueprint, Response
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from ckanext.satudata.domain import clients
from ckanext.satudata.domain.access import Allowed
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared.actors import ANONYMOUS, actor_for
from ckanext.satudata.shared.files import access, downloads, grants, stock_files
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.views import guestbook_gate
from ckanext.satudata.views.sending import is_download, is_piece, keep_private, send, send_stock

satudata_data = Blueprint("satudata_data", __name__)


@satudata_data.route("/minta-data/<resource_id>")
def ask(resource_id: str):
    """Leads to the page of the resource, for whoever may see it; this address never changes."""
    resource = model.Session.get(model.Resource, resource_id)
    if resource is None:
        return tk.abort(404, tk._("Resource not found"))
    try:
        shown = tk.get_action("package_show")(_context(), {"id": resource.package_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404, tk._("Resource not found"))
    if resource_id not in {listed["id"] for listed in shown["resources"]}:
        return tk.abort(404, tk._("Resource not found"))
    return tk.redirect_to(f"{shown['type']}_resource.read", id=shown["name"], resource_id=resource_id)


def download(package_type: str, id: str, resource_id: str, filename: str | None = None):
    """Serves the file or leads to the address, if `may_download` allows it; counts it."""
    eyes = blind.Eyes(_context())  # what it has read is not read again below
    try:
        # It asks `package_show` of the dataset that the resource belongs to.
        blind.look_at_resource(eyes, resource_id)
        shown = tk.get_action("resource_show")(_context(), {"id": resource_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404, tk._("Resource not found"))
    package = model.Package.get(shown["package_id"])
    if package is None or model.Package.get(id) is not package:
        return tk.abort(404, tk._("Resource not found"))
    actor = actor_for(current_user) if current_user.is_authenticated else ANONYMOUS
    answer = access.ask(model.Session, actor, resource_id)
    if not isinstance(answer.verdict, Allowed):
        # A page, not a file: programs see that by its status, people by its words.
        page = tk.url_for(f"{package.type}_resource.read", id=package.name, resource_id=resource_id)
        return flask.make_response(tk.render("satudata/not_open.html", {"page": page}), 403)
    if answer.grant is not None:
        # Opening its page spends nothing; the button there does.
        return flask.redirect(tk.url_for("satudata_grants.page", token=grants.for_account(answer.grant)), 303)
    is_open = answer.verdict.channel == "file"
    who = guestbook_gate.decide(package, resource_id, guestbook_gate.FILE, is_piece=is_piece()) if is_open else OFFICE
    if who.instead is not None:
        return who.instead
    if answer.kept is None and not (answer.file and answer.file.address):
        return _of_before(answer, shown, who)
    return counted(answer, answer.file.public_location if is_open else None, who)


OFFICE = guestbook_gate.Decided()
"""An officer's download of what is not open: nobody is asked."""


def _of_before(answer: access.Answer, resource: dict[str, Any], who: guestbook_gate.Decided) -> Response:
    """A file that CKAN stored before this portal came, and that is not adopted yet."""
    state = model.Session.get(DatasetState, answer.package_id)
    is_of_before = answer.file is not None and state is not None and state.waits_for_adoption
    stored = stock_files.blocks(answer.file.resource_id) if is_of_before else None
    if stored is None:
        return tk.abort(404, tk._("No download is available"))
    response = send_stock(stored, stock_files.path_of(answer.file.resource_id), resource)
    return _recorded(response, answer, who)


def counted(
    answer: access.Answer, public_location: str | None = None, who: guestbook_gate.Decided = OFFICE
) -> Response:
    """The file, or the way to its address, once the download is stored as what it was allowed as."""
    if answer.kept is None:
        response = flask.redirect(answer.file.address)
    else:
        response = send(answer.kept, public_location=public_location)
    return _recorded(response, answer, who)


def _recorded(response: Response, answer: access.Answer, who: guestbook_gate.Decided) -> Response:
    channel = answer.verdict.channel
    if who.counts and is_download(response):
        _keep(answer, "link" if answer.kept is None and answer.file.address and channel == "file" else channel, who)
    return response


def _keep(answer: access.Answer, channel: str, who: guestbook_gate.Decided) -> None:
    downloads.keep(
        model.Session(),
        package_id=answer.package_id,
        resource_id=answer.file.resource_id,
        resource_version=answer.file.version,
        channel=channel,
        client=clients.kind(flask.request.headers.get("User-Agent")),
        signed=who.signed,
    )


def _context():
    return {"user": current_user.name, "auth_user_obj": current_user}


def _words(error: tk.ValidationError) -> str:
    return " ".join(f"{name}: {text}" for name, text in error.error_summary.items())


DUMPED = ("csv", "tsv", "json", "xml")
"""The formats in which CKAN gives the rows of the DataStore."""


def take_over(app) -> None:
    """What CKAN leaves out: caches, downloads, and views that let an action's refusal through as a fault (500)."""
    from ckan.views import file as core_files
    from ckan.views.resource import download as core

    if not hasattr(core_files._as_response, "asks"):
        core_files._as_response = _asked_first(core_files._as_response)
    app.after_request(keep_private)
    app.register_error_handler(tk.ObjectNotFound, lambda error: app.handle_user_exception(NotFound()))
    app.register_error_handler(tk.NotAuthorized, lambda error: app.handle_user_exception(Forbidden()))
    app.register_error_handler(tk.ValidationError, lambda error: app.handle_user_exception(BadRequest(_words(error))))

    for endpoint, view in list(app.view_functions.items()):
        if view is core:
            app.view_functions[endpoint] = download
    if "datastore.dump" in app.view_functions:
        app.view_functions["datastore.dump"] = _counted_rows(app.view_functions["datastore.dump"])
        app.view_functions["api.action"] = _counted_search(app.view_functions["api.action"])
    if "resource_proxy.proxy_view" in app.view_functions:
        app.view_functions["resource_proxy.proxy_view"] = _open_only(app.view_functions["resource_proxy.proxy_view"])


def _counted_rows(view):
    """CKAN's dump of the DataStore: asks as a file does, from whatever row, and is counted with its first row."""

    @functools.wraps(view)
    def asked(resource_id: str, **kw):
        if (flask.request.args.get("format") or "csv") not in DUMPED:
            # CKAN's own words for this end in a fault.
            return tk.abort(400, tk._("This format is not made."))
        found = _rows_of(resource_id)
        if found is None:
            return view(resource_id=resource_id, **kw)
        answer, package = found
        resource_id = answer.file.resource_id
        who = guestbook_gate.decide(package, resource_id, guestbook_gate.ROWS)
        if who.instead is not None:
            return who.instead
        response = view(resource_id=resource_id, **kw)
        is_first = _whole(flask.request.args.get("offset"), 0) == 0
        if who.counts and is_first and flask.request.method == "GET" and response.status_code == 200:
            _keep(answer, "rows", who)
        return response

    return asked


A_LOOK = 100
"""Rows up to which a call of `datastore_search` looks at a table, as previews and examples do; beyond it takes them."""


def _counted_search(view):
    """CKAN's API: who takes rows by `datastore_search` is asked as a program that takes a dump, and counted once."""

    @functools.wraps(view)
    def asked(logic_function: str, **kw):
        found = _taken() if logic_function == "datastore_search" else None
        if found is None:
            return view(logic_function=logic_function, **kw)
        answer, package, is_first = found
        who = guestbook_gate.decide(package, answer.file.resource_id, guestbook_gate.ROWS, is_call=True)
        if who.instead is not None:
            return who.instead
        response = view(logic_function=logic_function, **kw)
        if who.counts and is_first and response.status_code == 200:
            _keep(answer, "rows", who)
        return response

    return asked


def _taken() -> tuple[access.Answer, model.Package, bool] | None:
    """Whose rows this call takes, and whether from the first on; None for a look, and for what CKAN refuses."""
    # Not before CKAN has loaded it by its own way, which makes a module of its own.
    from ckan.views import api as core_api

    if flask.request.method not in ("GET", "POST"):
        return None
    try:
        sent = core_api._get_request_data(try_url_params=True)
    except ValueError:
        return None
    usual = tk.config["ckan.datastore.search.rows_default"] or A_LOOK
    offset, limit = _whole(sent.get("offset"), 0), _whole(sent.get("limit"), usual)
    if limit <= 0 or offset + limit <= A_LOOK:
        return None
    # Of two names CKAN takes this one.
    found = _rows_of(str(sent.get("id") or sent.get("resource_id") or ""))
    return (*found, offset == 0) if found else None


def _rows_of(name: str) -> tuple[access.Answer, model.Package] | None:
    """The resource under this id or alias whose rows everybody may have, and its dataset."""
    table = guestbook_gate.table_of(name)
    answer = access.ask(model.Session, ANONYMOUS, table) if table else None
    if answer is None or not isinstance(answer.verdict, Allowed) or answer.file is None:
        return None
    return answer, model.Package.get(answer.package_id)


def _whole(sent: Any, otherwise: int) -> int:
    """A number as CKAN reads it, however it is written: `00` is 0; -1 for what is none, which CKAN refuses."""
    try:
        return otherwise if sent is None or not str(sent).strip() else int(sent)
    except (TypeError, ValueError, OverflowError):
        return -1


def _asked_first(respond):
    """What every `/file/…` route of CKAN sends its bytes with: of a dataset's file only to who may download it."""

    @functools.wraps(respond)
    def asked(storage: str, data, *args, **kw):
        stored = model.Session.scalar(model.File.by_location(data.location, storage))
        owner = stored.owner if stored is not None else None
        if owner is not None and owner.owner_type in ("resource", "package"):
            actor = actor_for(current_user) if current_user.is_authenticated else ANONYMOUS
            if not access.of_stored(model.Session, actor, owner.owner_type, owner.owner_id):
                return tk.abort(404)
        return respond(storage, data, *args, **kw)

    asked.asks = True
    return asked


def _open_only(view):
    """A view of another plugin that passes on what a resource leads to; what is not open is not there."""

    @functools.wraps(view)
    def asked(resource_id: str, **kw):
        if not access.is_open(model.Session, resource_id):
            return tk.abort(404, tk._("Resource not found"))
        return view(resource_id=resource_id, **kw)

    return asked
