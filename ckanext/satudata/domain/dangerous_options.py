"""Options of CKAN that open what must stay closed."""

from __future__ import annotations

DANGEROUS: tuple[tuple[str, bool, str, str], ...] = (
    ("debug", True, "Debugging is on: errors show the program's inside.", "Set debug = false."),
    (
        "ckan.datastore.sqlsearch.enabled",
        True,
        "Free SQL over the DataStore is on.",
        "Set ckan.datastore.sqlsearch.enabled = false.",
    ),
    (
        "ckan.auth.anon_create_dataset",
        True,
        "Anyone may make datasets.",
        "Set ckan.auth.anon_create_dataset = false.",
    ),
    (
        "ckan.auth.create_unowned_dataset",
        True,
        "Datasets without an agency may be made; nobody is responsible for them.",
        "Set ckan.auth.create_unowned_dataset = false.",
    ),
    (
        "ckan.auth.create_user_via_web",
        True,
        "Anyone may make an account.",
        "Set ckan.auth.create_user_via_web = false; officers are invited.",
    ),
    (
        "ckan.auth.create_user_via_api",
        True,
        "Anyone may make an account through the API.",
        "Set ckan.auth.create_user_via_api = false.",
    ),
    (
        "ckan.auth.allow_dataset_collaborators",
        True,
        "Collaborators may be added to a dataset past the officers' table.",
        "Set ckan.auth.allow_dataset_collaborators = false.",
    ),
    (
        "ckan.auth.user_create_organizations",
        True,
        "Every user may make agencies.",
        "Set ckan.auth.user_create_organizations = false.",
    ),
    (
        "ckan.auth.public_user_details",
        True,
        "The names of all users are public.",
        "Set ckan.auth.public_user_details = false.",
    ),
    (
        "testing",
        True,
        "The portal runs as in tests, where some safeguards are off.",
        "Set testing = false.",
    ),
    (
        "DEBUG_TB_ENABLED",
        True,
        "The debugging toolbar is on: it shows settings and queries.",
        "Set DEBUG_TB_ENABLED = false.",
    ),
    (
        "WTF_CSRF_ENABLED",
        False,
        "Forms are taken from pages of other sites.",
        "Set WTF_CSRF_ENABLED = true.",
    ),
    (
        "SESSION_COOKIE_HTTPONLY",
        False,
        "Scripts can read the cookie of who is logged in.",
        "Set SESSION_COOKIE_HTTPONLY = true.",
    ),
    (
        "ckan.auth.reveal_private_datasets",
        True,
        "Strangers are told that a hidden dataset exists.",
        "Set ckan.auth.reveal_private_datasets = false.",
    ),
    (
        "ckan.auth.public_activity_stream_detail",
        True,
        "Details of activity are public.",
        "Set ckan.auth.public_activity_stream_detail = false.",
    ),
    (
        "ckan.auth.allow_admin_collaborators",
        True,
        "Collaborators may be added as administrators of a dataset.",
        "Set ckan.auth.allow_admin_collaborators = false.",
    ),
    (
        "ckan.auth.create_default_api_keys",
        True,
        "Every new account gets an API key that never ends.",
        "Set ckan.auth.create_default_api_keys = false.",
    ),
    (
        "ckan.files.authenticated_uploads.allow",
        True,
        "Everybody with an account may put files into CKAN's own storages, past the vault.",
        "Set ckan.files.authenticated_uploads.allow = false.",
    ),
)
"""The option, the value that is wrong, what it does and what to change; both are msgids."""
