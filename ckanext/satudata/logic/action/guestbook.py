"""Actions of the guestbook of downloads."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import has_request_context
from flask import request as http

from ckanext.satudata.domain import guestbook
from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.shared import limits, params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.guestbook import institutions, reading, rules, signing, words
from ckanext.satudata.shared.transaction import transaction

PER_HOUR = 300
"""Entries from one network address: a whole school may sit behind one."""
PAGE, MOST = 50, 1000


@boundary
def satudata_guestbook_sign(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Sign the guestbook of downloads; no account is needed. What is written is kept encrypted and dropped in time.

    :param name: name
    :param profession: a code of `satudata_guestbook_show`
    :param institution: institution, or `Perorangan`
    :param email: e-mail address
    :param purpose: what the data are for (optional)
    :param consent: `true`: agrees to this use of the data
    :returns: `id`; `token` to send along with downloads, as the header `X-Satudata-Buku-Tamu` or the parameter
        `buku_tamu`; `months` for which it holds
    """
    tk.check_access("satudata_guestbook_sign", context, data_dict)
    typed = guestbook.cleaned(data_dict)
    consent, trap = params.flag(data_dict, "consent"), params.text(data_dict, "website")
    Several.refuse(guestbook.faults(typed, consent=consent, trap=trap))
    address = (http.remote_addr or "") if has_request_context() else ""
    if address:
        limits.spend("guestbook", address, limit=PER_HOUR, seconds=3600)
    with transaction():
        guest = signing.sign(model.Session(), guestbook.entry(typed))
        found = {"id": guest.id, "token": signing.lasting(guest), "months": rules.months()}
    return found


@boundary
@tk.side_effect_free
def satudata_guestbook_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Whether downloads of a dataset ask who they are for, and what is asked.

    :param id: id or name of a dataset (optional); without it what the portal asks
    :returns: `mode` (`off`, `optional`, `required`), `strict`, `months`, `professions` (code to word)
    """
    tk.check_access("satudata_guestbook_show", context, data_dict)
    mode = rules.of_site(model.Session())
    if data_dict.get("id"):
        shown = tk.get_action("package_show")(context, {"id": params.text(data_dict, "id")})
        mode = rules.mode_of(model.Session(), model.Session.get_one(model.Package, shown["id"]))
    names = {code: tk._(words.PROFESSIONS[code]) for code in guestbook.PROFESSIONS}
    return {"mode": mode.value, "strict": rules.is_strict(), "months": rules.months(), "professions": names}


@boundary
@tk.side_effect_free
def satudata_guestbook_figures(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """How many downloads were signed for, by profession, institution and dataset; for officers, without persons.

    :param from_on:, :param until_on: days, both count (optional)
    :returns: `downloads`, `signed`, and the largest of `professions`, `institutions`, `datasets` (`name`, `count`)
    """
    tk.check_access("satudata_guestbook_figures", context, data_dict)
    return reading.figures(model.Session(), actor_of(context), reading.span(data_dict))


@boundary
def satudata_guestbook_persons(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who signed, from the newest on, for Walidata; each call is journalled.

    :param from_on:, :param until_on: days, both count (optional)
    :param limit: at most this many, up to 1000 (50); :param offset: after this many
    :param export: `true`: they are taken out as a file
    :returns: `count`, `persons` (`signed_at`, `name`, `profession`, `institution`, `email`, `purpose`, `downloads`)
    """
    tk.check_access("satudata_guestbook_persons", context, data_dict)
    span = reading.span(data_dict)
    limit, offset = params.whole(data_dict, "limit", PAGE, 1, MOST), params.whole(data_dict, "offset", 0, 0, 10**9)
    export = params.flag(data_dict, "export")
    with transaction():
        actor = actor_of(context)
        return reading.persons(model.Session(), actor, span, limit=limit, offset=offset, export=export)


@boundary
@tk.side_effect_free
def satudata_guestbook_rule_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The rules of the guestbook, for Walidata: `sop` (what holds without a rule), `rules`."""
    tk.check_access("satudata_guestbook_persons", context, data_dict)
    guestbook.require_keeper(actor_of(context))
    return {"sop": rules.of_sop().value, "rules": rules.listed(model.Session())}


@boundary
def satudata_guestbook_rule_update(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Set where the guestbook asks; of several rules the nearest to the dataset counts. For Walidata, journalled.

    :param scope: `site`, `agency` or `dataset`
    :param subject: id or name of the agency or the dataset; not for the site
    :param mode: `off`, `optional` or `required`; empty takes the rule away
    :returns: as `satudata_guestbook_rule_list`
    """
    tk.check_access("satudata_guestbook_persons", context, data_dict)
    given = [params.text(data_dict, name) for name in ("scope", "subject", "mode")]
    with transaction():
        rules.put(model.Session(), actor_of(context), *given)
    return {"sop": rules.of_sop().value, "rules": rules.listed(model.Session())}


@boundary
@tk.side_effect_free
def satudata_institution_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Institutions of the guestbook, for Walidata.

    :returns: `institutions` (`id`, `name`, `spellings`, `downloads`); `waiting`, spellings nobody has decided about
        (`id`, `written`, `downloads`), the most used 200; `count` of all that wait
    """
    tk.check_access("satudata_guestbook_persons", context, data_dict)
    found = institutions.waiting(model.Session(), actor_of(context))
    listed = institutions.listed(model.Session())
    return {"institutions": listed, "waiting": found["spellings"], "count": found["count"]}


@boundary
def satudata_institution_merge(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Decide that spellings, and institutions decided on before, are one institution. For Walidata, journalled.

    :param name: the name under which it is counted; a new one makes a new institution
    :param spellings: ids; :param institutions: ids
    :returns: `id` of the institution
    """
    tk.check_access("satudata_guestbook_persons", context, data_dict)
    chosen = [_ids(data_dict, name) for name in ("spellings", "institutions")]
    with transaction():
        name = params.text(data_dict, "name")
        return {"id": institutions.merge(model.Session(), actor_of(context), *chosen, name)}


def _ids(data_dict: dict[str, Any], name: str) -> list[str]:
    given = data_dict.get(name) or []
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(one, str) and len(one) <= 36 for one in listed):
        raise Invalid("This must be a list of ids.", field=name)
    return listed
