"""Who brings a signed letter back."""

from __future__ import annotations

from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.letters.kinds import LetterKind
from ckanext.satudata.domain.officer import Actor, Role


def may_bring_back(actor: Actor, kind: LetterKind, organization_id: str) -> bool:
    """PPID for every letter; for an agency's its PPID Pembantu, for an answer to an objection the superior.

    Nobody signs the receipt of a request, which the portal writes by itself.
    """
    if kind is LetterKind.RECEIPT:
        return False
    if actor.has_anywhere(Role.PPID, process="request"):
        return True
    if kind is LetterKind.OBJECTION_ANSWER:
        return actor.has_anywhere(Role.PPID_SUPERIOR, process="objection")
    return bool(organization_id) and actor.has(Role.PPID_PEMBANTU, organization_id, "request")


def check_bring_back(actor: Actor, kind: LetterKind, organization_id: str) -> None:
    """Raises NotAllowed for everybody else, whoever runs the portal included."""
    if not may_bring_back(actor, kind, organization_id):
        raise NotAllowed("Only {roles} may do this.", roles=(Role.PPID, Role.PPID_PEMBANTU, Role.PPID_SUPERIOR))
