"""Who may import a list: whoever may write drafts for some agency; the action asks for each row's agency."""

import ckan.authz as authz

from ckanext.satudata.domain.access import PROCESS
from ckanext.satudata.logic.auth.dataset import WRITERS
from ckanext.satudata.shared.actors import actor_of


def satudata_dataset_list_import(context, data_dict):
    """Whoever drafts datasets of at least one agency; a CKAN membership alone lets nobody."""
    writes = actor_of(context).has_anywhere(*WRITERS, process=PROCESS)
    return {"success": writes and authz.has_user_permission_for_some_org(context.get("user"), "create_dataset")}
