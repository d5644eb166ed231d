"""The content of a post or report: read, changed into a new version, and what may be changed now.

The law stands here and in `effects`: who has no drafting step of the case open changes nothing, whoever he is.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain import process as process_rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, Several
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.post import Part
from ckanext.satudata.domain.process import Instance
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.written import iso_period
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.post import Post, PostVersion
from ckanext.satudata.posts import picking
from ckanext.satudata.shared import journal, params, process
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.publishing import posts

EMPTY: dict[str, Any] = {
    "title": "",
    "caption": "",
    "tags": [],
    "period": "",
    "with_chart": True,
    "sources": [],
    "files": [],
}
PURPOSE = "post"


def case_of(session: Session, case_id: str, actor: Actor) -> Case:
    """The case of a post or report that this person may know of. Raises NotThere."""
    case = process.seen(session, case_id, actor)
    if case.process not in rules.PROCESSES:
        raise NotThere("There is no such case.")
    return case


def post_of(session: Session, case_id: str) -> Post | None:
    """The post of a case, once something of it was saved."""
    return session.scalars(Post.of_case(case_id)).one_or_none()


def current(session: Session, post: Post | None) -> dict[str, Any]:
    """The newest content."""
    found = session.get(PostVersion, (post.id, post.version)) if post is not None else None
    return copy.deepcopy({**EMPTY, **found.content} if found is not None else EMPTY)


def of_case(session: Session, case_id: str) -> dict[str, Any]:
    """The newest content of a case."""
    return current(session, post_of(session, case_id))


def editable(instance: Instance, actor: Actor) -> frozenset[Part]:
    """What this person may change now: the parts of the steps that are open and his."""
    found: set[Part] = set()
    for step, exit_ in process_rules.commands_for(instance, actor):
        if exit_.command in (Command.RECORD, Command.SUBMIT):
            found |= rules.parts_at(instance.sop, step.no)
    return frozenset(found)


def save(session: Session, case_id: str, actor: Actor, sent: Mapping[str, Any]) -> tuple[Post, bool]:
    """Makes a new version of what was sent, in the caller's transaction; the post, and whether anything differs.

    What is not sent stays. Raises NotThere, NotAllowed, Conflict for a version that is not the newest, Several.
    """
    case_of(session, case_id, actor)
    case = process.locked(session, case_id, actor)
    parts = editable(process.instance_of(session, case), actor)
    if not parts:
        raise NotAllowed(
            "Only who has a step in which it is drafted may change this.",
            mend="Return it to the step in which it is drafted first.",
        )
    post = post_of(session, case_id)
    _refuse_stale(post, sent)
    before = current(session, post)
    after = _changed(session, case, before, sent, parts, actor)
    if post is not None and after == before:
        return post, False
    if post is None:
        post = Post(case_id=case.id, process=case.process, organization_id=case.organization_id, version=0)
        session.add(post)
        session.flush()
    post.version += 1
    session.add(
        PostVersion(
            post_id=post.id, number=post.version, content=after, saved_by=actor.user_id, saved_by_name=actor.name
        )
    )
    # Whoever drafted it may not check it (four eyes).
    process.touch(session, case.id, actor)
    _journal(session, case, post, after, actor)
    return post, True


def _refuse_stale(post: Post | None, sent: Mapping[str, Any]) -> None:
    newest = post.version if post is not None else 0
    seen = params.whole(sent, "version", None, 0, 1_000_000)
    if seen != newest:
        raise Conflict(
            "Somebody else saved version {newest} meanwhile; yours began from version {seen}. Nothing was stored.",
            field="version",
            mend="Load the page again and enter your change there.",
            newest=newest,
            seen=seen,
        )


def _journal(session: Session, case: Case, post: Post, content: Mapping[str, Any], actor: Actor) -> None:
    journal.append(
        session,
        "post_saved",
        actor=actor,
        case_id=case.id,
        subject=(posts.SUBJECT, post.id),
        payload={"version": post.version, "sha256": [file["sha256"] for file in content["files"]]},
    )


def _changed(
    session: Session,
    case: Case,
    before: dict[str, Any],
    sent: Mapping[str, Any],
    parts: frozenset[Part],
    actor: Actor,
) -> dict[str, Any]:
    after, faults = copy.deepcopy(before), []
    steps = [_pick] if Part.SELECTION in parts else []
    if Part.CAPTION in parts:
        steps += [_write, _drop_files, _add_file]
    else:
        _refuse_texts(sent)
    for step in steps:
        try:
            step(session, case, after, sent, actor)
        except Invalid as fault:
            faults.append(fault)
    Several.refuse(faults)
    return after


def _refuse_texts(sent: Mapping[str, Any]) -> None:
    """Said, not passed over: what is typed at a step that only picks data would be lost."""
    if any(sent.get(name) for name in ("title", "caption", "tags", "period", "file")):
        raise NotAllowed(
            "At this step only the data are picked.", mend="Title, text and drawings come at a later step."
        )


def _pick(session: Session, case: Case, after: dict[str, Any], sent: Mapping[str, Any], actor: Actor) -> None:
    if "sources" not in sent:
        return
    wanted = sent["sources"]
    ids = wanted if isinstance(wanted, list) else params.text(sent, "sources").replace(",", " ").split()
    after["sources"] = picking.picked(session, [str(one) for one in ids], after["sources"])


def _write(session: Session, case: Case, after: dict[str, Any], sent: Mapping[str, Any], actor: Actor) -> None:
    faults: list[Invalid] = []
    for name, most in (("title", rules.LONGEST_TITLE), ("caption", rules.LONGEST_CAPTION)):
        if name in sent:
            after[name] = params.text(sent, name).replace("\r\n", "\n")
            if len(after[name]) > most:
                faults.append(Invalid("This is too long: at most {most} characters.", field=name, most=most))
    try:
        if "tags" in sent:
            wanted = sent["tags"]
            after["tags"] = rules.clean_tags(" ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted))
        if "period" in sent:
            after["period"] = _period(params.text(sent, "period"))
    except Invalid as fault:
        faults.append(fault)
    if "with_chart" in sent:
        after["with_chart"] = sent["with_chart"] in (True, "true", "on", "1")
    for number, file in enumerate(after["files"], start=1):
        if f"alt_{number}" in sent:
            file["alt"] = _alt(sent, f"alt_{number}", faults)
    Several.refuse(faults)


def _period(text: str) -> str:
    try:
        return iso_period(text) if text else ""
    except ValueError:
        raise Invalid("This is no period.", field="period", mend="Write it like 2024 or 2019/2024.") from None


def _alt(sent: Mapping[str, Any], name: str, faults: list[Invalid]) -> str:
    text = params.text(sent, name)
    if len(text) > rules.LONGEST_ALT:
        most = rules.LONGEST_ALT
        faults.append(Invalid("This is too long: at most {most} characters.", field=name, most=most))
    return text


def _drop_files(session: Session, case: Case, after: dict[str, Any], sent: Mapping[str, Any], actor: Actor) -> None:
    after["files"] = [
        file
        for number, file in enumerate(after["files"], start=1)
        if sent.get(f"drop_{number}") not in (True, "true", "on", "1")
    ]


def _add_file(session: Session, case: Case, after: dict[str, Any], sent: Mapping[str, Any], actor: Actor) -> None:
    if not scans.is_given(sent.get("file")):
        return
    if len(after["files"]) >= rules.MOST_FILES:
        raise Invalid("There are too many files: at most {most}.", field="file", most=rules.MOST_FILES)
    faults: list[Invalid] = []
    alt = _alt(sent, "alt", faults)
    Several.refuse(faults)
    kept = keep(session, sent["file"], rules.kinds(case.process), rules.MOST_BYTES[case.process], actor)
    after["files"].append({**kept, "alt": alt})


def keep(
    session: Session, upload: Any, kinds: Mapping[str, str], most: int, actor: Actor, field: str = "file"
) -> dict[str, Any]:
    """Puts a file of one of these kinds into the vault: `vault_id`, `name`, `type`, `size`, `sha256`.

    Raises Invalid at the field.
    """
    scans.check_is_file(upload, field)
    ending = rules.ending_of(upload.filename or "")
    if ending not in kinds:
        text = "Files of this kind are not taken here; known are {known}."
        raise Invalid(
            text, field=field, known=", ".join(dict.fromkeys(kind.upper() for kind in kinds if kind != "jpg"))
        )
    row = scans.take_in(
        session,
        upload,
        field,
        purpose=PURPOSE,
        by=actor.user_id,
        max_bytes=most,
        content_type=kinds[ending],
    )
    return {
        "vault_id": row.id,
        "name": row.original_name,
        "type": row.content_type,
        "size": row.size_bytes,
        "sha256": row.sha256,
    }
