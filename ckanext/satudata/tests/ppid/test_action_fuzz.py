"""Whatever a program sends to the actions of requests and objections, and to the address of personal links: no 5xx.

Values that fit, values that fit elsewhere, and values of any kind that JSON knows, put together by hypothesis.
"""

from __future__ import annotations

import json

import ckan.model as model
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared import limits
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.ppid.conftest import ASKED, link_of
from ckanext.satudata.tests.ppid.test_form_fuzz import ODD
from ckanext.satudata.tests.ppid.test_privacy import closed  # noqa: F401 - fixture
from ckanext.satudata.tests.ppid.test_way_through import handed_over  # noqa: F401 - fixture
from ckanext.satudata.tests.test_wrong_types import _names

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "no_limits")

PROOF = ("number", "tracking_code")
REQUEST = ("question", "purpose", "name", "institution", "address", "occupation", "phone")
PERIOD = ("from_on", "until_on", "limit", "offset", "page", "q")
ACTIONS = {
    "satudata_ppid_request_create": (*ASKED, *REQUEST, "legal_number", "power_number", "dataset", "resource", "key"),
    "satudata_ppid_request_track": PROOF,
    "satudata_ppid_request_confirm": (*PROOF, "code"),
    "satudata_ppid_request_resend": PROOF,
    "satudata_ppid_request_repair": (*PROOF, *REQUEST),
    "satudata_ppid_message_send": (*PROOF, "text", "key", "id"),
    "satudata_objection_ground_list": PROOF,
    "satudata_objection_create": (*PROOF, "ground", "words", "proxy", "website", "key"),
    "satudata_objection_track": PROOF,
    "satudata_objection_withdraw": (*PROOF, "objection"),
    "satudata_objection_respond": (*PROOF, "objection", "response"),
    "satudata_request_register_list": PERIOD,
    "satudata_public_answer_list": PERIOD,
    "satudata_refusal_reason_list": (),
    "satudata_due_date_show": ("start", "count", "unit", "pauses"),
    "satudata_ppid_request_show": ("id",),
    "satudata_ppid_request_list": (*PERIOD, "state"),
    "satudata_ppid_request_enter": (*ASKED, *REQUEST, "channel", "received_at", "outside_number", "key"),
    "satudata_ppid_request_import": ("upload", "key"),
    "satudata_ppid_message_list": ("id",),
    "satudata_ppid_link_end": ("id", "reason", "file"),
    "satudata_ppid_link_renew": ("id", "file", "key"),
    "satudata_ppid_receipt_record": ("id", "manner", "copy_form", "cost", "payment", "paid_on", "scan"),
    "satudata_handover_list": ("id",),
    "satudata_handover_scan": ("id", "handover", "file"),
    "satudata_handover_mask": ("id", "columns", "preview", "sheets", "aggregate"),
    "satudata_list_candidate_list": ("year", "agency"),
    "satudata_objection_enter": ("request", "ground", "words", "proxy", "channel", "received_on", "scan", "key"),
    "satudata_objection_show": ("id",),
    "satudata_dispute_record": ("objection", "kind", "happened_on", "body", "number", "outcome", "note", "scan"),
    "satudata_request_register_full_list": (*PERIOD, "format"),
    "satudata_objection_register_list": (*PERIOD, "format"),
    "satudata_public_answer_propose": ("id", "request", "text", "title"),
    "satudata_public_answer_review": ("id", "request", "decision"),
    "satudata_public_answer_withdraw": ("id", "request"),
    "satudata_letter_sign": ("id", "scan", "signed_on"),
    "satudata_case_show": ("id",),
}
PLAUSIBLE = {
    "start": "2026-03-16T09:00:00+07:00",
    "count": 10,
    "unit": "working_days",
    "pauses": [{"from": "2026-03-17T09:00:00+07:00", "to": "2026-03-18T09:00:00+07:00"}],
    "received_at": "2026-03-16T09:00:00+07:00",
    "received_on": "2026-03-16",
    "happened_on": "2026-03-16",
    "from_on": "2026-01-01",
    "until_on": "2026-12-31",
    "channel": "letter",
    "ground": "a",
    "words": "Angka per kecamatan tidak mengenali seorang pun.",
    "kind": "filed",
    "response": "accepted",
    "year": 2026,
    "limit": 10,
    "columns": {"kecamatan": "keep"},
    "code": "123456",
    "text": "Apakah datanya per bulan?",
    "reason": "Salah alamat",
}
KEYS = ("id", "from", "to", "a", "", "filename", "__class__")
TEXT = st.one_of(st.sampled_from([text for text in ODD if len(text) < 5000]), st.text(max_size=40))
LEAVES = st.one_of(
    TEXT,
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
QUIETLY = {
    "deadline": None,
    "database": None,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture
def known(closed, monkeypatch):  # noqa: F811
    """What names something that is there: of a request that is closed, its link and its case."""
    # The limit of attempts would end the calls before they are looked at.
    monkeypatch.setattr(limits, "spend", lambda *args, **kw: None)
    proof = {"number": closed.number, "tracking_code": requests.tracking_code(closed)}
    link = link_of(closed)
    model.Session.commit()
    return {**ASKED, **PLAUSIBLE, **proof, "id": closed.id, "request": closed.number, "link": link}


@pytest.fixture
def callers():
    """Nobody, PPID and its superior, each by the headers of a call."""
    made = [officer(role)["token"] for role in (Role.PPID, Role.PPID_SUPERIOR)]
    return [{}, *({"Authorization": token} for token in made)]


def sent(data, names, known):
    """Most fields fit; some hold what fits elsewhere, or anything."""
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    values = st.one_of(JSON, st.sampled_from([value for name, value in known.items() if name != "link"]))
    odd = set(data.draw(st.lists(st.sampled_from(chosen), max_size=3))) if chosen else set()
    return {name: data.draw(values) if name in odd or name not in known else known[name] for name in chosen}


def look(app, known, callers, examples):
    """Calls the actions and the address of links so many times."""

    @settings(max_examples=examples, derandomize=True, **QUIETLY)
    @given(st.data())
    def call(data):
        name = data.draw(st.sampled_from(sorted(ACTIONS)))
        body = json.dumps(sent(data, ACTIONS[name], known))
        headers = {**data.draw(st.sampled_from(callers)), "Content-Type": "application/json"}
        answer = app.post(f"/api/3/action/{name}", data=body, headers=headers)
        model.Session.rollback()
        assert answer.status_code < 500, (name, body, answer.body[:500])

    call()


def header(data):
    """One line of a header, as a client may send it."""
    text = data.draw(
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
    )
    return text.encode("latin-1").decode("latin-1")


def fetch(app, known, examples):
    """Asks for the file of a link as programs do, so many times."""
    token = known["link"].rsplit("/", 1)[1]
    ranges = st.one_of(
        st.sampled_from(
            ["bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-0,2-2", "bytes=", "bytes=99999999999999999999-", "x"]
        ),
        st.builds("bytes={}-{}".format, st.integers(-5, 10**19), st.integers(-5, 10**19)),
    )

    @settings(max_examples=examples, derandomize=True, **QUIETLY)
    @given(st.data())
    def call(data):
        headers = {
            "X-Satudata-Berkas": token if data.draw(st.booleans()) else header(data),
            "X-Satudata-Ketentuan": "setuju" if data.draw(st.booleans()) else header(data),
            "Range": data.draw(ranges) if data.draw(st.booleans()) else header(data),
            "If-Range": header(data),
        }
        path = data.draw(st.sampled_from(["/berkas", known["link"], f"{known['link']}/ketentuan.txt"]))
        answer = app.get(path, headers=headers, follow_redirects=False)
        model.Session.rollback()
        assert answer.status_code < 500, (path, headers, answer.body[:500])

    call()


def test_odd_calls(app, known, callers):
    look(app, known, callers, 60)
    fetch(app, known, 20)


@pytest.mark.long
def test_many_odd_calls(app, known, callers):
    look(app, known, callers, 3000)
    fetch(app, known, 500)


def test_no_action_of_requests_is_left_out():
    theirs = (
        "satudata_ppid_",
        "satudata_objection_",
        "satudata_request_",
        "satudata_public_answer_",
        "satudata_handover",
    )
    assert {name for name in _names() if name.startswith(theirs)} <= set(ACTIONS)
