"""`ckan satudata demo`."""

import time

import click

from ckanext.satudata.cli import satudata


@satudata.command()
@click.option("--reset", is_flag=True, help="Empty the portal first. Everything in it is lost.")
@click.pass_context
def demo(ctx, reset: bool):
    """Load the invented demonstration government Kota Nusasari."""
    from ckanext.satudata.demo import load

    began = time.monotonic()
    with ctx.meta["flask_app"].test_request_context():
        try:
            counts = load.load(again=reset)
        except load.NotADemo as refusal:
            raise click.ClickException(str(refusal)) from refusal
    if counts is None:
        click.echo("The demonstration is loaded already; --reset loads it again from nothing.")
        return
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"Kota Nusasari: {told} ({time.monotonic() - began:.0f} s)")
