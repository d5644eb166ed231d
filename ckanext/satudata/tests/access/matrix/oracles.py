"""Answers that could tell of what is hidden without a word of it: counts, facets, order, lists, numbers of agencies.

What outsiders see of these is kept before the hidden part is planted and asked again afterwards.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from ckanext.satudata.tests.access.matrix import actions, reading
from ckanext.satudata.tests.access.matrix.calls import Caller, Tally
from ckanext.satudata.tests.access.matrix.planting import World

ASKING = ("visitor", "stranger", "other agency", "former officer")
ONCE = re.compile(
    r"[\w-]{40,}\.[\w-]{6}\.[\w-]{27}|(?<=name=\"key\" value=\")[^\"]*|\"last_active\": [^,]*|\([^()]* yang lalu\)"
)
"""What each page carries anew: the form's token and key, how long ago it was."""
CALLS: list[tuple[str, dict[str, Any]]] = [
    *(("package_search", asked) for asked in actions.SEARCHES),
    *(
        ("package_search", {"sort": f"{name} {way}, id asc", "rows": 100})
        for name in ("name", "title_string")
        for way in ("asc", "desc")
    ),
    *((name, {}) for name in ("package_list", "tag_list", "current_package_list_with_resources", "user_list")),
    *((name, {"all_fields": True, "include_dataset_count": True}) for name in ("organization_list", "group_list")),
    *(("format_autocomplete", {"q": letter}) for letter in ("c", "h", "x", "z")),
    *(("package_autocomplete", {"q": text, "limit": 100}) for text in ("d", "n", "data", "zq")),
    *(("tag_autocomplete", {"q": letter}) for letter in ("a", "z")),
    *(
        (name, {"id": kind, "include_datasets": True, "include_dataset_count": True})
        for name, kind in (("organization_show", "dinas-kesehatan"), ("group_show", "kesehatan"))
    ),
    *(
        (name, {"id": kind})
        for name in ("member_list", "group_package_show")
        for kind in ("dinas-kesehatan", "kesehatan")
    ),
    *(
        (name, {"id": "akun-operator"})
        for name in ("user_show", "user_activity_list", "dataset_followee_count", "followee_list")
    ),
    *((name, {"id": "dinas-kesehatan"}) for name in ("organization_activity_list", "organization_follower_count")),
    ("recently_changed_packages_activity_list", {}),
    ("dcat_datasets_list", {}),
    ("dcat_catalog_show", {"format": "ttl"}),
    ("satudata_withdrawn_list", {}),
    *(("satudata_public_list_show", {"list": name}) for name in ("dip", "dik", "terbatas")),
    *(
        ("resource_search", {"query": f"{name}:{text}", "limit": 500})
        for name in ("name", "url")
        for text in ("a", "http")
    ),
]
PAGES = (
    "/",
    "/dataset/",
    "/dataset/?sort=title_string+desc",
    "/organization/",
    "/organization/dinas-kesehatan",
    "/organization/activity/dinas-kesehatan",
    "/group/",
    "/group/kesehatan",
    "/user/",
    "/user/akun-operator",
    "/user/activity/akun-operator",
    "/stats",
    "/harvest/",
    "/feeds/dataset.atom",
    "/feeds/organization/dinas-kesehatan.atom",
    "/feeds/group/kesehatan.atom",
    "/catalog.ttl",
    "/dcat.json",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/daftar-informasi-publik",
    "/daftar-informasi-dikecualikan",
    "/daftar-data/terbatas",
)


def seen(at: World, app: Any, tally: Tally) -> dict[str, str]:
    """What each of the askers sees now, by call."""
    found = {}
    for who in ASKING:
        caller = Caller(at, app, who, tally)
        for name, data in CALLS:
            answer = caller.action(name, data)
            found[f"{who}: {name} {json.dumps(data)}"] = f"{answer.status} {_plain(answer.body)}"
        for path in PAGES:
            answer = caller.ask(path)
            found[f"{who}: {path}"] = f"{answer.status} {_plain(answer.body)}"
    return found


def _plain(body: bytes) -> str:
    return ONCE.sub("T", reading.same(_sorted(body.decode(errors="replace")), "\0"))


def _sorted(text: str) -> str:
    """An API's answer with its unordered results in an order: `resource_search` has none of its own, and what is as
    relevant as another stands in Solr's own order of documents."""
    if '?name=package_autocomplete"' in text and os.environ.get("SEARCH") == "solr":
        answer = json.loads(text)
        answer["result"].sort(key=lambda one: one["name"])
        return json.dumps(answer)
    if '?name=resource_search"' not in text:
        return text
    answer = json.loads(text)
    if answer["success"]:
        answer["result"]["results"].sort(key=lambda one: one["id"])
    return json.dumps(answer)


def where(one: str, other: str) -> str:
    """The first place where two texts differ."""
    place = next((number for number, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), -60)
    return " | ".join(text[max(0, place - 80) : place + 120] for text in (one, other))
