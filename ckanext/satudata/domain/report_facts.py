"""What reports can be made of: the sets of facts and their columns. How each is read stands in `reports/facts.py`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ckanext.satudata.domain.report import Column, Kind

_OF = {
    "agency": Column("Agency (id)"),
    "package": Column("Dataset (id)"),
}
_DATASET = {
    **_OF,
    "dataset": Column("Dataset"),
    "producer": Column("Producer"),
    "level": Column("Access level", Kind.CODE, "level"),
}
_WAITING = {
    **_OF,
    "process": Column("Process"),
    "step": Column("Step"),
    "what": Column("What is done"),
    "role": Column("Done by", Kind.CODE, "role"),
    "producer": Column("Producer"),
    "days": Column("Days waiting", Kind.COUNT),
    "late": Column("Late", Kind.FLAG),
    "due": Column("Due", Kind.CODE, "due"),
    "case": Column("Case"),
}

_MONTH = Column("Month", Kind.MONTH)

_WAITED = {
    **_OF,
    "process": Column("Process"),
    "step": Column("Step"),
    "what": Column("What is done"),
    "role": Column("Done by", Kind.CODE, "role"),
    "producer": Column("Producer"),
    "late": Column("Late", Kind.FLAG),
    "month": _MONTH,
    "case": Column("Case"),
    "at": Column("End of the month", Kind.INSTANT),
}
_STEPS = {
    **_OF,
    "process": Column("Process"),
    "step": Column("Step"),
    "what": Column("What is done"),
    "role": Column("Done by", Kind.CODE, "role"),
    "producer": Column("Producer"),
    "officer": Column("Officer"),
    "days": Column("Working days", Kind.DECIMAL),
    "late": Column("Late", Kind.FLAG),
    "month": _MONTH,
    "command": Column("Command", Kind.CODE, "command"),
    "case": Column("Case"),
    "at": Column("Done", Kind.INSTANT),
}
_REQUESTS = {
    **_OF,
    "number": Column("Number"),
    "dataset": Column("Dataset"),
    "level": Column("Access level", Kind.CODE, "level"),
    "producer": Column("Producer"),
    "outcome": Column("Outcome", Kind.CODE, "outcome"),
    "reason": Column("Reason of the refusal", Kind.CODE, "reason"),
    "month": _MONTH,
    "days": Column("Working days to the answer", Kind.DECIMAL),
    "kind": Column("Who asks", Kind.CODE, "applicant"),
    "way": Column("How it came", Kind.CODE, "intake"),
    "law_days": Column("Working days to the notice", Kind.COUNT),
    "extended": Column("Time extended", Kind.FLAG),
    "in_time": Column("In the time of the law", Kind.FLAG),
    "answered": Column("Answered", Kind.FLAG),
    "case": Column("Case"),
    "at": Column("Received", Kind.INSTANT),
}
FACTS: Mapping[str, Mapping[str, Column]] = MappingProxyType(
    {
        "published": {
            **_DATASET,
            "month": _MONTH,
            "at": Column("Made public", Kind.INSTANT),
            "by": Column("Published by"),
        },
        "downloads": {
            **_OF,
            "dataset": Column("Dataset"),
            "producer": Column("Producer"),
            "channel": Column("Channel", Kind.CODE, "download"),
            "client": Column("Downloaded with", Kind.CODE, "client"),
            "month": _MONTH,
            "at": Column("Time", Kind.INSTANT),
        },
        "guestbook": {
            **_OF,
            "profession": Column("Profession", Kind.CODE, "profession"),
            "institution": Column("Institution"),
            "dataset": Column("Dataset"),
            "producer": Column("Producer"),
            "month": _MONTH,
            "at": Column("Time", Kind.INSTANT),
        },
        "steps": _STEPS,
        "collections": _STEPS,
        "requests": _REQUESTS,
        "all_requests": _REQUESTS,
        "refusals": {
            **_OF,
            "producer": Column("Producer"),
            "reason": Column("Reason of the refusal", Kind.CODE, "reason"),
            "case": Column("Case"),
            "at": Column("Received", Kind.INSTANT),
        },
        "objections": {
            **_OF,
            "number": Column("Number of the objection"),
            "producer": Column("Producer"),
            "ground": Column("Ground", Kind.CODE, "objection_ground"),
            "outcome": Column("How it ended", Kind.CODE, "objection_outcome"),
            "days": Column("Working days to the answer", Kind.DECIMAL),
            "case": Column("Case"),
            "at": Column("Received", Kind.INSTANT),
        },
        "disputes": {
            **_OF,
            "producer": Column("Producer"),
            "event": Column("What happened", Kind.CODE, "dispute"),
            "outcome": Column("How it ended", Kind.CODE, "dispute_outcome"),
            "case": Column("Case"),
            "at": Column("Day", Kind.INSTANT),
        },
        "reclassifications": {
            **_OF,
            "dataset": Column("Dataset"),
            "producer": Column("Producer"),
            "kind": Column("What was done", Kind.CODE, "reclassification"),
            "from_level": Column("Level before", Kind.CODE, "level"),
            "to_level": Column("Level now", Kind.CODE, "level"),
            "month": _MONTH,
            "ground": Column("Ground", Kind.CODE, "ground"),
            "basis": Column("Basis and reason"),
            "provisional": Column("Not tested yet", Kind.FLAG),
            "by": Column("By"),
            "case": Column("Case"),
            "at": Column("Time", Kind.INSTANT),
        },
        "datasets": {
            **_DATASET,
            "stage": Column("State", Kind.CODE, "stage"),
        },
        "metadata": {
            **_DATASET,
            "score": Column("Complete (%)", Kind.COUNT),
            "complete": Column("Complete", Kind.FLAG),
            "gaps": Column("What is missing"),
        },
        "described": {
            **_DATASET,
            "score": Column("Complete (%)", Kind.COUNT),
            "complete": Column("Complete", Kind.FLAG),
        },
        "posts": {
            **_OF,
            "number": Column("Number of the post", Kind.COUNT),
            "producer": Column("Producer"),
            "channel": Column("Channel", Kind.CODE, "channel"),
            "address": Column("Address"),
            "month": _MONTH,
            "by": Column("By"),
            "case": Column("Case"),
            "at": Column("Time", Kind.INSTANT),
        },
        "descriptions": {
            "agency": Column("Agency (id)"),
            "producer": Column("Producer"),
            "complete": Column("Complete", Kind.FLAG),
            "month": _MONTH,
            "at": Column("Looked at", Kind.INSTANT),
        },
        "waiting": _WAITING,
        "running": _WAITING,
        "waited": _WAITED,
        "ran": _WAITED,
        "catalogue": _DATASET,
        "opened": {
            **_OF,
            "dataset": Column("Dataset"),
            "producer": Column("Producer"),
            "at": Column("Became open", Kind.INSTANT),
        },
        "used": {
            **_OF,
            "dataset": Column("Dataset"),
            "producer": Column("Producer"),
            "client": Column("Downloaded with", Kind.CODE, "client"),
            "at": Column("Time", Kind.INSTANT),
        },
        "asked": {
            "producer": Column("Producer"),
            "outcome": Column("Outcome", Kind.CODE, "outcome"),
            "reason": Column("Reason of the refusal", Kind.CODE, "reason"),
            "days": Column("Working days to the notice", Kind.COUNT),
            "answered": Column("Answered", Kind.FLAG),
            "at": Column("Received", Kind.INSTANT),
        },
        "misses": {
            "words": Column("Words"),
            "searches": Column("Searches", Kind.COUNT),
            "at": Column("Time", Kind.INSTANT),
        },
        "survey": {
            "outcome": Column("Outcome", Kind.CODE, "outcome"),
            "service": Column("Mark of the service", Kind.DECIMAL),
            "fit": Column("Got what was needed", Kind.CODE, "fit"),
            "at": Column("Time", Kind.INSTANT),
        },
    }
)
"""By name: each column with its head (msgid) and kind. `at` is the instant by which a period takes a fact in; a set
without it is counted as it stands now. `month` is that of `at` in the government's zone. `case`, `agency` and `package`
are ids: the way from a number to its cases, and what facts are narrowed by."""

IDS = ("agency", "package", "case")

SINCE_KEPT = frozenset({"descriptions"})
"""Sets that are told since the portal keeps them: of a time before that nothing is known, which is not none."""

CALLED: Mapping[str, str] = MappingProxyType(
    {
        "published": "What went public",
        "downloads": "Downloads",
        "steps": "Finished steps",
        "collections": "Steps of data collection",
        "requests": "Requests to the PPID",
        "all_requests": "Requests for limited data",
        "refusals": "Reasons of refusals",
        "objections": "Objections",
        "disputes": "Disputes",
        "reclassifications": "Access changed",
        "datasets": "Datasets as they stand now",
        "metadata": "Descriptions of datasets as they stand now",
        "described": "Descriptions of datasets as they were last looked at",
        "descriptions": "Descriptions of datasets at the end of a month",
        "posts": "Posts on channels",
        "guestbook": "Guestbook entries",
        "waiting": "Steps that wait now",
        "running": "Steps of requests that wait now",
        "waited": "Steps that waited at the end of a month",
        "ran": "Steps of requests that waited at the end of a month",
        "catalogue": "Data that everybody finds now",
        "opened": "Data that are open now",
        "used": "Downloads of data that are open now",
        "asked": "Requests as the public register tells them",
        "misses": "Searches without a hit",
        "survey": "Answers to the survey",
    }
)
"""What people call each set (msgid)."""

NARROWED_BY = MappingProxyType({"producer": "agency", "topic": "package", "channel": "channel"})
"""By which column facts are narrowed; a set without it cannot be."""

ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "published": "Datasets: each once, on the day it became public for the first time.",
        "downloads": "Completed downloads from outside the offices: files, links, personal links; without robots.",
        "steps": "Steps of every procedure that were finished; late when done after the due time.",
        "collections": "Finished steps of data collection from producers (004-1, 004-2), by the day each was done.",
        "requests": "The PPID's register of requests: by the day of receipt; answered when the letter has left.",
        "all_requests": "Requests by the day of receipt, also those of government offices, which Walidata answers.",
        "refusals": "Reasons of refusals, also of parts: each reason of a request once, by its day of receipt.",
        "objections": "Register of objections, by the day of receipt.",
        "disputes": "What happened before the Komisi Informasi and the courts, by its day.",
        "reclassifications": "Records of narrowing, withdrawal and opening, by the day it was done.",
        "datasets": "Register of data as it stands now, whatever the period.",
        "metadata": "Fields that are demanded of each dataset and filled, as they stand now, whatever the period.",
        "described": "Fields that are demanded of each dataset and filled, as they stood within the last ten minutes.",
        "descriptions": "Datasets of the register as they were last looked at in each month, since that is kept.",
        "posts": "Log of channels: what was posted, by the day it was shown.",
        "guestbook": "Downloads that were signed for in the guestbook; who signed is not in it.",
        "waiting": "Open steps of every procedure as they stand now, whatever the period.",
        "running": "Open steps of requests as they stand now, whatever the period.",
        "waited": "Steps of every procedure that were open when a month ended, once for each such month; now, in this.",
        "ran": "Steps of requests that were open when a month ended, once for each such month; now, in this.",
        "catalogue": "Datasets that stand in the public catalogue now, whatever the period.",
        "opened": "Datasets that are Terbuka and public now, by the day on which they became so.",
        "used": "Completed downloads of data that are open now, without robots.",
        "asked": "Register of requests as it is public: without what was asked, by the day of receipt.",
        "misses": "Searches of visitors that found nothing, by day; who looked is not recorded.",
        "survey": "Answers to the two questions after a request; each counts on the first day of its month.",
    }
)
"""By name: what is counted and by which day, for the reader of a report (msgid)."""

_OF_REQUESTS = frozenset(
    {"producer", "outcome", "reason", "days", "law_days", "kind", "way", "extended", "in_time", "answered", "month"}
)
PUBLIC: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "catalogue": frozenset({"producer", "level"}),
        "opened": frozenset({"producer"}),
        "used": frozenset({"producer", "client"}),
        "downloads": frozenset({"channel", "client", "month"}),
        "requests": _OF_REQUESTS,
        "asked": frozenset({"producer", "outcome", "reason", "days", "answered"}),
        "refusals": frozenset({"producer", "reason"}),
        "objections": frozenset({"producer", "ground", "outcome", "days"}),
        "disputes": frozenset({"producer", "event", "outcome"}),
        "survey": frozenset({"outcome", "service", "fit"}),
    }
)
"""What a report that everybody reads may count, and by which columns: nothing that names data, cases or persons, or
that tells of data which are not public how many there are (issue B §4)."""
