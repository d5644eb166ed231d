"""What becomes of the case of data that were narrowed at once: who may decide it, and on which test."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.tests.access.support import as_user, make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

TEST = {
    "access_ground": "17h",
    "access_basis": "UU 27/2022 tentang Pelindungan Data Pribadi",
    "access_permanent": "true",
    "access_review_on": "2030-01-31",
    "note": "Hasil uji konsekuensi",
    "held_on": "2026-01-10",
    "result": "Diuji dan dibahas.",
}
MINUTES = {"held_on": "2026-01-10", "result": "Diuji dan dibahas."}


@pytest.fixture
def walidata():
    return officer(Role.WALIDATA)


@pytest.fixture
def ppid():
    return officer(Role.PPID)


@pytest.fixture
def public():
    clerk = operator()
    return publish(make(clerk, clerk["org"])["id"])


def narrow(user, dataset, to_level, **ground):
    asked = {"id": dataset["id"], "to_level": to_level, "reason": "Berisi nama penerima bantuan.", **ground}
    return helpers.call_action("satudata_dataset_reclassify", as_user(user), **asked)


def command(user, dataset, name, **payload):
    case = classification.find_case(model.Session, dataset["id"])
    return helpers.call_action("satudata_case_command", as_user(user), id=case.id, command=name, **payload)


def ground_of(dataset):
    return classification.restriction_of(model.Session, dataset["id"]).ground


def test_who_narrowed_may_decide_what_another_has_tested(public, walidata, ppid):
    narrow(ppid, public, "terbatas")
    command(walidata, public, "record", **TEST)
    command(ppid, public, "approve", **MINUTES)
    assert ground_of(public) == "17h"
    assert classification.find_case(model.Session, public["id"]) is None


@pytest.mark.parametrize(
    "ground",
    [
        {},
        {"access_ground": "17a", "access_basis": "Perda 1/2020", "access_until": "2028-01-31"},
    ],
)
def test_the_test_of_one_level_is_not_that_of_another(public, walidata, ppid, ground):
    narrow(walidata, public, "terbatas")
    command(walidata, public, "record", **TEST)
    narrow(ppid, public, "tertutup", **ground)
    with pytest.raises(tk.ValidationError):
        command(ppid, public, "approve", **MINUTES)
    assert classification.find_case(model.Session, public["id"]) is not None
    command(ppid, public, "return_", note="Uji lagi untuk Tertutup")
    command(walidata, public, "record", **TEST)
    command(ppid, public, "approve", **MINUTES)
    assert ground_of(public) == "17h"


def test_a_decree_that_holds_narrowed_data_is_in_use(public, walidata, ppid):
    decree = helpers.call_action(
        "satudata_decree_create",
        as_user(walidata),
        kind="head_decree",
        number="188/1/CONTOH",
        title="Data yang dikecualikan",
        dated_on="2026-01-05",
        in_force_from="2026-01-05",
    )
    narrow(ppid, public, "tertutup")
    command(walidata, public, "record", **TEST, access_decree=decree["id"])
    command(ppid, public, "approve", **MINUTES)
    with pytest.raises(tk.ValidationError):
        helpers.call_action("satudata_decree_delete", as_user(walidata), id=decree["id"])
