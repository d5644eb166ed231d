"""Words of commands, journal and mail queue for the way of a request; joins `shared.words`."""

from __future__ import annotations

from ckanext.satudata.domain.sop import Command
from ckanext.satudata.shared.wording import N_

COMMANDS = {
    Command.COMPLETE: N_("Find {what} complete"),
    Command.INCOMPLETE: N_("Ask the applicant for what is missing"),
    Command.REPAIR: N_("Send what was missing"),
    Command.EXTEND: N_("Extend the time for the answer"),
    Command.NOTIFY: N_("Send the written notice to the applicant"),
    Command.SPLIT: N_("Split off a part as a request of its own"),
    Command.MERGE: N_("Merge with another request of the applicant"),
    Command.PASS_ON: N_("Send the applicant to the body that holds the data"),
    Command.ALREADY_PUBLIC: N_("Answer: the data is already public"),
    Command.TAKE_OVER: N_("Take this step over"),
}
DONE = {
    "found_complete": N_("Found complete"),
    "found_incomplete": N_("Found incomplete"),
    "repaired": N_("Completed by the applicant"),
    "extended": N_("Time for the answer extended"),
    "notified": N_("Written notice sent"),
    "split": N_("Part split off"),
    "merged": N_("Merged with another request"),
    "passed_on": N_("Applicant sent to the body that holds the data"),
    "answered_public": N_("Answered: already public"),
    "taken_over": N_("Step taken over"),
}
HAPPENED: dict[str, str] = {}
MAILS: dict[str, str] = {}
DETAILS: dict[str, str] = {}
