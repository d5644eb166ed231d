"""Who may import a list: whoever may write drafts for some agency; the action asks for each row's agency."""

import ckan.authz as authz


def satudata_dataset_list_import(context, data_dict):
    """An editor of at least one agency."""
    return {"success": authz.has_user_permission_for_some_org(context.get("user"), "create_dataset")}
