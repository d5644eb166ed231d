"""What entries of the journal and mails are about, and what they say, in words an administrator reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.appointment import KIND_LABELS
from ckanext.satudata.domain.letters import SUBJECTS as LETTERS
from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.domain.officer import Actor, HoldKind
from ckanext.satudata.domain.post import CHANNELS
from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.domain.sop import END, Sop
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import process, settings, wording, words
from ckanext.satudata.shared.files import giving_words
from ckanext.satudata.shared.heads import way_words
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import desk, request_words

Details = list[dict[str, str]]
_HASH = re.compile(r"[0-9a-f]{40,}")


def cases(session: Any, ids: Iterable[str | None], actor: Actor) -> dict[str, dict[str, str]]:
    """Cases by id as `{kind: "case", id, title}`: the title for who may see the case, its number for everybody else.

    `kind` is empty where the case's page would not open.
    """
    wanted = {id_ for id_ in ids if id_}
    rows = list(session.scalars(sa.select(Case).where(Case.id.in_(wanted)))) if wanted else []
    seen = [case for case in rows if process.may_see(session, case, actor)]
    found = {id_: {"kind": "case", "id": id_, "title": title} for id_, title in desk.titles(seen).items()}
    for case in rows:
        if case.id not in found:
            found[case.id] = {"kind": "", "id": case.id, "title": desk.presenter(case.process).reference(case)}
    return found


def subjects(session: Any, wanted: Iterable[tuple[str | None, str | None]]) -> dict[tuple[str, str], dict[str, str]]:
    """Subjects outside a case, by (type, id), as `{kind, id, title}`; `kind`: `dataset`, `user` or nothing to open."""
    pairs = {(kind, id_) for kind, id_ in wanted if kind and id_}
    found = {
        (kind, id_): {"kind": "", "id": id_, "title": _day(id_) if kind == "holiday" else ""} for kind, id_ in pairs
    }
    ids = {kind: [id_ for other, id_ in pairs if other == kind] for kind in ("dataset", "user")}
    packages = sa.select(model.Package.id, model.Package.title, model.Package.name)
    for row in session.execute(packages.where(model.Package.id.in_(ids["dataset"]))) if ids["dataset"] else ():
        found["dataset", row.id] = {"kind": "dataset", "id": row.id, "title": row.title or row.name}
    people = session.query(model.User).filter(model.User.id.in_(ids["user"])) if ids["user"] else ()
    for user in people:
        found["user", user.id] = {"kind": "user", "id": user.id, "title": user.display_name}
    return found


def agencies(session: Any) -> dict[str, str]:
    """Title of every agency by id."""
    groups = sa.select(model.Group.id, sa.func.coalesce(sa.func.nullif(model.Group.title, ""), model.Group.name))
    return dict(session.execute(groups.where(model.Group.is_organization.is_(True))).all())


def mails(session: Any, rows: Iterable[Outbox], actor: Actor) -> dict[str, dict[str, Any]]:
    """By mail: the case it is `about`, or nothing, and the `person` among the officers it goes to."""
    rows = list(rows)
    requests = {row.params["request_id"] for row in rows if row.params.get("request_id")}
    of_request = sa.select(Case.subject_id, Case.id).where(
        Case.subject_type == "ppid_request", Case.subject_id.in_(requests)
    )
    case_of = dict(session.execute(of_request).all()) if requests else {}
    wanted = {row.id: row.params.get("case_id") or case_of.get(row.params.get("request_id")) for row in rows}
    found = cases(session, wanted.values(), actor)
    people = subjects(session, [("user", row.to_user) for row in rows])
    return {
        row.id: {
            "about": found.get(wanted[row.id] or ""),
            "person": people["user", row.to_user]["title"] if row.to_user else "",
        }
        for row in rows
    }


def matching(text: str) -> sa.ColumnElement[bool]:
    """Entries about what is called so: an id, a register number, a dataset's title or name, a person's name."""
    package = model.Package
    called = package.title.icontains(text, autoescape=True) | package.name.icontains(text, autoescape=True)
    named = [sa.select(package.id).where(called), _people(text), *desk.numbered(text)]
    about = [Journal.subject_id == text, Journal.case_id == text]
    for ids in named:
        about.append(Journal.subject_id.in_(ids))
        about.append(Journal.case_id.in_(sa.select(Case.id).where(Case.subject_id.in_(ids))))
    return sa.or_(*about)


def by_person(text: str) -> sa.ColumnElement[bool]:
    """Entries of who has this login name, or this in the full name."""
    return (Journal.actor_name == text) | Journal.actor_id.in_(_people(text))


def _people(part: str) -> sa.Select[Any]:
    return sa.select(model.User.id).where(model.User.fullname.icontains(part, autoescape=True))


def sops_of(session: Any, ids: Iterable[str | None]) -> dict[str, Sop]:
    """By case, the SOP it began under."""
    wanted = {id_ for id_ in ids if id_}
    rows = sa.select(Case.id, Case.sop_version_id).where(Case.id.in_(wanted))
    versions: dict[str, str] = dict(session.execute(rows).all()) if wanted else {}
    known = {version: sops.of_version(session, version) for version in set(versions.values())}
    return {id_: known[version] for id_, version in versions.items()}


def details(session: Any, entry: Journal, sop: Sop | None, agencies: dict[str, str]) -> Details:
    """What an entry holds as `[{label, value, code}]`; `code`: a machine's text, such as a hash, or empty.

    `sop`: of the entry's case; `agencies`: titles by id.
    """
    found: Details = []
    for key, value in entry.payload.items():
        if value in (None, "", []) or key in ("id", "report"):
            continue
        text = _acting(session, entry, value) if key == "acting" else _said(key, value, entry.event, sop, agencies)
        found.append({"label": label(key), "value": text, "code": "yes" if _HASH.fullmatch(text) else ""})
    return found


def label(key: str) -> str:
    """What a key of an entry's details is called."""
    if key in words.DETAILS:
        return tk._(words.DETAILS[key])
    option = next((one for one in settings.SETTINGS if one.option == key), None)
    return tk._(option.label) if option else key


def _acting(session: Any, entry: Journal, kind: str) -> str:
    """On what footing an acting officer decided, and by which letter: the row in force at that time."""
    name = tk._(KIND_LABELS[HoldKind(kind)])
    day = wording.as_date(entry.at)
    rows = session.scalars(
        sa.select(OfficerRole)
        .where(
            OfficerRole.user_id == entry.actor_id,
            OfficerRole.role == entry.payload.get("role"),
            OfficerRole.kind == kind,
            OfficerRole.created_at <= entry.at,
            OfficerRole.ended_at.is_(None) | (OfficerRole.ended_at >= entry.at),
        )
        .order_by(OfficerRole.created_at.desc())
    )
    letter = next((row.letter_number for row in rows if row.held.in_force(day)), "")
    return tk._("{kind}, by letter {number}").format(kind=name, number=letter) if letter else name


def _said(key: str, value: Any, event: str, sop: Sop | None, agencies: dict[str, str]) -> str:
    if isinstance(value, bool):
        return tk._("yes") if value else tk._("no")
    if key in ("opens", "from_steps"):
        return "; ".join(_step(no, sop) for no in value)
    if key in ("step", "to_step") and sop:
        return tk._("the end") if value == END else _step(value, sop)
    if isinstance(value, list):
        # An option's value before and after, else several of one kind.
        joint = " → " if key.startswith(("ckan.", "ckanext.")) else ", "
        return joint.join(_one(key, item, event, agencies) or "–" for item in value)
    return _one(key, value, event, agencies)


def _step(no: str, sop: Sop | None) -> str:
    return f"{no} · {sop.step(no).uraian}" if sop and no in sop.steps else no


def _one(key: str, value: Any, event: str, agencies: dict[str, str]) -> str:
    text = str(value)
    known: dict[str, dict[str, str]] = {
        "role": (roles := {role.value: name for role, name in words.ROLES.items()}),
        "to_role": roles,
        "via": way_words.WAYS,
        "reason_code": {code: reason.title for code, reason in REASONS.items()},
        "process": words.PROCESSES,
        "processes": words.PROCESSES,
        "fields": {**words.ACCOUNT_FIELDS, **words.DECREE_FIELDS},
        "dip_result": words.DIP_RESULTS,
        "result": words.DIP_RESULTS,
        "state": request_words.TESTS,
        **giving_words.CODES,
        "source": words.SOURCES,
        "from_level": words.LEVELS,
        "to_level": words.LEVELS,
        "channel": {channel.value: name for channel, name in CHANNELS.items()},
        "kind": _kinds(event),
    }
    if key in known:
        return tk._(known[key][text]) if text in known[key] else text
    if key == "organization_id":
        return agencies.get(text, text)
    if key == "to_user":
        return words.called(text)
    if key in ("from", "to", "on", "due_on", "valid_from_on", "valid_until_on"):
        return _instant(text) if "T" in text else _day(text)
    if key in ("received_at", "as_of_at", "until"):
        return _instant(text)
    if key == "size":
        return wording.size(int(text)) if text.isdecimal() else text
    return text


def _kinds(event: str) -> dict[str, str]:
    if event.startswith("holiday_"):
        return words.HOLIDAY_KINDS
    if event.startswith("letter_"):
        return {kind.value: LETTERS[kind] for kind in LetterKind}
    return (
        {**words.MAILS, **words.FOLLOW_UPS}
        if event in ("mail_dropped", "mail_withheld")
        else {kind.value: name for kind, name in KIND_LABELS.items()}
    )


def _day(text: str) -> str:
    try:
        return words.short_date(date.fromisoformat(text))
    except ValueError:
        return text


def _instant(text: str) -> str:
    try:
        return wording.instant(datetime.fromisoformat(text))
    except ValueError:
        return text
