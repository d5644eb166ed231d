"""Every process that officers begin by hand, of every government, is walked from its first step to its end."""

from __future__ import annotations

import io

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories as ckan_factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import outputs, starts
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.posts.support import opened, write

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

GOVERNMENTS = ("malang", "magetan", "jember", "maluku_utara", "default")
BEGUN = [
    (government, name)
    for government in GOVERNMENTS
    for name, loaded in sops._loaded(government).items()
    if loaded.sop.start and loaded.sop.start.by and (loaded.government == government)
]
WHOLE = {Role.WALIDATA, Role.PPID, Role.STAFF, Role.SECTION_HEAD, Role.DIVISION_HEAD, Role.DEPARTMENT_HEAD}


@pytest.fixture
def governed(monkeypatch):
    """Sets the government whose SOPs run."""
    return lambda name: monkeypatch.setitem(tk.config, "ckanext.satudata.sop", name)


def act(name, user, /, **data):
    return tk.get_action(name)({"user": user["name"]}, data)


def paper(number: int, name: str = "daftar.csv") -> FileStorage:
    return FileStorage(io.BytesIO(f"nama,jumlah\nA,{number}\n".encode()), filename=name)


def brought(command: dict) -> dict:
    """What the command's outputs are sent with: a file for the first, number and date for the others."""
    sent: dict = {}
    for index, _name in enumerate(command["outputs"], start=1):
        if index == 1:
            sent["output_1_file"] = paper(index)
        else:
            sent |= {f"output_{index}_number": f"00{index}/2026", f"output_{index}_on": "2026-01-05"}
    return sent


@pytest.mark.parametrize(("government", "name"), BEGUN, ids=lambda one: str(one))
def test_a_process_begun_by_hand_is_walked_to_its_end(governed, government, name):
    governed(government)
    agency = ckan_factories.Organization()["id"]
    sop = sops.running(name)
    people = {role: officer(role, None if role in WHOLE else agency) for role in sop.roles | set(sop.start.by)}
    starter = people[sop.start.by[0]]
    about = {"process": name, "organization_id": agency, "title": "Data kemiskinan 2026", "key": "1"}
    about["note"] = "Laksanakan"  # where a disposition begins it
    makes_post = name in ("channel_post", "analysis_report")
    data = opened()["resources"][0]["id"] if makes_post else ""
    case = act("satudata_case_start", starter, **about)
    assert act("satudata_case_start", starter, **about)["id"] == case["id"]
    walked, bound = [], 0
    while not case["ended_at"]:
        step = case["open_steps"][0]
        who = people[Role(step["role"])]
        agreeing = next(iter(sop.step(step["no"]).exits)).value
        if makes_post and act("satudata_post_draft_show", who, id=case["id"])["editable"]:
            write(who, case["id"], data)
        offered = act("satudata_case_show", who, id=case["id"])["commands"]
        command = next(one for one in offered if (one["command"], one["step_id"]) == (agreeing, step["id"]))
        sent = {"id": case["id"], "command": agreeing, "step_id": step["id"], "key": step["id"]}
        needed = dict.fromkeys(command["needs"], "Laksanakan")
        if command["outputs"]:
            with pytest.raises(tk.ValidationError) as refused:
                act("satudata_case_command", who, **sent, **needed)
            assert "output_1_file" in refused.value.error_dict
        assert ("channel" in command["needs"]) is (name == "channel_post" and agreeing == "publish")
        if makes_post and agreeing == "publish":
            needed |= {"channel": "instagram", "address": "https://instagram.com/p/1"}
        case = act("satudata_case_command", who, **sent, **needed, **brought(command))
        walked += [step["no"]] if step["no"] not in walked else []
        bound += len(command["outputs"])
    assert walked == list(sop.steps)
    papers = outputs.of_case(model.Session, case["id"])
    assert len(papers) == bound and all(one["file"] or one["number"] for one in papers)


def test_who_begins_a_process_is_named_in_the_file(governed):
    governed("malang")
    agency, other = (ckan_factories.Organization()["id"] for _ in range(2))
    head = officer(Role.PRODUCER_HEAD, agency)
    asked = {"process": "channel_post", "organization_id": agency, "title": "Posting"}
    for user in (officer(Role.OPERATOR, agency), officer(Role.PRODUCER_HEAD, other), ckan_factories.Sysadmin()):
        with pytest.raises(tk.NotAuthorized):
            act("satudata_case_start", user, **asked)
    with pytest.raises(tk.ObjectNotFound):
        act("satudata_case_start", head, **{**asked, "process": "request"})
    with pytest.raises(tk.ValidationError) as refused:
        act("satudata_case_start", head, process="channel_post", organization_id="", title="")
    assert set(refused.value.error_dict) >= {"title", "organization_id"}
    assert [sop.process.value for sop in starts.choices(starts.SYSTEM)] == []


def test_a_decree_begins_the_order_in_every_agency_with_a_head(governed):
    governed("malang")
    agencies = [ckan_factories.Organization()["id"] for _ in range(3)]
    heads = [officer(Role.PRODUCER_HEAD, agency) for agency in agencies[:2]]
    walidata = officer(Role.WALIDATA)
    case = act("satudata_case_start", walidata, process="decree", organization_id="", title="Keputusan 2026")
    for _ in range(2):
        assert not [row for head in heads for row in act("satudata_inbox", head)["rows"]]
        act("satudata_case_command", walidata, id=case["id"], command="record", output_1_file=paper(1))
    for head in heads:
        (row,) = act("satudata_inbox", head)["rows"]
        assert (row["process"], row["step"], row["title"]) == ("channel_post", "5", "Keputusan 2026")


def test_a_round_begins_on_its_day_once_and_a_missed_day_is_made_up(governed, freezer):
    governed("maluku_utara")
    agencies = [ckan_factories.Organization()["id"] for _ in range(2)]
    for agency in agencies:
        officer(Role.OPERATOR, agency)
    staff = officer(Role.STAFF)
    freezer.move_to("2026-06-30T10:00:00+09:00")
    assert starts.by_dates(model.Session) == 0
    freezer.move_to("2026-07-04T10:00:00+09:00")
    assert [starts.by_dates(model.Session) for _ in range(2)] == [3, 0], (
        "the two agencies, and the report of the semester"
    )
    model.Session.commit()
    freezer.move_to("2027-01-02T10:00:00+09:00")
    assert starts.by_dates(model.Session) == 4, "also the report of the year's services"
    model.Session.commit()
    titles = [row["title"] for row in act("satudata_inbox", staff)["rows"]]
    assert len(titles) == 4 and len(set(titles)) == 2
    freezer.move_to("2027-03-15T10:00:00+09:00")
    assert starts.by_dates(model.Session) == 0
