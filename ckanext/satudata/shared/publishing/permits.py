"""The guard under the actions: without a permit nothing becomes public and no address gets into a resource.

`shared.publishing.release` alone gives permits, for one dataset and for the time of its own write. The guard sees every
write of SQLAlchemy's session, whoever makes it (sysadmin, `ignore_auth`, another plugin, a shell);
the rest is seen by `raw_writes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.files import served

_KEY = "satudata_permits"


@contextmanager
def permit(session: Session, package_id: str) -> Iterator[None]:
    """For the time of the block this dataset may be written as public; what is pending is written before it ends."""
    held: set[str] = session.info.setdefault(_KEY, set())
    held.add(package_id)
    try:
        yield
        session.flush()
    finally:
        held.discard(package_id)


def is_permitted(session: Any, package_id: str | None) -> bool:
    """Whether a release is writing this dataset now."""
    return package_id in session.info.get(_KEY, ())


def is_governed(package_type: str | None) -> bool:
    """Whether levels, vault and release apply to datasets of this type.

    A type that is excepted but that no plugin provides is governed: its name alone would be a way to the public.
    """
    if (package_type or "dataset") not in tk.config["ckanext.satudata.ungoverned_types"]:
        return True
    return lib_plugins.lookup_package_plugin(package_type) is lib_plugins.lookup_package_plugin()


def known_types() -> list[str]:
    """The types of datasets that this portal has: the plain one, and those that its plugins provide."""
    return sorted(
        {"dataset", *(name for one in p.PluginImplementations(p.IDatasetForm) for name in one.package_types())}
    )


def check_type(package_type: str | None) -> None:
    """Raises Invalid for a type of a new dataset that no plugin provides.

    No page would show it, and the plugin that is switched on later takes what has its type for its own.
    """
    if package_type and package_type not in known_types():
        raise Invalid(
            "This portal has no datasets of the type {type}. It has: {known}.",
            field="type",
            mend="Leave the type out, or switch on the plugin that provides it.",
            type=package_type,
            known=", ".join(known_types()),
        )


def listen(session_factory: Any) -> None:
    """Sets the guard; safe to repeat."""
    for name, function in (("before_flush", _before_flush), ("do_orm_execute", _before_bulk)):
        if not event.contains(session_factory, name, function):
            event.listen(session_factory, name, function)


def _before_flush(session: Session, flush_context: Any, instances: Any) -> None:
    if not p.plugin_loaded("satudata"):
        return
    for package in session.deleted:
        if isinstance(package, model.Package):
            _guard_end(session, package)
    unlinked = (obj for obj in session.deleted if isinstance(obj, model.PackageTag))
    guarded = [obj for obj in (*session.new, *session.dirty, *unlinked) if isinstance(obj, tuple(_GUARDS))]
    for obj in guarded:
        _GUARDS[type(obj)](session, obj)
    if guarded:
        raw_writes.begin_flush(session)


def _guard_package(session: Session, package: model.Package) -> None:
    if is_permitted(session, package.id) or not _was_ever_governed(package):
        return
    changed = _changed(package)
    if package.state == model.State.DELETED and "state" in changed:
        _guard_end(session, package)
    if package not in session.new and "type" in changed:
        raise _refusal()
    # Whatever its state: a deleted one that is not private becomes public by a change of state alone.
    was_public = "private" not in changed and not package.private and package not in session.new
    if not package.private and (not was_public or changed & raw_writes.CONTENT["package"]):
        raise _refusal()


def _guard_end(session: Session, package: model.Package) -> None:
    """What is in review or was ever public does not merely vanish: who harvested it would keep it for ever."""
    stage = session.scalar(select(DatasetState.state).where(DatasetState.package_id == package.id))
    if stage not in (None, DatasetStage.DRAFT.value):
        raise NotAllowed(
            "Only drafts are deleted; what is published is withdrawn, which leaves a stub.",
            mend="Ask Walidata to withdraw it, with a reason.",
        )


def _was_ever_governed(package: model.Package) -> bool:
    before = inspect(package).attrs["type"].history.deleted or ()
    return any(is_governed(kind) for kind in (package.type, *before))


def _guard_resource(session: Session, resource: model.Resource) -> None:
    if resource.state == "deleted" or not _changed(resource) & raw_writes.CONTENT["resource"]:
        return
    package = resource.package or session.get(model.Package, resource.package_id or "")
    if package is not None and not is_governed(package.type):
        # What is no data has no files; there they would be public without a release.
        raise _refusal()
    package_id = package.id if package is not None else resource.package_id
    if is_permitted(session, package_id):
        return
    is_public = package is not None and not package.private and package not in session.new
    if is_public or resource.url != served.ask_address(resource.id) and "url" in _changed(resource):
        raise _refusal()


def _guard_tag(session: Session, link: model.PackageTag) -> None:
    """The tags of what is public belong to what was approved."""
    package = link.package or session.get(model.Package, link.package_id or "")
    if package is None or package.private or package in session.deleted or not is_governed(package.type):
        return
    if not is_permitted(session, package.id) and (link in session.deleted or _changed(link)):
        raise _refusal()


def _guard_relationship(session: Session, link: model.PackageRelationship) -> None:
    """CKAN shows the id and name of a dataset's relations to whoever sees the dataset itself."""
    ends = [
        link.subject or session.get(model.Package, link.subject_package_id),
        link.object or session.get(model.Package, link.object_package_id),
    ]
    hidden = [end for end in ends if end is not None and end.private]
    if link.state != "deleted" and len(hidden) == 1:
        raise NotAllowed(
            "A public dataset cannot be related to one that is not public.", mend="Relate them when both are published."
        )


_GUARDS = {
    model.Package: _guard_package,
    model.Resource: _guard_resource,
    model.PackageTag: _guard_tag,
    model.PackageRelationship: _guard_relationship,
}


def _before_bulk(state: ORMExecuteState) -> Any:
    if not (state.is_update or state.is_insert) or not p.plugin_loaded("satudata"):
        return None
    table = getattr(getattr(state.statement, "table", None), "name", "")
    guarded = raw_writes.CONTENT.get(table)
    if guarded is None:
        return None
    if table == "package":
        guarded = guarded | {"private", "type", "state"}
    hides = table == "package" and _hides(state)
    if hides:
        # Putting things away is always allowed.
        guarded = guarded - {"private"}
    if state.is_insert or _columns(state) & guarded:
        raise _refusal()
    if not hides:
        return None
    with raw_writes.vetted(state.session):
        return state.invoke_statement()


def _hides(state: ORMExecuteState) -> bool:
    values = getattr(state.statement, "_values", None) or {}
    return any(getattr(key, "key", key) == "private" and getattr(v, "value", v) is True for key, v in values.items())


def _columns(state: ORMExecuteState) -> set[str]:
    values = getattr(state.statement, "_values", None) or {}
    named = {str(getattr(key, "key", key)) for key in values}
    rows = state.parameters if isinstance(state.parameters, list) else [state.parameters or {}]
    return named | {str(key) for row in rows for key in row}


def _changed(obj: Any) -> set[str]:
    facts = inspect(obj)
    touched = set(facts.mapper.attrs.keys()) - facts.unmodified
    return {key for key in touched if facts.attrs[key].history.has_changes()}


def _refusal() -> NotAllowed:
    return NotAllowed(
        "Only the release of an approved version changes what the public sees.",
        mend="Send the dataset through review; Walidata publishes it.",
    )
