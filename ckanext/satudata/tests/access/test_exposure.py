"""What had been open (UU 27/2022): days and numbers of what the public could have, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import ckan.model as model
import pytest
from ckan.tests import helpers
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.access.support import WHY, as_user, make, operator, publish, with_minutes
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def walidata():
    return officer(Role.WALIDATA)


@pytest.fixture
def public(clerk):
    return publish(make(clerk, clerk["org"])["id"])


def act(user, action, **data):
    model.Session.expire_all()
    return helpers.call_action(action, as_user(user), **data)


def narrow(user, dataset, to_level, **kw):
    asked = {"id": dataset["id"], "to_level": to_level, "reason": "Berisi nama penerima bantuan.", **kw}
    return act(user, "satudata_dataset_reclassify", **asked)


def exposure(user, dataset):
    return act(user, "satudata_dataset_exposure_show", id=dataset["id"])


def spans(user, dataset):
    return [(one["from"], one["until"]) for one in exposure(user, dataset)["open"] if one["resource_id"] is None]


def opened(walidata, org, case, to_level):
    team = [officer(role, org) for role in (Role.VERIFIER, Role.PRODUCER_HEAD)]
    steps = [(walidata, "submit", {"to_level": to_level, "note": WHY}), *((who, "approve", {}) for who in team)]
    for who, name, payload in [*steps, (officer(Role.WALIDATA), "publish", {})]:
        act(who, "satudata_case_command", id=case, command=name, **with_minutes(name, payload))


def test_what_officers_fetch_for_their_work_is_told_apart(app, public, walidata):
    table = public["resources"][0]
    app.flask_app.test_client().get(f"/dataset/{public['id']}/resource/{table['id']}/download")
    narrow(walidata, public, "tertutup")
    before = exposure(walidata, public)["downloads"]
    with freeze_time(clock.now() + timedelta(days=3)):
        page = act(walidata, "satudata_dataset_former_show", id=public["id"])
        path = f"/meja/ditarik/{public['id']}/berkas/{table['id']}"
        answer = app.get(path, headers={"Authorization": walidata["token"]}, expect_errors=True)
        assert answer.status_code == 200, page
    after = exposure(walidata, public)["downloads"]
    assert {**after, "officers": None} == {**before, "officers": None} and after["total"] == 1
    assert (before["officers"]["total"], after["officers"]["total"]) == (0, 1)


def test_a_description_that_stays_public_is_open_without_a_gap(clerk, public, walidata):
    ((since, _),) = spans(walidata, public)
    with freeze_time(clock.now() + timedelta(days=1)):
        case = narrow(walidata, public, "terbatas", resource_id=public["resources"][0]["id"])["case_id"]
    assert spans(walidata, public) == [(since, None)]
    with freeze_time(clock.now() + timedelta(days=2)):
        opened(walidata, clerk["org"]["id"], case, "terbuka")
    assert spans(walidata, public) == [(since, None)]
    with freeze_time(clock.now() + timedelta(days=3)):
        case = narrow(walidata, public, "tertutup")["case_id"]
    ((first, gone),) = spans(walidata, public)
    assert first == since and gone
    with freeze_time(clock.now() + timedelta(days=4)):
        opened(walidata, clerk["org"]["id"], case, "terbuka")
    old, new = spans(walidata, public)
    assert old == (since, gone) and new[0] > gone and new[1] is None
