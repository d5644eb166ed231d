"""`ckan satudata report`."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from pathlib import Path

import ckan.plugins.toolkit as tk
import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared import wording


@satudata.command()
@click.argument("name")
@click.option("--from", "from_on", help="First day, 2026-10-01.")
@click.option("--to", "until_on", help="Last day, included.")
@click.option("--period", help="Instead of both: 2026-10, 2026-Q3, 2026-S2 or 2026.")
@click.option("--producer", help="Of one agency, by its name in addresses.")
@click.option("--topic", help="Of data on one topic, by its code.")
@click.option("--channel", help="Of one channel of downloads or posts.")
@click.option("--compare", is_flag=True, help="Beside the period before.")
@click.option("--format", "format_", required=True, help="xlsx, pdf, docx, csv or json.")
@click.option("--table", help="For CSV: the key of one table.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; without it, the output.")
def report(name, format_, output, **asked):
    """Make the report NAME (`dissemination`: what this site made public) over a period."""
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    data = {"name": name, "format": format_, **asked}
    try:
        with wording.speaking():
            made = tk.get_action("satudata_report_render")({"user": site_user["name"]}, data)
    except tk.ValidationError as error:
        for field, messages in error.error_dict.items():
            click.echo(f"{field}: {' '.join(messages)}", err=True)
        raise click.exceptions.Exit(1) from error
    content = base64.b64decode(made["content"])
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        _replace(output, content)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from error
    click.echo(f"{output}: {made['size']} bytes, sha256 {made['sha256']}")


def _replace(path: Path, content: bytes) -> None:
    """Writes the whole file or none of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())  # a full disk may say so only here
        os.chmod(name, 0o640)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
