"""Words of journal and mail queue for asking, its files and messages; `words` joins them."""

from __future__ import annotations

from ckanext.satudata.domain.intake import Channel
from ckanext.satudata.shared.wording import N_

HAPPENED = {
    "applicant_file_viewed": N_("Document of the applicant opened"),
    "message_sent": N_("Message to or from the applicant"),
    "request_entered": N_("Request entered by an officer"),
}
MAILS = {
    "ppid_confirm_soon": N_("Address to be confirmed soon"),
    "ppid_address_corrected": N_("A wrong address was corrected and confirmed"),
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
CHANNELS = {
    Channel.ONLINE.value: N_("The form on this portal"),
    Channel.COUNTER.value: N_("At the counter"),
    Channel.LETTER.value: N_("By letter"),
    Channel.TELEPHONE.value: N_("By telephone"),
    Channel.PPID_SITE.value: N_("The PPID's own site"),
}
FORMS = {"soft": N_("soft copy"), "hard": N_("hard copy")}
OBTAIN = {"see": N_("Look at it, read, listen or note down"), "copy": N_("Get a copy")}
SENDING = {
    "link": N_("By a personal link"),
    "collect": N_("I fetch it at the counter"),
    "courier": N_("By courier"),
    "post": N_("By post"),
}
SENT = {
    "link": N_("by a personal link"),
    "collect": N_("fetched at the counter"),
    "courier": N_("by courier"),
    "post": N_("by post"),
}
KINDS = {
    "person": N_("A person"),
    "legal_entity": N_("A legal entity"),
    "group": N_("A group of people"),
    "government": N_("A government office"),
}
