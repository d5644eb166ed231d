"""Words of commands, journal and mail queue for the way of a request; joins `shared.words`."""

from __future__ import annotations

from ckanext.satudata.domain import decision
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
NAMED = {
    ("refusal_test", Command.RECORD): N_("Record test or decree"),
    ("refusal_test", Command.APPROVE): N_("Approve the test"),
    ("refusal_test", Command.REFUSE): N_("The test does not carry the refusal"),
    ("refusal_test", Command.CLOSE): N_("End without a decree of its own"),
    ("refusal_test", Command.WITHDRAW): N_("Close: the refusal counts no more"),
}
DONE_TO = {
    ("refusal_test", "recorded"): N_("Test or decree recorded"),
    ("refusal_test", "approved"): N_("The refusal stands on the test"),
    ("refusal_test", "refused"): N_("The test does not carry the refusal"),
    ("refusal_test", "closed"): N_("Ended without a decree of its own"),
    ("refusal_test", "withdrawn"): N_("Closed: the refusal counts no more"),
}
SUBJECTS = {"refusal_test": N_("Consequence test of a refusal")}
PROCESSES = {"refusal_test": N_("Consequence tests of refused data")}
HAPPENED = {
    "decree_stated": N_("Decree of exclusion named"),
    "dip_checked": N_("Lists of information checked"),
    "due_extended": N_("Legal time moved by the extension"),
    "decisions_kept": N_("It was said whose decisions still count"),
    "due_followed_calendar": N_("Legal time moved with the calendar of working days"),
    "due_warned": N_("Officer and superior warned of the legal time"),
    "mail_withheld": N_("Mail to the applicant not sent: the address is wrong"),
    "refusal_tested": N_("Ground of the refusal compared with its consequence test"),
    "request_repaired": N_("What the applicant completed was stored"),
    "request_split": N_("A part became a request of its own"),
    "slip_made_anew": N_("Slip with the tracking code made anew"),
    "taken_at_counter": N_("At the counter: recorded for the applicant"),
    "taken_by_letter": N_("By letter: recorded for the applicant"),
    "taken_by_telephone": N_("By telephone: recorded for the applicant"),
}
MAILS = {
    "ppid_agency_silent": N_("An agency is silent"),
    "ppid_due_moved": N_("Legal time moved, to the applicant"),
    "ppid_objection_moved": N_("Last day of an objection's answer moved"),
    "ppid_repair_moved": N_("Last day to complete a request moved"),
    "ppid_dues_moved": N_("Legal time moved, to the officers"),
    "ppid_due_soon": N_("Legal time runs out"),
    "ppid_letter_came": N_("Letter about a request"),
    "ppid_letter_signed": N_("Signed letter about a request"),
    "ppid_request_split": N_("Part of a request split off"),
}
FOLLOW_UPS = {"ppid_test_needed": N_("Task of a consequence test")}
DETAILS = {
    "missing": N_("What is missing"),
    "extension_code": N_("Ground of the extension"),
    "ground": N_("Ground"),
    "link": N_("Where it lies open"),
    "body": N_("Body that holds it"),
    "found": N_("Rows found"),
    "day": N_("Day of the clock"),
    "result": N_("What the list says"),
    "state": N_("Where the test stands"),
    "test": N_("Case of the test"),
}

TESTS = {
    decision.TESTED: N_("tested"),
    decision.ASKED: N_("task opened"),
    decision.MISSING: N_("missing: no dataset to test; make it and file its minutes"),
    decision.FAILED: N_("the test does not carry the refusal: have it decided anew"),
}
"""Where the consequence test of a refused part stands."""
