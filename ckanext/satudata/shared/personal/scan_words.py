"""What the scan for personal data says, in words."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.personal.kinds import Kind, Where
from ckanext.satudata.shared.wording import N_

KINDS = {
    Kind.NIK: N_("NIK"),
    Kind.KK: N_("Family card number (KK)"),
    Kind.NIK_DAMAGED: N_("NIK, damaged by a spreadsheet"),
    Kind.NPWP: N_("NPWP"),
    Kind.NIP: N_("Staff number (NIP)"),
    Kind.PASSPORT: N_("Passport number"),
    Kind.BPJS: N_("BPJS number"),
    Kind.PHONE: N_("Phone number"),
    Kind.EMAIL: N_("E-mail address"),
    Kind.BANK_ACCOUNT: N_("Bank account"),
    Kind.PLATE: N_("Number plate"),
    Kind.BIRTH_DATE: N_("Date of birth"),
    Kind.ADDRESS: N_("Address"),
    Kind.NAME: N_("Person's name"),
    Kind.COORDINATES: N_("Coordinates"),
    Kind.FREE_TEXT: N_("Text with personal data"),
    Kind.HEALTH: N_("Health"),
}
WHERE = {
    Where.CELLS: "",
    Where.HEADER: N_("in the heading"),
    Where.TITLE: N_("above the table"),
    Where.FOOTER: N_("below the table"),
    Where.COMMENT: N_("in a comment or behind a link"),
    Where.HIDDEN: N_("hidden"),
}


def not_inspected(one: dict[str, Any]) -> str:
    """What was not looked into (`scan.passed_over`), as a sentence."""
    return tk._("{why}: not inspected, look yourself").format(why=tk._(one["why"]).format(**one["params"]))


def finding(one: dict[str, Any]) -> str:
    """What one finding is: "NIK (98%)", "Phone number, below the table"."""
    said = tk._(KINDS[Kind(one["kind"])])
    where = WHERE[Where(one["where"])]
    if where:
        said += f", {tk._(where)}"
    return f"{said} ({one['share']:.0%})" if one["share"] else said


def column(at: int, head: str) -> str:
    """A column as a spreadsheet names it, with its heading: `B · NIK`."""
    letters, number = "", at + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters} · {head}" if head else letters
