"""Addresses that no mail reaches are refused wherever they are typed."""

from __future__ import annotations

import pytest

from ckanext.satudata.domain import mail_address, officer_list, ppid_request
from ckanext.satudata.domain.errors import Invalid

BAD = ["🙏9@example.test", "siti@exämple.test", "tanpa-at.example", "a b@c.example", "a@b", "a@@b.cd", "a,b@c.example"]


@pytest.mark.parametrize("address", [*BAD, "x" * 200 + "@a.example"])
def test_what_no_mail_reaches_is_refused(address):
    for check in (mail_address.checked, officer_list.parse_email, ppid_request.checked_email):
        with pytest.raises(Invalid) as refusal:
            check(address)
        assert refusal.value.field == "email" and refusal.value.mend


def test_the_others_are_taken():
    for address in ("siti@dinas.nusasari.go.id", "a+b.c_d@x-y.example", "1@2.id"):
        assert mail_address.checked(address) == address
