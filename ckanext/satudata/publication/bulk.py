"""One command for many datasets: each in a transaction of its own, with a line of its own; nothing is all or nothing.

Asked once, the work goes on by itself: in the request where it is little, else in a job that whoever was killed leaves
to the next (`resume`). A dataset's command and its line are one transaction, so nothing is done twice and nothing lost.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import Level
from ckanext.satudata.domain.bulk import MOST, Bulk, why_left_out
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, SatudataError
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.reclassification import check_reason
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Command
from ckanext.satudata.model.batch import DONE, LEFT_OUT, REFUSED, STATES, Batch, BatchItem
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_mail import OfficerMail
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.publication import copying, review
from ckanext.satudata.publication.effects import PROCESS
from ckanext.satudata.shared import actors, clock, params, periodic, process, wording, words
from ckanext.satudata.shared.levels import reclassify, reclassify_plan
from ckanext.satudata.shared.people import sessions
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.transaction import transaction

log = logging.getLogger(__name__)

AT_ONCE = 5
"""So many are done while the person waits; more go on in a job."""
SECONDS = 100
"""As long as one run of the job lasts; the next one goes on."""
AFRESH = 100
"""Datasets after which the session is emptied."""

Done = tuple[str, list[Callable[[], Any]]]


def ask(session: Session, user: model.User, data: Mapping[str, Any]) -> Batch:
    """Keeps what is asked; does nothing of it yet, and does not commit. The same key gives what was asked first.

    Raises Invalid, Conflict for a key of something else.
    """
    command, key = _command(data), params.text(data, "key") or None
    if key and len(key) > 100:
        raise Invalid("The key is a text of at most 100 characters.", field="key")
    payload = {
        "note": params.text(data, "note"),
        "year": _year(data),
        **_narrowing(data, command),
        **_without_ids(data),
    }
    if command is Bulk.RETURN and not payload["note"]:
        raise Invalid("Write a note: what must be changed, or why.", field="note")
    if key:
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"{user.id} {key}"))))
        before = session.scalars(Batch.asked(user.id, key)).one_or_none()
        if before is not None:
            if before.command != command.value:
                raise Conflict("This key was used for another command.", field="key")
            _require_same(session, before, payload, data)
            return before
    ids = _wanted(session, actors.actor_for(user), command, data)
    mark = sessions.mark_of(user)
    batch = Batch(command=command.value, asked_by=user.id, mark=mark, key=key, payload=payload, asked_at=clock.now())
    session.add(batch)
    session.flush()
    session.execute(
        sa.insert(BatchItem),
        [{"batch_id": batch.id, "position": at, "package_id": id_} for at, id_ in enumerate(ids, start=1)],
    )
    return batch


def _require_same(session: Session, batch: Batch, payload: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Raises Conflict where a key comes again with other content: what is sent now would be left out in silence."""
    same = all(batch.payload[name] == value for name, value in payload.items() if name in batch.payload)
    named = data.get("ids")
    if named and not payload["all"]:
        asked = {one.strip() for one in (named if isinstance(named, list) else [named]) if isinstance(one, str)}
        same = same and asked == {row.package_id for row in session.scalars(BatchItem.of_batch(batch.id))}
    if not same:
        raise Conflict("This key was used for something else.", field="key", mend="Send a new key.")


def _without_ids(data: Mapping[str, Any]) -> dict[str, Any]:
    """By what else the datasets are named: all that wait, of one agency or all; or what a command has published."""
    of_all = {name: params.text(data, name) for name in ("organization_id", "batch")}
    return {"all": params.flag(data, "all"), **of_all}


def _command(data: Mapping[str, Any]) -> Bulk:
    try:
        return Bulk(params.text(data, "command"))
    except ValueError:
        raise Invalid("There is no such command.", field="command") from None


def _narrowing(data: Mapping[str, Any], command: Bulk) -> dict[str, str]:
    """The level and the reason with which many are narrowed. Raises Invalid."""
    if command is not Bulk.NARROW:
        return {}
    level, reason = params.text(data, "to_level"), params.text(data, "reason")
    if reclassify_plan.level_named(level) is Level.TERBUKA:
        raise Invalid("This would narrow nothing.", field="to_level", mend="Choose terbatas or tertutup.")
    check_reason(reason)
    return {"to_level": level, "reason": reason}


def _year(data: Mapping[str, Any]) -> int | None:
    return params.whole(data, "year", 0, 0, 2100) or None


def _wanted(session: Session, actor: Actor, command: Bulk, data: Mapping[str, Any]) -> list[str]:
    """The datasets that are named, or all that wait for the person's publishing."""
    ids = data.get("ids") or []
    if isinstance(ids, str):
        ids = [ids]
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Invalid("Give a list of ids.", field="ids")
    if command is Bulk.NARROW:
        published = _published(session, actor, params.text(data, "batch"))
        if params.flag(data, "all"):
            ids = published
        elif not set(ids) <= set(published):
            raise Invalid("Choose from what that command has published.", field="ids")
    elif params.flag(data, "all"):
        if command is not Bulk.PUBLISH:
            raise Invalid("Name the datasets; only what is to be published is taken without.", field="ids")
        ids = [
            row["id"] for row in awaiting(session, actor, Command.PUBLISH, params.text(data, "organization_id") or None)
        ]
    ids = list(dict.fromkeys(one.strip() for one in ids if one.strip()))
    if not ids:
        raise Invalid("Choose at least one dataset.", field="ids")
    if len(ids) > MOST:
        raise Invalid("At most {most} datasets at once.", field="ids", most=MOST)
    return ids


def _published(session: Session, actor: Actor, batch_id: str) -> list[str]:
    """What one's own command for many has published. Raises NotThere."""
    batch = session.get(Batch, batch_id)
    if batch is None or (batch.command, batch.asked_by) != (Bulk.PUBLISH.value, actor.user_id):
        raise NotThere("There is no such command.")
    done = BatchItem.of_batch(batch_id).where(BatchItem.state == DONE)
    return [row.package_id for row in session.scalars(done)]


def awaiting(
    session: Session, actor: Actor, command: Command, organization_id: str | None = None
) -> list[dict[str, Any]]:
    """What waits where this person may give the command: `{id, title, organization, since, case_id, is_change}`.

    Taking back (`withdraw`) is of what was sent; four eyes are asked when the command is given.
    """
    query = (
        sa.select(Case, CaseStep, model.Package.title, model.Group.title)
        .join(CaseStep, CaseStep.case_id == Case.id)
        .join(model.Package, model.Package.id == Case.subject_id)
        .outerjoin(model.Group, model.Group.id == model.Package.owner_org)
        .where(Case.process == PROCESS, Case.ended_at.is_(None), CaseStep.done_at.is_(None))
        .order_by(model.Group.title, CaseStep.opened_at, Case.id)
    )
    if organization_id is not None:
        query = query.where(Case.organization_id == organization_id)
    found: dict[str, dict[str, Any]] = {}
    for case, step, title, agency in session.execute(query):
        exits = sops.of_version(session, case.sop_version_id).step(step.no).exits
        if command not in exits or (command is Command.WITHDRAW and Command.SUBMIT in exits):
            continue
        if any(_holds(actor, role, case.organization_id) for role in exits[command].by):
            found[case.subject_id] = {
                "id": case.subject_id,
                "title": title,
                "organization": agency or "",
                "since": step.opened_at,
                "case_id": case.id,
                "is_change": bool(case.data.get("revision")),
            }
    return list(found.values())


def _holds(actor: Actor, role: Role, organization_id: str | None) -> bool:
    if role in GOVERNMENT_WIDE:
        return actor.has_anywhere(role, process=PROCESS)
    return actor.has(role, organization_id, PROCESS)


# ---------------------------------------------------------------- carrying out


def run(batch_id: str, seconds: float = SECONDS) -> bool:
    """Goes on with it for so long; True once nothing waits. Commits. Two runs at once share what is left."""
    until, count = time.monotonic() + seconds, 0
    session = model.Session
    while time.monotonic() < until:
        try:
            is_over = not _next(session, batch_id)
        except OperationalError:
            session.rollback()
            log.exception("The batch %s goes on later", batch_id)
            return False
        if is_over:
            return _end(session, batch_id)
        count += 1
        if count % AFRESH == 0:
            session.remove()
    return False


def begin(batch_id: str) -> None:
    """Little is done now, more by a job. Where no job can be queued, the next `resume` takes it up."""
    counts = dict(iter(model.Session.execute(BatchItem.counts(batch_id)).tuples()))
    model.Session.rollback()
    if counts.get("waiting", 0) <= AT_ONCE and run(batch_id):
        return
    try:
        tk.enqueue_job(work, [batch_id], title=f"satudata batch {batch_id}")
    except RedisError:
        log.warning("The batch %s waits for the periodic work: Redis does not answer", batch_id)


def work(batch_id: str) -> None:
    """The job; what it leaves goes into the next one, or is another's already."""
    if not run(batch_id) and model.Session.scalars(BatchItem.next_of(batch_id)).first() is not None:
        tk.enqueue_job(work, [batch_id], title=f"satudata batch {batch_id}")
    model.Session.rollback()


@periodic.every(minutes=1, name="batches")
def resume() -> int:
    """Goes on with what a killed process left; returns how many are finished now."""
    ids = list(model.Session.scalars(Batch.unfinished()))
    model.Session.rollback()
    return sum(run(batch_id, SECONDS / max(1, len(ids))) for batch_id in ids)


def _end(session: Any, batch_id: str) -> bool:
    """Marks the end, unless another run has the last one still in hand."""
    waits = sa.exists().where(BatchItem.batch_id == batch_id, BatchItem.state == "waiting")
    ended = sa.update(Batch).where(Batch.id == batch_id, Batch.ended_at.is_(None), ~waits).values(ended_at=clock.now())
    session.execute(ended.execution_options(synchronize_session=False))
    session.commit()
    return session.scalar(sa.select(Batch.ended_at).where(Batch.id == batch_id)) is not None


def _next(session: Any, batch_id: str) -> bool:
    """Does one; False where none waits that is free."""
    batch = session.get(Batch, batch_id)
    user = session.get(model.User, batch.asked_by) if batch is not None else None
    if batch is None or user is None:
        return False
    with wording.speaking(_language(session, user)):
        place, why = None, ""
        try:
            with transaction() as one:
                item = session.scalars(BatchItem.next_of(batch_id)).first()
                if item is None:
                    return False
                place = item.position
                _require_same_password(batch, user)
                made, one.afterwards = _give(session, batch, item, user)
                item = session.get_one(BatchItem, (batch_id, place))
                item.state, item.made_id, item.done_at = DONE, made or None, clock.now()
            return True
        except LeftOut as left:
            return _note(session, (batch_id, place), LEFT_OUT, words.error_text(left))
        except (SatudataError, tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound) as error:
            why = _told(error)
        except OperationalError:
            raise
        except Exception:
            log.exception("One dataset of the batch %s failed", batch_id)
            why = tk._("The portal failed at this one. Its log tells why; try it by itself.")
        return _note(session, (batch_id, place), REFUSED, why)


class LeftOut(SatudataError):
    """The rule of the bulk command passes it over; the command alone might be carried out."""


def _note(session: Any, key: tuple[str, int | None], state: str, why: str) -> bool:
    item = session.get(BatchItem, key, with_for_update=True, populate_existing=True)
    if item is not None and item.state == "waiting":
        item.state, item.why, item.done_at = state, why, clock.now()
    session.commit()
    return True


def _require_same_password(batch: Batch, user: model.User) -> None:
    if user.state != model.State.ACTIVE or sessions.mark_of(user) != batch.mark:
        raise Conflict("The password of the account was changed meanwhile.", mend="Give the command again.")


def _give(session: Any, batch: Batch, item: BatchItem, user: model.User) -> Done:
    """Carries the command out for one dataset, in the caller's transaction; the new draft's id, of a copy."""
    context = {"user": user.name, "auth_user_obj": user}
    key, payload = f"{batch.id}:{item.position}", {k: v for k, v in batch.payload.items() if v and k == "note"}
    command, package = Bulk(batch.command), model.Package.get(item.package_id)
    if command is Bulk.COPY:
        return copying.copy(context, item.package_id, batch.payload.get("year"), key), []
    follows = package is not None and review.may_follow(actors.actor_for(user), package.owner_org)
    if package is None or not follows or not _titles(session, context, [package.id]):
        raise NotThere("There is no such dataset.")
    if command is Bulk.NARROW:
        level, reason = batch.payload["to_level"], batch.payload["reason"]
        actor = actors.actor_for(user)
        done = reclassify.narrow(session, package.id, level, actor=actor, reason=reason, form_key=key)
        return "", [done.finish]
    if command is Bulk.SUBMIT:
        return "", review.send(session, context, package.id, payload, key)[1]
    case = review.lock_case(session, package.id)
    if case is None:
        raise Conflict("Nothing of this dataset is being reviewed.", field="state")
    if command is Bulk.PUBLISH:
        _leave_out(session, case)
    return "", process.carry_out(session, context, case.id, command.value, payload, key)[1]


def _leave_out(session: Any, case: Case) -> None:
    """Where publishing is the approval, many at once are only what is complete and Terbuka (003-3). Raises LeftOut."""
    sop = sops.of_version(session, case.sop_version_id)
    if any(Command.APPROVE in step.exits for step in sop.steps.values()):
        return
    shown = review.shown_to_reviewers(session, case)
    gaps = [tk._(gap.label) for gap in metadata.missing(shown)]
    files = [one.get("access_level") for one in shown["resources"]]
    if why := why_left_out(shown.get("access_level"), files, gaps):
        raise LeftOut(why, fields=", ".join(gaps))


def _told(error: Exception) -> str:
    if isinstance(error, SatudataError):
        return words.error_text(error)
    if isinstance(error, tk.ValidationError):
        return " ".join(f"{name}: {text}" for name, text in error.error_summary.items())
    if isinstance(error, tk.ObjectNotFound):
        return tk._("There is no such dataset.")
    return str(error) or tk._("Your roles do not allow this.")


def _language(session: Any, user: model.User) -> str | None:
    return session.scalar(sa.select(OfficerMail.language).where(OfficerMail.user_id == user.id)) or None


# ---------------------------------------------------------------- telling


def narrowed_since(session: Session, found: Mapping[str, Any]) -> set[str]:
    """Which of the datasets that `told` names were narrowed or withdrawn after that command."""
    since, ids = datetime.fromisoformat(found["asked_at"]), [one["id"] for one in found["items"]]
    newest = session.scalars(Reclassification.newest_since(ids, since))
    return {one.package_id for one in newest if one.to_level != Level.TERBUKA.value}


def told(
    session: Session, context: dict[str, Any], batch: Batch, *, state: str = "", offset: int = 0, limit: int = 100
) -> dict[str, Any]:
    """How far it is, and the lines of one page; titles only of what is there still."""
    counts = {**dict.fromkeys(STATES, 0), **dict(iter(session.execute(BatchItem.counts(batch.id)).tuples()))}
    query = BatchItem.of_batch(batch.id)
    if state in STATES:
        query = query.where(BatchItem.state == state)
    rows = list(session.scalars(query.offset(offset).limit(limit)))
    titles = _titles(session, context, [id_ for row in rows for id_ in (row.package_id, row.made_id) if id_])
    return {
        "id": batch.id,
        "command": batch.command,
        "asked_at": batch.asked_at.isoformat(),
        "ended_at": batch.ended_at.isoformat() if batch.ended_at else None,
        "count": sum(counts.values()),
        "counts": counts,
        "items": [
            {
                "position": row.position,
                "id": row.package_id,
                "title": titles.get(row.package_id, ""),
                "state": row.state,
                "why": row.why,
                "made_id": row.made_id,
                "done_at": row.done_at.isoformat() if row.done_at else None,
            }
            for row in rows
        ],
    }


def _titles(session: Session, context: dict[str, Any], ids: Sequence[str]) -> dict[str, str]:
    """Titles of what the person may see; whatever else was named is told by its id only."""
    found = {}
    for package in session.scalars(sa.select(model.Package).where(model.Package.id.in_(ids))):
        with suppress(tk.NotAuthorized, tk.ObjectNotFound):
            tk.check_access("package_show", {**context}, {"id": package.id})
            found[package.id] = package.title or package.name
    return found
