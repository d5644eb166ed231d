"""`ckan satudata tick`."""

import click

from ckanext.satudata.cli import satudata


@satudata.command()
@click.option("--force", is_flag=True, help="Run everything, due or not.")
def tick(force: bool):
    """Run the periodic work that is due: mails, reminders, expiries.

    Needed only where no `ckan jobs worker` schedules it; then call it each minute.
    """
    from ckanext.satudata.shared import periodic

    ran = periodic.tick(force=force)
    click.echo("\n".join(ran) or "nothing was due")
