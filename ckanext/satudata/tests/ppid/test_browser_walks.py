"""Every ending of a request and of an objection in a browser: citizens at a telephone, officers at their desks.

Some of it in English, some without JavaScript.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from ckanext.satudata.tests.look.test_browser import TOO_WIDE
from ckanext.satudata.tests.ppid.test_form_walks import FormStage
from ckanext.satudata.tests.support import limits, request_walk
from ckanext.satudata.tests.test_path_browser import fill

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("with_plugins"),
]

ENGLISH = (request_walk.granted_in_part, request_walk.extended, request_walk.objection_rejected)
SCRIPTLESS = (request_walk.granted, request_walk.objection_upheld, request_walk.incomplete_and_repaired)


class Person:
    """At a browser; what the portal fails at, or what is wider than the screen, ends the walk."""

    def __init__(self, portal, page, tongue):
        self.portal, self.page, self.tongue = portal, page, tongue
        self.faults = []
        page.on("response", self._seen)

    def _seen(self, response):
        if response.status >= 500 or not response.url.startswith((self.portal.url, "data:", "blob:")):
            self.faults.append(f"{response.status} {response.url}")

    @property
    def at(self):
        return urlsplit(self.page.url).path.removeprefix(self.tongue)

    def open(self, path):
        answer = self.page.goto(self.portal.url + self.tongue + path.removeprefix(self.tongue))
        assert answer.status == 200, path
        self._look()

    def _look(self):
        assert not self.faults, self.faults
        assert not self.page.evaluate(TOO_WIDE), f"{self.page.url} is wider than the screen"

    def _unfold(self, found):
        folds = found.locator("xpath=ancestor::details[not(@open)]")
        while folds.count():
            folds.first.locator("> summary").click()

    def _filled(self, form, button, fields):
        box = self.page.locator(form).first
        self._unfold(box)
        for name, value in fields.items():
            field = box.locator(f"[name='{name}']").first
            assert field.count(), f"{self.page.url}: {form} has no {name}"
            self._unfold(field)
            if isinstance(value, tuple):
                value = {"name": value[1], "mimeType": "application/octet-stream", "buffer": value[0]}
            fill(box, name, value)
        return box.locator(button or "button[type=submit]:not([formaction])").first

    def send(self, form, button="", /, **fields):
        self._filled(form, button, fields).click()
        self.page.wait_for_load_state()
        self._look()

    def take(self, form, /, **fields):
        pressed = self._filled(form, "", fields)
        with self.page.expect_download() as begun:
            pressed.click()
        return begun.value.path().read_bytes()

    def text(self):
        return " ".join(self.page.locator("main").first.text_content().split())

    def texts(self, selector):
        return [" ".join(one.split()) for one in self.page.locator(selector).all_text_contents()]

    def links(self, selector):
        parts = [urlsplit(one.get_attribute("href")) for one in self.page.locator(selector).all()]
        paths = [one.path.removeprefix(self.tongue) for one in parts]
        return [f"{path}?{one.query}" if one.query else path for path, one in zip(paths, parts, strict=True)]


class BrowserStage(request_walk.Stage):
    """Everybody at a browser of their own, at a portal that really runs."""

    def __init__(self, portal, new_page, mail_sink, tongue, scripts):
        self.portal, self.new_page, self.mail_sink = portal, new_page, mail_sink
        self.tongue, self.scripts = tongue, scripts
        super().__init__()

    def citizen(self):
        page = self.new_page(width=360, height=740, java_script_enabled=self.scripts)
        return Person(self.portal, page, self.tongue)

    def officer(self, key):
        person = Person(self.portal, self.new_page(java_script_enabled=self.scripts), self.tongue)
        person.open("/user/login")
        person.send("main form", login=self.users[key]["name"], password=request_walk.PASSWORD)
        return person

    def work(self):
        self.portal.tick()


class Earlier(FormStage):
    """The same people, at the application itself, some days ago: the running portal knows only the present."""

    def __init__(self, stage, app):
        self.app, self.mail_sink, self.desks = app, stage.mail_sink, {}
        self.users, self.agency = stage.users, stage.agency


@pytest.fixture
def stage(live_portal, new_page, mail_sink):
    limits.forget()
    return lambda tongue="", scripts=True: BrowserStage(live_portal, new_page, mail_sink, tongue, scripts)


@pytest.mark.parametrize("walk", request_walk.NOW, ids=lambda walk: walk.__name__)
def test_a_request_goes_its_way(stage, walk):
    walk(stage("/en" if walk in ENGLISH else "", walk not in SCRIPTLESS))


@pytest.mark.parametrize("walk", request_walk.LATER, ids=lambda walk: walk.__name__)
def test_a_request_of_some_days_ago_comes_to_its_end(stage, app, walk):
    now = stage()
    walk(now, Earlier(now, app))
