"""`ckan satudata officer`."""

from __future__ import annotations

import json
from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared import journal
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.people import accounts, membership


@satudata.group()
def officer():
    """Roles of officers: list, assign, end, import, invite, vouch, sync."""


def _call(action: str, **data):
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    try:
        return tk.get_action(action)({"user": site_user["name"]}, data)
    except tk.ValidationError as error:
        for field, messages in error.error_dict.items():
            click.echo(f"{field}: {' '.join(messages) if isinstance(messages, list) else messages}", err=True)
        raise click.exceptions.Exit(1) from error
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        raise click.ClickException(str(error)) from error


@officer.command("list")
@click.option("--role", help="Only this role.")
@click.option("--ended", is_flag=True, help="Also ended and lapsed rows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def list_(role, ended, as_json):
    """Who holds which role; `rests:` and why, where it counts for nothing now."""
    rows = _call("satudata_officer_list", role=role, ended=ended)
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        period = f"{row['valid_from_on'] or '…'} – {row['valid_until_on'] or '…'}"
        unit = row["organization_title"] or "*"
        rests = row["state"] == "in_force" and not row["counts"]
        state = f"rests:{row['account']}" if rests else row["state"]
        click.echo("\t".join((row["id"], row["user"]["name"], row["role"], unit, row["kind"], period, state)))


@officer.command()
@click.argument("person")
@click.argument("role")
@click.option("--agency", help="Short name of the agency; none for the whole government.")
@click.option("--letter", "letter_number", required=True, help="Number of the appointment letter.")
@click.option("--letter-on", default="", help="Its date.")
@click.option("--kind", default="definitive", help="definitive, plt, plh or an.")
@click.option("--process", "processes", multiple=True, help="For a.n.: a process; may be repeated.")
@click.option("--from", "valid_from_on", default="", help="First day.")
@click.option("--until", "valid_until_on", default="", help="Last day.")
@click.option("--fullname", default="", help="Name of a person who is invited.")
def assign(person, role, agency, processes, **data):
    """Give ROLE to PERSON, a user name or an e-mail address (who is then invited)."""
    data["email" if "@" in person else "user"] = person
    if agency:
        group = model.Group.get(agency)
        if group is None:
            raise click.ClickException(f"no agency is called {agency}")
        data["organization_id"] = group.id
    click.echo(_call("satudata_officer_assign", role=role, processes=list(processes), **data)["id"])


@officer.command()
@click.argument("row_id")
@click.option("--reason", required=True, help="Why, or the number of the letter.")
def end(row_id, reason):
    """End the role of ROW_ID (see `list`) now."""
    _call("satudata_officer_end", id=row_id, reason=reason)
    click.echo("ended")


@officer.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--store", is_flag=True, help="Store the list; without it only a preview is made.")
def import_(path, store):
    """Give the roles of a CSV list, all of them or none."""
    report = _call("satudata_officer_import", csv=path.read_bytes(), dry_run=not store)
    for line in report["lines"]:
        said = "; ".join(f"{fault['field']}: {fault['error']}" for fault in line["errors"])
        click.echo(f"{line['line']}\t{line['outcome']}\t{line['email'] or line['account']}\t{said}")
    click.echo(", ".join(f"{name}: {count}" for name, count in report["counts"].items()))
    if report["counts"]["error"]:
        raise click.exceptions.Exit(1)
    click.echo("stored" if report["stored"] else "preview only; --store stores it")


@officer.command()
@click.argument("user")
def invite(user):
    """Send USER a link to choose a new password."""
    click.echo(_call("satudata_officer_invite", user=user)["expires_at"])


@officer.command()
@click.argument("user")
def vouch(user):
    """Say that address and password of USER are the owner's own, where no mail can be sent; it is journalled."""
    found = model.User.get(user)
    if found is None or found.state != model.State.ACTIVE:
        raise click.ClickException("no active user has that name")
    if not accounts.is_owners(model.Session, found):
        accounts.end_tokens(model.Session, found)
    accounts.vouch(model.Session, found)
    journal.append(model.Session, "account_vouched", actor=SYSTEM, subject=("user", found.id))
    membership.project(model.Session, found.id)
    model.Session.commit()
    click.echo("the roles of this account count")


@officer.command()
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--all", "everyone", is_flag=True, help="Also end memberships of people who never held a role.")
def sync(dry_run, everyone):
    """Put CKAN's organization memberships right: they follow the officers' table."""
    for change in _call("satudata_officer_sync", dry_run=dry_run, all=everyone):
        click.echo("\t".join(str(change[key]) for key in ("user_id", "organization_id", "before", "after")))
