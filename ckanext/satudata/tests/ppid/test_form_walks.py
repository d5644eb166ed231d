"""Every ending of a request and of an objection, through the pages' own forms and with the real roles; no browser."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import urlsplit

import pytest
from ckan.tests.helpers import CKANTestApp

from ckanext.satudata.ppid import asking_jobs, jobs
from ckanext.satudata.shared import notices
from ckanext.satudata.tests.support import limits, pages, request_walk

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


class Person(pages.Visitor):
    """At the pages, with cookies of its own."""

    def send(self, form, button="", /, **fields):
        found = self.page.select(form)
        assert found, f"{self.at} has no {form}: {self.said()}"
        pressed = found[0].select_one(button) if button else None
        return super().send(found[0], pressed, **fields)

    def take(self, form, /, **fields):
        """The bytes that the form leads to."""
        self.send(form, **fields)
        return self.body

    def _read(self, answer: Any) -> Any:
        self.body = answer.data
        return super()._read(answer)

    def text(self):
        return self.page.select_one("main").get_text(" ", strip=True)

    def texts(self, selector):
        return [one.get_text(" ", strip=True) for one in self.page.select(selector)]

    def links(self, selector):
        parts = [urlsplit(str(one["href"])) for one in self.page.select(selector)]
        return [f"{one.path}?{one.query}" if one.query else one.path for one in parts]


class FormStage(request_walk.Stage):
    """Everybody at the application itself."""

    def __init__(self, app, mail_sink):
        self.app, self.mail_sink = app, mail_sink
        super().__init__()

    def citizen(self):
        return Person(CKANTestApp(copy.copy(self.app.app)))

    def officer(self, key):
        person = self.citizen()
        person.open("/user/login")
        person.send("main form", login=self.users[key]["name"], password=request_walk.PASSWORD)
        return person

    def work(self):
        notices.send_waiting()
        jobs.lapse_unrepaired()
        asking_jobs.lapse_unconfirmed()
        notices.send_waiting()


@pytest.fixture
def stage(app, mail_sink):
    limits.forget()
    return FormStage(app, mail_sink)


@pytest.mark.parametrize("walk", request_walk.NOW + request_walk.LATER, ids=lambda walk: walk.__name__)
def test_a_request_goes_its_way(stage, walk):
    walk(stage)
