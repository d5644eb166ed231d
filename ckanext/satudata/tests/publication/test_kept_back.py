"""A file that is kept back from published data (Tertutup) is changed by its id, as its working copy shows it."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.publishing import frozen
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.publication.support import assert_in_order, call, command, public, through_review

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

REASON = {"reason": "Berisi nama penerima bantuan."}


@pytest.fixture
def kept(officers, dataset):
    """The id of the second file, which became Tertutup."""
    second = dataset["resources"][1]["id"]
    call(
        officers["walidata"],
        "satudata_dataset_reclassify",
        id=dataset["id"],
        resource_id=second,
        to_level="tertutup",
        **REASON,
    )
    return second


def working(officers, dataset):
    shown = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])["resources"]
    return {one["id"]: one["name"] for one in shown}


def test_its_editors_read_and_change_it(officers, dataset, kept):
    before = public(dataset)
    assert call(officers["operator"], "resource_show", id=kept)["access_level"] == "tertutup"
    answer = call(officers["operator"], "resource_patch", id=kept, name="Rinci")
    assert answer["id"] == kept and answer["access_level"] == "tertutup"
    assert working(officers, dataset)[kept] == "Rinci"
    assert public(dataset) == before
    call(officers["operator"], "resource_delete", id=kept)
    assert kept not in working(officers, dataset)
    with pytest.raises(tk.ObjectNotFound):
        call(officers["operator"], "resource_show", id=kept)
    assert public(dataset) == before
    through_review(officers, dataset)
    assert_in_order()


@pytest.mark.parametrize("action", ["resource_show", "resource_patch", "resource_update", "resource_delete"])
@pytest.mark.parametrize("who", ["visitor", "stranger", "operator of another agency"])
def test_to_others_there_is_none(officers, dataset, kept, action, who):
    person = {
        "visitor": lambda: None,
        "stranger": factories.User,
        "operator of another agency": lambda: officer("operator", factories.Organization()["id"]),
    }[who]()
    said = []
    for id_ in (kept, "11111111-1111-4111-8111-111111111111"):
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)) as caught:
            call(person, action, id=id_, name="Rinci")
        said.append((type(caught.value), str(caught.value)))
    assert said[0] == said[1]
    assert working(officers, dataset)[kept] == "Dua"


def test_the_case_of_a_file_that_was_taken_out_says_so(officers, dataset, kept):
    call(officers["operator"], "resource_delete", id=kept)
    through_review(officers, dataset)
    case = classification.find_case(model.Session, dataset["id"], kept)
    ground = {"access_ground": "17h", "access_basis": "UU 27/2022", "access_until": "2030-01-01"}
    with pytest.raises(tk.ValidationError) as caught:
        command(officers["walidata"], case.id, "record", **ground)
    assert "dikeluarkan" in str(caught.value) or "taken out" in str(caught.value)


def test_a_stub_is_not_sent(officers, dataset):
    call(officers["operator"], "package_patch", id=dataset["id"], notes="Satu.")
    call(officers["walidata"], "satudata_dataset_withdraw", id=dataset["id"], **REASON)
    with pytest.raises(tk.ValidationError) as caught:
        call(officers["operator"], "satudata_dataset_submit", id=dataset["id"])
    refusal: Conflict = frozen.refusal(frozen.DatasetStage.WITHDRAWN)
    assert tk._(refusal.message) in str(caught.value.error_dict)
