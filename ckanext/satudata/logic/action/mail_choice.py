"""How the caller wants the portal's mails."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.calendar import reminding
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_mail_choice_show", "satudata_mail_choice_update"]


@tk.side_effect_free
@boundary
def satudata_mail_choice_show(context, data_dict):
    """The caller's own choice: `{"language": "id"|"en"|"", "digest": "daily"|"off"|""}`; empty is the portal's."""
    tk.check_access("satudata_inbox", context, data_dict)
    return _shown(actor_of(context).user_id)


@boundary
def satudata_mail_choice_update(context, data_dict):
    """Stores the caller's own choice, `language` and `digest` as in `satudata_mail_choice_show`.

    `digest`: one mail on each working day with all that waits, oldest first. With `off` only reminders come.
    """
    tk.check_access("satudata_inbox", context, data_dict)
    user_id = actor_of(context).user_id
    with transaction():
        chosen = {name: params.text(data_dict, name) for name in ("language", "digest")}
        reminding.choose(model.Session, user_id, **chosen)
    return _shown(user_id)


def _shown(user_id: Any) -> dict[str, str]:
    chosen = reminding.choice(model.Session, user_id)
    return {"language": chosen.language, "digest": chosen.digest}
