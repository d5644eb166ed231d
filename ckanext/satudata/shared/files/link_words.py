"""What a personal link that works no more says of itself: the same on its own page, in the tracking and by API."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.ppid_request import LINK_NOT_RENEWED
from ckanext.satudata.shared import wording, words
from ckanext.satudata.shared.files.grants import Standing


def told(link: Standing, *, is_requested: bool = True) -> tuple[str, str]:
    """What happened, and what the holder can do; both empty where the link works.

    `is_requested` False: of what was given to an account without a request.
    """
    happened, todo = _told(link)
    if happened and not is_requested:
        return happened, tk._("Ask Walidata or the information officer (PPID) if you still need the file.")
    return happened, todo


def _told(link: Standing) -> tuple[str, str]:
    day = wording.day(link.at) if link.at else "-"
    office = words.office(link.office)
    new = tk._("Ask {office} for a new link; the register number is enough.").format(office=office)
    if link.state == "spent":
        text = tk._("All downloads that the link to your data allowed were used; the last one began on {date}.")
        return text.format(date=day), new
    if link.state == "expired":
        return tk._("The link to your data expired on {date}.").format(date=day), new
    if link.state != "ended":
        return "", ""
    why = tk._(words.LINK_ENDED.get(link.cause, words.LINK_ENDED[""]))
    text = tk._("The link to your data was ended on {date}. {why}").format(date=day, why=why)
    if link.cause == "renewed":
        return text, tk._("It stands in the newest mail and on the page of your request.")
    if link.cause in ("answered_anew", "refused"):
        return text, tk._("The letters on the page of your request say what is given.")
    stands = tk._("The decision on your request stands.")
    if link.cause == "address":
        new = tk._(
            "The data still lies ready for you: fetch it at the counter of {office}, with the register number and an "
            "identity document, or send a new request with the right address."
        ).format(office=office)
    elif link.cause in LINK_NOT_RENEWED:
        said = tk._("Ask {office} which data can be given instead; the register number is enough.")
        new = said.format(office=office)
    return text, f"{stands} {new}"
