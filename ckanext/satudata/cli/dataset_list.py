"""`ckan satudata import-list`."""

from __future__ import annotations

import click

from ckanext.satudata.cli import satudata


@satudata.command("import-list")
@click.argument("file", type=click.File("rb"))
@click.option("--user", required=True, help="Name of the user who makes the drafts.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
def import_list(file, user: str, dry_run: bool):
    """Make a draft of each row of an XLSX or CSV list; all or none."""
    import ckan.plugins.toolkit as tk
    from werkzeug.datastructures import FileStorage

    data = {"upload": FileStorage(file, filename=file.name), "dry_run": dry_run}
    try:
        result = tk.get_action("satudata_dataset_list_import")({"user": user}, data)
    except tk.ValidationError as error:
        for cell, texts in error.error_dict.items():
            click.echo(f"{cell}: {' '.join(texts)}", err=True)
        raise SystemExit(1) from error
    except tk.NotAuthorized as error:
        raise click.ClickException(str(error) or "Not authorized") from error
    for mark in result["remarks"]:
        click.echo(f"{'ERROR ' if mark['is_error'] else ''}{mark['cell']}: {mark['text']}")
    wrong = sum(mark["is_error"] for mark in result["remarks"])
    if wrong:
        click.echo(f"{result['rows']} rows, {wrong} errors: nothing can be made until they are mended", err=True)
        raise SystemExit(1)
    made, new, old = len(result["created"]), result["to_create"], len(result["existing"])
    click.echo(f"{result['rows']} rows, {made} created, {new} new, {old} already there")
