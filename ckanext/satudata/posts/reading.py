"""A post in plain values: for its officers whole, for the public what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata import config
from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain import process as process_rules
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.post import Channel, Part
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.post import Post, PostChannel, PostVersion
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.posts import content
from ckanext.satudata.shared import process, wording, words
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.publishing import posts
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import case_view, desk


def source_line(session: Session, found: Mapping[str, Any]) -> str:
    """Where the figures come from: title, producer and day of release of each of the data that are open."""
    said = []
    for one in posts.sources(session, found):
        package, file = one["package"], one["file"]
        agency = model.Group.get(package.owner_org) if package.owner_org else None
        released = wording.day(file.released_at) if file is not None and file.released_at else ""
        parts = [(agency.title or agency.name) if agency is not None else config.government_name(), released]
        said.append(f"{package.title} ({', '.join(filter(None, parts))})")
    return tk._("Source: {what}").format(what="; ".join(dict.fromkeys(said))) if said else ""


def for_officers(session: Session, case: Case, actor: Actor) -> dict[str, Any]:
    """The newest version with all that its officers need; of data that are not open any more no figures.

    `version`, the fields of the content, `data_open`, `source_line`, `texts`, `channels`, `versions`, `editable`
    (the parts this person may change now), `lacks` (what the next step would refuse), `number`, `address`.
    """
    post = content.post_of(session, case.id)
    found = content.current(session, post)
    instance = process.instance_of(session, case)
    is_open = posts.is_open(session, found)
    line = source_line(session, found)
    address = public_address(post)
    return {
        "id": case.id,
        "process": case.process,
        "version": post.version if post is not None else 0,
        **{name: found[name] for name in ("title", "caption", "tags", "period", "with_chart")},
        "files": _files(case, found),
        "sources": _sources(session, found),
        "data_open": is_open,
        "source_line": line,
        "texts": _texts(found, line, address or scans.site_url("satudata_posts_public.index")),
        "channels": _channels(session, post),
        "versions": _versions(session, post),
        "editable": sorted(part.value for part in content.editable(instance, actor)),
        "lacks": [words.error_text(fault) for fault in lacking(session, case, found)],
        "number": post.number if post is not None else None,
        "dataset_id": post.dataset_id if post is not None else None,
        "published_at": post.published_at.isoformat() if post is not None and post.published_at else None,
        "withdrawn_at": post.withdrawn_at.isoformat() if post is not None and post.withdrawn_at else None,
        "address": address,
    }


def _files(case: Case, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            **{key: file[key] for key in ("name", "alt", "type", "size", "sha256")},
            "url": scans.site_url("satudata_posts.file", case_id=case.id, vault_id=file["vault_id"]),
        }
        for number, file in enumerate(found["files"], start=1)
    ]


def _texts(found: Mapping[str, Any], line: str, address: str) -> list[dict[str, Any]]:
    return [
        {
            "channel": one.channel.value,
            "channel_name": tk._(rules.CHANNELS[one.channel]),
            "text": one.text,
            "limit": one.limit,
            "over": one.over,
        }
        for one in rules.texts(found, line, address)
    ]


def public_address(post: Post | None) -> str:
    """Where the public reads it, once it has a number."""
    if post is None or post.number is None:
        return ""
    return scans.site_url("satudata_posts_public.read", number=post.number)


def lacking(session: Session, case: Case, found: Mapping[str, Any]) -> list[Invalid]:
    """What an open step must still leave before it can be finished by agreeing."""
    instance = process.instance_of(session, case)
    wanted: set[Part] = set()
    for step in instance.open:
        agreeing = next(iter(instance.sop.step(step.no).exits))
        if agreeing is not Command.WITHDRAW:
            wanted |= rules.demanded(instance.sop, step.no, agreeing)
    return list(rules.gaps(found, wanted))


def _sources(session: Session, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    shown = {one["resource"].id: one for one in posts.sources(session, found)}
    said = []
    for one in found["sources"]:
        now = shown.get(one["resource_id"])
        said.append(
            {
                "package_id": one["package_id"],
                "resource_id": one["resource_id"],
                "version": one["version"],
                "picked_at": one["picked_at"],
                "is_open": now is not None,
                "title": now["package"].title if now is not None else "",
                "name": now["resource"].name if now is not None else "",
                "has_newer": now is not None and now["has_newer"],
                "chart": one.get("chart") if now is not None else None,
            }
        )
    return said


def _channels(session: Session, post: Post | None) -> list[dict[str, Any]]:
    rows = session.scalars(PostChannel.of_post(post.id)).all() if post is not None else []
    names = case_view.display_names(session, {row.added_by_name for row in rows})
    return [
        {
            "channel": row.channel,
            "channel_name": tk._(rules.CHANNELS[Channel(row.channel)]),
            "address": row.address,
            "shown_at": row.shown_at.isoformat(),
            "by": names.get(row.added_by_name, row.added_by_name),
            "screenshot": scans.site_url("satudata_posts.file", case_id=post.case_id, vault_id=row.screenshot_id)
            if post is not None and row.screenshot_id
            else "",
        }
        for row in rows
    ]


def _versions(session: Session, post: Post | None) -> list[dict[str, Any]]:
    rows = session.scalars(PostVersion.of_post(post.id)).all() if post is not None else []
    names = case_view.display_names(session, {row.saved_by_name for row in rows})
    return [
        {
            "number": row.number,
            "at": row.saved_at.isoformat(),
            "by": names.get(row.saved_by_name, row.saved_by_name),
            "title": row.content["title"],
            "caption": row.content["caption"],
            "files": [
                {
                    "name": file["name"],
                    "url": scans.site_url("satudata_posts.file", case_id=post.case_id, vault_id=file["vault_id"]),
                }
                for file in row.content["files"]
                if post is not None
            ],
        }
        for row in rows
    ]


def file_of(session: Session, case: Case, vault_id: str) -> VaultObject | None:
    """A drawing, paper or screenshot of any version of the case's post; None for every other file of the vault."""
    post = content.post_of(session, case.id)
    if post is None:
        return None
    drawn = {file["vault_id"] for row in session.scalars(PostVersion.of_post(post.id)) for file in row.content["files"]}
    seen = {row.screenshot_id for row in session.scalars(PostChannel.of_post(post.id))}
    return session.get(VaultObject, vault_id) if vault_id in drawn | seen else None


def papers(session: Session, case: Case, *, serves: bool) -> list[desk.Paper]:
    """The files of the newest version, and the pictures of the screens, for the case's file."""
    post = content.post_of(session, case.id)
    if post is None:
        return []
    kind = tk._("File of the report") if post.process == rules.REPORT else tk._("Drawing")
    kept = [(kind, file["vault_id"]) for file in content.current(session, post)["files"]]
    logged = session.scalars(PostChannel.of_post(post.id))
    kept += [(tk._("Picture of the screen"), row.screenshot_id) for row in logged if row.screenshot_id]
    return [
        desk.Paper(
            kind,
            filename=row.original_name,
            vault_id=row.id,
            sha256=row.sha256,
            size=row.size_bytes,
            url=scans.site_url("satudata_posts.file", case_id=case.id, vault_id=row.id),
            serves=serves,
        )
        for kind, vault_id in kept
        if (row := session.get(VaultObject, vault_id)) is not None and row.deleted_at is None
    ]


def for_everybody(session: Session, post: Post, version: PostVersion) -> dict[str, Any]:
    """What is public of a post that is shown; ask `posts.is_shown` before."""
    found = {**content.EMPTY, **version.content}
    agency = model.Group.get(post.organization_id) if post.organization_id else None
    is_report = post.process == rules.REPORT
    made = model.Package.get(post.dataset_id) if is_report else None
    return {
        "kind": "report" if is_report else "post",
        "number": post.number,
        "title": found["title"],
        "caption": found["caption"],
        "tags": found["tags"],
        "organization": (agency.title or agency.name) if agency is not None else "",
        "published_at": post.published_at.isoformat() if post.published_at else "",
        "address": scans.site_url("dataset.read", id=post.dataset_id) if is_report else public_address(post),
        "dataset_id": post.dataset_id,
        "dataset_name": made.name if made is not None else "",
        "drawings": [] if is_report else _drawings(post, found),
        "source_line": source_line(session, found),
        "sources": _public_sources(session, found, with_chart=found["with_chart"] and not is_report),
    }


def _drawings(post: Post, found: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "alt": file["alt"],
            "type": file["type"],
            "url": scans.site_url("satudata_posts_public.drawing", number=post.number, place=place),
        }
        for place, file in enumerate(found["files"], start=1)
    ]


def _public_sources(session: Session, found: Mapping[str, Any], *, with_chart: bool) -> list[dict[str, Any]]:
    return [
        {
            "package_id": one["package"].id,
            "resource_id": one["resource"].id,
            "name": one["package"].name,
            "title": one["package"].title,
            "file": one["resource"].name or "",
            "version": one["file"].version if one["file"] is not None else None,
            "has_newer": one["has_newer"],
            "chart": one["chart"] if with_chart else None,
        }
        for one in posts.sources(session, found)
    ]


def may_show(session: Session, case: Case, actor: Actor) -> bool:
    """Whether the person logs channels: who performs a step that publishes."""
    return _performs(session, case, actor, Command.PUBLISH)


def may_withdraw(session: Session, case: Case, actor: Actor) -> bool:
    """Whether the person takes it from the public page: who checks it, who publishes it, Walidata."""
    if actor.has_anywhere(Role.WALIDATA, process=case.process):
        return True
    return any(_performs(session, case, actor, command) for command in (Command.APPROVE, Command.PUBLISH))


def _performs(session: Session, case: Case, actor: Actor, command: Command) -> bool:
    sop = sops.of_version(session, case.sop_version_id)
    instance = process_rules.Instance(sop, case.organization_id, ())
    roles = {role for step in sop.steps.values() if command in step.exits for role in step.pelaksana}
    return any(process_rules.holds_role(actor, role, case.organization_id, instance) for role in roles)
