"""CKAN's `help_show`, which of an action that plugins chain would know one docstring at most."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

OURS = "ckanext.satudata."


@tk.chained_action
@tk.side_effect_free
def help_show(next_action, context, data_dict):
    """CKAN's `help_show`. For CKAN's own actions: CKAN's help whole, then what is different in this portal."""
    found = next_action(context, data_dict)
    help_, own = _parts(tk.get_action(data_dict["name"]))
    return "\n\n".join([help_, "In this portal:", *own]) if help_ and own else found


def _parts(action: Callable[..., Any]) -> tuple[str, list[str]]:
    """The help of the function at the end of the chain, and what our links of the chain say, the outermost first."""
    own: list[str] = []
    link: Any = getattr(action, "__wrapped__", action)
    while isinstance(link, functools.partial):
        said = inspect.getdoc(link.func) or ""
        if said and link.func.__module__.startswith(OURS) and said not in own:
            own.append(said)
        link = link.args[0]
    return inspect.getdoc(link) or "", own
