"""Who may import a list: whoever may write drafts for some agency; the action asks for each row's agency."""

import ckan.authz as authz

from ckanext.satudata.domain.access import PROCESS
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of


def satudata_dataset_list_import(context, data_dict):
    """Operators, for their agency, and Walidata, for every one; a CKAN membership alone lets nobody."""
    actor = actor_of(context)
    is_operator = actor.has_anywhere(Role.OPERATOR, process=PROCESS) and authz.has_user_permission_for_some_org(
        context.get("user"), "create_dataset"
    )
    return {"success": is_operator or actor.has_anywhere(Role.WALIDATA, process=PROCESS)}
