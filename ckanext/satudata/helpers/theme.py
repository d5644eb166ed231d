"""What header, footer and the shared snippets ask for."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import current_app
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import BuildError, RequestRedirect

from ckanext.satudata import config
from ckanext.satudata.domain.access import PROCESS
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.ppid_request import STATUTORY_DAYS
from ckanext.satudata.shared import actors, wording


def satudata_logo() -> str:
    """Address of the government's logo; of the portal's own mark where that option was emptied."""
    return tk.h.url_for_static_or_external(config.logo() or config.MARK)


def user_image(user_id: str, size: int = 100) -> str:
    """CKAN's helper of this name, without a picture: CKAN's asks another host for one by a hash of the e-mail."""
    return ""


def gravatar(email_hash: str, size: int = 100, default: str | None = None) -> str:
    """CKAN's helper of this name; nobody's address leaves the portal, not even as a hash."""
    return ""


def satudata_contact() -> dict[str, str]:
    """`address`, `email`, `phone` of the data service."""
    return config.contact()


def satudata_is_demo() -> bool:
    """True where every page must say that its data are invented."""
    return config.demo()


def satudata_theme_style() -> Markup:
    """CSS custom properties made of the colour options; `--sd-on-primary` is the readable text colour on it."""
    primary, accent = config.colours()
    on_primary = "#ffffff" if _contrast_with_white(primary) >= 4.5 else "#14202b"
    return Markup(
        f":root{{--sd-primary:{primary};--sd-accent:{accent};--sd-on-primary:{on_primary};"
        f"--sd-link:{primary if on_primary == '#ffffff' else '#12406b'}}}"
    )


def _contrast_with_white(colour: str) -> float:
    """WCAG 2 contrast ratio of `#rrggbb` to white."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def satudata_url(endpoint: str, **values: Any) -> str:
    """Address of an endpoint, or an empty string where the room that has it is not loaded."""
    try:
        return tk.h.url_for(endpoint, **values)
    except BuildError:
        return ""


def satudata_needs_scripts() -> bool:
    """True on pages that use CKAN's JavaScript: for who is logged in, and where a form of CKAN's needs it.

    A visitor's first page would otherwise load half a megabyte that it does not use.
    """
    return tk.current_user.is_authenticated or tk.request.blueprint in {"dataviewer", "datatablesview"}


def satudata_languages() -> list[dict[str, Any]]:
    """`code`, `name`, `url` of this page in each language and whether it is the `current` one."""
    current = tk.h.lang()
    return [
        {
            "code": locale.short_name,
            "name": (locale.display_name or locale.english_name).capitalize(),
            "url": tk.h.url_for(tk.h.current_url(), locale=locale.short_name),
            "current": locale.short_name == current,
        }
        for locale in tk.h.get_available_locales()
    ]


LEVELS = {
    "terbuka": ("unlock", "Terbuka", "open", "Anyone may download these data."),
    "terbatas": ("key", "Terbatas", "limited", "The description is public; the data are given on request."),
    "tertutup": ("lock", "Tertutup", "closed", "Neither description nor data are public."),
}


def satudata_level(value: str | None) -> dict[str, Any] | None:
    """`code`, `icon`, `label` and `meaning` of a level of access; None for an unknown one.

    The labels are law and are the same in every language; other languages add an English word: `Terbatas (limited)`.
    """
    if value not in LEVELS:
        return None
    icon, word, gloss, meaning = LEVELS[value]
    label = (
        word if wording.locale_of().language == "id" else Markup('<span lang="id">{}</span> ({})').format(word, gloss)
    )
    return {"code": value, "icon": icon, "label": label, "meaning": tk._(meaning)}


def satudata_public_links(footer: bool = False) -> list[dict[str, Any]]:
    """Menu entries of the rooms that are loaded: `url`, `label`, `current`; `footer` adds the rarer ones."""
    found = [
        ("/permohonan/baru", tk._("Ask for data")),
        ("/permohonan", tk._("Requests")),
    ]
    if footer:
        found += [
            ("/publikasi", tk._("Posts and reports")),
            ("/sop", tk._("How we work")),
            ("/statistik", tk._("Statistics")),
            ("/standar-pelayanan", tk._("Service standard")),
            ("/laporan-layanan", tk._("Service reports")),
        ]
        found += [
            ("/daftar-informasi-publik", tk._("List of public information (DIP)")),
            ("/daftar-informasi-dikecualikan", tk._("List of excluded information (DIK)")),
            ("/daftar-data/terbatas", tk._("List of limited data")),
        ]
    return [_entry(path, label) for path, label in found if _routed(path)]


def satudata_officer_links() -> list[dict[str, Any]]:
    """Menu entries of an officer: `url`, `label`, `icon`, `current`, `count` (or None); none without a role."""
    actor = actors.actor_for(tk.current_user)
    if not (actor.held or actor.is_sysadmin):
        return []
    found = [
        {**_entry(path, label), "icon": icon, "count": None}
        for path, label, icon in (
            ("/meja", tk._("My desk"), "inbox"),
            *_drafting_pages(actor),
            *_report_pages(),
            *_admin_pages(),
        )
        if _routed(path)
    ]
    for entry in list(found):
        if entry["icon"] == "inbox":
            entry["count"] = tk.h.satudata_desk_count()
            if entry["count"] is None:
                found.remove(entry)  # no role, no desk
    return found


def _drafting_pages(actor: Actor) -> list[tuple[str, str, str]]:
    """Where an operator begins; CKAN's own list for a system administrator without that role."""
    if actor.has_anywhere(Role.OPERATOR, process=PROCESS) and _routed("/meja/data/draf"):
        return [("/meja/data/draf", tk._("My drafts"), "folder"), ("/dataset/new", tk._("New dataset"), "plus")]
    if actor.has_anywhere(Role.OPERATOR) or actor.is_sysadmin:
        return [("/dashboard/datasets", tk._("My datasets"), "folder")]
    return []


def _report_pages() -> list[tuple[str, str, str]]:
    """Dashboards and reports for who reads them; none where their room is left out."""
    found = []
    if _routed("/dasbor") and tk.h.check_access("satudata_dashboard_show"):
        found.append(("/dasbor", tk._("Dashboards"), "table"))
    if _routed("/laporan") and tk.h.check_access("satudata_report_show"):
        found.append(("/laporan", tk._("Reports"), "chart"))
    return found


def _admin_pages() -> list[tuple[str, str, str]]:
    """The administration for who manages; the journal alone for who only reads."""
    if tk.h.check_access("satudata_admin"):
        return [("/admin/satudata", tk._("Administration"), "gear")]
    if tk.h.check_access("satudata_journal_search"):
        return [("/admin/satudata/jurnal", tk._("Journal"), "table")]
    return []


def _entry(path: str, label: str) -> dict[str, Any]:
    here = tk.request.path
    return {"url": tk.h.url_for(path), "label": label, "current": here == path}


def _routed(path: str) -> bool:
    """True where a room that is loaded answers GET requests for `path`."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return endpoint != "static"  # CKAN serves its public files from the root, so these match anything


def satudata_ask_url(**carried: str) -> str:
    """Address of the request form with what is already known (`q`, `dataset`); empty without the room of requests."""
    if not tk.h.plugin_loaded("satudata_ppid"):
        return ""
    return tk.h.url_for("/permohonan/baru", **{key: value for key, value in carried.items() if value})


def satudata_answer_days() -> int:
    """Working days within which a request is answered in writing."""
    return STATUTORY_DAYS


_ERRORS = {
    400: ("This could not be understood", "Please go back, check what you entered and try again."),
    401: ("Please log in", "This page is for officers of the government."),
    403: (
        "You may not see this",
        "It is not public, or it belongs to another agency. Ask your data steward for access.",
    ),
    404: ("This page was not found", "The address may be mistyped, or the data were moved or withdrawn."),
    409: ("Somebody else was faster", "The page changed meanwhile. Go back and look at it again."),
    413: ("The file is too large", "Please upload a smaller file, or split it."),
    429: ("Too many requests", "Please wait a minute and try again."),
    500: ("Something went wrong here", "It is our fault, not yours. It was noted; please try again in a few minutes."),
    503: ("The portal is being looked after", "Nothing was lost. Please try again in a few minutes."),
}


def satudata_error(code: Any, content: str | None = None) -> dict[str, Any]:
    """`code`, `title`, `text` and `detail` of an error page; `detail` is only what was said about this very case."""
    number = int(code[0] if isinstance(code, list) else code or 500)
    title, text = _ERRORS.get(number) or _ERRORS[500 if number >= 500 else 400]
    known = default_exceptions.get(number)
    own = content and number < 500 and not (known and content == known.description)
    if own and content == tk._("Group not found") and tk.request.path.startswith("/organization"):
        content = "There is no such data producer."  # CKAN's organizations share the views of its groups
    return {"code": number, "title": tk._(title), "text": tk._(text), "detail": tk._(content) if own else ""}


def satudata_has(helper: str) -> bool:
    """True where a helper of this name is registered."""
    return helper in tk.h
