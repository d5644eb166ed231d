"""Datasets in every stage, made by the real parts."""

from __future__ import annotations

import io

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.tests import factories, helpers
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.publishing import approvals, datasets, release
from ckanext.satudata.shared.revision import revision_release, revisions
from ckanext.satudata.tests.factories import hold

CSV = b"tahun,nilai\n2024,SANGAT-RAHASIA\n"


def as_user(user):
    """The context of this user's own call; None is a visitor."""
    if user is None:
        return {"user": "", "ignore_auth": False}
    return {"user": user["name"], "ignore_auth": False, "auth_user_obj": model.User.get(user["name"])}


def upload(name="gaji pegawai.csv", content=CSV):
    """A file as a form sends it."""
    return FileStorage(io.BytesIO(content), filename=name, content_type="text/csv")


def operator(org=None, role=Role.OPERATOR):
    """A user who drafts for the agency, with the CKAN membership that follows from the role."""
    user = factories.UserWithToken()
    org = org or factories.Organization()
    helpers.call_action("member_create", id=org["id"], object=user["id"], object_type="user", capacity="editor")
    hold(user["id"], role, org["id"])
    return {**user, "org": org}


def make(user, org, level="terbuka", **kw):
    """A draft with one file."""
    data = {
        "title": "Gaji pegawai rahasia",
        "name": "gaji-pegawai-rahasia",
        "owner_org": org["id"],
        "access_level": level,
        "resources": [{"name": "Tabel", "upload": upload()}],
        **kw,
    }
    return helpers.call_action("package_create", as_user(user), **data)


def approve(package_id):
    """Through review, without the officers; does not commit."""
    datasets.move(model.Session, package_id, DatasetStage.IN_REVIEW)
    approvals.agree(model.Session(), package_id)


def publish(package_id):
    """Through review and out, without the officers; returns what `package_show` says."""
    approve(package_id)
    done = release.release({"user": ""}, package_id, actor=SYSTEM)
    model.Session.commit()
    done.finish()
    return tk.get_action("package_show")({"ignore_auth": True}, {"id": package_id})


def republish(package_id):
    """The working copy through review and out, without the officers."""
    revision = revisions.open_of(model.Session, package_id)
    revisions.move(model.Session(), revision, RevisionState.IN_REVIEW)
    approvals.agree_to_change(model.Session(), revision)
    done = revision_release.swap({"user": ""}, revision.id, actor=SYSTEM)
    model.Session.commit()
    done.finish()


def empty_datastore():
    """Drops the tables that other tests left; emptying CKAN's database does not."""
    from ckanext.datastore.backend import DatastoreBackend

    backend = DatastoreBackend.get_active_backend()
    for resource_id in backend.get_all_ids():
        backend.delete({}, {"resource_id": resource_id})


MINUTES = {"held_on": "2026-01-05", "result": "Tetap dibatasi."}
"""What a test or a discussion writes of itself with its command."""


WHY = "Bukan data pribadi lagi."
"""Why something is to be opened further."""


def decided(package_id, resource_id=None):
    """What is stated counts as tested, as PPID's approval writes it."""
    stated = classification.restriction_of(model.Session, package_id, resource_id).values
    classification.restate(model.Session, package_id, resource_id, stated, actor=SYSTEM, case_id="uji")
    model.Session.commit()


def with_minutes(name, payload):
    """The payload of a command, with the minutes that belong to it."""
    return {**(MINUTES if name in ("record", "approve") and "minutes_id" not in payload else {}), **payload}
