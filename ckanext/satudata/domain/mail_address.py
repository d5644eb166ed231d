"""What is taken as an e-mail address, wherever one is typed."""

from __future__ import annotations

import re

from ckanext.satudata.domain.errors import Invalid

LONGEST = 200
_SHAPE = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")


def fault_of(address: str, field: str = "email") -> Invalid | None:
    """Why no mail could reach the address; None where nothing speaks against it."""
    if not address.isascii():
        return Invalid(
            "This e-mail address holds characters to which mail cannot be delivered.",
            field=field,
            mend="Use an address of letters a–z, digits, dots and hyphens only.",
        )
    if len(address) > LONGEST or not _SHAPE.fullmatch(address):
        return Invalid("This is not an e-mail address.", field=field, mend="It should look like name@example.com.")
    return None


def checked(address: str, field: str = "email") -> str:
    """The address as it is; raises what `fault_of` finds."""
    fault = fault_of(address, field)
    if fault:
        raise fault
    return address
