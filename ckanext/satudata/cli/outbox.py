"""`ckan satudata outbox`."""

import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared import notices


@satudata.group()
def outbox():
    """Mails and follow-ups that wait."""


@outbox.command()
def send():
    """Send what is due now."""
    sent, failed = notices.send_waiting()
    click.echo(f"{sent} sent, {failed} failed")


@outbox.command("list")
def list_waiting():
    """Show what waits, without receivers."""
    for row in notices.waiting():
        click.echo(
            f"{row.id} {row.kind} attempts={row.attempts} next={row.next_try_at:%Y-%m-%d %H:%M} {row.last_error or ''}"
        )
