"""Words of the journal for letters; `words` joins them."""

from __future__ import annotations

from ckanext.satudata.shared.wording import N_

HAPPENED = {
    "letter_drafted": N_("Letter drafted; it waits for its number"),
    "letter_signed": N_("Signed letter came back as a scan"),
    "signature_block_changed": N_("Signature block changed"),
}
DETAILS = {"letter_sha256": N_("SHA-256 of the letter as it was made")}
