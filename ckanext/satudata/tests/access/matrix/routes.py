"""With what each route is called.

A new route's arguments belong into `VALUES`, under its endpoint, its blueprint or `*`: `"@dataset"` stands for every
dataset, hidden or public, and so on (the kinds are the keys of `World.hidden` and `World.public`); other words are
taken as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from ckanext.satudata.tests.access.matrix.calls import FOREIGN
from ckanext.satudata.tests.access.matrix.planting import World

Values = dict[str, list[str]]

DATASET, RESOURCE = ["@dataset"], ["@resource"]
_dataset: Values = {"id": DATASET, "resource_id": RESOURCE, "view_id": ["@view"], "filename": ["x.csv"]}
_source: Values = {
    "id": ["@source"],
    "source": ["@source"],
    "resource_id": RESOURCE,
    "view_id": ["@view"],
    "filename": ["x"],
}
_report: Values = {"id": ["@report"], "name": ["dissemination"], "format_": ["xlsx", "pdf", "json", "csv"]}

VALUES: dict[str, Values] = {
    "*": {"ver": ["1", "2", "3"], "filename": ["x.csv"], "target_locale": ["id"]},
    "static": {"filename": ["@vault", "@location"]},
    "webassets": {"path": ["@vault"]},
    "home": {"path": ["dataset"]},
    "dataset": _dataset,
    "dataset_resource": _dataset,
    "resource": _dataset,
    "resource_proxy": _dataset,
    "xloader": _dataset,
    "croissant": {"_id": DATASET},
    "dcat": {"_id": [*DATASET, "@wanted"], "_format": ["ttl", "jsonld", "xml", "rdf", "n3"]},
    "datastore": _dataset,
    "datatablesview": {"resource_view_id": ["@view"]},
    "activity": _dataset | {"activity_id": ["@activity"]},
    "activity.organization_activity": {"id": ["@organization"]},
    "activity.organization_changes": {"id": ["@activity"]},
    "activity.group_activity": {"id": ["@group"]},
    "activity.group_changes": {"id": ["@activity"]},
    "activity.package_changes": {"id": ["@activity"]},
    "activity.user_activity": {"id": ["@user"]},
    "api": {"logic_function": ["package_search", "package_list"], "lang": ["id"]},
    "feeds": {"id": ["@tag"]},
    "feeds.group": {"id": ["@group"]},
    "feeds.organization": {"id": ["@organization"]},
    "file": {
        "id": ["@file", "@vault"],
        "token": ["@file", "x"],
        "storage_name": ["kantor"],
        "location": ["@location", "@vault"],
    },
    "group": {"id": ["@group"]},
    "organization": {"id": ["@organization"]},
    "harvest": _source,
    "harvest_resource": _source,
    "harvester": _source,
    "harvester.job_show": _source | {"id": ["@job"]},
    "harvester.job_abort": _source | {"id": ["@job"]},
    "harvester.object_show": {"id": ["@harvest object"]},
    "user": {"id": ["@user", "@pending"]},
    "satudata_calendar": {"on": ["2026-08-17"]},
    "satudata_data": {"resource_id": RESOURCE},
    "satudata_journal_file": {"entry_id": ["1"]},
    "satudata_former": _dataset,
    "satudata_desk": {
        "case_id": ["@case"],
        "command": ["approve", "grant"],
        "draft_id": ["@draft"],
        "form": ["pdf", "docx"],
        "_form": ["konsep", "cari"],
    },
    "satudata_complaint": {"case_id": ["@case"], "ref": ["@complaint", "x"]},
    "satudata_case_file": {"case_id": ["@case"]},
    "satudata_work": {"case_id": ["@case"], "output_id": ["@output"]},
    "satudata_grants": {"token": ["@token"], "ticket": ["x"]},
    "satudata_guestbook": {
        "resource_id": RESOURCE,
        "what": ["berkas", "baris"],
        "code_id": ["x"],
        "act": ["salinan"],
    },
    "satudata_guestbook_desk": {"ending": ["csv", "xlsx"]},
    "satudata_invitation": {"token": ["@pending", "x"]},
    "satudata_override": {"case_id": ["@case"], "override_id": ["x"]},
    "satudata_paper": {"sheet_id": ["x"], "phone_id": ["x"]},
    "satudata_phone": {"case_id": ["@case"]},
    "satudata_people": {"case_id": ["@case"], "disposition_id": ["x"]},
    "satudata_officers": {"user_id": ["@user", "@pending"], "row_id": ["@role"]},
    "satudata_sitemap": {"number": ["1"]},
    "satudata_sop": {"process": ["request", "preparation"]},
    "satudata_bulk": {"id": DATASET},
    "satudata_publication": {"id": DATASET},
    "satudata_quality": {"id": DATASET},
    "satudata_revision": {"id": DATASET, "resource_id": RESOURCE},
    "satudata_ppid_files": {"handover_id": ["@handover"], "request_id": ["@request"]},
    "satudata_ppid_letters": {"letter_id": ["@letter"], "form": ["asli", "docx"]},
    "satudata_ppid_masking": {"case_id": ["@case"], "handover_id": ["@handover"]},
    "satudata_ppid_own": {"ref": ["@ref"], "act": ["hapus"]},
    "satudata_ppid_applicant": {"file_id": ["x"]},
    "satudata_ppid_entering": {"ref": ["@ref"]},
    "satudata_ppid": {
        "ref": ["@ref"],
        "act": ["kode"],
        "letter_id": ["@letter"],
        "annex_id": ["x"],
        "code": ["@letter", "x"],
    },
    "satudata_objection": {"ref": ["@ref"], "act": ["cabut"], "objection_id": ["@objection"], "what": ["surat"]},
    "satudata_register": {
        "which": ["permohonan", "keberatan"],
        "format_": ["xlsx", "pdf"],
        "request_id": ["@request"],
        "act": ["tulis"],
    },
    "satudata_ppid_way": {"ref": ["@ref"]},
    "satudata_posts": {"case_id": ["@case"], "vault_id": ["@drawing"]},
    "satudata_posts_public": {"number": ["20260001"], "place": ["1"]},
    "satudata_dashboards": {"name": ["walidata", "ppid", "agency", "public"]},
    "satudata_reports": _report,
    "satudata_report_texts": {"id": ["@report"]},
    "satudata_public_reports": {"id": ["@report"], "format_": ["pdf", "json"]},
    "satudata_report_jobs": {"id": ["@report_job"], "format_": ["csv"]},
    "satudata_report_schedules": {"id": ["x"]},
    "satudata_decrees": {"decree_id": ["@decree"]},
    "satudata_minutes": {"minutes_id": ["@minutes"]},
    "satudata_reclassification": {"id": DATASET, "format_": ["csv", "xlsx"]},
    "satudata_reclassification.read": {"id": ["@reclassification"]},
    "satudata_lists": {"format_": ["csv", "xlsx"]},
    "satudata_restrictions": {"format_": ["csv", "xlsx"], "package_id": DATASET, "resource_id": RESOURCE},
}

EXTRA = (
    "/dataset/?q=zqk",
    "/dataset/?q=&sort=title_string+asc&page=1&ext_x=1",
    "/dataset/?tags=zqk&res_format=ZQK&organization=dinas-kesehatan",
    "/dataset/?_tags_limit=0&_res_format_limit=0&_organization_limit=0&_access_level_limit=0",
    "/dataset/?access_level=tertutup",
    "/en/dataset/?q=zqk",
    "/en/dataset/@dataset",
    "/dataset/@wanted",
    "/dataset/@dataset/versi?dari=1&ke=2",
    "/organization/dinas-kesehatan?q=zqk",
    "/organization/dinas-kesehatan?_tags_limit=0",
    "/group/kesehatan",
    "/feeds/custom.atom?q=zqk",
    "/feeds/custom.atom?fq=private:true",
    "/feeds/dataset.atom?page=1",
    "/feeds/organization/dinas-kesehatan.atom",
    "/feeds/group/kesehatan.atom",
    "/catalog.ttl?q=zqk",
    "/catalog.jsonld?fq=private:true&modified_since=2000-01-01",
    "/dcat.json?page=1",
    "/api/2/util/dataset/autocomplete?incomplete=nama",
    "/api/2/util/dataset/autocomplete?incomplete=zqk",
    "/api/2/util/tag/autocomplete?incomplete=zqk",
    "/api/2/util/user/autocomplete?q=zqk",
    "/api/2/util/user/autocomplete?q=akun",
    "/api/2/util/group/autocomplete?q=kes",
    "/api/2/util/organization/autocomplete?q=dinas",
    "/api/2/util/resource/format_autocomplete?incomplete=zqk",
    "/dataset/changes_multiple?old_id=@activity&new_id=@activity",
    "/permohonan/baru?dataset=@dataset",
    "/permohonan/baru?dataset=@first&resource=@resource",
    "/permohonan/lacak?number=@number",
    "/datastore/dump/@resource?format=json&bom=true",
    "/datastore/dump/_table_metadata",
    "/dataset/@first/resource/@resource/download/@vault",
    "/dataset/@first/resource/@resource",
    "/dataset/@dataset/resource/@resource/download?v=1",
    "/storage/f/@vault",
    "/uploads/@vault",
    "/resource/@resource/proxy",
    "/dataset/resource/@resource",
    "/surat/@number",
    "/user/login?came_from=/dataset/@dataset",
    "/util/redirect?url=/dataset/@dataset",
    "/stats?page=private",
    "/harvest/?q=zqk",
    "/user/?q=zqk",
    "/dashboard/?type=dataset&name=@dataset",
)
"""Addresses with a query, older addresses of files, other languages."""

DOES = (
    "harvester.delete",
    "harvester.refresh",
    "harvester.clear",
    "harvester.job_abort",
    "user.logout",
    "activity.dashboard",
    "util.internal_redirect",
)
"""Endpoints at which a GET does something, or leads elsewhere: insiders leave them alone."""
OFFICES = ("satudata", "harvest", "user", "admin", "extra", "file")
"""Where officers read what is theirs alone; the rest of the portal is read by the operator for all of them."""
_ARGUMENT = re.compile(r"<(?:[^<>]*:)?(\w+)>")


def unanswered(app: Any) -> list[str]:
    """Routes with an argument of which `VALUES` knows nothing."""
    missing = []
    for rule in app.flask_app.url_map.iter_rules():
        missing += [
            f"{rule.rule} ({rule.endpoint}): {name}"
            for name in rule.arguments - set(rule.defaults or {})
            if "GET" in rule.methods and not _values(rule.endpoint, name)
        ]
    return missing


def _values(endpoint: str, argument: str) -> list[str]:
    blueprint = endpoint.partition(".")[0]
    for place in (endpoint, blueprint, "*"):
        found = VALUES.get(place, {}).get(argument)
        if found:
            return found
    return []


def templates(app: Any, method: str = "GET") -> Iterator[tuple[str, str]]:
    """Every address of the application with placeholders for its arguments: `(endpoint, template)`."""
    for rule in app.flask_app.url_map.iter_rules():
        if method not in rule.methods or (method != "GET" and "GET" in rule.methods):
            continue
        for template in _spelled(rule.rule, rule.endpoint):
            yield rule.endpoint, template
    if method == "GET":
        for template in EXTRA:
            yield "extra", template


def _spelled(rule: str, endpoint: str) -> list[str]:
    found = _ARGUMENT.search(rule)
    if not found:
        return [rule]
    return [
        spelled
        for value in _values(endpoint, found[1]) or [f"@{found[1]}"]
        for spelled in _spelled(rule[: found.start()] + value + rule[found.end() :], endpoint)
    ]


_PLACE = re.compile(r"@(harvest object|[a-z]+)")


def addresses(at: World, template: str, turn: int | None = None) -> Iterator[tuple[str, str, str]]:
    """The addresses of a template: `(path, kind, instance)`.

    Where a dataset and a resource are named, they belong together; else the first placeholder takes every instance.
    """
    kinds = [kind for kind in _PLACE.findall(template) if kind != "first"]
    if not kinds:
        yield _filled(at, template, {}), "", ""
        return
    main = "resource" if "resource" in kinds else kinds[0]
    for instance in at.instances(main, turn):
        given = {main: instance}
        if main == "resource" and "dataset" in kinds:
            given["dataset"] = at.owners.get(instance, FOREIGN)
        yield _filled(at, template, given), main, instance


def unknown(at: World, template: str, kind: str, instance: str) -> str:
    """The same address with ids that nobody gave."""
    given = {kind: FOREIGN}
    if kind == "resource":
        owner = at.owners.get(instance, FOREIGN)
        given["dataset"] = owner if owner in at.public["dataset"] else FOREIGN
    return _filled(at, template, given)


def _filled(at: World, template: str, given: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        kind = found[1]
        if kind == "first":
            return at.public["dataset"][0]
        return quote(given.get(kind) or at.instances(kind)[0], safe="/" if kind in ("vault", "location") else "")

    return _PLACE.sub(value, template)
