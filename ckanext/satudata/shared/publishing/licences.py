"""The licence that the public reads: what nobody may download is under no open licence.

The editor's own choice is kept in our table, and comes back with the opening.
"""

from __future__ import annotations

from collections.abc import Iterable

import ckan.model as model
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import Level, level_of
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import raw_writes

NOT_OPEN = "other-closed"
"""CKAN's licence "other (not open)"."""


def to_serve(session: Session, state: DatasetState, level: object, files: Iterable[Level], stated: str) -> str:
    """The licence to be served of a dataset of that level with these files; `stated` is the one of the description.

    One that is open holds for the files that are. Does not commit.
    """
    own = state.own_licence if state.own_licence and stated in ("", NOT_OPEN) else stated
    hides = is_open(own) and not anything_open(level, files)
    with raw_writes.writing(session, DatasetState):
        state.own_licence = own if hides else None
    return NOT_OPEN if hides else own


def anything_open(level: object, files: Iterable[Level]) -> bool:
    """Whether a dataset with these files has something that anybody may take; one without files is as it says."""
    levels = set(files)
    return level_of(level) is Level.TERBUKA and (not levels or Level.TERBUKA in levels)


def is_open(licence: str) -> bool:
    """Whether CKAN's list calls it an open one (`isopen`)."""
    known = model.Package.get_license_register().get(licence)
    return known is not None and known.isopen()
