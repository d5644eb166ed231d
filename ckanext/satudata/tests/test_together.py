"""Many cases decided with one button: each by itself, none lost for another's sake."""

import re

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import many
from ckanext.satudata.shared.work import together
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.test_desk import Office, call, headers

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")


@pytest.fixture
def office():
    found = Office()
    found.cases = [found.case_id, found.start("Data dua"), found.start("Data tiga")]
    for case_id in found.cases:
        call("satudata_case_command", found.operator, id=case_id, command="submit")
    return found


def chosen(user):
    rows = call("satudata_inbox", user)["rows"]
    return [{"id": row["case_id"], "step_id": row["step_id"]} for row in rows if row["commands"]]


def events(user, case_id):
    return [entry["event"] for entry in call("satudata_case_show", user, id=case_id)["journal"]]


def test_each_case_is_decided_by_itself(office):
    cases = chosen(office.verifier)
    assert len(cases) == 3
    call("satudata_case_command", office.verifier, id=cases[1]["id"], command="return_", note="x")
    sent = {"command": "approve", "cases": cases, "key": "sekali"}
    first = call("satudata_case_command_many", office.verifier, **sent)
    assert [one["done"] for one in first["results"]] == [True, False, True] and first["done"] == 2
    assert "Returned" in first["results"][1]["error"] and [one["id"] for one in first["results"]] == [
        one["id"] for one in cases
    ]
    again = call("satudata_case_command_many", office.verifier, **sent)
    assert [one["done"] for one in again["results"]] == [True, False, True]
    for number, wanted in (
        (0, ["submitted", "approved"]),
        (1, ["submitted", "returned"]),
        (2, ["submitted", "approved"]),
    ):
        assert events(office.verifier, cases[number]["id"])[1:] == wanted
    stranger = officer(Role.VERIFIER, factories.Organization()["id"])
    (one,) = call("satudata_case_command_many", stranger, command="approve", cases=cases[:1])["results"]
    assert (one["done"], one["title"], one["error"]) == (False, "", "There is no such case.")


def test_what_cannot_be_asked_of_many_is_refused(office):
    cases = chosen(office.verifier)
    wrong = (
        {"command": "publish", "cases": cases},
        {"command": "approve", "cases": []},
        {"command": "approve", "cases": "x"},
        {"command": "approve", "cases": [{"id": one["id"]} for one in cases]},
        {"command": "approve", "cases": [cases[0], cases[0]]},
        {"command": "approve", "cases": [{"id": "x", "step_id": str(number)} for number in range(together.MOST + 1)]},
    )
    for sent in wrong:
        with pytest.raises(tk.ValidationError):
            call("satudata_case_command_many", office.verifier, **sent)
    found = call("satudata_case_command_many", office.verifier, command="return_", cases=cases)
    assert found["done"] == 0 and all("note" in one["error"] for one in found["results"])
    (row,) = [row for row in call("satudata_inbox", office.verifier)["rows"] if row["case_id"] == cases[0]["id"]]
    assert {one["command"]: one["many"] for one in row["commands"]} == {"approve": True, "return_": True}


def test_the_way_by_screen(app, office):
    who = headers(office.verifier)
    desk = BeautifulSoup(app.get("/meja", headers=who).body, "html.parser")
    ticks = desk.select("input[name=langkah][form=bersama]")
    assert len(ticks) == 3 and desk.select_one("form#bersama")["action"] == "/meja/bersama"
    address = "/meja/bersama?" + "&".join(f"langkah={one['value']}" for one in ticks)
    page = BeautifulSoup(app.get(address, headers=who).body, "html.parser")
    boxes = [one["value"] for one in page.select("input[name=langkah]")]
    key = page.select_one("input[name=key]")["value"]
    assert len(boxes) == 3 and "Setujui yang dicentang" in page.text
    unwritten = app.post("/meja/bersama", headers=who, params={"key": key, "langkah": boxes[:2], "command": "return_"})
    assert unwritten.status_code == 422 and "Tuliskan catatan" in unwritten.body or "catatan" in unwritten.body
    kept = BeautifulSoup(unwritten.body, "html.parser")
    assert [one["value"] for one in kept.select("input[name=langkah][checked]")] == boxes[:2]
    call("satudata_case_command", office.verifier, id=boxes[1].split(":")[1], command="approve")
    sent = {"key": key, "langkah": boxes[:2], "command": "return_", "note": "Satuan belum ada"}
    for _again in range(2):
        done = app.post("/meja/bersama", headers=who, params=sent)
        assert "1 dari 2 perkara" in done.body and "Satuan belum ada" in done.body and "Sementara itu" in done.body
    assert events(office.verifier, boxes[0].split(":")[1])[1:] == ["submitted", "returned"]
    (left,) = re.findall(r'href="(/meja/bersama\?langkah=[^"]+)"', done.body)
    assert "Tidak dapat diputus di sini" in app.get(left, headers=who).body
    assert app.get("/meja/bersama", headers=who).status_code == 200
    assert app.get(address, headers=headers(factories.UserWithToken())).status_code == 404


def test_a_fault_of_our_own_stops_only_its_own_case(office):
    def act(id_):
        if id_ == "b":
            raise RuntimeError("rusak")
        return id_

    found = many.each(["a", "b", "a", "c"], act)
    assert [(one.id, one.answer) for one in found] == [("a", "a"), ("b", None), ("c", "c")]
    assert isinstance(found[1].error, Conflict)
    assert model.Session.is_active
