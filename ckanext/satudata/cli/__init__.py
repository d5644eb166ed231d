"""The group `ckan satudata`; each module of a room's `cli` folder attaches its commands to it."""

import click


@click.group(short_help="Satu Data: demo data, officers, backup, checks.")
def satudata():
    """Satu Data: demo data, officers, backup, checks."""
