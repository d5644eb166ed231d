"""Whatever kind of value an API call carries, it is answered or refused; never a fault of the server."""

from __future__ import annotations

import re
from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib.search.common import SearchError
from ckan.logic import _actions
from ckan.tests import factories

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.ppid.conftest import ASKED

PACKAGE = Path(__file__).resolve().parents[1]
REFUSALS = (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound, SearchError)
WRONG = (5, -(10**30), True, "a\0b", "\ud800", "x" * 5000, [], ["x"], {"a": {"b": 1}}, "2026-13-40")
PLAUSIBLE = {
    **ASKED,
    "from_on": "2026-01-01",
    "until_on": "2026-01-31",
    "format": "json",
    "start": "2026-03-16T09:00:00+07:00",
    "count": 3,
    "command": "approve",
    "reason": "Surat 1/2026",
    "decree": "1/2026",
    "on": "2099-05-05",
    "role": "operator",
    "letter_number": "1",
}
# The first two read nothing that is sent; the last takes the options' own names (tests/admin/test_screens.py).
NOT_ASKED = {"satudata_mail_test", "satudata_doctor_show", "satudata_settings_update"}


def _names() -> list[str]:
    files = PACKAGE.rglob("logic/action/*.py")
    found = {name for path in files for name in re.findall(r"^def (satudata_\w+)\(", path.read_text(), re.M)}
    return sorted(found - NOT_ASKED)


def _parameters() -> list[str]:
    """Every parameter that an action reads, from the programs themselves."""
    read = r"""(?:data_dict(?:\.get\(|\[)|(?:params\.\w+|text|flag|get_or_bust)\(data_dict, )["'](\w+)"""
    return sorted({name for path in PACKAGE.rglob("logic/action/*.py") for name in re.findall(read, path.read_text())})


@pytest.fixture
def callers(with_plugins, satudata_db):
    """Nobody, and a sysadmin who is Walidata and PPID too, so that no rule about persons ends the call early."""
    admin = factories.Sysadmin()
    for role in (Role.WALIDATA, Role.PPID, Role.AUDITOR):
        hold(admin["id"], role)
    return ["", admin["name"]]


@pytest.fixture
def limitless(monkeypatch):
    """The limit of attempts would end the calls before they are looked at."""
    from ckanext.satudata.shared import limits

    monkeypatch.setattr(limits, "spend", lambda *args, **kw: None)


def _call(name: str, user: str, sent: dict) -> str:
    """Empty, or what went wrong."""
    try:
        tk.get_action(name)({"user": user}, sent)
    except REFUSALS:
        pass
    except Exception as error:  # that is what the test looks for
        return f"{name}({str(sent)[:120]}): {type(error).__name__} {str(error)[:120]}"
    finally:
        model.Session.rollback()
    return ""


def test_every_action_of_ours(callers, limitless, app):
    names, parameters = _names(), _parameters()
    assert len(names) > 25 and {"id", "year", "page", "resource", "key"} <= set(parameters)
    failed = []
    with app.flask_app.test_request_context("/api/3/action/x", environ_overrides={"CKAN_LANG": "id"}):
        for name in names:
            body = _source_of(name)
            own = [one for one in parameters if re.search(rf"""["'`]{one}["'`]|:param [^:]*\b{one}\b""", body)]
            own += [one for one in PLAUSIBLE if one not in own and re.search(rf"\b{one}\b", body)]
            failed += [_call(name, user, dict.fromkeys(own, value)) for user in callers for value in WRONG]
            good = {one: PLAUSIBLE[one] for one in own if one in PLAUSIBLE}
            failed += [_call(name, callers[1], {**good, one: value}) for one in own for value in WRONG]
    assert "\n".join(filter(None, failed)) == ""


def _source_of(name: str) -> str:
    for path in PACKAGE.rglob("logic/action/*.py"):
        found = re.search(rf"^def {name}\(.*?(?=^def |\Z)", path.read_text(), re.M | re.S)
        if found:
            return found[0]
    raise AssertionError(name)


def test_ids_of_what_may_be_hidden(callers, app):
    names = {**blind._PACKAGE, **blind._RESOURCE, **blind._VIEW}
    failed = []
    with app.flask_app.test_request_context("/api/3/action/x", environ_overrides={"CKAN_LANG": "id"}):
        for name in sorted(set(names) & set(_actions)):
            if name.endswith(("_show", "_list", "_count")):
                for user in callers:
                    failed += [_call(name, user, dict.fromkeys(names[name], value)) for value in WRONG]
    assert "\n".join(filter(None, failed)) == ""


@pytest.mark.parametrize(
    ("action", "sent", "field"),
    [
        ("satudata_holiday_list", {"year": "abc"}, "year"),
        ("satudata_journal_search", {"page": "x"}, "page"),
        ("satudata_inbox", {"limit": {}}, "limit"),
        ("satudata_case_show", {"id": {"a": 1}}, "id"),
        ("satudata_officer_list", {"ended": "maybe"}, "ended"),
        ("satudata_ppid_request_create", {**ASKED, "resource": "tidak-ada"}, "resource"),
    ],
)
def test_it_is_refused_by_field(callers, action, sent, field):
    with pytest.raises(tk.ValidationError) as caught:
        tk.get_action(action)({"user": callers[1]}, sent)
    assert field in caught.value.error_dict
