"""Short questions both ways between an applicant and the office that answers."""

from __future__ import annotations

from ckanext.satudata.domain.contact import cleaned
from ckanext.satudata.domain.errors import Conflict, Invalid, too_long

LONGEST = 2_000
UNANSWERED_MOST = 5
"""Messages an applicant may send before the office has said something."""
APPLICANT, OFFICER = "applicant", "officer"


def checked(typed: object) -> str:
    """The text of a message. Raises Invalid."""
    text = cleaned({"text": typed}, ("text",))["text"]
    if not text:
        raise Invalid("Write the message first.", field="text")
    for fault in too_long(text, "text", LONGEST):
        raise fault
    return text


def check_may_send(*, sender: str, is_ended: bool, since_other: int) -> None:
    """Refuses a message on a request that is over, and more than the office can answer.

    `since_other`: how many the sender sent since the other side said something.
    """
    if is_ended:
        raise Conflict("This request is finished.", mend="Send a new request.")
    if sender == APPLICANT and since_other >= UNANSWERED_MOST:
        raise Conflict(
            "You sent {count} messages that are not answered yet.",
            mend="Wait for the answer; the office has been told of each.",
            count=since_other,
        )
