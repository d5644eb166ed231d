"""Validators of the metadata form: each message names what is wrong and how to mend it."""

from __future__ import annotations

import re

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import naming, signs, written
from ckanext.satudata.domain.access import PROCESS
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.vocabulary import is_area_code, vocabulary
from ckanext.satudata.shared.actors import UNDER_LOCK, actor_of


def _label(field) -> str:
    return tk._(field["label"]) if field.get("label") else field["field_name"]


def satudata_required(field, schema):
    """Refuses an empty field by its label."""

    def validator(key, data, errors, context):
        value = data.get(key)
        if value is None or value is tk.missing or not signs.held(str(value)).strip():
            errors[key].append(tk._("{field} is empty. Fill it in; even a draft needs it.").format(field=_label(field)))
            raise tk.StopOnError

    return validator


def satudata_signs(value):
    """The text without signs that no document holds; nobody sees them, and they come along with what is pasted."""
    return signs.held(value) if isinstance(value, str) else value


def satudata_vocabulary(field, schema):
    """Takes only values of the field's closed list; empty is fine."""
    terms = vocabulary(field["vocabulary"])

    def validator(value):
        if value in ("", None) or terms.is_open or terms.get(value):
            return value or ""
        known = ", ".join(term.value for term in terms.terms[:12])
        raise tk.Invalid(
            tk._('"{value}" is not in the list of {field}. Choose one of: {known}.').format(
                value=value, field=_label(field), known=known
            )
        )

    return validator


# scheming hands its field to validators marked so; its decorator cannot be imported while its plugin loads.
satudata_required.is_a_scheming_validator = True  # type: ignore[attr-defined]
satudata_vocabulary.is_a_scheming_validator = True  # type: ignore[attr-defined]


def satudata_producer(key, data, errors, context):
    """CKAN's question for the agency; Walidata, who is a member of none, drafts for every one."""
    actor = context.get(UNDER_LOCK) or actor_of(context)
    if actor.has_anywhere(Role.WALIDATA, process=PROCESS):
        context = {**context, "ignore_auth": True}
    return tk.get_validator("owner_org_validator")(key, data, errors, context)


def satudata_dataset_name(key, data, errors, context):
    """Keeps the address a dataset has; makes one from the title where none is given (at most 100 characters)."""
    if data.get(key) and data[key] is not tk.missing:
        return
    package = context.get("package")
    if package:
        data[key] = package.name
        return
    title = data.get(("title",))
    if not title or title is tk.missing:
        errors.pop(key, None)
        data.pop(key, None)
        raise tk.StopOnError  # the title's own message is enough
    import ckan.model as model

    data[key] = naming.free(naming.slug(str(title)), lambda name: model.Package.get(name) is not None)


def satudata_tag_string(value):
    """Keywords as CKAN takes them: other characters become spaces, words cut at 100, single letters dropped."""
    return ",".join(naming.tags(value)) if isinstance(value, str) else value


def satudata_date(value):
    """A day in any usual spelling, stored as YYYY-MM-DD."""
    if value in ("", None):
        return ""
    try:
        return written.as_day(value).isoformat()
    except ValueError as error:
        raise tk.Invalid(
            tk._('"{value}" is not a date. Write it as 2024-05-31 or 31/05/2024.').format(value=value)
        ) from error


def satudata_period(value):
    """A period in any usual spelling, stored short: 2024, 2019/2024, 2024-05 or first/last day."""
    if value in ("", None):
        return ""
    try:
        return written.iso_period(value)
    except ValueError as error:
        raise tk.Invalid(
            tk._('"{value}" is not a period. Write a year (2024), years (2019-2024) or a month (2024-05).').format(
                value=value
            )
        ) from error


def satudata_area(value):
    """An area code of level 1 or 2; dots may be missing (3573)."""
    text = str(value or "").strip()
    if not text:
        return ""
    code = f"{text[:2]}.{text[2:]}" if re.fullmatch(r"\d{4}", text) else text.split(" ")[0]
    if is_area_code(code):
        return code
    raise tk.Invalid(
        tk._('"{value}" is not an area code. Write the code of the ministry of home affairs, such as 35.73.').format(
            value=value
        )
    )


def satudata_year(value):
    """A year of four digits."""
    if value in ("", None) or re.fullmatch(r"(19|20|21)\d\d", str(value)):
        return value or ""
    raise tk.Invalid(tk._('"{value}" is not a year. Write four digits, such as 2026.').format(value=value))


def satudata_link(value):
    """An absolute http(s) address or "-"; spaces become %20."""
    text = str(value or "").strip().replace(" ", "%20")
    if text in ("", "-") or re.match(r"https?://[^/]+\S*$", text):
        return text
    raise tk.Invalid(
        tk._('"{value}" is not a web address. Write it whole, beginning with https://').format(value=value)
    )


def satudata_contact(value):
    """An e-mail address, a telephone number or a web address."""
    text = str(value or "").strip()
    if not text or re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+?[\d ()-]{6,20}|https?://\S+", text):
        return text
    raise tk.Invalid(
        tk._('"{value}" is neither an e-mail address nor a telephone number. Write one of them.').format(value=value)
    )
