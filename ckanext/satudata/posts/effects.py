"""What the commands of `channel_post` and `analysis_report` mean: nothing goes on that is not whole, or not open.

Only `publish` shows anything to the public.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import ckan.model as model

from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.post import Channel
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.post import Post, PostChannel
from ckanext.satudata.posts import content, report
from ckanext.satudata.shared import clock, effects, journal, numbers, params, wording, words
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.publishing import datasets, posts
from ckanext.satudata.shared.sop import sops

LONGEST_ADDRESS = 500


class Unfinished(Conflict):
    """What the command asks for is not there yet; `faults` says what."""

    def __init__(self, faults: list[Invalid]):
        super().__init__("This is not whole yet: {what}", what=" ".join(map(words.error_text, faults)), field="content")
        self.faults = faults


def _checked(run: Run) -> None:
    sop = sops.of_version(run.session, run.case.sop_version_id)
    wanted = rules.demanded(sop, run.step.no, Command(run.command))
    if not wanted:
        return
    _lock_data(run)
    found = content.of_case(run.session, run.case.id)
    faults = list(rules.gaps(found, wanted))
    if faults:
        raise Unfinished(faults)
    require_open(run.session, found)


for _process in rules.PROCESSES:
    for _command in (Command.RECORD, Command.SUBMIT, Command.APPROVE):
        effects.on(_process, _command.value)(_checked)


def _lock_data(run: Run) -> None:
    """Holds the datasets while the command is carried out: who narrows one of them comes before it, or after it."""
    ids = {one["package_id"] for one in content.of_case(run.session, run.case.id)["sources"]}
    for package_id in sorted(ids):
        package = run.session.get(model.Package, package_id)
        if package is not None:
            datasets.lock(run.session, package)


def require_open(session: Any, found: Mapping[str, Any]) -> None:
    """Raises Conflict where some of the data is not open any more."""
    if not posts.is_open(session, found):
        raise Conflict(
            "Some of the data this is made of are not open any more.",
            field="sources",
            mend="Return it to who drafts it: other data must be picked, and text and drawings made anew.",
        )


@effects.checks(rules.POST, "publish")
def _shown_where(payload: Mapping[str, Any]) -> Iterable[Invalid]:
    return channel_faults(payload)


def channel_faults(payload: Mapping[str, Any]) -> Iterable[Invalid]:
    """What is wrong with an entry of the channel log: `channel`, `address`, `shown_at`."""
    channel = params.text(payload, "channel")
    if channel not in {one.value for one in Channel}:
        yield Invalid("Choose where it was shown.", field="channel")
    address = params.text(payload, "address")
    if channel and channel != Channel.PORTAL.value and not address:
        yield Invalid("The address is missing.", field="address", mend="Copy the address of the post there.")
    if address and (not address.startswith(("https://", "http://")) or len(address) > LONGEST_ADDRESS):
        yield Invalid("This is no web address.", field="address", mend="It begins with https://.")
    try:
        at = _instant(payload)
    except ValueError:
        yield Invalid("This is no date with a time.", field="shown_at", mend="Write it like 2026-03-16T14:00.")
    else:
        if at > clock.now():
            yield Invalid("This is still to come.", field="shown_at", mend="Write when it was shown.")


def _instant(payload: Mapping[str, Any]) -> datetime:
    typed = params.text(payload, "shown_at")
    if not typed:
        return clock.now()
    found = datetime.fromisoformat(typed)
    return found if found.tzinfo else found.replace(tzinfo=wording.time_zone())


@effects.on(rules.POST, "publish")
def publish(run: Run) -> None:
    """Shows the post on the public page and logs the channel (000-9, 002-8, 003-6)."""
    _checked(run)
    post = _post(run)
    post.number = _number(run)
    post.published_at = run.now
    run.session.flush()
    address = scans.site_url("satudata_posts_public.read", number=post.number)
    _log(run.session, post, run.actor, Channel.PORTAL.value, address, run.now, None)
    if params.text(run.payload, "channel") != Channel.PORTAL.value:
        shown(run.session, post, run.actor, run.payload)
    run.answer.update(post=post.number, address=address)


def shown(session: Any, post: Post, actor: Actor, payload: Mapping[str, Any]) -> None:
    """Adds an entry to the channel log, journalled. Raises Invalid for a screenshot that is no picture."""
    screenshot = None
    if scans.is_given(payload.get("screenshot")):
        most = rules.MOST_BYTES[rules.POST]
        screenshot = content.keep(session, payload["screenshot"], rules.IMAGES, most, actor, "screenshot")["vault_id"]
    channel, address = params.text(payload, "channel"), params.text(payload, "address")
    _log(session, post, actor, channel, address, _instant(payload), screenshot)
    said = {"channel": channel, "address": address}
    journal.append(
        session, "post_shown", actor=actor, case_id=post.case_id, subject=(posts.SUBJECT, post.id), payload=said
    )


def _log(
    session: Any, post: Post, actor: Actor, channel: str, address: str, at: datetime, screenshot: str | None
) -> None:
    session.add(
        PostChannel(
            post_id=post.id,
            channel=channel,
            address=address,
            shown_at=at,
            screenshot_id=screenshot,
            added_by=actor.user_id,
            added_by_name=actor.name,
            added_at=clock.now(),
        )
    )
    session.flush()


def _number(run: Run) -> int:
    """The number in the public address: the year, then how many that year, without gaps."""
    today = clock.today()
    return today.year * 10_000 + numbers.take(run.session, "post", today).count


def _post(run: Run) -> Post:
    post = content.post_of(run.session, run.case.id)
    if post is None:
        raise NotThere("There is no such post.")
    return post


@effects.on(rules.REPORT, "publish")
def publish_report(run: Run) -> None:
    """Makes the dataset of the approved report and releases it, in one transaction (004-6)."""
    _checked(run)
    post = _post(run)
    found = content.current(run.session, post)
    released = report.release_as_dataset(run, post, found)
    post.dataset_id, post.published_at = released.package_id, run.now
    run.session.flush()
    run.answer["dataset"] = released.name
    run.follow_up("dataset_released", package_id=released.package_id, files=released.files)
