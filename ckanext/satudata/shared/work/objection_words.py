"""Words of desk, journal and mail queue for objections, disputes and registers; `words` joins them."""

from __future__ import annotations

from ckanext.satudata.domain.objection import Outcome
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.shared.wording import N_

COMMANDS = {Command.SETTLE: N_("Record the agreement")}
NAMED = {
    ("objection", Command.GRANT): N_("Uphold the objection"),
    ("objection", Command.REFUSE): N_("Reject the objection"),
}
DONE = {"settled": N_("Settled by agreement")}
DONE_TO = {
    ("objection", "submitted"): N_("Objection registered"),
    ("objection", "granted"): N_("Objection upheld"),
    ("objection", "refused"): N_("Objection rejected"),
    ("objection", "withdrawn"): N_("Objection taken back"),
}
HAPPENED = {
    "dispute_recorded": N_("Dispute before the Komisi Informasi: entry recorded"),
    "objection_responded": N_("Applicant’s word on the superior’s answer"),
    "public_text_declined": N_("Text for the public not agreed to"),
    "public_text_proposed": N_("Text for the public written"),
    "public_text_published": N_("Text for the public published"),
    "public_text_withdrawn": N_("Text for the public taken down"),
    "register_taken": N_("Register taken"),
    "sent_back_on_objection": N_("Sent back after an objection"),
}
SUBJECTS = {"objection": N_("Objection"), "register": N_("Register")}
MAILS = {
    "ppid_objection_answered": N_("Answer to an objection"),
    "ppid_objection_received": N_("Receipt of an objection"),
}
DETAILS = {
    "objection": N_("Number of the objection"),
    "outcome": N_("How it ended"),
    "response": N_("Applicant’s word"),
    "settled_on": N_("Date of the minutes"),
}
OUTCOMES = {
    Outcome.UPHELD.value: N_("upheld"),
    Outcome.REJECTED.value: N_("rejected"),
    Outcome.SETTLED.value: N_("settled by agreement"),
    Outcome.WITHDRAWN.value: N_("taken back"),
}
DISPUTES = {
    "filed": N_("Dispute brought before the Komisi Informasi"),
    "mediation": N_("Mediation"),
    "hearing": N_("Hearing"),
    "ruling": N_("Ruling of the Komisi Informasi"),
    "appeal": N_("Ruling of a court on an objection to it"),
    "cassation": N_("Ruling on cassation"),
    "withdrawn": N_("Dispute taken back"),
    "carried_out": N_("Ruling carried out"),
}
DISPUTE_OUTCOMES = {
    "agreed": N_("agreement reached"),
    "failed": N_("no agreement"),
    "granted": N_("for the applicant"),
    "granted_in_part": N_("for the applicant in part"),
    "rejected": N_("against the applicant"),
    "not_admitted": N_("not admitted"),
    "confirmed": N_("ruling confirmed"),
    "overturned": N_("ruling overturned"),
}
