"""The restriction of a dataset or of one of its files: checked on every save, decided in cases of its own.

The rules are `domain.classification`; here they meet CKAN's rows. A restriction that is decided in a case is
written by `restate`, whatever the stage of the dataset; its level is nobody's here to change.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import classification
from ckanext.satudata.domain.access import DatasetStage, Level, effective_level, level_of
from ckanext.satudata.domain.classification import FIELDS, Cause, Fault, Restriction, Standing
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.restriction_test import RestrictionTest
from ckanext.satudata.shared import clock, journal, process, raw_writes, words
from ckanext.satudata.shared.files import served
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.levels import decrees, restrictions
from ckanext.satudata.shared.publishing import approved, datasets, permits

PROCESS = SUBJECT = "classification"


def of_dataset(dataset: Mapping[str, Any]) -> Restriction:
    """The restriction that a shown dataset states."""
    return classification.read(dataset, level_of(dataset.get("access_level")))


def of_resource(dataset_level: object, resource: Mapping[str, Any]) -> Restriction | None:
    """The restriction of a file of its own; None where the file is as open as its dataset."""
    outer = level_of(dataset_level)
    level = level_of(resource["access_level"]) if resource.get("access_level") else outer
    return classification.read(resource, level) if level.strictness > outer.strictness else None


def _own(resource: Mapping[str, Any]) -> Restriction:
    """The restriction that a file states of itself, also while its dataset is as strict; open where it states none."""
    stated = "" if resource.get(served.LEVEL_FROM) else resource.get("access_level")
    return classification.read(resource, level_of(stated) if stated else Level.TERBUKA)


def text_of(fault: Fault) -> str:
    """What is wrong and how to mend it, in the reader's language."""
    return words.error_text(fault.error())


# ---------------------------------------------------------------- on the way in


def check(session: Session, data: dict[str, Any], level: str, original: Mapping[str, Any] | None = None) -> None:
    """Refuses what is wrong in a dataset that is being saved, by field; writes the values as they are stored.

    `original`: the dataset as it stands. Raises `tk.ValidationError` with every fault at once.
    """
    before = of_dataset(original) if original else None
    errors: dict[str, Any] = _by_field(session, _taken(data, level_of(level)), before)
    known = {resource["id"]: resource for resource in (original or {}).get("resources") or []}
    files: list[dict[str, Any]] = []
    for resource in data.get("resources") or []:
        effective_level(level, resource.get("access_level"), str(resource.get("name") or resource.get("id") or ""))
        old = known.get(resource.get("id") or "")
        taken = _taken(resource, _own(resource).level)
        files.append(_by_field(session, taken, _own(old) if old else None))
    if any(files):
        errors["resources"] = files
    if errors:
        raise tk.ValidationError(errors)


def _taken(data: dict[str, Any], level: Level) -> Restriction:
    """The restriction that is sent; its values are written back as they are stored."""
    extras = {extra.get("key"): extra.get("value") for extra in data.get("extras") or [] if isinstance(extra, dict)}
    found = classification.read({name: data.get(name, extras.get(name)) for name in FIELDS}, level)
    for name, value in found.values.items():
        if data.get(name) not in (None, ""):
            data[name] = value
    return found


def _by_field(session: Session, restriction: Restriction, before: Restriction | None) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    for fault in [*classification.faults(restriction, clock.today(), before), *_decree_faults(session, restriction)]:
        errors.setdefault(fault.field, []).append(text_of(fault))
    return errors


def _decree_faults(session: Session, restriction: Restriction) -> list[Fault]:
    if restriction.level is Level.TERBUKA or not restriction.decree or decrees.exists(session, restriction.decree):
        return []
    return [Fault("access_decree", "There is no such decree.", "Choose it from the list, or leave this empty.")]


def wrong(dataset: Mapping[str, Any]) -> list[Fault]:
    """What is wrong in a stored dataset today: days that have passed since it was saved, say."""
    found = classification.faults(of_dataset(dataset), clock.today())
    for resource in dataset.get("resources") or []:
        own = of_resource(dataset.get("access_level"), resource)
        for fault in classification.faults(own, clock.today()) if own is not None else []:
            message = tk._("The file “{name}”:").format(name=resource.get("name") or tk._("File without a name"))
            found.append(Fault("resources", f"{message} {text_of(fault)}"))
    return found


def drop_idle(dataset: dict[str, Any]) -> None:
    """Takes out, in place, what restricts nothing: of an open dataset, of files that have no level of their own."""
    if of_dataset(dataset).level is Level.TERBUKA:
        _drop(dataset)
    for resource in dataset.get("resources") or []:
        if _own(resource).level is Level.TERBUKA:
            _drop(resource)


def _drop(values: dict[str, Any]) -> None:
    for name in FIELDS:
        values.pop(name, None)


# ---------------------------------------------------------------- cases


def open_case(
    session: Any,
    package_id: str,
    cause: str,
    *,
    resource_id: str | None = None,
    actor: Actor,
    data: Mapping[str, Any] | None = None,
) -> Case:
    """The open case of a dataset or of one of its files; started where there is none. Does not commit.

    `cause` is a `Cause` value; a stronger one takes the place of a weaker. `data` is merged into `case.data`, say
    `{"proposal": {…}}`. Raises NotThere.
    """
    package = session.get(model.Package, package_id)
    if package is None:
        raise NotThere("There is no such dataset.")
    datasets.lock(session, package)
    cause = Cause(cause)
    case = find_case(session, package_id, resource_id)
    if case is None:
        return process.start(
            session,
            PROCESS,
            subject_type=SUBJECT,
            subject_id=package_id,
            organization_id=package.owner_org,
            actor=actor,
            data={"proposal": {}, **(data or {}), "cause": cause.value, "resource_id": resource_id},
            works=False,
        )
    order = list(Cause)
    stamps = dict(data or {})
    if order.index(cause) > order.index(Cause(case.data["cause"])):
        stamps["cause"] = cause.value
    if stamps:
        process.stamp_data(session, case.id, **stamps)
    return case


def find_case(session: Any, package_id: str, resource_id: str | None = None) -> Case | None:
    """The open case of a dataset (`resource_id` None) or of one of its files."""
    cases = session.scalars(Case.about(SUBJECT, package_id, only_open=True))
    return next((case for case in cases if case.data.get("resource_id") == resource_id), None)


def ask_for_tests(session: Any, package_id: str, *, actor: Actor) -> dict[str | None, Case]:
    """Opens a case for each restriction of this dataset that waits for its test and has none; by file, None: the whole.

    For what has just been opened as far as Terbatas: no test has decided that yet. Does not commit.
    """
    session.flush()
    wanted = [resource_id for _, resource_id in untested(session, package_id)]
    cause = Cause.UNTESTED.value
    return {one: open_case(session, package_id, cause, resource_id=one, actor=actor) for one in wanted}


def untested(session: Any, package_id: str | None = None) -> list[tuple[str, str | None]]:
    """(dataset, file or None) of every restriction in force that waits for its test and has no open case."""
    cases = sa.select(Case.subject_id, Case.data["resource_id"].astext).where(
        Case.subject_type == SUBJECT, Case.ended_at.is_(None)
    )
    busy = {(subject_id, resource_id) for subject_id, resource_id in session.execute(cases)}
    found = []
    rows, today = restrictions.select(), clock.today()
    wanted = sa.select(rows) if package_id is None else sa.select(rows).where(rows.c.package_id == package_id)
    for row in session.execute(wanted):
        one = restrictions.restricted(row._mapping)
        key = (one.package_id, one.resource_id or None)
        if key not in busy and standing_of_row(one, today, ()) is Standing.UNTESTED:
            found.append(key)
    return found


def standing_of(session: Any, package_id: str, restriction: Restriction, resource_id: str | None = None) -> Standing:
    """Where a restriction stands today."""
    if restriction.level is Level.TERBUKA:
        return Standing.OPEN
    case = find_case(session, package_id, resource_id)
    is_provisional = case is not None and case.data.get("cause") == Cause.PROVISIONAL.value
    test = session.get(RestrictionTest, (package_id, resource_id or "", restriction.level.value))
    tested = classification.read(test.stated, restriction.level) if test is not None else None
    return classification.standing(restriction, clock.today(), tested=tested, is_provisional=is_provisional)


def provisional(session: Any, package_ids: Collection[str]) -> set[tuple[str, str]]:
    """(dataset, file or "") of what was narrowed at once and is not tested yet."""
    wanted = sa.select(Case.subject_id, sa.func.coalesce(Case.data["resource_id"].astext, "")).where(
        Case.subject_type == SUBJECT,
        Case.ended_at.is_(None),
        Case.subject_id.in_(package_ids),
        Case.data["cause"].astext == Cause.PROVISIONAL.value,
    )
    return {(package_id, resource_id) for package_id, resource_id in session.execute(wanted)}


def standing_of_row(row: restrictions.Restricted, today: date, narrowed: Container[tuple[str, str]]) -> Standing:
    """The same as `standing_of` for a row of a list; `narrowed` is of `provisional`."""
    is_provisional = (row.package_id, row.resource_id) in narrowed
    tested = classification.read(row.tested, level_of(row.level)) if row.tested is not None else None
    return classification.standing(_stated(row), today, tested=tested, is_provisional=is_provisional)


def _stated(row: restrictions.Restricted) -> Restriction:
    return Restriction(level_of(row.level), row.ground, row.basis, row.until, row.is_permanent, row.review)


def restriction_of(session: Any, package_id: str, resource_id: str | None = None) -> Restriction:
    """What is stored now of a dataset, or of a file that states a level of its own. Raises NotThere.

    Of a file that follows its dataset, and of what was withdrawn: nothing is restricted. What left a stub because it
    was narrowed is restricted still, and so are its files.
    """
    return _stored(session, package_id, resource_id)[0]


def restate(
    session: Any,
    package_id: str,
    resource_id: str | None,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    case_id: str | None = None,
) -> None:
    """Writes the restriction of a dataset or a file, in whatever stage, published too. Does not commit.

    Its level stays; where nothing is restricted nothing is written. `case_id`: the case whose test has decided it; from
    then on it counts as tested. Call `search_index.finish(package_id)` after the commit. Raises `Faulty` where the
    values are wrong or not whole, NotThere.
    """
    package = session.get(model.Package, package_id)
    if package is None:
        raise NotThere("There is no such dataset.")
    state = datasets.lock(session, package)
    now, where = _stored(session, package_id, resource_id)
    if now.level is Level.TERBUKA:
        return
    new = checked(session, values, now.level)
    stored = {name: value for name, value in new.values.items() if value}
    with permits.permit(session, package.id):
        if isinstance(where, DatasetState):
            with raw_writes.writing(session, DatasetState):
                where.former = _formerly(where.former or {}, resource_id, stored)
        elif isinstance(where, ResourceFile):
            where.withheld = _merged(where.withheld or {}, stored)
        elif where is not None:
            where.extras = _merged(where.extras or {}, stored)
            package.metadata_modified = clock.now().replace(tzinfo=None)
    if case_id is not None:
        _mark_tested(session, (package_id, resource_id or "", now.level.value), stored, case_id)
    journal.append(
        session,
        "classification_restated",
        actor=actor,
        subject=("dataset", package_id),
        payload={"resource_id": resource_id, **stored},
    )
    if state.state == DatasetStage.PUBLISHED.value:
        approved.mark(session, package_id, actor)
    search_index.write_along(package_id, hides=False)


def _mark_tested(session: Any, key: tuple[str, str, str], stated: dict[str, str], case_id: str) -> None:
    with raw_writes.writing(session, RestrictionTest):
        row = session.get(RestrictionTest, key)
        if row is None:
            row = RestrictionTest(package_id=key[0], resource_id=key[1], level=key[2])
            session.add(row)
        row.stated, row.case_id, row.tested_at = stated, case_id, clock.now()


def overrule(session: Any, package_id: str) -> None:
    """Forgets the tests of levels that are stricter than what holds now: opening was decided since, against them."""
    session.flush()
    with raw_writes.writing(session, RestrictionTest):
        for test in session.scalars(RestrictionTest.of_package(package_id)).all():
            try:
                now = restriction_of(session, package_id, test.resource_id or None).level
            except NotThere:
                continue
            if level_of(test.level).strictness > now.strictness:
                session.delete(test)


def forget_tests(session: Any, package_id: str) -> None:
    """What was tested is about to be written anew: other data under the same ground need a test of their own."""
    with raw_writes.writing(session, RestrictionTest):
        session.execute(sa.delete(RestrictionTest).where(RestrictionTest.package_id == package_id))


def checked(session: Any, values: Mapping[str, Any], level: Level) -> Restriction:
    """A restriction that is to count. Raises `classification.Faulty` with everything that is wrong or missing."""
    new = classification.read(values, level)
    found = [*classification.lacks(new, clock.today()), *_decree_faults(session, new)]
    if found:
        raise classification.Faulty(found)
    return new


def require_decree_lasts(session: Any, restriction: Restriction) -> None:
    """Raises `classification.Faulty` for a restriction that would outlive the decree it names."""
    found = classification.beyond_decree(restriction, decrees.last_day(session, restriction.decree))
    if found:
        raise classification.Faulty(found)


def _merged(before: Mapping[str, Any], stored: Mapping[str, str]) -> dict[str, Any]:
    return {**{name: value for name, value in before.items() if name not in FIELDS}, **stored}


def _formerly(former: Mapping[str, Any], resource_id: str | None, stored: Mapping[str, str]) -> dict[str, Any]:
    """The description that a stub replaced, with the restriction of the whole or of one of its files."""
    if resource_id is None:
        return _merged(former, stored)
    files = former.get("resources") or []
    return {**former, "resources": [_merged(one, stored) if one["id"] == resource_id else one for one in files]}


def _stored(session: Any, package_id: str, resource_id: str | None) -> tuple[Restriction, Any]:
    """The restriction that is stored and the row that has it."""
    package, state = session.get(model.Package, package_id), session.get(DatasetState, package_id)
    if package is None:
        raise NotThere("There is no such dataset.")
    level = state.access_level if state is not None else package.extras.get("access_level")
    is_gone = state is not None and state.state == DatasetStage.WITHDRAWN.value
    if is_gone and level_of(level) is not Level.TERTUTUP:
        # Taken back, it is not restricted; narrowed to Tertutup, it left a stub too, and its restriction is tested.
        return classification.read({}, Level.TERBUKA), None
    if resource_id is None:
        if is_gone:
            return classification.read(state.former or {}, Level.TERTUTUP), state
        return classification.read(package.extras, level_of(level)), package
    file = session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    if file is not None and file.withheld and file.package_id == package_id:
        return classification.read(file.withheld, level_of(file.withheld.get("access_level"))), file
    resource = session.get(model.Resource, resource_id)
    if resource is None or resource.package_id != package_id:
        raise NotThere("There is no such resource.")
    if is_gone:
        files = (state.former or {}).get("resources") or []
        return _own(next((one for one in files if one["id"] == resource_id), {})), state
    if resource.state == "deleted":
        raise NotThere("There is no such resource.")
    return _own(resource.extras), resource
