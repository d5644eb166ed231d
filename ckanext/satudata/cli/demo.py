"""`ckan satudata demo`."""

import click

from ckanext.satudata.cli import satudata


@satudata.command()
@click.option("--reset", is_flag=True, help="Empty the portal first.")
def demo(reset: bool):
    """Load the invented demonstration government Kota Nusasari."""
    click.echo("no demo yet")
