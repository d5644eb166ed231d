"""Tells the past in the order in which it happened, with the clock set to each instant.

A story is a generator: it yields the instant at which it goes on. All stories together run as one line of time,
so that journal entries, register numbers and letters come one after another as they would have.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from ckanext.satudata.domain.workdays import Calendar, Unit
from ckanext.satudata.shared import clock

Story = Iterator[datetime]


def tell(stories: Iterable[Story], until: datetime) -> None:
    """Runs the stories; what would lie after `until` happens at `until`, still in order."""
    count = itertools.count()
    waiting = [(min(next(story), until), next(count), story) for story in stories]
    heapq.heapify(waiting)
    while waiting:
        at, _, story = heapq.heappop(waiting)
        with clock.set_to(at):
            following = next(story, None)
        if following is not None:
            heapq.heappush(waiting, (min(max(following, at), until), next(count), story))


class Diary:
    """Finds moments at which an office works; the same ones for the same seed."""

    def __init__(self, calendar: Calendar, seed: str):
        self.calendar = calendar
        self.dice = random.Random(seed)

    def after(self, at: datetime, days: int) -> datetime:
        """Some time of the `days`-th working day after `at`."""
        on = self.calendar.due(at, days, Unit.WORKING_DAYS).due_on
        hour, minute = self.dice.randint(8, 14), self.dice.randint(0, 59)
        return datetime.combine(on, time(hour, minute, self.dice.randint(0, 59)), self.calendar.zone)

    def soon(self, at: datetime) -> datetime:
        """Some minutes later."""
        return at + timedelta(minutes=self.dice.randint(2, 9))
