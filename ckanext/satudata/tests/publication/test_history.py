"""The history on a dataset's page: what happened in public, and nothing of what went before or of who did it."""

from __future__ import annotations

from datetime import timedelta

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.helpers.history import satudata_history
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.publication.test_review import (  # noqa: F401 - fixtures
    act,
    as_portal,
    command,
    draft,
    org,
    people,
)

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

SENT, RETURNED, RELEASED, WITHDRAWN = "2026-07-01", "2026-07-08", "2026-08-03", "2026-09-07"
NOTE = "kanari catatan pemeriksa"


def _page(app, dataset, who=None):
    headers = {"Authorization": who["token"]} if who else {}
    answer = app.get(f"/dataset/{dataset}", headers=headers)
    return BeautifulSoup(answer.body, "html.parser") if answer.status_code == 200 else None


def _told(page):
    return [item.get_text() for item in page.select(".sd-history li")]


def _gone_through(people, dataset):  # noqa: F811
    """Sent, returned with a note, sent again and published, weeks apart; the case."""
    with freeze_time(f"{SENT} 03:00"):
        case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    with freeze_time(f"{RETURNED} 03:00"):
        command(people["verifier"], case, "return_", note=NOTE)
        as_portal("package_patch", id=dataset, title="Jumlah Murid yang Dibetulkan")
        act(people["operator"], "satudata_dataset_submit", id=dataset)
    with freeze_time(f"{RELEASED} 20:00"):
        for role, name in (("verifier", "approve"), ("producer_head", "approve"), ("walidata", "publish")):
            command(people[role], case, name)
    return case


def test_the_public_reads_of_release_and_withdrawal_only(app, people, draft, org):  # noqa: F811
    dataset = draft(title="Kanari judul pertama", name="murid-sd")
    assert _page(app, dataset) is None
    assert not _told(_page(app, dataset, people["operator"]))
    _gone_through(people, dataset)
    page = _page(app, dataset)
    # 20.00 UTC is the next day here.
    assert _told(page) == [f"Dirilis 4 Agustus 2026 oleh {org['title']}."]
    _nothing_of_before(page, people)
    with freeze_time(f"{WITHDRAWN} 03:00"):
        act(people["walidata"], "satudata_dataset_withdraw", id=dataset, reason="kanari alasan penarikan")
    page = _page(app, dataset)
    assert _told(page) == ["Ditarik 7 September 2026."]
    _nothing_of_before(page, people)
    assert "Jumlah Murid" not in page.get_text()
    english = BeautifulSoup(app.get(f"/en/dataset/{dataset}").body, "html.parser")
    assert _told(english) == ["Withdrawn on 7 September 2026."]


def _nothing_of_before(page, people):  # noqa: F811
    text = page.get_text(" ")
    names = [model.User.get(person["id"]) for person in people.values()]
    hidden = ["kanari", "Kanari", "1 Juli", "8 Juli", *(one.name for one in names), *(one.fullname for one in names)]
    assert not [word for word in hidden if word in text]
    assert not page.select("a[href*='/meja/']")


def test_limited_data_are_described_and_not_released(people, draft, org):  # noqa: F811
    dataset = draft(access_level="terbatas", access_ground="17h", access_basis="UU 27/2022", access_until="2030-01-01")
    _gone_through(people, dataset)
    (told,) = satudata_history(dataset)
    assert told.startswith("Description released on") and told.endswith("the data are given on request.")


def test_what_was_approved_as_closed_has_no_history(people, draft):  # noqa: F811
    dataset = draft(access_level="tertutup", access_ground="17h", access_basis="UU 27/2022", access_until="2030-01-01")
    _gone_through(people, dataset)
    assert model.Session.get(DatasetState, dataset).state == "closed"
    assert satudata_history(dataset) == []


def test_a_later_release_is_a_change(people, draft):  # noqa: F811
    dataset = draft()
    _gone_through(people, dataset)
    row = model.Session.get(DatasetState, dataset)
    row.published_at += timedelta(days=30)
    assert satudata_history(dataset)[0] == "Changed on 3 September 2026."
    assert len(satudata_history(dataset)) == 2


def test_officers_of_the_case_find_it_there(app, people, draft):  # noqa: F811
    dataset = draft()
    case = _gone_through(people, dataset)
    assert model.Session.get(Case, case).ended_at
    for who, finds in ((people["verifier"], True), (officer(Role.AUDITOR), True), (officer(Role.PPID), False)):
        links = _page(app, dataset, who).select(f"#history ~ p a[href='/meja/{case}']")
        assert bool(links) is finds, who["name"]
