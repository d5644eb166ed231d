"""Dates, roles and commands as people read them, in the language of the moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import override
from ckanext.satudata.domain.errors import SatudataError, Several
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import EVENTS, Command
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.documents import letter_words, report_words
from ckanext.satudata.shared.files import giving_words
from ckanext.satudata.shared.guestbook import words as guestbook_words
from ckanext.satudata.shared.heads import way_words
from ckanext.satudata.shared.orders import people_words
from ckanext.satudata.shared.personal import masking_words
from ckanext.satudata.shared.publishing import post_words
from ckanext.satudata.shared.wording import N_ as N_
from ckanext.satudata.shared.work import asking_words, dashboard_words, objection_words, request_words

ROLES = {
    Role.WALIDATA: N_("Walidata"),
    Role.PPID: N_("PPID"),
    Role.PPID_PEMBANTU: N_("Assistant PPID"),
    Role.PPID_SUPERIOR: N_("Superior of the PPID"),
    Role.PRODUCER_HEAD: N_("Head of the producing agency"),
    Role.VERIFIER: N_("Verifier"),
    Role.OPERATOR: N_("Operator"),
    Role.DESIGNER: N_("Design team"),
    Role.REDAKTUR: N_("Content editor"),
    Role.STAFF: N_("Staff of the section"),
    Role.SECTION_HEAD: N_("Head of section"),
    Role.DIVISION_HEAD: N_("Head of division"),
    Role.DEPARTMENT_HEAD: N_("Head of department"),
    Role.AUDITOR: N_("Auditor"),
    Role.APPLICANT: N_("Applicant"),
    Role.SYSTEM: N_("The portal"),
}

COMMANDS = {
    Command.SUBMIT: N_("Send to {to}"),
    Command.APPROVE: N_("Approve {what}"),
    Command.RETURN: N_("Return to {to}"),
    Command.PUBLISH: N_("Publish {what}"),
    Command.ROUTE: N_("Route to {to}"),
    Command.GRANT: N_("Grant the data"),
    Command.GRANT_IN_PART: N_("Grant a part of the data"),
    Command.REFUSE: N_("Refuse {what}"),
    Command.NOT_HELD: N_("Answer: the agency does not hold the data"),
    Command.HANDOVER: N_("Hand over to {to}"),
    Command.ATTEST: N_("Confirm the personal-data check"),
    Command.FORWARD: N_("Forward to {to}"),
    Command.DELIVER: N_("Send the letter to the applicant"),
    Command.CLOSE: N_("Confirm that the data were received"),
    Command.WITHDRAW: N_("Take {what} back"),
    Command.RECORD: N_("Record {what} as done"),
    Command.LAPSE: N_("Let {what} lapse"),
    Command.EXPIRE: N_("Close {what}, address not confirmed"),
    **request_words.COMMANDS,
    **objection_words.COMMANDS,
}

NAMED = {
    ("classification", Command.RECORD): N_("Record the result of the consequence test"),
    ("classification", Command.SUBMIT): N_("Propose to open the data further"),
    ("classification", Command.APPROVE): N_("Approve what is proposed"),
    ("classification", Command.PUBLISH): N_("Open the data as approved"),
    ("classification", Command.WITHDRAW): N_("Close the case without a change"),
    ("complaint", Command.RECORD): N_("Answer the complaint"),
    **objection_words.NAMED,
    **giving_words.NAMED,
    **request_words.NAMED,
    ("work", Command.RECORD): N_("Record the step as done"),
    ("work", Command.APPROVE): N_("Approve"),
    ("work", Command.PUBLISH): N_("Record as published"),
    ("work", Command.WITHDRAW): N_("Stop the process"),
}
"""What a command says of one kind of subject."""

THINGS = {
    "dataset": N_("the dataset"),
    "objection": N_("the objection"),
    "ppid_request": N_("the request"),
    "report": N_("the report"),
}
"""What a command is done to, by the case's subject: a button names its object."""

DONE = {
    "started": N_("Started"),
    "submitted": N_("Sent"),
    "approved": N_("Approved"),
    "returned": N_("Returned"),
    "published": N_("Published"),
    "routed": N_("Routed"),
    "granted": N_("Granted"),
    "granted_in_part": N_("Granted in part"),
    "refused": N_("Refused"),
    "answered_not_held": N_("Answered: not held"),
    "handed_over": N_("Handed over"),
    "attested": N_("Personal-data check confirmed"),
    "forwarded": N_("Forwarded"),
    "delivered": N_("Letter sent to the applicant"),
    "closed": N_("Receipt confirmed"),
    "withdrawn": N_("Withdrawn"),
    "recorded": N_("Recorded as done"),
    "lapsed": N_("Lapsed"),
    "expired": N_("Closed, address not confirmed"),
    **request_words.DONE,
    **objection_words.DONE,
}
"""What the journal says of a command."""

DONE_TO = {
    ("classification", "published"): N_("Opened"),
    **giving_words.DONE_TO,
    **request_words.DONE_TO,
    ("complaint", "recorded"): N_("Answered"),
    ("complaint", "identity_viewed"): N_("Data of who complained viewed"),
    ("complaint", "applicant_erased"): N_("Data of who complained erased"),
    **objection_words.DONE_TO,
}
"""The same of one kind of subject."""

LINK_ENDED = {
    "": N_("The office that gave it ended it."),
    "address": N_("It had been sent to a wrong address."),
    "address_corrected": N_("It had been sent to a wrong address; the right one is confirmed by now."),
    "file": N_("The file was not the right one."),
    "personal_data": N_("The file held data that may not be given."),
    "withdrawn": N_("The dataset that the file belongs to was withdrawn."),
    "renewed": N_("A new link took its place."),
    "refused": N_("The request was decided anew, and refused."),
    "answered_anew": N_("The request was decided anew, and this file is not part of what is given."),
}
"""What whoever holds a personal link is told when it is ended before its time."""

_BY_ITSELF = ("renewed", "refused", "answered_anew", "address_corrected")
LINK_ENDED_BY_HAND = {cause: text for cause, text in LINK_ENDED.items() if cause not in _BY_ITSELF}
"""What the information officer chooses from; the others come of a new link, or of a new decision."""

HAPPENED = {
    **letter_words.HAPPENED,
    **giving_words.HAPPENED,
    **asking_words.HAPPENED,
    **people_words.HAPPENED,
    **way_words.HAPPENED,
    **request_words.HAPPENED,
    **guestbook_words.HAPPENED,
    **objection_words.HAPPENED,
    "account_changed": N_("Account changed by another person"),
    "account_vouched": N_("Account confirmed on the server"),
    "address_confirmed": N_("Changed address confirmed"),
    "address_taken_back": N_("Unproven e-mail address given to its owner"),
    "applicant_erased": N_("Applicant's data erased"),
    "classification_restated": N_("Restriction written anew"),
    "case_file_taken": N_("Case taken away as a file"),
    "consequence_tested": N_("Consequence test recorded"),
    "content_released": N_("What the public sees was recorded"),
    "decree_changed": N_("Decree changed"),
    "decree_deleted": N_("Decree removed"),
    "decree_recorded": N_("Decree recorded"),
    "dik_row_set": N_("Row of the list of excluded information written"),
    "dataset_adopted": N_("Taken over from before this portal"),
    "dataset_opened": N_("Access to published data opened further"),
    "dataset_reclassified": N_("Access to published data narrowed at once"),
    "dataset_reopened": N_("Dataset opened for change again"),
    "dataset_withdrawn": N_("Dataset withdrawn"),
    "due_moved": N_("Due time moved"),
    "email_corrected": N_("E-mail address corrected by the applicant"),
    "email_confirmed": N_("E-mail address confirmed"),
    "field_commented": N_("Comment on a field"),
    "file_handed_over": N_("File handed over"),
    "grant_issued": N_("Personal link issued"),
    "grant_revoked": N_("Personal link revoked"),
    "grant_used": N_("Personal link used"),
    "handover_viewed": N_("Handed-over file viewed"),
    "holiday_added": N_("Day off added"),
    "holiday_removed": N_("Day off removed"),
    "identity_viewed": N_("Applicant's data viewed"),
    "journal_exported": N_("Journal taken away as a file"),
    "letter_issued": N_("Letter issued"),
    "mail_dropped": N_("Mail given up"),
    "minutes_recorded": N_("Minutes recorded"),
    "note_erased": N_("Note erased"),
    "output_added": N_("Document added"),
    "opening_proposed": N_("Opening further proposed"),
    "overridden": N_("Moved outside the SOP"),
    "override_asked": N_("Moving outside the SOP asked"),
    "override_declined": N_("Moving outside the SOP declined"),
    "officer_accepted": N_("Invitation accepted"),
    "officer_assigned": N_("Role given"),
    "officer_ended": N_("Role ended"),
    "password_set_outside": N_("Password set past the portal"),
    "password_chosen": N_("Password chosen by a mailed link"),
    "officer_invited": N_("Officer invited"),
    "personal_data_check_attested": N_("Personal-data check of the file confirmed"),
    "report_filed": N_("Report filed"),
    "revision_discarded": N_("Change of published data discarded"),
    "scan_viewed": N_("Scan viewed"),
    "settings_changed": N_("Settings changed"),
    "tombstone_ended": N_("Term of the stub of withdrawn data ended"),
    **masking_words.HAPPENED,
    **report_words.HAPPENED,
    **post_words.HAPPENED,
}
"""What the journal says of everything else."""

SUBJECTS = {
    "case_output": N_("Document of a case"),
    "classification": N_("Classification"),
    "complaint": N_("Complaint"),
    **giving_words.SUBJECTS,
    **request_words.SUBJECTS,
    **guestbook_words.SUBJECTS,
    "dataset": N_("Dataset"),
    "decree": N_("Decree"),
    "grant": N_("Personal link"),
    "holiday": N_("Day off"),
    "journal": N_("Journal"),
    "mail": N_("Mail"),
    **objection_words.SUBJECTS,
    "minutes": N_("Minutes"),
    "portal": N_("Portal"),
    "ppid_request": N_("Data request"),
    "report": N_("Report"),
    "user": N_("Officer"),
    "work": N_("Process"),
    **post_words.SUBJECTS,
}

MAILS = {
    **giving_words.MAILS,
    **asking_words.MAILS,
    **people_words.MAILS,
    **request_words.MAILS,
    **guestbook_words.MAILS,
    **way_words.MAILS,
    **objection_words.MAILS,
    **report_words.MAILS,
    "account_changed": N_("Notice of a changed account"),
    "complaint_answered": N_("Answer to a complaint"),
    "complaint_received": N_("Receipt of a complaint"),
    "dataset_reclassified": N_("Notice of narrowed access"),
    "desk_waits": N_("What waits on the desk"),
    "due_moved": N_("Notice of moved due times"),
    "grant_ended": N_("Notice of an ended personal link"),
    "grant_given": N_("Notice of a given file"),
    "invitation": N_("Invitation"),
    "journal_fault": N_("Notice of a changed journal"),
    "journal_seal": N_("Seal of the journal"),
    "override_asked": N_("A confirmation is asked"),
    "period_ends": N_("Notice of a restriction that ends"),
    "ppid_address_confirmed": N_("Address confirmed, with the tracking code"),
    "ppid_answer_waits": N_("Word of an answer, to an unconfirmed address"),
    "ppid_link_ended": N_("Notice of an ended link, to the applicant"),
    "ppid_link_renewed": N_("New link to the data"),
    "ppid_request_answered": N_("Answer to a data request"),
    "ppid_request_received": N_("Receipt of a data request"),
    "step_opened": N_("A step waits"),
    "test_mail": N_("Test mail"),
    "uncovered_content": N_("Notice of public content without an approval"),
}

HOLIDAY_KINDS = {
    "national": N_("National holiday"),
    "collective_leave": N_("Collective leave"),
    "local": N_("Local day off"),
    "working": N_("Working day by decree"),
}

FOLLOW_UPS = {
    **masking_words.FOLLOW_UPS,
    "dataset_indexed": N_("Search index after a decision"),
    "dataset_released": N_("Search index and tables after publishing"),
    "revision_published": N_("Former files and tables after a published change"),
    **request_words.FOLLOW_UPS,
}
"""What waits in the outbox beside mails."""

LEVELS = {"terbuka": "Terbuka", "terbatas": "Terbatas", "tertutup": "Tertutup"}
"""Law, and the same in every language."""

ACTING = {"plt": "Plt.", "plh": "Plh.", "an": "a.n."}
"""Abbreviations of the law, the same in every language."""

OUTCOMES = {
    "granted": DONE["granted"],
    "granted_in_part": DONE["granted_in_part"],
    "refused": DONE["refused"],
    "already_public": N_("Public already"),
    "passed_on": N_("Passed on to the body that holds it"),
    "merged": N_("Merged with an older request"),
    "not_processed": N_("Not completed, not processed"),
    "lapsed": N_("Never confirmed, lapsed"),
    "withdrawn": N_("Cancelled by the applicant"),
    "open": N_("Not answered yet"),
}

CLIENTS = {
    "browser": N_("Browser (a person)"),
    "script": N_("Program (API)"),
    "harvester": N_("Harvester of another portal"),
    "robot": N_("Robot"),
    "unknown": N_("Not known"),
}

VOCABULARIES = {
    "role": {role.value: text for role, text in ROLES.items()},
    "level": LEVELS,
    "outcome": OUTCOMES,
    "client": CLIENTS,
    "command": {command.value: DONE[event] for command, event in EVENTS.items()},
    **report_words.VOCABULARIES,
    "profession": guestbook_words.PROFESSIONS,
    **dashboard_words.VOCABULARIES,
}


def code_name(vocabulary: str, code: str) -> str:
    """A code of a report's column in words; an unknown one stands as it is."""
    text = VOCABULARIES.get(vocabulary, {}).get(code)
    return tk._(text) if text else code


def long_date(on: date) -> str:
    """`Senin, 3 Agustus 2026`."""
    return wording.day(on, weekday=True)


def short_date(on: date) -> str:
    """`3 Agustus 2026`."""
    return wording.day(on)


def role_name(role: Role | str) -> str:
    """The role as the officers' table calls it."""
    return tk._(ROLES[Role(role)])


def called(name: str) -> str:
    """A person by his name, the portal and the applicant by their role; the login name where nothing else is known."""
    if name in (Role.APPLICANT.value, Role.SYSTEM.value):
        return role_name(name)
    user = model.User.get(name)
    return user.display_name if user else name


def acting(kind: str | None, name: str) -> str:
    """The name with the mark of an acting officer, as on letters: `Plt. Ani Contoh`."""
    return f"{ACTING[kind]} {name}" if kind in ACTING else name


def role_names(roles: Any) -> str:
    """Several roles joined with commas."""
    return ", ".join(role_name(role) for role in roles)


def command_name(command: Command, subject_type: str, to: str) -> str:
    """The button of a command: the verb with its object; `to` names who gets the case then."""
    text = NAMED.get((subject_type, command)) or COMMANDS[command]
    return tk._(text).format(what=tk._(THINGS.get(subject_type, "the case")), to=to)


def event_name(event: str, subject_type: str = "") -> str:
    """What happened, in words; an unknown event stands as it is."""
    return tk._(DONE_TO.get((subject_type, event)) or DONE.get(event) or HAPPENED.get(event) or event.replace("_", " "))


def outcome_name(outcome: str | None, subject_type: str) -> str:
    """How a case ended, in words; "" for one that goes on."""
    if not outcome:
        return ""
    return event_name(override.EVENT if outcome == override.EVENT else EVENTS[Command(outcome)], subject_type)


PROCESSES = {
    "preparation": N_("Preparation and publication of data"),
    "publication": N_("Dissemination of data"),
    "channel_post": N_("Post on website and social media"),
    "request": N_("Data requests"),
    "government_request": N_("Data requests of government offices"),
    "collection": N_("Data collection"),
    "report": N_("Reports"),
    "objection": N_("Objections"),
    "classification": N_("Classification of data"),
    "decree": N_("Decree on the data to be disseminated"),
    "list_candidate": N_("Requested data for next year's list"),
    "release_check": N_("Check against the release schedule"),
    "analysis_report": N_("Analysis report"),
    "complaint": N_("Complaints about the service"),
    **giving_words.PROCESSES,
    **request_words.PROCESSES,
    **report_words.PROCESSES,
}

ACCOUNT_FIELDS = {"email": N_("E-mail"), "fullname": N_("Name"), "password": N_("Password")}

DECREE_FIELDS = {
    "kind": N_("Kind"),
    "number": N_("Number"),
    "title": N_("About"),
    "dated_on": N_("Dated"),
    "in_force_from_on": N_("First day in force"),
    "in_force_until_on": N_("Last day in force"),
    "rows": N_("Annex"),
    "scan": N_("Scan (PDF)"),
}

DIP_RESULTS = {
    "listed": N_("The data is on the list"),
    "not_listed": N_("The data is not on the list"),
    "excluded": N_("The data is on the list of excluded information"),
}

SOURCES = {"dataset": N_("a file of the dataset"), "upload": N_("an uploaded file")}

MAIL_ERRORS = {
    "WrongAddress": N_("Not sent: the address is wrong."),
    "Recipient": N_("The mail server refused the recipient's address."),
    "Authentication": N_("The mail server does not accept the portal's name and password."),
    "Sender": N_("The mail server refused the portal's own address as sender."),
    "Data": N_("The mail server refused the content of the mail."),
    "Disconnect": N_("The mail server broke the connection off."),
    "onnect": N_("The mail server cannot be reached."),
    "gaierror": N_("The name of the mail server is unknown."),
    "imeout": N_("The mail server did not answer in time."),
}
"""Why a mail did not leave, by a part of what the program said; the first that fits."""

DETAILS = {
    **letter_words.DETAILS,
    **giving_words.DETAILS,
    **asking_words.DETAILS,
    **report_words.DETAILS,
    **people_words.DETAILS,
    **request_words.DETAILS,
    **guestbook_words.DETAILS,
    **way_words.DETAILS,
    "step": N_("Step"),
    "role": N_("Role"),
    "round": N_("Round"),
    "late": N_("Late"),
    "opens": N_("Steps opened"),
    "number": N_("Number"),
    "kind": N_("Kind"),
    "reason": N_("Reason"),
    "sha256": N_("SHA-256 of the file"),
    "size": N_("Size in bytes"),
    "process": N_("Process"),
    "sop": N_("Version of the SOP"),
    "received_at": N_("Received"),
    "reason_code": N_("Ground of the refusal"),
    "organization_id": N_("Agency"),
    "acting": N_("Acted as"),
    "processes": N_("Processes"),
    "valid_from_on": N_("First day"),
    "valid_until_on": N_("Last day"),
    "letter_number": N_("Number of the letter"),
    "dip_result": N_("Public information list (DIP)"),
    "detail": N_("Act, body, decree or link that belongs to the ground"),
    "from": N_("Before"),
    "to": N_("Now"),
    "on": N_("Day"),
    "name": N_("Name"),
    "decree": N_("Number of the decree"),
    "attempts": N_("Tries"),
    "field": N_("Field"),
    "step_id": N_("Step that sent back"),
    "fields": N_("Changed"),
    "source": N_("Where the file comes from"),
    "until": N_("Works until"),
    "max_downloads": N_("Downloads allowed"),
    "as_of_at": N_("Figures as of"),
    "rows": N_("Lines of the annex"),
    "is_public": N_("In the public list"),
    "pdf": N_("SHA-256 of the PDF"),
    "xlsx": N_("SHA-256 of the XLSX"),
    "csv": N_("SHA-256 of the CSV"),
    "from_level": N_("Level before"),
    "to_level": N_("Level now"),
    "resources": N_("Files concerned"),
    "files": N_("Public copies removed"),
    "lacks": N_("What is missing"),
    "taken": N_("Files taken to the vault"),
    "links": N_("Web addresses no longer shown"),
    "tables": N_("Tables removed from the data API"),
    "views": N_("Previews removed"),
    "activity": N_("Entries of the public history erased"),
    "tracking": N_("Visit counts by address erased"),
    "followers": N_("Followers removed"),
    "tasks": N_("Notes of loading jobs erased"),
    "grants": N_("Personal links ended"),
    "requests": N_("Open requests, which go on"),
    "downloads": N_("Downloads until then"),
    "programs": N_("Downloads by programs, other portals among them"),
    "resource_id": N_("File"),
    "by": N_("Asked by"),
    "package_id": N_("Dataset"),
    "account": N_("Account"),
    "version": N_("Version"),
    "entries": N_("Entries"),
    "format": N_("Format"),
    "from_steps": N_("Steps left"),
    "position": N_("Number of the entry"),
    "to_step": N_("Put at step"),
    "access_level": N_("Access level"),
    "access_ground": N_("Ground of the restriction"),
    "access_basis": N_("Legal basis of the restriction"),
    "access_until": N_("Restricted until"),
    "access_permanent": N_("Permanent"),
    "access_review_on": N_("Looked at again on"),
    "access_decree": N_("Decree of the restriction"),
    **masking_words.DETAILS,
    **post_words.DETAILS,
    **objection_words.DETAILS,
}
"""What stands in the details of a journal entry."""


def subject_name(subject_type: str | None) -> str:
    """What an entry of the journal is about, in words; "" for one about nothing in particular."""
    text = SUBJECTS.get(subject_type or "")
    return tk._(text) if text else subject_type or ""


def mail_name(kind: str) -> str:
    """What a mail or a follow-up is, in words."""
    return tk._(MAILS.get(kind) or FOLLOW_UPS.get(kind, kind))


def mail_error(error: str | None, kind: str = "") -> str:
    """Why a mail did not leave, in words; "" where nothing went wrong. Of a follow-up only that it failed."""
    if not error:
        return ""
    if kind in FOLLOW_UPS:
        return tk._("It could not be done.")
    return tk._(next((text for part, text in MAIL_ERRORS.items() if part in error), N_("The mail could not be sent.")))


def event_names() -> list[tuple[str, str]]:
    """Every known event with its words, in their order."""
    return sorted(((event, event_name(event)) for event in {**DONE, **HAPPENED}), key=lambda one: one[1])


OFFICES = {Role.PPID: N_("the information officer (PPID)"), Role.WALIDATA: N_("Walidata")}
"""The offices that answer requests, within a sentence to who asked."""


def office(role: Role) -> str:
    """The office that answers, within a sentence."""
    return tk._(OFFICES[role])


def error_text(error: SatudataError) -> str:
    """The refusal in the user's language: what happened, then what to do."""
    parts = [tk._(error.message), tk._(error.mend) if error.mend else ""]
    return " ".join(part for part in parts if part).format(**{k: _param(v) for k, v in error.params.items()})


def errors_by_field(error: SatudataError) -> dict[str, list[str]]:
    """The refusal by field, every one where several were found."""
    found: dict[str, list[str]] = {}
    for one in error.errors if isinstance(error, Several) else [error]:
        found.setdefault(one.field, []).append(error_text(one))
    return found


def _param(value: Any) -> Any:
    if isinstance(value, tuple) and value and all(isinstance(item, Role) for item in value):
        return role_names(value)
    if isinstance(value, datetime):
        return wording.instant(value)
    if isinstance(value, date):
        return long_date(value)
    if isinstance(value, Command):
        return event_name(EVENTS[value])
    return value
