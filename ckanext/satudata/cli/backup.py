"""`ckan satudata backup DIR` and `ckan satudata restore DIR`."""

from pathlib import Path

import click

from ckanext.satudata.cli import satudata


@satudata.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path):
    """Write databases, files, vault and keys to FOLDER, with hashes.

    FOLDER holds personal data and the keys that open it: keep it as safe as the portal itself.
    """
    from ckanext.satudata.shared.care import backup as backups

    try:
        manifest = backups.backup(folder)
    except backups.BackupError as error:
        raise click.ClickException(str(error)) from None
    size = sum(facts["size"] for facts in manifest["files"].values())
    click.echo(f"{len(manifest['files'])} files, {size / 1e6:.1f} MB in {folder}")


@satudata.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--replace", is_flag=True, help="Drop and move aside what is there.")
@click.option("--check", is_flag=True, help="Only compare the backup with its hashes.")
def restore(folder: Path, replace: bool, check: bool):
    """Bring the backup in FOLDER back; web and worker must be stopped.

    Run `ckan db upgrade` afterwards if this version is newer than the backup, and `ckan search-index rebuild`
    where Solr is used.
    """
    from ckanext.satudata.shared.care import backup as backups

    try:
        manifest = backups.verify(folder) if check else backups.restore(folder, replace=replace)
    except backups.BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{len(manifest['files'])} files of {manifest['made_at']} {'are unchanged' if check else 'restored'}")
    if not check and backups.secret_differs(folder):
        click.echo(f"Set SECRET_KEY to the content of {folder / 'keys' / backups.SECRET}, or API tokens become void.")
