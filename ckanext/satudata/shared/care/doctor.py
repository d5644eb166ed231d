"""What is wrong with an installation, and what to change; for `ckan satudata doctor` and the admin screen.

A room adds a check in a module that its plugin imports at start:

    @doctor.check("vault", "Only the portal can read the vault.")
    def vault() -> Iterator[Problem]:
        if ...:
            yield Problem("Others can read the vault.", "Run chmod 700 on {folder}.", params={"folder": ...})

Its second text, a msgid, says what is so when it finds nothing. A check reads and never repairs, takes a few seconds
at most, and names no secret. One that raises is itself a problem.
"""

from __future__ import annotations

import importlib
import logging
import os
import smtplib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from ckanext.satudata.domain.dangerous_options import DANGEROUS
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.holiday import Holiday
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import actors, clock, crypto, periodic
from ckanext.satudata.shared.people import membership

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """One fault: what, and what to change (both msgids filled from `params`).

    `danger` faults open data, lose something or stop the work; the others can wait.
    """

    what: str
    mend: str
    danger: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
    check: str = ""
    page: str = ""
    """Endpoint of the screen where it can be mended, if there is one, and what the screen is asked for."""
    asked: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> tuple[str, str]:
        """`what` and `mend` in the language of the request."""
        return tk._(self.what).format(**self.params), tk._(self.mend).format(**self.params)


Check = Callable[[], Iterator[Problem]]
_checks: dict[str, Check] = {}
_well: dict[str, str] = {}


def check(name: str, well: str) -> Callable[[Check], Check]:
    """Registers a check under a name of its own; `well` says what is so when it finds nothing."""

    def bind(function: Check) -> Check:
        _checks[name], _well[name] = function, well
        return function

    return bind


def names() -> list[str]:
    """The registered checks."""
    return sorted(_checks)


def well(bad: Collection[str]) -> list[str]:
    """What is so, in the language of the request, by every check that is not among `bad` (names)."""
    return [tk._(_well[name]) for name in names() if name not in bad]


def examine() -> list[Problem]:
    """Every problem found, dangers first."""
    found: list[Problem] = []
    for name in names():
        try:
            found += [replace(one, check=name) for one in _checks[name]()]
        except Exception as error:  # a broken check must not hide the others
            model.Session.rollback()
            log.exception("the check %s failed", name)
            found.append(
                Problem(
                    "The check {name} could not be made: {error}.",
                    "See the log of the portal.",
                    params={"name": name, "error": type(error).__name__},
                    check=name,
                )
            )
    return sorted(found, key=lambda problem: not problem.danger)


@check("settings", "No setting of CKAN opens what must stay closed, and the address begins with https.")
def settings() -> Iterator[Problem]:
    """Options of CKAN that open what must stay closed."""
    for option, bad, what, mend in DANGEROUS:
        value = tk.config.get(option)
        # CKAN gives these options their defaults, which are well; what has no value is not on.
        if value not in (None, "") and tk.asbool(value) is bad:
            yield Problem(what, mend)
    if tk.aslist(tk.config.get("ckan.search.solr_allowed_query_parsers")):
        yield Problem(
            "Searches may use parsers of Solr that pass by the filter of who may see what.",
            "Set ckan.search.solr_allowed_query_parsers to nothing.",
        )
    if p.plugin_loaded("resource_proxy"):
        yield Problem(
            "The plugin resource_proxy fetches addresses of files for anybody, from inside your network.",
            "Remove resource_proxy from ckan.plugins, or keep the server from reaching addresses of your own network.",
            False,
        )
    if tk.config.get("ckan.datastore.public_table_search"):
        yield Problem(
            "Tables of the DataStore can be searched past their datasets.",
            "Set ckan.datastore.public_table_search to nothing.",
        )
    if not str(tk.config.get("ckan.site_url", "")).startswith("https://"):
        yield Problem(
            "The portal's address does not begin with https.", "Set ckan.site_url to the https address.", False
        )


@check("plugins", "One plugin alone decides who sees a dataset.")
def plugins() -> Iterator[Problem]:
    """Two plugins with permission labels switch each other off."""
    found = [plugin.name for plugin in p.PluginImplementations(p.IPermissionLabels)]
    if len(found) > 1:
        yield Problem(
            "Several plugins decide who sees a dataset: {plugins}. Only one of them is asked.",
            "Leave only satudata of these in ckan.plugins.",
            params={"plugins": ", ".join(found)},
        )


@check("time zone", "The time zone is one of Indonesia.")
def time_zone() -> Iterator[Problem]:
    """Days begin and end where the government sits."""
    if tk.config.get("ckan.display_timezone") not in (
        "Asia/Jakarta",
        "Asia/Makassar",
        "Asia/Jayapura",
        "Asia/Pontianak",
    ):
        yield Problem(
            "The time zone is not one of Indonesia.",
            "Set ckan.display_timezone to Asia/Jakarta, Asia/Makassar or Asia/Jayapura.",
            False,
        )


@check("storage", "The portal can write to its folder for uploads.")
def storage() -> Iterator[Problem]:
    """Uploads must find a place."""
    folder = tk.config.get("ckan.storage_path")
    if not folder:
        yield Problem("There is no folder for uploads.", "Set ckan.storage_path.")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield Problem("The portal cannot write to its folder for uploads.", "Give the folder to the portal's user.")


@check("keys", "The key file can be read, by the portal alone.")
def keys() -> Iterator[Problem]:
    """Without its keys the portal can neither store nor read a request."""
    try:
        crypto.keys()
    except (crypto.KeyMissing, OSError):
        yield Problem("The key file cannot be read.", "See ckanext.satudata.key_file.")
        return
    if crypto.key_path().stat().st_mode & 0o077:
        yield Problem("Others on the machine can read the key file.", "Run chmod 600 on it.")


@check("mail", "The mail server answers, and no mail was tried in vain.")
def mail() -> Iterator[Problem]:
    """The mail server answers and nothing is stuck."""
    server = tk.config.get("smtp.test_server") or tk.config.get("smtp.server")
    if not server or not tk.config.get("smtp.mail_from"):
        yield Problem("No mail server is set.", "Set smtp.server and smtp.mail_from.")
        return
    host, _, port = str(server).partition(":")
    try:
        smtplib.SMTP(host, int(port or 25), timeout=3).quit()
    except (OSError, smtplib.SMTPException, ValueError):
        yield Problem("The mail server does not answer.", "Check smtp.server.")
    stuck = model.Session.scalar(sa.select(sa.func.count()).select_from(Outbox).where(Outbox.tried_in_vain()))
    if stuck:
        yield Problem(
            "{count} mails could not be sent so far; they are tried again.",
            "See the mail queue.",
            False,
            {"count": stuck},
            page="satudata_admin.mails",
            asked={"state": "failing"},
        )


@check("holidays", "The holidays are known.")
def holidays() -> Iterator[Problem]:
    """Due times need the holidays of this year and, from October, of the next."""
    today = clock.today()
    for year in (today.year, *((today.year + 1,) if today.month >= 10 else ())):
        if not has_holidays(year):
            yield Problem(
                "The holidays of {year} are missing.",
                "Run ckan satudata holidays seed, or add them on the page of holidays.",
                False,
                {"year": year},
                page="satudata_calendar.holidays",
            )


@check("memberships", "Every member of an agency has a role.")
def memberships() -> Iterator[Problem]:
    """Who came as a member of an agency before the officers' table did, or was made one by hand."""
    found = membership.strangers(model.Session)
    if found:
        yield Problem(
            "{count} members of agencies have no role in the officers' table: {names}.",
            "Give them roles, or end their memberships with ckan satudata officer sync --all.",
            False,
            {"count": len(found), "names": ", ".join(f"{row.user} ({row.agency})" for row in found[:5])},
        )


def has_holidays(year: int) -> bool:
    """Whether the table knows national holidays of that year."""
    return bool(model.Session.scalar(sa.select(sa.exists().where(sa.extract("year", Holiday.on) == year))))


@check("tables", "The tables of every plugin are up to date.")
def tables() -> Iterator[Problem]:
    """Migrations not yet run, of every plugin that has some."""
    for plugin in filter(None, map(p.get_plugin, tk.aslist(tk.config["ckan.plugins"]))):
        folder = _migrations(plugin)
        if folder is None:
            continue
        config = Config()
        config.set_main_option("script_location", str(folder))
        table = f"{plugin.name.replace('-', '_')}_alembic_version"
        stored: set[str] = set()
        if model.Session.scalar(sa.select(sa.func.to_regclass(table))) is not None:
            stored = set(model.Session.scalars(sa.text(f'select version_num from "{table}"')))
        if set(ScriptDirectory.from_config(config).get_heads()) != stored:
            yield Problem(
                "Tables of the plugin {plugin} are missing or old.",
                "Run ckan db upgrade -p {plugin}.",
                params={"plugin": plugin.name},
            )


def _migrations(plugin: Any) -> Path | None:
    """The plugin's folder of migrations, where CKAN looks for it."""
    package = ".".join(type(plugin).__module__.split(".")[:2])
    folder = Path(str(importlib.import_module(package).__path__[0])) / "migration" / plugin.name
    return folder if (folder / "alembic.ini").exists() else None


@check("worker", "Work that comes round is done.")
def worker() -> Iterator[Problem]:
    """Mails, reminders and lapsing roles wait for the worker."""
    last = periodic.last_tick()
    if last is None:
        yield Problem(
            "Redis knows of no work that comes round: it is new, or was emptied.",
            "It begins by itself within three minutes where ckan jobs worker runs. Look again then; if it stays so, "
            "start the worker anew.",
        )
    elif clock.now() - last > timedelta(minutes=15):
        if periodic.has_worker():
            yield Problem("A worker runs, but work that comes round has stopped.", "Start ckan jobs worker anew.")
        else:
            yield Problem(
                "Work that comes round has stopped.", "Start ckan jobs worker, or call ckan satudata tick each minute."
            )


@check("officers", "There are a data steward (Walidata) and an information officer (PPID).")
def officers() -> Iterator[Problem]:
    """Somebody must be able to publish and to answer requests."""
    for role, what in (
        (Role.WALIDATA, "Nobody is data steward (Walidata) now."),
        (Role.PPID, "Nobody is information officer (PPID) now."),
    ):
        if not actors.users_holding(role):
            yield Problem(what, "Appoint one on the page of officers.", False, page="satudata_officers.index")
