"""In which group of the desk a due time falls."""

from datetime import datetime, timezone

import pytest

from ckanext.satudata.shared.work import inbox


@pytest.mark.parametrize(
    ("day", "group"), [(14, "overdue"), (15, "today"), (16, "week"), (21, "week"), (22, "later"), (None, "later")]
)
def test_groups_of_a_monday(day, group):
    now = datetime(2026, 6, 15, 2, tzinfo=timezone.utc)
    at = datetime(2026, 6, day, 16, 59, 59, tzinfo=timezone.utc) if day else None
    assert inbox.group_of(at, at.date() if at else None, now, now.date()) == group
