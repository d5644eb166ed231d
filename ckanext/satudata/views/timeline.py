"""A case's steps as the timeline of its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import words


def of(shown: dict[str, Any], title: Callable[[dict[str, Any]], str]) -> list[dict[str, str]]:
    """The case's past, present and future for `ui.timeline`; steps closed by another one's command are left out."""
    items = []
    for step in shown["steps"]:
        if step["done_at"] and not step["command"]:
            continue
        name = step["done_by_title"] if step["done_by"] else ""
        who = f"{step['role_name']}: {name}" if name and name != step["role_name"] else step["role_name"]
        if step["stands_for"]:
            who = tk._("{who}, standing in for {role}").format(who=who, role=step["stands_for"])
        if step["assignee"] and not step["done_at"]:
            who = tk._("{role}, given to {name}").format(role=who, name=step["assignee"])
        items.append(
            {"title": title(step), "who": who, "note": step["note"] or "", **_when(step, shown["subject_type"])}
        )
    for step in shown["to_come"]:
        items.append({"state": "todo", "title": step["uraian"], "who": words.role_names(step["roles"])})
    return items


def _when(step: dict[str, Any], subject_type: str) -> dict[str, str]:
    if step["done_at"]:
        text = f"{words.event_name(step['event'], subject_type)}, {tk.h.satudata_datetime(step['done_at'])}"
        return {"state": "done", "when": text + (f" ({tk._('late')})" if step["late"] else "")}
    if not step["due_on"]:
        return {"state": "now", "when": tk._("no time is set")}
    text = tk._("due {date}").format(date=tk.h.satudata_date(step["due_on"], weekday=True))
    if step["due_provisional"]:
        text += f" ({tk._('provisional')})"
    return {"state": "late" if step["late"] else "now", "when": text, "why": step["due_explanation"]}
