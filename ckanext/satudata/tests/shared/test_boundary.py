"""What no table can hold is refused at the door, its field named; never a fault of the server."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.boundary import check_storable
from ckanext.satudata.tests.ppid.conftest import ASKED

NUL, HALF = "a\0b", "\ud800 data"


def nested(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [NUL, HALF, [HALF], {"a": [{"b": NUL}]}, {HALF: 1}, nested(100_000)])
def test_the_outermost_field_is_named(value):
    with pytest.raises(Invalid) as caught:
        check_storable({"good": "emoji 🙏 ꦗꦮ\n", "note": value})
    assert caught.value.field == "note"


def test_a_field_whose_own_name_cannot_be_stored():
    with pytest.raises(Invalid) as caught:
        check_storable({HALF: 1})
    assert caught.value.field == "? data"


@pytest.mark.parametrize("value", ["🙏 ꦗꦮ \U0010ffff", nested(40), None, 7, {"a": ["b"]}])
def test_everything_else_passes(value):
    check_storable({"note": value})


@pytest.mark.usefixtures("with_plugins", "satudata_db")
@pytest.mark.parametrize(
    ("action", "sent", "field"),
    [
        ("satudata_ppid_request_create", {**ASKED, "question": HALF}, "question"),
        ("satudata_ppid_request_create", {**ASKED, "name": "\udfff"}, "name"),
        ("satudata_ppid_request_create", {**ASKED, "key": HALF}, "key"),
        ("satudata_ppid_request_track", {"number": NUL, "tracking_code": HALF}, "number"),
        ("satudata_case_show", {"id": NUL}, "id"),
        ("satudata_case_command", {"id": NUL, "command": "submit"}, "id"),
        ("satudata_case_command", {"id": "x", "command": HALF}, "command"),
        ("package_create", {"title": HALF}, "title"),
    ],
)
def test_over_the_api(app, action, sent, field):
    answer = app.post(f"/api/3/action/{action}", json=sent)
    assert answer.status_code == 409
    assert field in answer.json["error"]


@pytest.mark.usefixtures("with_plugins", "satudata_db")
@pytest.mark.parametrize("action", ["package_show", "resource_show", "satudata_dataset_withdraw"])
def test_an_id_that_cannot_be_is_unknown_to_pages(action):
    with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
        call_action(action, {"user": "", "ignore_auth": False}, id=NUL)
