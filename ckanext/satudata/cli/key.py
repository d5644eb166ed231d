"""`ckan satudata key`: the keys that encrypt applicants' data."""

from __future__ import annotations

import ckan.model as model
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared import crypto

__all__ = ["key"]


@satudata.group()
def key():
    """Keys that encrypt applicants' data."""


@key.command()
def rotate():
    """Adds a new key and encrypts everything with it; the old keys stay until `prune`."""
    crypto.add_key()
    with model.meta.engine.begin() as connection:
        count = crypto.reseal(connection)
    click.echo(f"{count} values encrypted with the new key. Run `ckan satudata key prune` once the backup is made.")


@key.command()
def prune():
    """Drops the old keys, after every value was encrypted with the newest."""
    with model.meta.engine.begin() as connection:
        crypto.reseal(connection)
    crypto.prune_keys()
    click.echo("Only the newest key is left. Older backups of the database need the older key file.")
