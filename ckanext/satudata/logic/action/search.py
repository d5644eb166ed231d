"""CKAN's `package_search` behind the search box of a page."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from flask import g

from ckanext.satudata.shared.finding import search_misses, search_pages


@tk.chained_action
@tk.side_effect_free
def package_search(next_action, context, data_dict):
    """CKAN's `package_search`. On a search page, words that it refuses or finds nothing for are tried as plain words.

    The page then says so: `g.satudata_plain_words`. Elsewhere (the API) nothing changes.
    """
    typed = str(data_dict.get("q") or "") if _is_search_page() else ""
    answer = _tried(next_action, context, data_dict, typed)
    if typed.strip() and not answer["count"]:
        search_misses.look(typed)
    return answer


def _tried(next_action, context, data_dict, typed):
    words = search_pages.plain(typed)
    if not typed.strip() or words == " ".join(typed.split()):
        return next_action(context, data_dict)
    answer = None
    try:
        answer = next_action(context, dict(data_dict))
    except SearchError:
        if not words:
            raise SearchError("There is no word in the query") from None  # the page keeps its form and says what helps
    if not words or answer and answer["count"]:
        return answer
    plain = next_action(context, {**data_dict, "q": words})
    if answer is None or plain["count"]:
        g.satudata_plain_words = words
        return plain
    return answer


def _is_search_page() -> bool:
    return bool(tk.request) and tk.request.endpoint in search_pages.PAGES
