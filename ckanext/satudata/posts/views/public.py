"""`/publikasi`: posts and analysis reports for everybody, each with its data; an Atom feed of them."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain import signs
from ckanext.satudata.model.case import Case
from ckanext.satudata.posts import content, reading
from ckanext.satudata.posts.views.post import file_headers
from ckanext.satudata.shared import clock, vault
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.publishing import posts
from ckanext.satudata.views import gate

satudata_posts_public = Blueprint("satudata_posts_public", __name__, url_prefix="/publikasi")
ON_A_PAGE = 20
ALWAYS_ASK = "public, no-cache"
"""What is kept elsewhere is asked for anew each time: data may be narrowed at any moment."""


@satudata_posts_public.route("")
def index():
    """The newest ones, a page at a time."""
    page = tk.request.args.get("page", "1")
    number = int(page) if page.isdecimal() and 0 < len(page) < 5 and int(page) else 1
    found = _listed(ON_A_PAGE + 1, (number - 1) * ON_A_PAGE)
    extra = {"posts": found[:ON_A_PAGE], "page": number, "more": len(found) > ON_A_PAGE}
    return tk.render("posts/index.html", extra_vars=extra)


def _listed(limit: int, offset: int = 0) -> list[dict[str, Any]]:
    return tk.get_action("satudata_post_list")({"user": ""}, {"limit": limit, "offset": offset})


@satudata_posts_public.route("/umpan.atom")
def feed():
    """The newest ones as Atom; answers 304 to who has the same already."""
    found = _listed(ON_A_PAGE)
    extra = {
        "posts": found,
        "updated": found[0]["published_at"] if found else clock.now().isoformat(),
        "own": scans.site_url("satudata_posts_public.feed"),
        "page": scans.site_url("satudata_posts_public.index"),
    }
    body = signs.held(tk.render("posts/feed.xml", extra_vars=extra))
    # CKAN tells of every rendered page that nobody may keep it; this one is the same for all.
    tk.request.environ.pop("__no_cache__", None)
    response = Response(body, mimetype="application/atom+xml", headers={"Cache-Control": ALWAYS_ASK})
    response.add_etag()
    return response.make_conditional(tk.request)


@satudata_posts_public.route("/<int:number>")
def read(number: int):
    """One post."""
    try:
        found = tk.get_action("satudata_post_show")({"user": ""}, {"number": number})
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404)
    return _page(found, {})


@satudata_posts_public.route("/<int:number>", methods=["POST"])
def withdraw(number: int):
    """Takes it from the public page, for who answers for it; the others are told that there is no such page."""
    try:
        found = tk.get_action("satudata_post_show")({"user": ""}, {"number": number})
        sent = {"number": number, "reason": tk.request.form.get("reason", "")}
        tk.get_action("satudata_post_withdraw")(gate.context(), sent)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    except tk.ValidationError as error:
        return _page(found, gate.errors_of(error)), 422
    tk.h.flash_success(tk._("It is not on the public page any more."))
    return tk.redirect_to("satudata_posts_public.index")


def _page(found: dict[str, Any], errors: dict[str, list[str]]) -> str:
    session = model.Session()
    row = posts.find(session, found["number"])
    case = session.get(Case, row[0].case_id) if row is not None and tk.current_user.is_authenticated else None
    may = case is not None and reading.may_withdraw(session, case, actor_of(gate.context()))
    extra = {"post": found, "may_withdraw": may, "errors": errors}
    return tk.render("posts/read.html", extra_vars=extra)


@satudata_posts_public.route("/<int:number>/gambar/<int:place>")
def drawing(number: int, place: int):
    """A drawing of a post that the public sees."""
    session = model.Session()
    found = posts.find(session, number)
    files = {**content.EMPTY, **found[1].content}["files"] if found is not None else []
    if found is None or found[0].process != rules.POST or not 0 < place <= len(files):
        return tk.abort(404)
    kept = vault.get(session, files[place - 1]["vault_id"])
    response = Response(vault.open_stream(session, kept.id), headers=file_headers(kept, ALWAYS_ASK))
    response.set_etag(kept.sha256)
    return response.make_conditional(tk.request)
