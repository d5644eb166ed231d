"""`ckan satudata journal` and `ckan satudata outbox`."""

import ckan.model as model
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared import journal as chain
from ckanext.satudata.shared import notices


@satudata.group()
def journal():
    """The append-only journal."""


@journal.command()
def verify():
    """Check every chain; names each changed, missing or swapped entry."""
    faults = list(chain.verify(model.Session))
    for fault in faults:
        click.echo(f"{fault.chain} #{fault.position}: {fault.fault}", err=True)
    if faults:
        raise SystemExit(1)
    click.echo("the journal is whole")


@satudata.group()
def outbox():
    """Mails that wait to be sent."""


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
