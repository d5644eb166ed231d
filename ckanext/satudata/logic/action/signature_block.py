"""What stands below an officer's signature."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.documents import signature_blocks
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_signature_block_show", "satudata_signature_block_update"]


@tk.side_effect_free
@boundary
def satudata_signature_block_show(context, data_dict):
    """The caller's own block on letters: `name` (with titles), `position` (for a.n.), `rank`, `nip`; empty if none."""
    tk.check_access("satudata_inbox", context, data_dict)
    return signature_blocks.of(model.Session, actor_of(context).user_id)


@boundary
def satudata_signature_block_update(context, data_dict):
    """Stores the caller's own block, fields as in `satudata_signature_block_show`; letters issued from then have it."""
    tk.check_access("satudata_inbox", context, data_dict)
    actor = actor_of(context)
    with transaction():
        signature_blocks.save(
            model.Session, actor, {name: params.text(data_dict, name) for name in signature_blocks.FIELDS}
        )
    return signature_blocks.of(model.Session, actor.user_id)
