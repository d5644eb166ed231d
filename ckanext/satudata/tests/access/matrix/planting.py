"""Plants datasets in every stage, with a different canary in each field, and the people who may or may not see."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import typst
from ckan.tests import factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.tests.access.matrix.canaries import NOBODY, Book
from ckanext.satudata.tests.access.support import as_user
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.metadata.samples import full_dataset

CHOSEN = {"access_level", "owner_org", "name", "tag_string", "periode_data", "cakupan_wilayah", "prioritas_tahun"}
"""Fields that take no word of ours: a list's entry, a period, a code; or that are planted by themselves."""
DAYS = {"access_until": 2044, "access_review_on": 2041}
MOST = {"mail": 2, "vault": 4, "role": 2, "activity": 6}
"""How many of a kind are asked for, where one is like the other."""
CORE = ("url", "author", "author_email", "maintainer", "maintainer_email", "version")


@dataclass
class World:
    """All that was planted. `hidden` and `public`: ids and names by kind (`dataset`, `resource`, `case`, …)."""

    book: Book = field(default_factory=Book)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    org: dict[str, Any] = field(default_factory=dict)
    elsewhere: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    public: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """The dataset of each resource, by id."""
    before: dict[str, str] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    """Contents of files by the canary in them."""

    def call(self, who: str | None, action: str, /, **data: Any) -> Any:
        """An action as this person; None is the portal itself."""
        context = as_user(self.people[who]) if who else {"ignore_auth": True, "user": ""}
        return tk.get_action(action)(context, data)

    def instances(self, kind: str, turn: int | None = None) -> list[str]:
        """Hidden ones first, then public ones; of what differs in nothing a few. With `turn` some, others each turn."""
        hidden, public = self.hidden[kind][: MOST.get(kind)], self.public[kind]
        if turn is None:
            return [*hidden, *public]
        return [*_some(hidden, turn, 3), *_some(public, turn, 1)]

    def hide(self, kind: str, *ids: str, by: str = "operator", secret: bool = True) -> None:
        """Ids that nobody else may learn of; with `secret` they are canaries too."""
        for one in ids:
            if one not in self.hidden[kind]:
                self.hidden[kind].append(one)
            if secret:
                self.book.known(one, f"{kind} id", by)


def _some(found: list[str], turn: int, most: int) -> list[str]:
    start = turn * most % max(1, len(found))
    return (found[start:] + found[:start])[:most]


OFFICERS = {
    "operator": (Role.OPERATOR, True),
    "verifier": (Role.VERIFIER, True),
    "head": (Role.PRODUCER_HEAD, True),
    "pembantu": (Role.PPID_PEMBANTU, True),
    "walidata": (Role.WALIDATA, False),
    "ppid": (Role.PPID, False),
    "auditor": (Role.AUDITOR, False),
}


def settle(at: World) -> None:
    """Two agencies, a group, officers of the first, and the outsiders."""
    at.org = factories.Organization(title="Dinas Kesehatan", name="dinas-kesehatan")
    at.elsewhere = factories.Organization(title="Dinas Perhubungan", name="dinas-perhubungan")
    at.public["organization"] += [at.org["id"], at.elsewhere["id"]]
    at.public["group"].append(factories.Group(name="kesehatan", title="Kesehatan")["id"])
    for name, (role, in_agency) in OFFICERS.items():
        user = _user(at, name, f"Petugas {name.title()}")
        letter = at.book.word(f"appointment letter of {name}", by="walidata")
        hold(user["id"], role, at.org["id"] if in_agency else None, letter_number=letter)
    _member(at, at.org["id"], "operator")
    at.people["admin"] = factories.SysadminWithToken(name="pengelola", fullname="Pengelola")
    for name in ("stranger", "grantee", "harvester"):
        _user(at, name, f"Warga {name.title()}")
    other = _user(at, "other agency", "Operator Lain")
    hold(other["id"], Role.OPERATOR, at.elsewhere["id"])
    _member(at, at.elsewhere["id"], "other agency")
    former = _user(at, "former officer", "Operator Dahulu")
    hold(former["id"], Role.OPERATOR, at.org["id"], valid_until_on=date(2020, 1, 1), valid_from_on=date(2019, 1, 1))
    at.people["visitor"] = {}
    at.public["user"] += [at.people[name]["id"] for name in ("operator", "walidata", "stranger")]


def _user(at: World, name: str, fullname: str) -> dict[str, Any]:
    mail = f"{at.book.word(f'mail address of {name}', 'admin', may=(name,))}@kanari.example"
    login = name.replace(" ", "-")
    at.people[name] = factories.UserWithToken(name=f"akun-{login}", fullname=fullname, email=mail)
    at.book.known(at.people[name]["token"], f"API token of {name}", may=(name,))
    return at.people[name]


def _member(at: World, org: str, name: str) -> None:
    at.call(None, "member_create", id=org, object=at.people[name]["id"], object_type="user", capacity="editor")


def value_for(at: World, row: dict[str, Any], where: str, by: str) -> str:
    """A canary that the field's validators take."""
    rules = row.get("validators", "")
    if "satudata_date" in rules:
        day = date(1901, 1, 1) + timedelta(days=31 * len(at.book.canaries))
        return at.book.known(
            (day if "until" not in row["field_name"] else day.replace(year=2473)).isoformat(), where, by
        )
    word = at.book.word(where, by)
    if "satudata_contact" in rules:
        return f"{word}@kanari.example"
    if "satudata_link" in rules:
        return f"https://{word}.example/{word}"
    return f"{word} kata"


def described(at: World, label: str, by: str = "operator") -> dict[str, Any]:
    """A dataset with a canary in each field of the schema and of CKAN that takes a word, but level and files."""
    data = full_dataset()
    for row in metadata.fields():
        name = row["field_name"]
        if name not in CHOSEN and not row.get("choices_helper") and not name.startswith("access_"):
            data[name] = value_for(at, row, f"{label}: {name}", by)
    for name in CORE:
        word = at.book.word(f"{label}: {name}", by)
        data[name] = f"https://{word}.example" if name == "url" else f"{word}@kanari.example"
    data["name"] = f"nama-{at.book.word(f'{label}: name', by)}"
    data["tags"] = [{"name": at.book.word(f"{label}: tag", by)}]
    return data


def file(at: World, where: str, by: str = "operator", name_by: str | None = None, content_by: str | None = None):
    """A CSV with a canary in its name, in a column and in a row."""
    column, row = (at.book.word(f"{where}: file's {part}", content_by or by) for part in ("column", "row"))
    name = at.book.word(f"{where}: file name", name_by or by)
    body = f"tahun,{column}\n2024,{row}\n2025,1\n".encode()
    at.stored |= {column: body, row: body}
    return FileStorage(io.BytesIO(body), filename=f"{name}.csv", content_type="text/csv")


def scan(at: World, where: str, by: str = "operator", *, alone: bool = False) -> FileStorage:
    """A PDF with a canary in its text and in its name."""
    text = typst.compile(at.book.word(f"{where}: text", by=by, alone=alone).encode(), format="pdf")
    name = at.book.word(f"{where}: file name", by=by, alone=alone)
    return FileStorage(io.BytesIO(text), filename=f"{name}.pdf", content_type="application/pdf")


def resource(at: World, where: str, by: str = "operator", file_by: str | None = None, **kw: Any) -> dict[str, Any]:
    """A resource with canaries in name, description, file name and file."""
    name, text = (at.book.word(f"{where}: {part}", by) for part in ("name", "description"))
    return {"name": f"Tabel {name}", "description": text, "upload": file(at, where, file_by or by), **kw}


def link(at: World, where: str, by: str = "operator", **kw: Any) -> dict[str, Any]:
    """A resource that is an address elsewhere."""
    address = at.book.word(f"{where}: address", by)
    found = {"url": f"https://{address}.example/{address}.xlsx?kunci={address}", **kw}
    for name in sorted({"name", "format"} - set(kw)):
        found[name] = at.book.word(f"{where}: {name}", by)
    return found


def create(at: World, label: str, level: str, resources: list[dict[str, Any]], **data: Any) -> dict[str, Any]:
    """The operator's draft; its ids are noted as `datasets[label]`."""
    if level != "terbuka":
        data = {"access_ground": "17h", "access_basis": "UU 14/2008", "access_until": "2030-12-31"} | data
    data |= {"owner_org": at.org["id"], "access_level": level, "resources": resources}
    made = at.call("operator", "package_create", **data)
    at.datasets[label] = made
    at.owners |= {one["id"]: made["id"] for one in made["resources"]}
    return made


def restricted(at: World, where: str, by: str = "operator") -> dict[str, Any]:
    """The restriction of what nobody may know of, with a canary in each field that takes one."""
    days = {name: date(year, 1, 1) + timedelta(days=len(at.book.canaries)) for name, year in DAYS.items()}
    return {
        "access_ground": "17h",
        "access_basis": f"SK {at.book.word(f'{where}: legal basis', by)} UU 14/2008",
        **{name: at.book.known(day.isoformat(), f"{where}: {name}", by) for name, day in days.items()},
    }


def note_vault(at: World) -> None:
    """What the vault calls its files, and their marks."""
    public = ("terbuka.csv",)
    for kept in model.Session.query(VaultObject):
        for one in (kept.location, kept.location.rsplit("/", 1)[-1]):
            at.book.known(one, f"place of {kept.original_name}")
        at.book.known(kept.id, f"vault's id of {kept.original_name}", by=NOBODY)
        if kept.original_name not in public:
            at.book.known(kept.sha256, f"sha256 of {kept.original_name}", by=NOBODY)
        at.hidden["vault"] += [one for one in (kept.id, kept.location) if one not in at.hidden["vault"]]


def command(at: World, who: str, case: str, name: str, **payload: Any) -> dict[str, Any]:
    """A command of the desk as this person."""
    return at.call(who, "satudata_case_command", id=case, command=name, **payload)


def note(at: World, where: str, by: str = "operator") -> str:
    """What an officer writes to the next; it stands in the case and in the journal."""
    return f"{at.book.word(f'note: {where}', by)} catatan"


def send(at: World, label: str) -> str:
    """Sends a draft to its verifier, who returns it once; the case."""
    dataset = at.datasets[label]["id"]
    case = at.call("operator", "satudata_dataset_submit", id=dataset, note=note(at, f"{label} sent"))["id"]
    command(at, "verifier", case, "return_", note=note(at, f"{label} returned"))
    at.call("operator", "satudata_dataset_submit", id=dataset)
    at.hide("case", case)
    return case


def approve(at: World, label: str) -> str:
    """Sends it and lets both approve; the case."""
    case = send(at, label)
    for who in ("verifier", "head"):
        command(at, who, case, "approve", note=note(at, f"{label} approved by {who}"))
    return case


def publish(at: World, label: str) -> None:
    """The whole review, and out."""
    command(at, "walidata", approve(at, label), "publish")
    model.Session.expire_all()
