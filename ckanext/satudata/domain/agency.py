"""The agency above an agency: it stands in where four eyes leave nobody of a small one (`stand_in: parent_agency`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role

FIELD = "induk"


def may_set_parent(actor: Actor) -> bool:
    """Walidata and system administrators: who may choose the agency above chooses who checks an agency's data."""
    return actor.is_sysadmin or actor.has(Role.WALIDATA)


def require_setter(actor: Actor) -> None:
    """Raises NotAllowed for everybody else, who runs the agency's own page included."""
    if not may_set_parent(actor):
        raise NotAllowed(
            "Only the data steward (Walidata) or a system administrator says which agency is above another.",
            field=FIELD,
        )


def check_parents(own: str | None, parents: Collection[str], above: Sequence[str]) -> None:
    """Raises Invalid for more than one, for itself, and for one that is below. Ids; `above`: the chain over it."""
    if len(parents) > 1:
        raise Invalid("An agency has one agency above it at most.", field=FIELD)
    if own is not None and (own in parents or own in above):
        raise Invalid(
            "This agency would be above itself.", field=FIELD, mend="Choose an agency that is not below this one."
        )
