"""`ckan satudata access`: whether what is not open is nowhere else."""

import sys

import ckan.model as model
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared.care import audit as audits
from ckanext.satudata.shared.care import journal_seals

MOST = 50
"""Names that are printed of each kind."""


@satudata.group()
def access():
    """What is open, and that nothing else is."""


@access.command()
@click.option("--contents", is_flag=True, help="Read every file too and compare its SHA-256; takes a while.")
@click.option("--all", "is_all", is_flag=True, help=f"Print every name, not the first {MOST} of each kind.")
def audit(contents: bool, is_all: bool):
    """Compare tables, vault, public store, index, activity and DataStore with what was approved.

    Checks the journal too. Prints each difference with what to do; the exit status is 1 where there is any.
    """
    found = audits.examine(model.Session, contents=contents)
    for one in found:
        click.echo(f"{one.what} {one.mend}")
        for name in one.names if is_all else one.names[:MOST]:
            click.echo(f"  {one.kind}: {name}")
        if not is_all and len(one.names) > MOST:
            click.echo(f"  {one.kind}: … {len(one.names)} in all, see --all")
    faults = list(journal_seals.verify(model.Session))
    for fault in faults:
        click.echo(f"journal: {fault}")
    if faults:
        click.echo(journal_seals.MEND)
    if found or faults:
        sys.exit(1)
    click.echo("tables and stores agree, what is public is what was approved, the journal is whole")
