"""A worker killed (-9) while a change takes the place of what is public: wholly old or wholly new, and it goes on."""

from __future__ import annotations

import os
import signal

import ckan.model as model
import pytest
from ckan.logic import NotFound, ValidationError

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared import notices
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.publishing import approvals, approved, datasets, release
from ckanext.satudata.shared.revision import revision_release, revisions
from ckanext.satudata.tests.access.support import upload
from ckanext.satudata.tests.publication.support import NEW, OLD, assert_in_order, bytes_of, call, command, public, send

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("with_plugins", "satudata_db")]

CHANGED = "Jumlah siswa baru"
BEFORE, AFTER = "before", "after"
POINTS = [
    (revision_release, "_adopt_files", BEFORE, "old"),
    (revision_release, "_adopt_files", AFTER, "old"),
    (release, "copy_out", AFTER, "old"),
    (release, "write_public", AFTER, "old"),
    (revision_release, "_become_version", AFTER, "old"),
    (approved, "mark", AFTER, "old"),
    (approvals, "serve", AFTER, "old"),
    (search_index, "write_along", AFTER, "old"),
    (notices, "begin", BEFORE, "new"),
    (revision_release, "clean_up", BEFORE, "new"),
    (store, "remove", BEFORE, "new"),
    (store, "remove", AFTER, "new"),
]


def seen(dataset, rid):
    """`old` or `new`, by title, index and bytes at once; anything between fails."""
    model.Session.remove()
    shown, found = public(dataset), call(None, "package_search", q=f"id:{dataset['id']}")["results"]
    state = (shown["title"], [one["title"] for one in found], bytes_of(rid))
    model.Session.remove()
    wanted = {"old": ("Jumlah siswa", ["Jumlah siswa"], OLD), "new": (CHANGED, [CHANGED], NEW)}
    return next(name for name, one in wanted.items() if one == state)


def killed(monkeypatch, place, name, when, act):
    """Does it in a process that is killed at this point."""
    model.Session.remove()
    model.meta.engine.dispose()
    child = os.fork()
    if child == 0:
        original = getattr(place, name)

        def dies(*args, **kw):
            if when == AFTER:
                original(*args, **kw)
            os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(place, name, dies)
        try:
            act()
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, "it was not at this point"


@pytest.mark.parametrize(("place", "name", "when", "wanted"), POINTS, ids=lambda one: getattr(one, "__name__", one))
def test_killed_in_the_swap(officers, dataset, monkeypatch, place, name, when, wanted):
    rid = dataset["resources"][0]["id"]
    call(officers["operator"], "package_patch", id=dataset["id"], title=CHANGED)
    call(officers["operator"], "resource_patch", id=rid, upload=upload("satu.csv", NEW))
    case = send(officers, dataset)
    for who in ("verifier", "producer_head"):
        command(officers[who], case, "approve")
    killed(monkeypatch, place, name, when, lambda: command(officers["walidata"], case, "publish"))
    assert seen(dataset, rid) == wanted
    if wanted == "old":
        command(officers["walidata"], case, "publish")
    else:
        with pytest.raises((ValidationError, NotFound)):
            command(officers["walidata"], case, "publish")
    revision_release.resume()
    assert seen(dataset, rid) == "new"
    assert datasets.stage_of(model.Session, dataset["id"]) is DatasetStage.PUBLISHED
    assert revisions.open_of(model.Session(), dataset["id"]) is None
    versions = model.Session.scalars(Revision.versions_of(dataset["id"])).all()
    assert [one.number for one in versions] == [2, 1] and not any(one.pending for one in versions)
    assert_in_order()
