"""Whatever the journal or the mail queue names has words for the screen."""

import ast
from pathlib import Path

import ckan.plugins.toolkit as tk

import ckanext.satudata
from ckanext.satudata.domain.sop import EVENTS
from ckanext.satudata.shared import notices, words

PACKAGE = Path(ckanext.satudata.__file__).parent
WRITERS = {"append": 1, "journal": 0, "_note": 1, "_journal_holiday": 1}
"""What writes an entry, and at which place it takes the event's name."""


def _events() -> set[str]:
    found: set[str] = set(EVENTS.values())
    for file in PACKAGE.rglob("*.py"):
        if "tests" in file.parts:
            continue
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name == "append" and getattr(getattr(call.func, "value", None), "id", "") != "journal":
                continue
            given = call.args[WRITERS[name] :] if name in WRITERS else []
            if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
                found.add(given[0].value)
    return found


def _said() -> set[str]:
    """Every text that stands in the program outside the list of words: an event may be chosen before it is written."""
    trees = (
        ast.parse(file.read_text())
        for file in PACKAGE.rglob("*.py")
        if "tests" not in file.parts and file != Path(words.__file__)
    )
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_event_of_the_journal_has_words():
    events = _events()
    assert len(events) > 35
    assert events - {*words.DONE, *words.HAPPENED} == set()
    assert {*words.DONE, *words.HAPPENED} - _said() - set(EVENTS.values()) == set(), "words that nothing uses"


def test_every_mail_has_a_name(with_plugins):
    tk.get_action("status_show")  # the first question for an action loads every module of actions
    assert {kind for kind in notices.bound() if not kind.startswith("test_only")} == set(words.MAILS)
    assert {kind for kind in notices.works() if not kind.startswith("test_only")} == set(words.FOLLOW_UPS)
