"""Hooks of the views of some blueprints, CKAN's or another plugin's: what asks for other views does not pass them.

Flask's `before_app_request` and `after_app_request` cost every request a call, and so every answer of the API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Hook = TypeVar("Hook", bound=Callable[..., Any])


def before(own: Any, *names: str) -> Callable[[Hook], Hook]:
    """Decorates a `before_request` function for the blueprints with these names; the blueprint `own` brings it along.

    After the check against forged forms.
    """
    return _hook(own, "before_request_funcs", names)


def after(own: Any, *names: str) -> Callable[[Hook], Hook]:
    """The same for an `after_request` function."""
    return _hook(own, "after_request_funcs", names)


def _hook(own: Any, kind: str, names: tuple[str, ...]) -> Callable[[Hook], Hook]:
    def decorate(function: Hook) -> Hook:
        def add(state: Any) -> None:
            for name in names:
                getattr(state.app, kind).setdefault(name, []).append(function)

        own.record_once(add)
        return function

    return decorate
