"""`/publikasi`: posts and analysis reports for everybody, each with its data; an Atom feed of them."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain import post as rules
from ckanext.satudata.posts import content
from ckanext.satudata.posts.views.post import file_headers
from ckanext.satudata.shared import clock, posts, scans, vault

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
    """The newest ones as Atom."""
    found = _listed(ON_A_PAGE)
    extra = {
        "posts": found,
        "updated": found[0]["published_at"] if found else clock.now().isoformat(),
        "own": scans.site_url("satudata_posts_public.feed"),
        "page": scans.site_url("satudata_posts_public.index"),
    }
    body = tk.render("posts/feed.xml", extra_vars=extra)
    return Response(body, mimetype="application/atom+xml", headers={"Cache-Control": ALWAYS_ASK})


@satudata_posts_public.route("/<int:number>")
def read(number: int):
    """One post."""
    try:
        found = tk.get_action("satudata_post_show")({"user": ""}, {"number": number})
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404)
    return tk.render("posts/read.html", extra_vars={"post": found})


@satudata_posts_public.route("/<int:number>/gambar/<int:place>")
def drawing(number: int, place: int):
    """A drawing of a post that the public sees."""
    session = model.Session()
    found = posts.find(session, number) if number < 2_000_000_000 else None
    files = {**content.EMPTY, **found[1].content}["files"] if found is not None else []
    if found is None or found[0].process != rules.POST or not 0 < place <= len(files):
        return tk.abort(404)
    kept = vault.get(session, files[place - 1]["vault_id"])
    response = Response(vault.open_stream(session, kept.id), headers=file_headers(kept, ALWAYS_ASK))
    response.set_etag(kept.sha256)
    return response.make_conditional(tk.request)
