"""CKAN's own `ckan dataset delete` and `ckan dataset purge`, by the actions, which refuse what is no draft.

CKAN's `delete` changes the row past every rule, and its `purge` ends a refusal with a traceback.
"""

import ckan.plugins.toolkit as tk
import click
from ckan.cli.dataset import dataset


@dataset.command()
@click.argument("package")
def delete(package: str):
    """Deletes a draft. What is published Walidata withdraws; the exit status is 1."""
    _carry_out("package_delete", package)
    click.echo(f"{package} -> deleted")


@dataset.command()
@click.argument("package")
def purge(package: str):
    """Removes a draft, or a stub whose term is over, for ever. What is published Walidata withdraws."""
    _carry_out("dataset_purge", package)
    click.echo(f"{package} purged")


def _carry_out(action: str, package: str) -> None:
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    try:
        tk.get_action(action)({"user": site_user["name"], "ignore_auth": True}, {"id": package})
    except tk.ValidationError as error:
        told = error.error_dict.get("conflict") or [str(error)]
        raise click.ClickException(" ".join(map(str, told))) from None
    except tk.ObjectNotFound:
        raise click.ClickException(tk._("There is no such dataset.")) from None
