"""The portal's pages as people use them, without a browser: only links and forms that stand there are followed."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

TEXT = {"text", "hidden", "number", "date", "datetime-local", "search", "email", "url", "tel", "password"}


class Visitor:
    """Somebody at the pages; `user` None is anybody. `at` is the path of the page that is open, `page` the page."""

    def __init__(self, app: Any, user: dict[str, Any] | None = None):
        self.app = app
        self.headers = {"Authorization": user["token"]} if user else {}
        self.at, self.page = "", BeautifulSoup()

    def open(self, path: str) -> BeautifulSoup:
        """Opens an address of the portal."""
        return self._read(self.app.get(path, headers=self.headers))

    def follow(self, selector: str) -> BeautifulSoup:
        """Follows the one link that the selector finds."""
        (link,) = self.page.select(selector)
        parts = urlsplit(str(link["href"]))
        return self.open(f"{parts.path}?{parts.query}" if parts.query else parts.path)

    def send(self, form: Tag | str, button: Tag | None = None, /, **fields: Any) -> BeautifulSoup:
        """Sends a form of the page with what stands in it and with `fields`, each of which it must have.

        A file is `(bytes, name)`. A refusal fails, with what the page says.
        """
        if isinstance(form, str):
            (form,) = self.page.select(form)
        sent = stands_in(form)
        for name, value in fields.items():
            sent[name] = _filled(form, name, value)
        if button is not None and button.get("name"):
            sent[str(button["name"])] = str(button.get("value") or "")
        path = str(form.get("action") or self.at)
        if str(form.get("method", "get")).lower() == "get":
            return self._read(self.app.get(path, headers=self.headers, query_string=sent))
        kind = str(form.get("enctype") or "application/x-www-form-urlencoded")
        return self._read(self.app.post(path, data=sent, headers=self.headers, content_type=kind))

    def _read(self, answer: Any) -> BeautifulSoup:
        self.page = BeautifulSoup(answer.body, "html.parser")
        self.at = answer.request.path
        assert answer.status_code == 200, (answer.request.path, answer.status_code, self.said())
        return self.page

    def said(self) -> str:
        """What the page says of what was done."""
        return " ".join(one.get_text(" ", strip=True) for one in self.page.select(".alert, .sd-notice, .sd-error"))


def stands_in(form: Tag) -> dict[str, Any]:
    """What a browser would send of a form that nobody touched, without its buttons."""
    found: dict[str, Any] = {}
    for one in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(one["name"]), str(one.get("type") or "text")
        if one.has_attr("disabled"):
            continue
        if one.name == "textarea":
            found[name] = one.get_text()
        elif one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            found[name] = str(chosen.get("value", chosen.get_text())) if chosen else ""
        elif kind in TEXT or (kind in ("checkbox", "radio") and one.has_attr("checked")):
            found[name] = str(one.get("value") or ("on" if kind == "checkbox" else ""))
    return found


def _filled(form: Tag, name: str, value: Any) -> Any:
    fields = form.select(f'[name="{name}"]')
    assert fields, f"the form has no field {name}"
    kind = fields[0].get("type")
    if kind == "file":
        return io.BytesIO(value[0]), value[1]
    offered = [str(one.get("value")) for one in (fields[0].select("option") if fields[0].name == "select" else fields)]
    if fields[0].name == "select" or kind in ("radio", "checkbox"):
        assert value in offered, f"{name} offers {offered}, not {value}"
    return value
