"""CKAN's action for options that change while the portal runs."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import settings
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text


@tk.chained_action
@boundary
def config_option_update(next_action, context, data_dict):
    """CKAN's `config_option_update`; the government's own options are checked and journalled as on their own screen."""
    fields = {one.option: one.field for one in settings.SETTINGS if one.option in data_dict}
    if not fields:
        return next_action(context, data_dict)
    tk.check_access("config_option_update", context, data_dict)
    rest = {key: value for key, value in data_dict.items() if key not in fields}
    with transaction():
        own = {field: data_dict[option] for option, field in fields.items()}
        errors = settings.save(model.Session, actor_of(context), own)
        if errors:
            said = {option: errors[field] for option, field in fields.items() if field in errors}
            raise tk.ValidationError({option: [error_text(one) for one in found] for option, found in said.items()})
        answer = next_action(context, rest) if rest else {}
    settings.spread()
    return {**answer, **{option: data_dict[option] for option in fields}}
