"""`ckan satudata vault`: compare and clean the stores."""

import sys

import ckan.model as model
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared import journal
from ckanext.satudata.shared import vault as vaults


@satudata.group()
def vault():
    """The private store of files that are not open."""


@vault.command()
@click.option("--older-than", default=3600, show_default=True, help="Leave files alone that are younger, in seconds.")
def sweep(older_than: int):
    """Remove files that no row points to: what a crash in the middle of an upload leaves."""
    removed = vaults.sweep(model.Session, older_than_seconds=older_than)
    click.echo(f"vault: {removed['vault']} removed; public store: {removed['public']} removed")


@vault.command()
def audit():
    """Compare tables, stores and what was approved, and check the journal; the exit status is 1 where they differ."""
    found = vaults.compare(model.Session)
    for label, names in vars(found).items():
        for name in names:
            click.echo(f"{label}: {name}")
    faults = list(journal.verify(model.Session))
    for fault in faults:
        click.echo(f"journal: {fault.chain} #{fault.position}: {fault.fault}")
    if found or faults:
        sys.exit(1)
    click.echo("tables and stores agree, what is public is what was approved, the journal is whole")
