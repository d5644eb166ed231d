"""How a post or an analysis report shows itself on the desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.post import Post, PostVersion
from ckanext.satudata.posts import content, reading
from ckanext.satudata.shared import process
from ckanext.satudata.shared.publishing import posts
from ckanext.satudata.shared.work import desk

GOES_ON = {Command.RECORD.value, Command.SUBMIT.value, Command.APPROVE.value, Command.PUBLISH.value}


@desk.presents(rules.REPORT)
@desk.presents(rules.POST)
class PostPresenter(desk.Presenter):
    """Its title, the data it is made of, drawings and text; where it was shown."""

    def title(self, case: Case) -> str:
        return self.titles([case])[case.id]

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        rows = model.Session.execute(
            sa.select(Post.case_id, PostVersion.content["title"].astext)
            .join(PostVersion, (PostVersion.post_id == Post.id) & (PostVersion.number == Post.version))
            .where(Post.case_id.in_([case.id for case in cases]))
        )
        found = {case_id: title for case_id, title in rows if title}
        return {case.id: found.get(case.id) or desk.begun_as(case) for case in cases}

    def content(self, case: Case) -> str:
        return json.dumps(content.of_case(model.Session(), case.id), sort_keys=True, default=str)

    def offers(self, case: Case, command: str) -> bool:
        """What is not whole, or made of data that are not open any more, could only be refused; the panel says so."""
        if command not in GOES_ON:
            return True
        session = model.Session()
        found = content.of_case(session, case.id)
        if found["sources"] and not posts.is_open(session, found):
            return False
        return not reading.lacking(session, case, found)

    def command_label(self, case: Case, command: str, step_no: str) -> str:
        is_report = case.process == rules.REPORT
        if command == Command.PUBLISH.value:
            return tk._("Publish the report") if is_report else tk._("Publish the post")
        if command == Command.APPROVE.value:
            return tk._("Approve the report") if is_report else tk._("Approve the post")
        return ""

    def mend(self, case: Case, actor: Actor) -> tuple[str, str] | None:
        if not self._editable(case, actor):
            return None
        is_report = case.process == rules.REPORT
        label = tk._("Change summary and files") if is_report else tk._("Change text and drawings")
        return tk.h.url_for("satudata_posts.edit", case_id=case.id), label

    def _editable(self, case: Case, actor: Actor) -> bool:
        session = model.Session()
        return bool(content.editable(process.instance_of(session, case), actor))

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        is_shown = case.process == rules.POST and command == Command.PUBLISH.value
        return "posts/snippets/channel_fields.html" if is_shown else None

    def asks(self, case: Case, command: str) -> tuple[str, ...]:
        return ("channel",) if self.form(case, command, "") else ()

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        return {"channels": [(one.value, tk._(name)) for one, name in rules.CHANNELS.items()]}

    def read_payload(self, command: str, form: Any, files: Any) -> dict[str, Any]:
        payload = super().read_payload(command, form, files)
        if "screenshot" in files:
            payload["screenshot"] = files["screenshot"]
        return payload

    def panel(self, case: Case, actor: Actor) -> str | None:
        return "posts/snippets/panel.html"

    def panel_data(self, case: Case, actor: Actor) -> dict[str, Any]:
        session = model.Session()
        return {
            "post": reading.for_officers(session, case, actor),
            "may_show": reading.may_show(session, case, actor),
            "may_withdraw": reading.may_withdraw(session, case, actor),
        }

    def papers(self, case: Case, actor: Actor) -> list[desk.Paper]:
        return reading.papers(model.Session(), case, serves=process.may_see(model.Session(), case, actor))

    def look_first(self, panel_data: dict[str, Any]) -> str:
        post = panel_data["post"]
        if post["lacks"] and post["editable"]:
            return tk._("See first what this still lacks")
        if not post["version"]:
            return ""
        is_report = post["process"] == rules.REPORT
        return tk._("Look first at summary and files") if is_report else tk._("Look first at text and drawings")

    def told(self, answer: dict[str, Any]) -> list[str]:
        if "post" in answer:
            return [tk._("It is on the public page now.")]
        if "dataset" in answer:
            return [tk._("The report is public now, as a dataset.")]
        return []

    def subject_label(self, case: Case) -> str:
        return tk._("Open the public page")

    def subject_url(self, case: Case) -> str | None:
        session = model.Session()
        post = content.post_of(session, case.id)
        if post is None or not posts.is_shown(session, post, content.current(session, post)):
            return None
        if post.process == rules.REPORT:
            return tk.h.url_for("dataset.read", id=post.dataset_id)
        return tk.h.url_for("satudata_posts_public.read", number=post.number)
