"""The facts behind a number of a report."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import report as rules
from ckanext.satudata.reports import detail, making
from ckanext.satudata.shared import actors, params, wording
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.documents import report_files

__all__ = ["satudata_report_detail"]

PART = 100


@boundary
@tk.side_effect_free
def satudata_report_detail(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The facts that a number of a report counts, as they stand now, the earliest first. For Walidata and the auditor.

    :param name, from_on, until_on, period, producer, topic, channel: as for `satudata_report_show`
    :param table, measure: the number's table and column, as `satudata_report_show` names them (`names`)
    :param cell: what stands in the table's first columns, those by which it groups: one text, or a list of them
    :param sentence, measure: instead, the number of a sentence of the summary, counted from 0, and what it is called
    :param offset, limit: (optional) which part, of at most 1,000; 100 from the first without them
    :returns: `count`, `what` (head of the number), `of` (its group: `head`, `text`), `period`, `narrowed`, `table`
        (as in `satudata_report_show`) and `links`: of each row the `case` (`id`, `title`) that the caller may open and
        the name of the `dataset` while it is public; `filed`: `number` and `at` of the filed report where it counted
        something and nothing bears the name of the group now, else null
    """
    tk.check_access("satudata_report_detail", context, data_dict)
    actor = actors.actor_of(context)
    rules.require_reader(actor, making.process_of(data_dict.get("name")))
    offset = params.whole(data_dict, "offset", 0, 0, 100_000_000)
    limit = params.whole(data_dict, "limit", PART, 1, detail.MOST)
    found = detail.find(model.Session, actor, data_dict, offset=offset, limit=limit)
    with wording.speaking(str(wording.locale_of())):
        return {
            "name": found.asked.name,
            "period": {
                "from_on": found.asked.period.from_on.isoformat(),
                "until_on": found.asked.period.until_on.isoformat(),
            },
            "narrowed": [{"label": tk._(label), "text": text} for label, text in making.narrowed(found.asked)],
            "what": found.spot.head,
            "of": [{"head": head, "text": text} for head, text in detail.group_words(found)],
            "count": found.count,
            "offset": offset,
            "table": report_files.table_dict(found.table),
            "links": list(found.links),
            "filed": {"number": found.filed.number, "at": found.filed.at.isoformat()} if found.filed else None,
        }
