"""Sessions of officers end with the password under which they began.

Somebody else may have logged in before the owner chose it. CKAN's cookies know the user only; ours carry the mark
of the password, which a login writes. A "remember me" cookie has none: officers log in anew.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import g, has_request_context, session
from flask_login import logout_user, user_logged_in

from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.shared import accounts

_KEY = "satudata_password"


def listen() -> None:
    """Sets the listener; safe to repeat."""
    user_logged_in.connect(_began)


def _began(_app: Any, user: model.User, **_: Any) -> None:
    session[_KEY] = accounts.mark_of(user)
    if not user.email:
        tk.h.flash_notice(
            tk._("Your account has no e-mail address: another person has proven that it is theirs. Enter your own.")
        )


def renew(user: model.User) -> None:
    """The owner of this session has just chosen another password."""
    if has_request_context() and session.get("_user_id") == user.id:
        session[_KEY] = accounts.mark_of(user)


def end_foreign() -> None:
    """Logs out a session that began under another password of an officer's account."""
    if "_user_id" not in session or g.get("login_via_auth_header") or not tk.current_user.is_authenticated:
        return
    user = tk.current_user
    if session.get(_KEY) != accounts.mark_of(user) and model.Session.get(AccountProof, user.id) is not None:
        logout_user()
        g.user, g.userobj = "", None
