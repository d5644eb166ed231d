"""`ckan satudata …`; rooms add their commands to the same group through `shared.registry`."""

import click

__all__ = ["satudata"]


@click.group(short_help="Satu Data: demo data, officers, backup, checks.")
def satudata():
    """Satu Data: demo data, officers, backup, checks."""


@satudata.command()
@click.option("--reset", is_flag=True, help="Empty the portal first.")
def demo(reset: bool):
    """Load the invented demonstration government Kota Nusasari."""
    click.echo("no demo yet")
