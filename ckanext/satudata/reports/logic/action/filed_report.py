"""What is written in a report before it is filed, what changed after, and the reports that everybody reads."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import comparing, making, prose
from ckanext.satudata.shared import actors, params
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_public_report_list", "satudata_report_compare", "satudata_report_write"]


@boundary
def satudata_report_write(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write texts of a report that is not filed yet. For the offices whose report it is.

    :param name, from_on, until_on, period: as for `satudata_report_show`
    :param texts: texts by the key of their block; what is not named stays
    :param seen: (optional) `mark` of the texts as they were seen; refused where somebody wrote since
    :returns: `texts` of the period, and their `mark`
    """
    tk.check_access("satudata_report_write", context, data_dict)
    actor, session = actors.actor_of(context), model.Session
    wanted = making.definition(data_dict.get("name"))
    rules.require_writer(actor, wanted.process)
    period, given = making.period_of(data_dict), data_dict.get("texts")
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise Invalid("Give the texts by their keys.", field="texts")
    with transaction():
        texts = prose.write(session, actor, wanted, period, given, params.text(data_dict, "seen"))
    return {"texts": texts, "mark": prose.mark(texts)}


@boundary
@tk.side_effect_free
def satudata_report_compare(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What a filed report would say differently if it were made again now.

    :param id: of a filed report
    :returns: `as_of_at` of both (`filed`, `now`), `same_definition`, `changes`: each with `table`, `row`, `column`,
        `before`, `after` in words; an empty `column` is a whole row that is new or gone. Sentences of the summary that
        differ stand first
    """
    tk.check_access("satudata_report_compare", context, data_dict)
    actor, session = actors.actor_of(context), model.Session
    rules.require_some(actor)
    row = making.filed(session, params.text(data_dict, "id"))
    rules.require_reader(actor, making.process_of(row.name))
    return comparing.since_filing(session, actor, row)


@boundary
@tk.side_effect_free
def satudata_public_report_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The filed reports that everybody reads (UU 14/2008 art. 12), the latest period first; their files by
    `satudata_report_render`.

    :returns: `id`, `name`, `title`, `from_on`, `until_on`, `as_of_at`, `sha256`, `files`
    """
    tk.check_access("satudata_public_report_list", context, data_dict)
    return [making.listed(row) for row in model.Session.scalars(FiledReport.public())]
