"""What a visitor and a program get while the database or Redis does not answer: 503 and plain words, no traceback.

The page stands alone: the portal's templates ask the database. Nothing was stored, since whatever a request
writes it writes in one transaction. A form that was sent stands on it and can be sent again: going back would not
bring it back, since form pages are kept by no browser. Redis only carries jobs and counters: pages do without it, and
the 503 of an action that needs it does not say that nothing was stored.
"""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from flask import Blueprint, Response, jsonify, request
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment
from markupsafe import Markup, escape
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer
from sqlalchemy.exc import InterfaceError, OperationalError

from ckanext.satudata import config
from ckanext.satudata.shared import hooks
from ckanext.satudata.views import typed

log = logging.getLogger(__name__)

blueprint = Blueprint("satudata_unavailable", __name__)

RETRY_SECONDS = "30"
PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 1rem}}
label{{display:block}}input,button{{font:inherit;padding:.5rem;max-width:100%;box-sizing:border-box}}button{{cursor:pointer}}
header{{margin-bottom:2rem}}.demo{{background:#fff3c4;color:#3d3000;padding:.25rem .5rem}}
dt{{font-weight:bold}}dd{{margin:0 0 1rem;white-space:pre-wrap;overflow-wrap:anywhere}}</style>
</head>
<body>
<header>
{demo}<p><strong>{portal}</strong><br>{government}</p>
</header>
<main>
<h1>{title}</h1>
<p>{text}</p>
<p>{kept}</p>
{form}</main>
</body>
</html>
"""
FORM = """<form method="post" action="{{ address }}"{% if fields.files %} enctype="multipart/form-data"{% endif %}>
{% if mark %}<input type="hidden" name="{{ mark[0] }}" value="{{ mark[1] }}">{% endif %}
{% for name, value in fields.kept %}<textarea name="{{ name }}" hidden>
{{ value }}</textarea>
{% endfor %}
{% for names, kind, words in ask %}{% for name in names %}
<p><label for="{{ kind }}-{{ loop.index }}">{{ words }}</label>
<input type="{{ kind }}" id="{{ kind }}-{{ loop.index }}" name="{{ name }}" autocomplete="off"></p>
{% endfor %}{% endfor %}
<p><button type="submit">{{ again }}</button></p>
</form>
{% if fields.shown %}<h2>{{ heading }}</h2>
<dl>{% for label, value in fields.shown %}<dt>{{ label }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
{% endif %}"""


@blueprint.app_errorhandler(OperationalError)
@blueprint.app_errorhandler(InterfaceError)
def unavailable(error: Exception) -> Response:
    """Answers 503 with Retry-After: JSON below /api/, else a page in the language of the address."""
    log.error("The database does not answer: %s", error)
    text = tk._("The database does not answer. Please try again in a few minutes.")
    return _answer(text, tk._("What you sent was not stored."))


@blueprint.app_errorhandler(NoConnection)
@blueprint.app_errorhandler(NoAnswer)
def unavailable_queue(error: Exception) -> Response:
    """The same while Redis is away, for what cannot do without it."""
    log.error("Redis does not answer: %s", error)
    text = tk._("The portal's work queue does not answer. Please try again in a few minutes.")
    return _answer(text, tk._("Before you send a form again, see whether it was stored."))


@hooks.after(blueprint, "api")
def unavailable_to_action(response: Response) -> Response:
    """CKAN's API swallows what an action raises into a bare 500; while a service is away that becomes its 503."""
    if response.status_code != 500:
        return response
    try:
        with model.meta.engine.connect() as connection:
            connection.execute(sa.text("select 1"))
        connect_to_redis().ping()
    except (OperationalError, InterfaceError) as error:
        return unavailable(error)
    except (NoConnection, NoAnswer) as error:
        return unavailable_queue(error)
    return response


def _answer(text: str, kept: str) -> Response:
    title = tk._("The portal is not available for a moment")
    if request.path.startswith("/api/"):
        body = {"success": False, "error": {"__type": "Service Unavailable", "message": f"{title}. {text}"}}
        response = jsonify(body)
    else:
        form = _form()
        if form:
            kept += " " + tk._("Your text is kept on this page: wait a moment, then send it again.")
        else:
            kept += " " + tk._("Wait a few minutes before you go back: only then will your text still be there.")
        parts = {
            "title": title,
            "text": text,
            "kept": kept if request.method == "POST" else "",
            "portal": tk.config["ckan.site_title"],
            "government": config.government_name(),
            "language": _language(),
        }
        demo = Markup('<p class="demo">{}</p>\n').format(tk._("Sample data, not official data"))
        page = PAGE.format(
            form=form, demo=demo if config.demo() else "", **{name: escape(value) for name, value in parts.items()}
        )
        response = Response(page, mimetype="text/html")
        response.headers["Referrer-Policy"] = "same-origin"  # with none, the form would not say that it is ours
    response.status_code = 503
    response.headers["Retry-After"] = RETRY_SECONDS
    response.headers["Cache-Control"] = "no-store"
    return response


def _form() -> Markup:
    """The form that was sent, to send again; nothing where there is none, or it cannot be read."""
    try:
        if not typed.is_own_form():
            return Markup()
        fields = typed.typed()
        mark = (tk.config["WTF_CSRF_FIELD_NAME"], generate_csrf())
    except Exception:  # whatever fails here must not hide what happened
        log.exception("The form cannot be handed back.")
        return Markup()
    shown = {
        "fields": fields,
        "mark": mark,
        "address": typed.address(),
        "again": tk._("Send again"),
        "heading": tk._("What you typed"),
        "ask": [
            (fields.secrets, "password", tk._("Type the password once more")),
            (fields.codes, "text", tk._("Type the code once more")),
            (fields.files, "file", tk._("Choose the file once more")),
        ],
    }
    return Markup(Environment(autoescape=True).from_string(FORM).render(shown))


def _language() -> str:
    return request.environ.get("CKAN_LANG") or tk.config["ckan.locale_default"]
