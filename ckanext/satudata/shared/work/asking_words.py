"""Words of journal and mail queue for asking, its files and messages; `words` joins them."""

from __future__ import annotations

from ckanext.satudata.shared.wording import N_

HAPPENED = {
    "applicant_file_viewed": N_("Document of the applicant opened"),
    "message_sent": N_("Message to or from the applicant"),
    "request_entered": N_("Request entered by an officer"),
}
MAILS = {
    "ppid_message_came": N_("The applicant wrote something"),
    "ppid_message_waits": N_("A message waits for the applicant"),
    "ppid_request_lapsed": N_("Request closed, address not confirmed"),
}
DETAILS = {
    "cause": N_("Cause"),
    "channel": N_("How it came"),
    "file": N_("Document"),
    "sender": N_("Sent by"),
}
