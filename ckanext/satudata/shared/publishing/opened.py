"""What is open to everybody now, and since when: the feed and the public figures count by the one statement."""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.reclassification import Kind
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification


def opened() -> sa.Select[tuple[str, str, object]]:
    """`package_id`, `organization_id` and `at` of each dataset that is Terbuka and public now.

    `at` is when it became so for the last time: one that was narrowed and opened again counts from the second day.
    """
    widened = (
        sa.select(sa.func.max(Reclassification.at))
        .where(
            Reclassification.package_id == DatasetState.package_id,
            Reclassification.resource_id.is_(None),
            Reclassification.kind == Kind.WIDENING.value,
            Reclassification.to_level == Level.TERBUKA.value,
        )
        .correlate(DatasetState)
    )
    return (
        sa.select(
            DatasetState.package_id,
            model.Package.owner_org.label("organization_id"),
            sa.func.greatest(DatasetState.first_published_at, widened.scalar_subquery()).label("at"),
        )
        .join(model.Package, model.Package.id == DatasetState.package_id)
        .where(
            DatasetState.state == DatasetStage.PUBLISHED.value,
            DatasetState.access_level == Level.TERBUKA.value,
            model.Package.state == model.State.ACTIVE,
            model.Package.private.is_(False),
        )
    )
