"""What a visitor and a program get while the database or Redis does not answer: 503 and plain words, no traceback.

The page stands alone: the portal's templates ask the database. Nothing was stored, since whatever a request
writes it writes in one transaction. Redis only carries jobs and counters: pages do without it, and the 503 of an
action that needs it does not say that nothing was stored.
"""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from flask import Blueprint, Response, jsonify, request
from markupsafe import escape
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer
from sqlalchemy.exc import InterfaceError, OperationalError

from ckanext.satudata.views import lapsed

log = logging.getLogger(__name__)

blueprint = Blueprint("satudata_unavailable", __name__)

FORM = """<form method="post" action="{action}" enctype="multipart/form-data">
{fields}
<p><button type="submit">{again}</button></p>
</form>
{typed}"""

RETRY_SECONDS = "30"
PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 1rem}}
button{{font:inherit;padding:.5rem 1.2rem}}
dd{{white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 .7rem}}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
<p>{kept}</p>
{form}
</main>
</body>
</html>
"""


@blueprint.app_errorhandler(OperationalError)
@blueprint.app_errorhandler(InterfaceError)
def unavailable(error: Exception) -> Response:
    """Answers 503 with Retry-After: JSON below /api/, else a page in the language of the address."""
    log.error("The database does not answer: %s", error)
    text = tk._("The database does not answer. Please try again in a few minutes.")
    form = _form()
    if form:
        return _answer(
            text, tk._("What you sent was not stored. It is kept on this page: leave it open and send it again."), form
        )
    return _answer(text, "" if request.method == "GET" else tk._("What you sent was not stored."))


@blueprint.app_errorhandler(NoConnection)
@blueprint.app_errorhandler(NoAnswer)
def unavailable_queue(error: Exception) -> Response:
    """The same while Redis is away, for what cannot do without it."""
    log.error("Redis does not answer: %s", error)
    text = tk._("The portal's work queue does not answer. Please try again in a few minutes.")
    return _answer(text, tk._("Before you send a form again, see whether it was stored."))


@blueprint.after_app_request
def unavailable_to_action(response: Response) -> Response:
    """CKAN's API swallows what an action raises into a bare 500; while a service is away that becomes its 503."""
    if response.status_code != 500 or not request.path.startswith("/api/"):
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


def _form() -> str:
    """What was posted by a page of ours, to be sent again; the same `key` in it makes a form sent twice one.

    Empty for programs and for forms with a password, which no page carries.
    """
    if request.method != "POST" or not lapsed.is_own_form() or any(map(lapsed.is_secret, request.form)):
        return ""
    given = list(request.form.items(multi=True))
    fields = [f'<textarea name="{escape(name)}" hidden>\n{escape(value)}</textarea>' for name, value in given]
    for name, file in request.files.items(multi=True):
        if file.filename:
            told = escape(tk._("Choose the file once more"))
            fields.append(f'<p><label>{told}: <input type="file" name="{escape(name)}"></label></p>')
    typed = [f"<dd>{escape(value)}</dd>" for name, value in given if lapsed.is_text(name) and len(value.strip()) > 1]
    return FORM.format(
        action=escape(request.full_path.rstrip("?")),
        fields="\n".join(fields),
        again=escape(tk._("Send again")),
        typed=f"<h2>{escape(tk._('What you typed'))}</h2><dl>{''.join(typed)}</dl>" if typed else "",
    )


def _answer(text: str, kept: str, form: str = "") -> Response:
    title = tk._("The portal is not available for a moment")
    if request.path.startswith("/api/"):
        body = {"success": False, "error": {"__type": "Service Unavailable", "message": f"{title}. {text}"}}
        response = jsonify(body)
    else:
        parts = {"title": title, "text": text, "kept": kept}
        page = PAGE.format(
            language=escape(_language()), form=form, **{name: escape(value) for name, value in parts.items()}
        )
        response = Response(page, mimetype="text/html")
    response.status_code = 503
    response.headers["Retry-After"] = RETRY_SECONDS
    response.headers["Cache-Control"] = "no-store"
    return response


def _language() -> str:
    return request.environ.get("CKAN_LANG") or tk.config["ckan.locale_default"]
