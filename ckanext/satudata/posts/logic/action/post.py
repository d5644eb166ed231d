"""Posts and analysis reports: drafted, shown, listed, logged, taken down."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, Several
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.post import Post
from ckanext.satudata.posts import content, effects, reading
from ckanext.satudata.shared import actors, clock, params, process
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.publishing import posts
from ckanext.satudata.shared.transaction import transaction

__all__ = [
    "satudata_post_channel_add",
    "satudata_post_draft_show",
    "satudata_post_list",
    "satudata_post_save",
    "satudata_post_show",
    "satudata_post_withdraw",
]


@boundary
@tk.side_effect_free
def satudata_post_draft_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What a case of `channel_post` or `analysis_report` makes, for its officers.

    :param id: the case
    :returns: `version` (0 before anything was saved), `title`, `caption`, `tags`, `period`, `with_chart`, `files`,
        `sources` (picked data with version and chart), `data_open`, `source_line`, `texts` (ready to paste, with
        `limit` and `over`), `channels` (where it was shown), `versions`, `editable` (what you may change now), `lacks`
    """
    tk.check_access("satudata_post_draft_show", context, data_dict)
    actor, session = actors.actor_of(context), model.Session()
    case = content.case_of(session, params.text(data_dict, "id"), actor)
    return reading.for_officers(session, case, actor)


@boundary
def satudata_post_save(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Save a new version of a post or report. For who has a step open in which it is drafted; what is not sent stays.

    :param id: the case
    :param version: the version you began from; an older one is refused
    :param title, caption, tags, period, with_chart: the texts; `period` for reports, `with_chart` `true` or `false`
    :param sources: ids of resources, all of them; each new one is picked in the version that is public now
    :param file, alt: one more picture (PNG, JPEG, WebP, 10 MB), of a report PDF or XLSX (50 MB), and its text
    :param alt_1, alt_2, …, drop_1, drop_2, …: the texts of the files that are there; `true` leaves one out
    :returns: as `satudata_post_draft_show`, with `saved`: whether anything differed
    """
    tk.check_access("satudata_post_save", context, data_dict)
    actor, session, case_id = actors.actor_of(context), model.Session(), params.text(data_dict, "id")
    with transaction():
        _post, saved = content.save(session, case_id, actor, data_dict)
    return {**reading.for_officers(session, session.get_one(Case, case_id), actor), "saved": saved}


@boundary
def satudata_post_channel_add(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Log where a published post was shown. For who performs the step that publishes.

    :param id: the case
    :param channel: `website`, `instagram`, `facebook`, `x`, `tiktok`, `youtube`, `whatsapp`, `other`
    :param address: its address there
    :param shown_at: when, `2026-03-16T14:00`; now if not given
    :param screenshot: a picture of it (optional)
    :returns: as `satudata_post_draft_show`
    """
    tk.check_access("satudata_post_channel_add", context, data_dict)
    actor, session = actors.actor_of(context), model.Session()
    case = content.case_of(session, params.text(data_dict, "id"), actor)
    with transaction():
        process.locked(session, case.id, actor)
        post = _published(session, case)
        if not reading.may_show(session, case, actor):
            raise NotAllowed("Only who publishes it logs where it was shown.")
        faults = list(effects.channel_faults(data_dict))
        if data_dict.get("channel") == rules.Channel.PORTAL.value:
            faults.append(Invalid("The page of this portal is logged already.", field="channel"))
        Several.refuse(faults)
        effects.shown(session, post, actor, data_dict)
    return reading.for_officers(session, session.get_one(Case, case.id), actor)


@boundary
def satudata_post_withdraw(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a post from the public page. For who checks it, who publishes it, and Walidata.

    Elsewhere it stays until somebody takes it down there. A report is withdrawn as the dataset that it became.

    :param id: the case; or `number`, the post's own, for who does not see the case
    :param reason: why; kept in the journal
    :returns: `number`, `withdrawn_at`
    """
    tk.check_access("satudata_post_withdraw", context, data_dict)
    actor, session = actors.actor_of(context), model.Session()
    case = _case_to_withdraw(session, data_dict, actor)
    with transaction():
        session.scalars(Case.locked(case.id)).one()
        post = _published(session, case)
        if not reading.may_withdraw(session, case, actor):
            raise NotAllowed("Only who checks or publishes it, and Walidata, take it down.")
        reason = params.text(data_dict, "reason")
        if not reason:
            raise Invalid("A reason is needed.", field="reason", mend="Say why it must go; the journal keeps it.")
        now = clock.now()
        posts.withdraw(session, post, actor=actor, now=now, reason=reason)
        return {"number": post.number, "withdrawn_at": now.isoformat()}


def _case_to_withdraw(session: Any, data_dict: dict[str, Any], actor: Any) -> Case:
    """The case by its id for its officers, or by the number of what everybody sees."""
    if data_dict.get("id"):
        return content.case_of(session, params.text(data_dict, "id"), actor)
    found = posts.find(session, params.whole(data_dict, "number", None, 1, posts.LARGEST))
    if found is None:
        raise NotThere("There is no such post.")
    return session.get_one(Case, found[0].case_id)


def _published(session: Any, case: Case) -> Post:
    post = content.post_of(session, case.id)
    if post is None or post.published_at is None or post.number is None:
        raise Conflict("This is not published.", field="state")
    if post.withdrawn_at is not None:
        raise Conflict("This was taken from the public page.", field="state")
    return post


@boundary
@tk.side_effect_free
def satudata_post_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Published posts and analysis reports, the newest first. What was made of data that are not open is not there.

    :param package_id: only what was made of this dataset
    :param limit: at most 100, 20 if not given
    :param offset: how many to pass over
    :returns: a list as of `satudata_post_show`
    """
    tk.check_access("satudata_post_list", context, data_dict)
    limit, offset = params.whole(data_dict, "limit", 20, 1, 100), params.whole(data_dict, "offset", 0, 0, 10_000)
    session = model.Session()
    rows = posts.shown(session, params.text(data_dict, "package_id"), limit=limit, offset=offset)
    return [reading.for_everybody(session, post, version) for post, version in rows]


@boundary
@tk.side_effect_free
def satudata_post_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """A published post.

    :param number: its number
    :returns: `kind` (`post` or `report`), `number`, `title`, `caption`, `tags`, `organization`, `published_at`,
        `address`, `drawings` (each with `url` and `alt`), `source_line`, `sources`
    """
    tk.check_access("satudata_post_show", context, data_dict)
    session = model.Session()
    found = posts.find(session, params.whole(data_dict, "number", None, 1, posts.LARGEST))
    if found is None:
        raise NotThere("There is no such post.")
    return reading.for_everybody(session, *found)
