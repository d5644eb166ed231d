"""`ckan satudata scan`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared.personal import personal_scan


@satudata.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="A JSON array with one object for each file.")
def scan(files: tuple[str, ...], as_json: bool):
    """Say what FILES (CSV, XLSX, ODS, JSON) hold of persons."""
    told = personal_scan.of_files([(Path(name), name) for name in files])
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for one in told:
        for finding in one["findings"] or []:
            column = "" if finding["column"] is None else f"column {finding['column'] + 1} {finding['header']}"
            words = [finding["sheet"], column, finding["where"], finding["kind"], f"{finding['share']:.0%}"]
            click.echo(f"{one['file']}: {', '.join(word for word in words if word)}")
        for text in one.get("not_inspected", []):
            click.echo(f"{one['file']}: {text}")
        if one["findings"] == [] and "not_inspected" not in one:
            click.echo(f"{one['file']}: nothing found; look yourself before you hand it on")
