"""`ckan satudata publication`: what was public before this portal came, and whether approvals cover what is public."""

from __future__ import annotations

import csv
import sys
from collections import Counter

import ckan.model as model
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared.actors import SYSTEM, actor_for
from ckanext.satudata.shared.care import audit as audits
from ckanext.satudata.shared.publishing import found

AT_ONCE = 200
"""Datasets after which the session is emptied."""


@satudata.group()
def publication():
    """What is public, and by whose approval."""


@publication.command()
@click.option("--agency", help="Name or id of one agency; without it all.")
@click.option("--apply", "applies", is_flag=True, help="Do it. Without this the command only says what it would do.")
@click.option("--user", help="Who stands in the journal; without it the portal itself.")
@click.option("--list", "listed", type=click.File("w", encoding="utf-8"), help="Write each dataset to a CSV file.")
def adopt(agency: str | None, applies: bool, user: str | None, listed):
    """Record what was public before this portal came as approved before, Terbuka, with what its metadata lack.

    Each dataset is stored by itself: stopped half-way, the command goes on where it was. Files come to the vault.
    """
    actor = _person(user)
    ids = found.waiting(model.Session, _agency(agency))
    done: list[found.Adopted] = []
    failed = 0
    with click.progressbar(ids, file=sys.stderr, label="adopting" if applies else "looking") as bar:
        for place, package_id in enumerate(bar):
            try:
                told = found.adopt(model.Session(), package_id, actor=actor) if applies else found.plan(package_id)
                model.Session.commit()
            except Exception as error:
                model.Session.rollback()
                failed += 1
                click.echo(f"{package_id}: {type(error).__name__}: {error}", err=True)
                continue
            if told is not None:
                done.append(told)
            if place % AT_ONCE == 0:
                model.Session.remove()
    _tell(done, applies)
    if listed:
        _write(done, listed)
    if applies and (swept := found.sweep(model.Session())):
        click.echo(f"{swept} files were removed from CKAN's storage: the vault has them")
    if failed:
        raise click.ClickException(f"{failed} datasets were not {'adopted' if applies else 'read'}; run it again")


def _agency(name: str | None) -> str | None:
    if name is None:
        return None
    group = model.Group.get(name)
    if group is None or not group.is_organization:
        raise click.ClickException(f"there is no agency {name}")
    return str(group.id)


def _person(name: str | None):
    if name is None:
        return SYSTEM
    user = model.User.get(name)
    if user is None:
        raise click.ClickException(f"there is no user {name}")
    return actor_for(user)


def _tell(done: list[found.Adopted], applied: bool) -> None:
    agencies = {group.id: group.name for group in model.Session.query(model.Group).filter_by(is_organization=True)}
    for id_, count in Counter(one.organization_id for one in done).most_common():
        mine = [one for one in done if one.organization_id == id_]
        public = sum(one.is_public for one in mine)
        click.echo(
            f"{agencies.get(id_ or '', 'no agency')}: {public} public, {count - public} drafts, "
            f"{sum(one.files for one in mine)} files"
        )
    gone = sum(lack.startswith(found.NO_FILE) for one in done for lack in one.lacks)
    for field, count in Counter(lack for one in done for lack in one.lacks).most_common():
        if not field.startswith(found.NO_FILE):
            click.echo(f"  lack {field}: {count}")
    if gone:
        click.echo(f"  uploaded files that CKAN does not have: {gone}")
    click.echo(f"{len(done)} datasets {'adopted' if applied else 'would be adopted; add --apply to do it'}")


def _write(done: list[found.Adopted], listed) -> None:
    table = csv.writer(listed)
    table.writerow(["id", "title", "agency", "public", "files", "lacks"])
    for one in done:
        cells = [one.package_id, one.title, one.organization_id or "", one.is_public, one.files, " ".join(one.lacks)]
        # A cell that a spreadsheet would take for a formula is a text.
        table.writerow([f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@", "\t") else cell for cell in cells])


@publication.command()
def audit():
    """Name what is public and no approval covers. The exit status is 1 where there is any."""
    found_now = audits.uncovered(model.Session)
    for one in found_now:
        click.echo(f"{one.what} {one.mend}")
        for name in one.names:
            click.echo(f"  {one.kind}: {name}")
    if found_now:
        sys.exit(1)
    click.echo("approvals cover everything that is public")
