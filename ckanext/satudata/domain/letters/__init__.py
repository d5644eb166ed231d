"""What each letter of a request says (domain: Malang SOP 001; UU 14/2008 arts. 22, 35-37).

Letters are Indonesian whatever the reader's language: they are documents of the government.
"""

from ckanext.satudata.domain.letters.answering import (
    Notice,
    cost_said,
    decision,
    delivery_to_applicant,
    delivery_to_ppid,
    notice,
    refusal_to_applicant,
    refusal_to_ppid,
)
from ckanext.satudata.domain.letters.asking import (
    already_public,
    extension,
    forwarding,
    incomplete,
    merged,
    not_processed,
    receipt,
    request_to_pembantu,
)
from ckanext.satudata.domain.letters.blocks import (
    MONTHS,
    WEEKDAYS,
    Draft,
    Enclosure,
    FileFacts,
    Part,
    RequestFacts,
    hari_tanggal,
    tanggal,
)
from ckanext.satudata.domain.letters.kinds import CODES, FOR_APPLICANT, HAL, KINDS, SUBJECTS, LetterKind, title_of
from ckanext.satudata.domain.letters.objecting import (
    OUTCOMES,
    ObjectionAnswer,
    ObjectionFacts,
    objection_answer,
    objection_receipt,
)

__all__ = [
    "CODES",
    "FOR_APPLICANT",
    "HAL",
    "KINDS",
    "MONTHS",
    "OUTCOMES",
    "SUBJECTS",
    "WEEKDAYS",
    "Draft",
    "Enclosure",
    "FileFacts",
    "LetterKind",
    "title_of",
    "Notice",
    "ObjectionAnswer",
    "ObjectionFacts",
    "Part",
    "RequestFacts",
    "already_public",
    "cost_said",
    "decision",
    "delivery_to_applicant",
    "delivery_to_ppid",
    "extension",
    "forwarding",
    "hari_tanggal",
    "incomplete",
    "merged",
    "not_processed",
    "notice",
    "objection_answer",
    "objection_receipt",
    "receipt",
    "refusal_to_applicant",
    "refusal_to_ppid",
    "request_to_pembantu",
    "tanggal",
]
