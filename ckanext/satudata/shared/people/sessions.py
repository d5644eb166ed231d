"""Sessions of officers end with the password under which they began.

Somebody else may have logged in before the owner chose it. CKAN's cookies know the user only; ours carry the mark
of the password, which a login writes. A "remember me" cookie has none: officers log in anew. A request that is
under way while the owner chooses the password has no roles from then on, and leaves no access token behind.
"""

from __future__ import annotations

import hashlib
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import g, has_request_context, session
from flask_login import logout_user, user_logged_in

from ckanext.satudata.model.account_proof import AccountProof

_KEY = "satudata_password"
_LET_IN = "satudata.let_in"


def mark_of(user: model.User) -> str:
    """What tells one password of the account from the next; a session carries it too."""
    return hashlib.sha256((user.password or "").encode()).hexdigest()


def let_in_under(user: model.User) -> str | None:
    """The mark of the password under which this request was let in as that user; None outside of a request."""
    who, mark = tk.request.environ.get(_LET_IN, ("", "")) if has_request_context() else ("", "")
    return mark if who == user.id else None


def let_in(user: model.User) -> str:
    """This request acts as that user, under the password the account has now; its mark."""
    mark = mark_of(user)
    tk.request.environ[_LET_IN] = (user.id, mark)
    return mark


def listen() -> None:
    """Sets the listener; safe to repeat."""
    user_logged_in.connect(_began)


def _began(_app: Any, user: model.User, **_: Any) -> None:
    session[_KEY] = mark_of(user)
    if not user.email:
        tk.h.flash_notice(
            tk._("Your account has no e-mail address: another person has proven that it is theirs. Enter your own.")
        )


def renew(user: model.User) -> None:
    """The owner of this session has just chosen another password."""
    if let_in_under(user):
        tk.request.environ[_LET_IN] = (user.id, mark_of(user))
    if has_request_context() and session.get("_user_id") == user.id:
        session[_KEY] = mark_of(user)


def end_foreign() -> None:
    """Logs out a session that began under another password of an officer's account."""
    if not tk.current_user.is_authenticated:
        return
    user = tk.current_user
    mark = let_in(user)
    if "_user_id" not in session or g.get("login_via_auth_header"):
        return
    if session.get(_KEY) != mark and model.Session.get(AccountProof, user.id) is not None:
        logout_user()
        g.user, g.userobj = "", None
