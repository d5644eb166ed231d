"""Actions at the counter. Parameters and results: docs/requests.md."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.ppid import counter
from ckanext.satudata.shared import params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_ppid_receipt_record"]


@boundary
def satudata_ppid_receipt_record(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Record that the applicant had the data at the counter and signed for it; the request closes. PPID's act.

    :param id: id, ref or number of the request
    :param manner: `see` or `copy` (optional, else as the answer said; so are the next three)
    :param copy_form: `soft` (a file on a medium) or `hard` (paper)
    :param cost: in whole rupiah; not more than the answer said
    :param payment: `cash`, `transfer` or `qris`, where it costs something
    :param paid_on: day of the payment, where it costs something
    :param scan: the signed receipt as PDF, a part of multipart/form-data
    :returns: `given_at`, `sha256` of the receipt
    """
    tk.check_access("satudata_ppid_receipt_record", context, data_dict)
    typed = {name: params.text(data_dict, name) for name in (*counter.TYPED, "paid_on")}
    with transaction() as one:
        row, one.afterwards = counter.record(
            model.Session, params.text(data_dict, "id"), typed, data_dict.get("scan"), actor=actor_of(context)
        )
        answer = {"given_at": row.given_at.isoformat() if row.given_at else None, "sha256": row.receipt_sha256}
    return answer
