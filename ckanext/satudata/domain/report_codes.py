"""The codes that facts may hold, by the vocabulary that a column names; their words stand in `shared/words.py`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ckanext.satudata.domain import dispute, intake, objection, reclassification
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.applicant import ApplicantKind
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.guestbook import PROFESSIONS
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.post import CHANNELS
from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.domain.sop import EVENTS

OPEN = "open"
"""What has no outcome yet."""

CODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "role": tuple(role.value for role in Role),
        "level": tuple(level.value for level in Level),
        "outcome": (
            *("granted", "granted_in_part", "refused", "already_public", "passed_on", "merged", "not_processed"),
            *("lapsed", "withdrawn", OPEN),
        ),
        # Robots are counted by no fact.
        "client": ("browser", "script", "harvester", "unknown"),
        "command": tuple(command.value for command in EVENTS),
        "applicant": tuple(kind.value for kind in ApplicantKind),
        "dispute": tuple(kind.value for kind in dispute.Kind),
        "dispute_outcome": tuple(dict.fromkeys(code for codes in dispute.OUTCOMES.values() for code in codes)),
        "ground": tuple(GROUNDS),
        "intake": tuple(channel.value for channel in intake.Channel),
        "objection_ground": tuple(ground.value for ground in objection.GROUNDS),
        "objection_outcome": (*(outcome.value for outcome in objection.Outcome), OPEN),
        "channel": tuple(channel.value for channel in CHANNELS),
        "download": ("file", "link", "rows", "grant"),
        "reclassification": tuple(kind.value for kind in reclassification.Kind),
        "stage": tuple(stage.value for stage in DatasetStage),
        "profession": PROFESSIONS,
        "due": ("overdue", "today", "week", "later"),
        "fit": ("yes", "partly", "no"),
        "reason": tuple(REASONS),
    }
)
