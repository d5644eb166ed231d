"""The processes that have a room of their own, walked under the files of every government."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories as ckan_factories
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import drafts
from ckanext.satudata.shared import process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.ppid.conftest import ASKED, no_limits, upload  # noqa: F401  (a fixture)
from ckanext.satudata.tests.sop.test_walks import GOVERNMENTS, WHOLE, act, governed, paper  # noqa: F401  (a fixture)

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def officers(name: str, agency: str) -> dict[Role, dict]:
    """One officer for each role of the running process."""
    roles = sops.running(name).roles - {Role.APPLICANT, Role.SYSTEM}
    return {role: officer(role, None if role in WHOLE else agency) for role in roles}


@pytest.mark.parametrize("government", GOVERNMENTS)
def test_a_dataset_goes_the_way_of_its_government(governed, government):  # noqa: F811
    governed(government)
    agency = ckan_factories.Organization()["id"]
    people, sop = officers("preparation", agency), sops.running("preparation")
    operator = people[Role.OPERATOR]
    call_action("member_create", id=agency, object=operator["id"], object_type="user", capacity="editor")
    files = [{"name": "Data", "url": "https://example.org/murid.csv", "format": "CSV"}]
    made = act("package_create", operator, **full_dataset(name="murid-sd", owner_org=agency, resources=files))
    case = act("satudata_dataset_submit", operator, id=made["id"])
    walked = [sop.first]
    while not case["ended_at"]:
        with pytest.raises(tk.NotAuthorized):
            tk.check_access("package_show", {"user": ""}, {"id": made["id"]})
        step = case["open_steps"][0]
        agreeing = next(iter(sop.step(step["no"]).exits)).value
        case = act("satudata_case_command", people[Role(step["role"])], id=case["id"], command=agreeing)
        walked += [step["no"]] if step["no"] not in walked else []
    assert walked == list(sop.steps)
    tk.check_access("package_show", {"user": ""}, {"id": made["id"]})


@pytest.mark.parametrize("government", ["malang", "magetan"])
@pytest.mark.usefixtures("no_limits")
def test_a_request_goes_from_the_form_to_the_data(governed, government):  # noqa: F811
    governed(government)
    agency = ckan_factories.Organization()["id"]
    people = officers("request", agency)
    ppid, pembantu, walidata = people[Role.PPID], people[Role.PPID_PEMBANTU], officer(Role.WALIDATA)
    made = call_action("satudata_ppid_request_create", **{**ASKED, "key": new_id()})
    case_id = model.Session.get(PpidRequest, made["id"]).case_id

    def give(who, command, **sent):
        return act("satudata_case_command", who, id=case_id, command=command, **sent)

    give(ppid, "route", organization_id=agency, dip_result="listed")
    give(pembantu, "grant")
    give(pembantu, "handover", upload=upload())
    handed = drafts.latest_handover(model.Session, model.Session.get(PpidRequest, made["id"]))
    give(ppid, "attest", sha256=handed.sha256, checked="true")
    give(ppid, "deliver")
    ended = process.apply({}, case_id, "close", actor=APPLICANT)
    # Completeness and written notice are steps of their own; the route and the letter 001-13 close them here.
    done = [step["no"] for step in act("satudata_case_show", ppid, id=case_id)["steps"] if step["command"]]
    assert ended["ended_at"] and done == ["5", "7", "8", "9", "10", "13", "16"]
    beside = [row for row in act("satudata_inbox", ppid)["rows"] if row["process"] == "list_candidate"]
    if government != "malang":
        assert not beside
        return
    (row,) = beside
    assert made["number"] in row["title"] and ASKED["name"] not in str(row)
    act("satudata_case_command", ppid, id=row["case_id"], command="record")
    answer = act("satudata_case_command", walidata, id=row["case_id"], command="record", output_1_file=paper(1))
    assert answer["ended_at"]


@pytest.mark.parametrize("government", GOVERNMENTS)
def test_a_report_is_filed_under_the_name_of_its_government(governed, government):  # noqa: F811
    governed(government)
    period = {"from_on": "2026-01-01", "until_on": "2026-03-31"}
    case = act("satudata_report_file", officer(Role.WALIDATA), name="dissemination", **period)
    shown = act("satudata_case_show", officer(Role.AUDITOR), id=case["id"])
    assert case["ended_at"] and shown["process_title"] == sops.running("report").title
