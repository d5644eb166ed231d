"""A letter that names the applicant is a look at the person; a link that ended is told as such."""

from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import links, requests, standing
from ckanext.satudata.shared import clock, wording
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.tests.ppid.test_way_through import handed_over  # noqa: F401 - fixture

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def looks(row):
    entries = sa.select(Journal).where(Journal.event == "identity_viewed", Journal.case_id == row.case_id)
    return model.Session.scalar(sa.select(sa.func.count()).select_from(entries.subquery()))


def test_a_letter_that_names_the_applicant_is_a_look_at_the_person(page, handed_over, give, people):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    agency = [letter for letter in model.Session.scalars(sa.select(Letter)) if letter.kind == "delivery_ppid"]
    assert page(people.ppid, f"/permohonan/surat/{agency[0].id}").status_code == 200 and looks(row) == 0
    assert page(people.ppid, f"/meja/{row.case_id}/deliver/pratinjau", {}).status_code == 200 and looks(row) == 1
    give(row.case_id, "deliver", people.ppid)
    letter = model.Session.scalars(sa.select(Letter).where(Letter.kind == "delivery_applicant")).one()
    with freeze_time(clock.now() + timedelta(days=1), tick=True):
        assert page(people.ppid, f"/permohonan/surat/{letter.id}").status_code == 200 and looks(row) == 2
        assert page(people.ppid, f"/permohonan/surat/{letter.id}").status_code == 200 and looks(row) == 2


def test_ppid_ends_the_link_on_a_page_of_its_own(page, handed_over, give, people):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    address = f"/permohonan/tautan/{row.id}/akhiri"
    assert page(people.ppid, address).status_code == 404
    give(row.case_id, "deliver", people.ppid)
    assert address in page(people.ppid, f"/meja/{row.case_id}").body
    for user in (people.pembantu, people.other, people.auditor):
        assert page(user, address).status_code == 404 and page(user, address, {"reason": "x"}).status_code == 404
    assert page(people.ppid, address).status_code == 200
    faulty = page(people.ppid, address, {"cause": "file", "reason": ""})
    assert faulty.status_code == 422 and 'value="file" selected' in faulty.body
    assert page(people.ppid, address, {"cause": "file", "reason": "Tertukar"}).status_code == 302
    shown = standing.for_applicant(model.Session, model.Session.get(PpidRequest, row.id))
    assert shown["link_state"] == "ended" and "below" not in shown["sentence"] and shown["link_state_at"]
    assert shown["link_ended_why"] in shown["sentence"] and "Tertukar" not in str(shown)
    assert "Tautan itu diakhiri pada" in page(people.ppid, f"/meja/{row.case_id}").body
    track = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    told = call_action("satudata_ppid_request_track", {}, **track)
    assert told["link"] is None and told["sentence"] == shown["sentence"]


@pytest.mark.parametrize(("cause", "is_asked"), [("address", False), ("file", False), ("", True)])
def test_after_a_link_was_ended_the_page_says_what_comes_next(handed_over, give, people, cause, is_asked):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    model.Session.refresh(row)
    links.given(model.Session, row)[0].grant.downloads = 1
    model.Session.commit()
    actor = actor_for(model.User.get(people.ppid["id"]))
    links.end(model.Session, row, actor=actor, reason="Keliru", cause=cause)
    model.Session.commit()
    shown = standing.for_applicant(model.Session, row)
    assert ("close" in shown["can"], shown["survey"]) == (is_asked, is_asked), "who has no data is not asked how it was"
    with wording.speaking("en"):
        shown = standing.for_applicant(model.Session, row)
    if cause == "address":
        assert "at the counter" in shown["sentence"] and "new request" in shown["sentence"]
    giving = model.Session.get(PpidGiving, row.id)
    giving.way, giving.given_at = "counter", clock.now()
    model.Session.commit()
    fetched = standing.for_applicant(model.Session, row)
    assert fetched["survey"] and shown["link_ended_why"] not in fetched["sentence"]


def test_an_expired_link_is_not_told_as_ready(handed_over, give, people):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    model.Session.refresh(row)
    with freeze_time(links.given(model.Session, row)[0].grant.until_at + timedelta(minutes=1), tick=True):
        assert "below" not in standing.for_applicant(model.Session, row)["sentence"]
