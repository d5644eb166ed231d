"""`ckan satudata holidays`."""

import ckan.model as model
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared.calendar.holidays import seed as seed_holidays


@satudata.group()
def holidays():
    """National holidays and collective leave that due times skip."""


@holidays.command()
@click.option("--year", "years", type=int, multiple=True, help="Only this year; may be given several times.")
def seed(years: tuple[int, ...]):
    """Fill the table; days set by decree stay as they are."""
    changed = seed_holidays(model.Session, years or None)
    model.Session.commit()
    click.echo(f"{changed} days changed")
