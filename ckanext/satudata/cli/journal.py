"""`ckan satudata journal`."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path

import ckan.model as model
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.model.journal import JournalSeal
from ckanext.satudata.shared import journal as chain
from ckanext.satudata.shared import words
from ckanext.satudata.shared.actors import SYSTEM, actor_for
from ckanext.satudata.shared.care import journal_export, journal_seals
from ckanext.satudata.shared.transaction import transaction

DAY = click.DateTime(["%Y-%m-%d"])


@satudata.group()
def journal():
    """The append-only journal."""


@journal.command()
def verify():
    """Check every chain and every seal; names each changed, missing or swapped entry and ends with 1.

    Cases, steps, filed reports and mailed seals show what was cut off whole.
    """
    faults = list(journal_seals.verify(model.Session))
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        click.echo(journal_seals.MEND, err=True)
        raise SystemExit(1)
    click.echo("the journal is whole")


@journal.command()
def seal():
    """Seal every day that is over now instead of at the worker's next turn."""
    click.echo(f"{journal_seals.seal()} days sealed")


@journal.command()
@click.option("--from", "since", type=DAY, help="First day, YYYY-MM-DD.")
def seals(since: datetime | None):
    """Print the seals, one JSON object on a line, to compare with those that were mailed."""
    query = JournalSeal.newest()
    for row in model.Session.scalars(query.where(JournalSeal.day >= since.date()) if since else query):
        shown = {"day": row.day.isoformat(), "entries": row.entries, "hash": row.hash, "previous": row.previous}
        click.echo(json.dumps(shown))


@journal.command()
@click.option("--from", "since", type=DAY, help="First day, YYYY-MM-DD; default: the journal's first.")
@click.option("--to", "until", type=DAY, help="Last day, which counts too; default: the journal's last.")
@click.option("--format", "form", type=click.Choice(list(journal_export.FORMATS)), default="jsonl", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, writable=True), required=True, help="The file to write.")
def export(since: datetime | None, until: datetime | None, form: str, output: str):
    """Write the journal's entries, notes included, to a file; the journal keeps that it was done."""
    days: dict[str, date | None] = {"since": since.date() if since else None, "until": until.date() if until else None}
    with Path(output).open("wb") as out, transaction():
        done = _told(lambda: journal_export.export(model.Session, out, form, actor=SYSTEM, **days))
    click.echo(f"{done.entries} entries, sha256 {done.sha256}")


@journal.command()
@click.argument("entry", type=int)
@click.option("--reason", required=True, help="Why; kept in the journal.")
@click.option("--by", "name", required=True, help="The officer who answers for it: Walidata or PPID.")
def erase(entry: int, reason: str, name: str):
    """Empty the note of the entry with this id, for somebody whose data it holds; the chain stays whole."""
    user = model.User.get(name)
    if user is None:
        raise click.ClickException(f"there is no account {name}")
    with transaction():
        _told(lambda: chain.erase_note(model.Session, entry, actor=actor_for(user), reason=reason))
    click.echo("the note is erased")


def _told(act):
    """What was refused, in words and with exit status 1."""
    try:
        return act()
    except SatudataError as error:
        model.Session.rollback()
        click.echo(words.error_text(error), err=True)
        sys.exit(1)
