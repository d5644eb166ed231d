"""What an office does besides datasets and requests: monthly reports, an invitation, mails that do not go out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import ckan.model as model
import ckan.plugins as p
import sqlalchemy as sa

from ckanext.satudata.demo import traffic
from ckanext.satudata.demo.government import ADMIN, act
from ckanext.satudata.demo.timeline import Story
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.workdays import Calendar, Unit
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.reports import metadata_facts
from ckanext.satudata.shared import actors, clock, notices

MONTHS = 3
"""Monthly reports in the archive."""
LOOKED = 12
"""Months at whose end it was found how complete descriptions are."""
INVITED = "bayu.demo@nusasari.example"


class Office:
    """Tells the reports in time; `downloads` made for them, up to `counted_until` (None before the first)."""

    def __init__(self, now: datetime, calendar: Calendar):
        self.now, self.calendar = now, calendar
        self.downloads = 0
        self.counted_until: datetime | None = None

    def stories(self, agencies: dict[str, str]) -> list[Story]:
        """The reports of the last full months, and an invitation of yesterday that nobody has opened."""
        found = [self._invitation(next(iter(agencies.values())))]
        if p.plugin_loaded("satudata_reports"):
            ends = [self.now.astimezone(self.calendar.zone).date().replace(day=1) - timedelta(days=1)]
            while len(ends) < LOOKED:
                ends.append(ends[-1].replace(day=1) - timedelta(days=1))
            found += [self._report(last) for last in reversed(ends[:MONTHS])]
            found += [self._look(last) for last in reversed(ends)]
        return found

    def _look(self, last: date) -> Story:
        yield self._at(last, 23)
        metadata_facts.look()

    def _report(self, last: date) -> Story:
        on = self.calendar.due(self._at(last, 12), 2, Unit.WORKING_DAYS).due_on
        yield self._at(on, 10)
        at = clock.now()
        self.downloads += traffic.make(at, self.counted_until)
        self.counted_until = at
        days = {"from_on": last.replace(day=1).isoformat(), "until_on": last.isoformat()}
        act("walidata", "satudata_report_file", name="dissemination", **days)

    def _at(self, on: date, hour: int) -> datetime:
        return datetime.combine(on, time(hour), self.calendar.zone)

    def _invitation(self, agency: str) -> Story:
        yield self.now - timedelta(days=1)
        act(
            ADMIN.name,
            "satudata_officer_assign",
            email=INVITED,
            fullname="Bayu Demo",
            role="operator",
            organization_id=agency,
            letter_number="800/99/DEMO",
        )


def hold_mails_back(now: datetime) -> None:
    """Of the newest mails to officers one failed again and again, and one waits for its next try."""
    session = model.Session
    newest = session.scalars(
        sa.select(Outbox).where(Outbox.to_role.is_not(None)).order_by(Outbox.created_at.desc(), Outbox.id).limit(2)
    ).all()
    states = ((6, "SMTPRecipientsRefused: 550 5.1.1"), (1, "SMTPServerDisconnected: 421 4.3.2"))
    for row, (attempts, error) in zip(newest, states, strict=False):
        held = {"attempts": attempts, "last_error": error, "next_try_at": now + timedelta(hours=attempts * 4)}
        for user in actors.users_holding(Role(row.to_role), row.organization_id)[:1]:
            key = f"{row.id}:{user.id}"
            notices.queue(session, row.kind, to_user=user.id, params=row.params, key=key)
            session.execute(sa.update(Outbox).where(Outbox.key == key).values(created_at=row.created_at, **held))
    session.commit()
