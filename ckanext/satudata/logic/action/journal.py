"""Actions on the journal beside its search: its seals, and the erasure of a note."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import appointment
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.model.journal import JournalCheck, JournalSeal
from ckanext.satudata.shared import journal, params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_journal_note_erase", "satudata_journal_seal_list"]


@tk.side_effect_free
@boundary
def satudata_journal_seal_list(context, data_dict):
    """The daily seals, the last first, for auditor and Walidata.

    `limit` (1-1000, default 31). Returns `seals` (`day`, `entries`, `hash`, `previous`), and of the last nightly check
    `checked_at` (null before the first), `faults` (how many) and `first_faults` in English words.
    """
    tk.check_access("satudata_journal_search", context, data_dict)
    if not appointment.may_read_journal(actor_of(context)):
        raise NotAllowed("Only auditor and Walidata read the journal.")
    limit = params.whole(data_dict, "limit", 31, 1, 1000)
    checked = model.Session.scalars(JournalCheck.newest().limit(1)).first()
    return {
        "seals": [
            {"day": row.day.isoformat(), "entries": row.entries, "hash": row.hash, "previous": row.previous}
            for row in model.Session.scalars(JournalSeal.newest().limit(limit))
        ],
        "checked_at": checked.at.isoformat() if checked else None,
        "faults": checked.faults if checked else 0,
        "first_faults": checked.first if checked else [],
    }


@boundary
def satudata_journal_note_erase(context, data_dict):
    """Empty the note of the entry `id`, because it holds somebody's data; `reason` is kept in the journal.

    For Walidata and PPID. Nobody can read the note afterwards, the portal neither; the chain of hashes stays whole.
    """
    tk.check_access("satudata_journal_note_erase", context, data_dict)
    entry_id = params.whole(data_dict, "id", None, 1, 2**62)
    with transaction():
        journal.erase_note(model.Session, entry_id, actor=actor_of(context), reason=params.text(data_dict, "reason"))
    return {"id": entry_id}
