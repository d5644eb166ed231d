"""No request leaves its session to the next one of its thread, however it ends.

CKAN removes the session in an `after_request` function. That is passed over where the page of the fault itself cannot
be made, as after a refused statement: the database then refuses every further one, those of the page's menu too, and
with them whatever the thread is asked next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from ckan import model
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)


def install(app: Any) -> None:
    """Rolls back before the page of a fault is made, and removes the session once the answer stands."""
    app.handle_user_exception = _rolled_back(app.handle_user_exception)
    app.wsgi_app = _removed(app.wsgi_app)


def _rolled_back(handle: Callable[[Exception], Any]) -> Callable[[Exception], Any]:
    def handled(error: Exception) -> Any:
        if not isinstance(error, HTTPException):
            try:
                model.Session.rollback()
            except SQLAlchemyError:  # the database is away
                log.warning("What a failed request began could not be rolled back.", exc_info=True)
                model.Session.remove()
        return handle(error)

    return handled


def _removed(wsgi_app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    def called(environ: Any, start_response: Any) -> Iterable[bytes]:
        try:
            return wsgi_app(environ, start_response)
        finally:
            model.Session.remove()

    return called
