"""CKAN's check of e-mail addresses, for accounts, organizations and datasets alike."""

from __future__ import annotations

import ckan.logic.validators as core
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import mail_address
from ckanext.satudata.shared.words import error_text


def email_validator(value, context):
    """CKAN's `email_validator`, which also refuses what no mail reaches."""
    if isinstance(value, str) and value:
        fault = mail_address.fault_of(value.strip())
        if fault:
            raise tk.Invalid(error_text(fault))
    return core.email_validator(value, context)
