"""`ckan satudata access reclassify`: narrow the access to published data, or see what that would do."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import click

from ckanext.satudata.cli.access import access


@access.command()
@click.argument("dataset")
@click.argument("level", type=click.Choice(["terbatas", "tertutup"]))
@click.option("--by", "name", required=True, help="Login name of the officer who decides: Walidata, PPID or the head.")
@click.option("--reason", default="", help="Why; kept in the journal.")
@click.option("--file", "resource_id", default="", help="Only this file of the dataset: its id.")
@click.option("--ground", default="", help="Ground of article 17, as 17h; may be left to the test.")
@click.option("--dry-run", is_flag=True, help="Only print what would happen.")
def reclassify(dataset: str, level: str, name: str, reason: str, resource_id: str, ground: str, dry_run: bool):
    """Narrow the access to a published DATASET at once; print what was done as JSON.

    It is provisional: a case for test and decision is opened.
    """
    user = model.User.get(name)
    if user is None:
        raise click.ClickException(f"There is no account {name}.")
    asked = {"id": dataset, "to_level": level, "resource_id": resource_id}
    action = "satudata_dataset_reclassify_preview" if dry_run else "satudata_dataset_reclassify"
    if not dry_run:
        asked.update(reason=reason, access_ground=ground)
    try:
        done = tk.get_action(action)({"user": user.name, "auth_user_obj": user}, asked)
    except tk.ValidationError as error:
        for field, messages in error.error_dict.items():
            click.echo(f"{field}: {' '.join(messages) if isinstance(messages, list) else messages}", err=True)
        raise click.exceptions.Exit(1) from error
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(done, indent=1, ensure_ascii=False))
