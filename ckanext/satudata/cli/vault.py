"""`ckan satudata vault`: clean the stores."""

import ckan.model as model
import click

from ckanext.satudata.cli import satudata
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
