"""The datasets: first what the public knows of, then what it must not know of."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.activity.model.activity import Activity

from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.tests.access.matrix.canaries import NOBODY
from ckanext.satudata.tests.access.matrix.planting import (
    World,
    approve,
    create,
    described,
    file,
    link,
    publish,
    resource,
    restricted,
    send,
)
from ckanext.satudata.tests.access.support import upload
from ckanext.satudata.tests.metadata.samples import full_dataset

OF_FILE = {"access_ground": "17h", "access_basis": "UU 14/2008", "access_until": "2030-12-31"}


def known(at: World) -> None:
    """What the public knows of, but not of all in it: open, mixed, limited, withdrawn and narrowed datasets."""
    create(
        at,
        "open",
        "terbuka",
        [{"name": "Tabel", "upload": upload("terbuka.csv", b"tahun,nilai\n2024,1\n")}],
        **full_dataset(title="Data terbuka", name="data-terbuka"),
    )
    publish(at, "open")
    mixed = [
        {"name": "Tabel", "upload": upload("terbuka.csv", b"tahun,nilai\n2024,2\n")},
        {"name": "Daftar", "access_level": "terbatas", "upload": file(at, "mixed: limited resource"), **OF_FILE},
        resource(at, "mixed: closed resource", access_level="tertutup", **restricted(at, "mixed: closed resource")),
        link(at, "mixed: closed link", access_level="tertutup", **restricted(at, "mixed: closed link")),
    ]
    create(at, "mixed", "terbuka", mixed, **full_dataset(title="Data campuran", name="data-campuran"))
    _views(at, "mixed", 2)
    publish(at, "mixed")
    limited = [
        {"name": "Daftar", "upload": file(at, "limited: file")},
        link(at, "limited: link", name="Tautan", format=""),
        resource(at, "limited: closed resource", access_level="tertutup", **restricted(at, "limited: closed resource")),
    ]
    limited[1]["url"] = limited[1]["url"].replace(".xlsx", ".json")
    create(at, "limited", "terbatas", limited, **full_dataset(title="Data terbatas", name="data-terbatas"))
    publish(at, "limited")
    _changed(at)
    _withdrawn(at)
    _narrowed(at)
    for label in ("open", "mixed", "limited", "changed", "withdrawn", "narrowed", "shut"):
        made = at.datasets[label]
        at.public["dataset"].append(made["id"])
        hidden = {"mixed": (2, 3), "limited": (2,)}.get(label, ())
        for place, one in enumerate(made["resources"]):
            if place in hidden:
                at.book.known(one["id"], f"{label}: id of a closed resource", by="operator")
                at.hidden["resource"] += [one["id"]] if place == 2 else []
            else:
                at.public["resource"].append(one["id"])


def _changed(at: World) -> None:
    """What is public, said other things in a former version, and has a change that nobody approved yet: in its fields,
    in a file, and a new file and link. An earlier change was thrown away."""
    _former_version(at)
    made = at.datasets["changed"]
    thrown = f"{at.book.word('changed: title that was thrown away', by=NOBODY)} kata"
    at.call("operator", "package_patch", id=made["id"], title=thrown)
    gone = file(at, "changed: file that was thrown away", by=NOBODY)
    at.call("operator", "resource_patch", id=made["resources"][0]["id"], upload=gone)
    at.call("operator", "satudata_revision_discard", id=made["id"])
    fields = {name: f"{at.book.word(f'changed: {name}')} kata" for name in ("title", "notes", "konsep", "definisi")}
    tags = [{"name": at.book.word("changed: tag")}]
    at.call("operator", "package_patch", id=made["id"], tags=tags, **fields)
    name = f"Tabel {at.book.word('changed: name of the file')}"
    first = made["resources"][0]["id"]
    at.call("operator", "resource_patch", id=first, name=name, upload=file(at, "changed: newer version"))
    for new in (resource(at, "changed: new resource"), link(at, "changed: new link")):
        added = at.call("operator", "resource_create", package_id=made["id"], **new)
        at.hide("resource", added["id"])
        at.owners[added["id"]] = made["id"]
    send(at, "changed")


def _former_version(at: World) -> None:
    """Published with words of its own, then changed: only officers read what it said before."""
    words = {name: f"{at.book.word(f'changed: former {name}')} kata" for name in ("title", "notes", "konsep")}
    name, first = (
        f"Tabel {at.book.word('changed: former name of the file')}",
        file(at, "changed: former file", by=NOBODY, name_by="operator"),
    )
    tags = [{"name": at.book.word("changed: former tag")}]
    said = {**full_dataset(name="data-berubah"), **words, "tags": tags}
    create(at, "changed", "terbuka", [{"name": name, "upload": first}], **said)
    publish(at, "changed")
    made = at.datasets["changed"]
    plain = {key: value for key, value in full_dataset().items() if key in words} | {"title": "Data berubah"}
    tags = [{"name": "kesehatan"}]
    at.call("operator", "package_patch", id=made["id"], tags=tags, **plain)
    now = {"name": "Tabel", "upload": upload("terbuka.csv", b"tahun,nilai\n2024,3\n")}
    at.call("operator", "resource_patch", id=made["resources"][0]["id"], **now)
    publish(at, "changed")


def _withdrawn(at: World) -> None:
    """What was public once and is not: with old activity rows, followers and a tag nobody else has."""
    create(
        at,
        "withdrawn",
        "terbuka",
        [resource(at, "withdrawn: resource")],
        **described(at, "withdrawn"),
    )
    publish(at, "withdrawn")
    made = at.datasets["withdrawn"]["id"]
    shown = tk.get_action("package_show")({"ignore_auth": True}, {"id": made})
    admin = at.people["admin"]
    model.Session.add(
        Activity(admin["id"], made, "changed package", {"package": shown, "actor": admin["name"]}, ["public"])
    )
    model.Session.add(model.UserFollowingDataset(at.people["stranger"]["id"], made))
    model.Session.commit()
    reason = at.book.word("reason of the withdrawal", by="walidata")
    at.call("walidata", "satudata_dataset_withdraw", id=made, reason=f"{reason} alasan")
    model.Session.expire_all()


def _narrowed(at: World) -> None:
    """What was open and is Terbatas now, and what was open and is Tertutup now."""
    files = [{"name": "Daftar", "upload": file(at, "narrowed: file")}]
    create(at, "narrowed", "terbuka", files, **full_dataset(title="Data dibatasi", name="data-dibatasi"))
    files = [resource(at, "shut: resource")]
    create(at, "shut", "terbuka", files, **described(at, "shut"))
    for label, level in (("narrowed", "terbatas"), ("shut", "tertutup")):
        publish(at, label)
        at.call(
            "walidata",
            "satudata_dataset_reclassify",
            id=at.datasets[label]["id"],
            to_level=level,
            reason=f"{at.book.word(f'{label}: reason', by='walidata')} memuat nama penerima bantuan.",
            access_ground="17h",
            access_basis=f"SK {at.book.word(f'{label}: ground', by='walidata')} UU 14/2008"
            if label == "shut"
            else "UU 14/2008",
            access_until="2030-12-31",
        )
    model.Session.expire_all()
    for record in model.Session.query(Reclassification):
        at.hide("reclassification", record.id, by="walidata")


def unknown(at: World) -> None:
    """A dataset of each stage of which the public must not know that it exists."""
    for label, level in (("draft", "terbuka"), ("review", "terbuka"), ("approved", "terbatas"), ("closed", "tertutup")):
        # The draft's first file is replaced by a newer one.
        files = [
            resource(at, f"{label}: resource", file_by=NOBODY if label == "draft" else None),
            link(at, f"{label}: link"),
        ]
        own = {} if level == "terbuka" else restricted(at, label)
        create(at, label, level, files, **described(at, label), **own)
        _views(at, label, 0)
    _history(at)
    send(at, "review")
    approve(at, "approved")
    publish(at, "closed")
    create(
        at, "deleted", "terbuka", [resource(at, "deleted: resource", by=NOBODY)], **described(at, "deleted", by=NOBODY)
    )
    at.call("operator", "package_delete", id=at.datasets["deleted"]["id"])
    for label in ("draft", "review", "approved", "closed", "deleted"):
        made = at.datasets[label]
        by = NOBODY if label == "deleted" else "operator"
        at.hide("dataset", made["id"], by=by)
        at.book.known(made["name"], f"{label}: name until it is published", by)
        at.hide("resource", made["resources"][0]["id"], by=by)
        at.book.known(made["resources"][1 % len(made["resources"])]["id"], f"{label}: resource id", by)
        at.hide("tag", made["tags"][0]["name"], secret=False)
        at.hide("wanted", _wanted(made["id"]), secret=False)
        _activities(at, made["id"], by)
    _around_the_draft(at)


def _wanted(package_id: str) -> str:
    query = sa.text("select final_name from satudata_dataset_state where package_id = :id")
    return model.Session.execute(query, {"id": package_id}).scalar_one()


def _views(at: World, label: str, place: int) -> None:
    rid = at.datasets[label]["resources"][place]["id"]
    by = "operator" if label != "mixed" else NOBODY
    words = {part: at.book.word(f"{label}: view's {part}", by) for part in ("title", "description", "setting")}
    view = model.ResourceView(
        resource_id=rid,
        title=words["title"],
        description=words["description"],
        view_type="datatables_view",
        order=0,
        config={"filters": {words["setting"]: [words["setting"]]}},
    )
    model.Session.add(view)
    model.Session.commit()
    at.hide("view", view.id, by=by)


def _history(at: World) -> None:
    """The draft's former values: title, file, a resource and a tag that are gone."""
    made = at.datasets["draft"]["id"]
    added = at.call(
        "operator", "resource_create", package_id=made, **resource(at, "draft: resource that is gone", file_by=NOBODY)
    )
    at.call("operator", "resource_delete", id=added["id"])
    at.hide("resource", added["id"])
    first = at.datasets["draft"]["resources"][0]["id"]
    at.call("operator", "resource_patch", id=first, upload=file(at, "draft: newer version"))
    title = f"{at.book.word('draft: newer title')} judul"
    at.datasets["draft"] |= at.call("operator", "package_patch", id=made, title=title)


def _activities(at: World, package_id: str, by: str) -> None:
    query = sa.text("select id from activity where object_id = :id")
    at.hide("activity", *model.Session.scalars(query, {"id": package_id}), by=by)


def _around_the_draft(at: World) -> None:
    """What CKAN keeps beside a dataset: follower, group, relation, plugin's data, tracking."""
    draft, review = (at.datasets[label]["id"] for label in ("draft", "review"))
    model.Session.add(model.UserFollowingDataset(at.people["operator"]["id"], draft))
    # He followed it while he held his role.
    model.Session.add(model.UserFollowingDataset(at.people["former officer"]["id"], draft))
    package = model.Package.get(draft)
    package.plugin_data = {"kanari": {"isi": at.book.word("draft: plugin's data", by="admin")}}
    model.Session.commit()
    at.call(None, "member_create", id=at.public["group"][0], object=draft, object_type="package", capacity="public")
    comment = at.book.word("comment of a relation", by=NOBODY)
    model.Package.get(draft).add_relationship("depends_on", model.Package.get(review), comment)
    model.Session.commit()
