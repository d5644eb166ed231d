"""A small government whose every word starts with `Qx`, so that a test can tell data from text."""

from __future__ import annotations

import io
from typing import Any

import ckan.model as model
from ckan.tests import factories, helpers
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.publishing import release
from ckanext.satudata.tests.access.support import approve
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.posts.support import picture


def settle() -> dict[str, Any]:
    """One agency with an operator, an open, a limited and a draft dataset; names by kind."""
    operator = factories.UserWithToken(name="qx-operator", fullname="Qxoperator", about="Qxtentang")
    agency = factories.Organization(
        name="qx-dinas",
        title="Qxdinas",
        description="Qxketerangan",
        users=[{"name": operator["name"], "capacity": "editor"}],
    )
    hold(operator["id"], Role.OPERATOR, agency["id"])
    place: dict[str, Any] = {"agency": agency["name"], "operator": operator}
    draft = make(place, "qx-konsep", "terbuka")
    opened = make(place, "qx-terbuka", "terbuka")
    limited = make(place, "qx-terbatas", "terbatas")
    return place | {
        "open": publish(opened),
        "open_file": opened["resources"][0]["id"],
        "limited": publish(limited),
        "limited_file": limited["resources"][0]["id"],
        "draft": draft["id"],
        "file": draft["resources"][0]["id"],
    }


def add_officers(place: dict[str, Any]) -> None:
    """Adds `manager` (a sysadmin), `ppid` and a request on the PPID's desk: its `number`, `code` and `case`."""
    place["manager"] = factories.SysadminWithToken(name="qx-pengelola", fullname="Qxpengelola")
    place["ppid"] = factories.UserWithToken(name="qx-ppid", fullname="Qxppid")
    place["walidata"] = factories.UserWithToken(name="qx-walidata", fullname="Qxwalidata")
    hold(place["ppid"]["id"], Role.PPID)
    hold(place["walidata"]["id"], Role.WALIDATA)
    helpers.call_action("satudata_guestbook_sign", **GUEST)
    made = helpers.call_action("satudata_ppid_request_create", **QUESTION)
    row = requests.find(model.Session, made["ref"])
    context = {"user": "qx-ppid", "auth_user_obj": model.User.get("qx-ppid")}
    lines = "Qxdata | Terbatas | qx-terbatas\nQxlain | Tertutup"
    decree = helpers.call_action("satudata_decree_create", dict(context), **DECREE, rows=lines)
    minutes = helpers.call_action("satudata_minutes_create", dict(context), **MINUTES, dataset="qx-terbatas")
    place.update(decree=decree["id"], minutes=minutes["id"], limited_id=model.Package.get(place["limited"]).id)
    place.update(ref=row.ref, number=row.number, code=requests.tracking_code(row), case=row.case_id)


def add_posts(place: dict[str, Any], file: str) -> None:
    """Adds the case of a post that is drafted, and of one that is public with its number (`post`); of this file."""
    agency = model.Group.get(place["agency"]).id
    for key, name, role in (
        ("head", "qx-kepala", Role.PRODUCER_HEAD),
        ("verifier", "qx-verifikator", Role.VERIFIER),
    ):
        place[key] = factories.UserWithToken(name=name, fullname=name.replace("qx-", "Qx"))
        hold(place[key]["id"], role, agency)
    place["draft_post"] = _post(place, agency, file)
    place["shown_post"] = _post(place, agency, file)
    give("qx-operator", place["shown_post"], "submit")
    for name in ("qx-verifikator", "qx-kepala"):
        give(name, place["shown_post"], "approve")
    sent = {"channel": "instagram", "address": "https://instagram.com/p/qx", "screenshot": picture("qx-layar.png")}
    place["post"] = give("qx-operator", place["shown_post"], "publish", **sent)["post"]


def add_change(place: dict[str, Any], id_: str, resource: str) -> None:
    """Adds a change of what is public (`changed`), with its head: description, rows and columns; `add_posts` first."""
    table = b"qxnama;qxjumlah;qxcatatan\nQxbaru;7;Qx\nQxkecamatan yang namanya panjang sekali 3;9,5;Qx\n"
    whole = {key: value for key, value in full_dataset().items() if key not in _OWN}
    _act("qx-operator", "package_patch", **whole, id=id_, notes="Qxcatatan qxbaru")
    _act("qx-operator", "resource_patch", id=resource, upload=FileStorage(io.BytesIO(table), filename="qx.csv"))
    case = _act("qx-operator", "satudata_dataset_submit", id=id_)["id"]
    step = give("qx-verifikator", case, "approve")["open_steps"][0]["id"]
    place.update(changed=id_, change_case=case, change_step=step)


_OWN = ("name", "title", "owner_org", "notes", "tags", "access_level")
GUEST = {
    "name": "Qxtamu",
    "profession": "other",
    "institution": "Qxinstansi",
    "email": "qx@contoh.example",
    "consent": True,
}


def _post(place: dict[str, Any], agency: str, file: str) -> str:
    """A post of Malang's file, drafted by the operator with everything that it needs."""
    about = {"process": "channel_post", "organization_id": agency, "title": "Qxposter"}
    case = _act("qx-kepala", "satudata_case_start", **about)["id"]
    for name in ("qx-kepala", "qx-verifikator"):
        give(name, case, "record", note="Qxperintah")
    words = {"title": "Qxjudul qxposter", "caption": "Qxketerangan qxyang qxpanjang. " * 8, "tags": "#qxtagar"}
    drawing = {"file": picture("qx-gambar.png"), "alt": "Qxalternatif"}
    for version, sent in enumerate(({"sources": [file]}, {**words, **drawing})):
        _act("qx-operator", "satudata_post_save", id=case, version=version, **sent)
    return case


def give(user: str, case: str, command: str, **payload: Any) -> dict[str, Any]:
    """Gives a command as this officer (a user's name)."""
    return _act(user, "satudata_case_command", id=case, command=command, **payload)


def _act(user: str, action: str, **data: Any) -> dict[str, Any]:
    return helpers.call_action(action, {"user": user, "auth_user_obj": model.User.get(user)}, **data)


DECREE = {"kind": "head_decree", "number": "Qx/1/2026", "title": "Qxdaftar", "dated_on": "2026-01-02"}
MINUTES = {"kind": "test", "held_on": "2026-01-02", "subject": "Qxpokok", "result": "Qxhasil"}
QUESTION = {
    "question": "Qxpertanyaan qxtentang qxsekolah",
    "applicant_kind": "person",
    "name": "Qxpemohon",
    "nik": "3573014508990001",
    "address": "Qxjalan 7",
    "occupation": "Qxmahasiswa",
    "email": "qx@contoh.example",
    "phone": "0812 9999 0007",
    "purpose": "Qxtujuan qxpenelitian qxskripsi",
    "form": "soft",
    "citizen": "true",
    "consent": "true",
}


def make(place: dict[str, Any], name: str, level: str, files: dict[str, bytes] | None = None) -> dict[str, Any]:
    """A draft of the agency with these files, named as they are."""
    files = files or {"qx.csv": b"qxa,qxb\n1,2\n"}
    return helpers.call_action(
        "package_create",
        {"ignore_auth": True, "user": "qx-operator"},
        name=name,
        title=name.replace("qx-", "Qx"),
        notes="Qxcatatan",
        owner_org=model.Group.get(place["agency"]).id,
        access_level=level,
        periode_data="2023-2024",
        tags=[{"name": "qxkunci"}],
        resources=[
            {"name": file, "upload": FileStorage(io.BytesIO(content), filename=file)} for file, content in files.items()
        ],
    )


def publish(made: dict[str, Any]) -> str:
    """Releases it; its public name."""
    approve(made["id"])
    done = release.release({"user": "qx-operator"}, made["id"], actor=SYSTEM)
    model.Session.commit()
    done.finish()
    return done.name
