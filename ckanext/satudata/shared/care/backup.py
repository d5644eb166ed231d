"""A backup of everything that cannot be made again: databases, files, vault, keys; and the way back.

A backup is a folder: `manifest.json` (every file with its SHA-256 and size), `database/portal.dump` and
`database/datastore.dump` (pg_dump's custom format), `files/<name>/…` for each registered folder and
`keys/<name>` for each registered key file. Redis is not in it: what must not be lost waits in the database.

The database is dumped first, then the files are copied: stored files never change, and one that a row names
was written before the row. A room with files of its own registers them: `backup.keep("name", function)`.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import __version__ as ckan_version
from ckan import model
from sqlalchemy.orm import close_all_sessions

FORMAT = 1
BLOCK = 1 << 20
OWN_TABLES = "select count(*) from pg_tables where schemaname = 'public' and {}"


class BackupError(RuntimeError):
    """Something the operator must mend; the text says what."""


def _beside_storage(name: str) -> Path | None:
    """A folder of ours as its options place it; None where an adapter keeps it on another machine."""
    if tk.config.get(f"ckanext.satudata.{name}.type", "file_keeper:fs") != "file_keeper:fs":
        return None
    path = tk.config.get(f"ckanext.satudata.{name}.path")
    storage = tk.config.get("ckan.storage_path")
    if not path and not storage:
        return None
    return Path(path) if path else Path(storage).parent / f"satudata-{name}"


def _option(key: str) -> Path | None:
    return Path(tk.config[key]) if tk.config.get(key) else None


_folders: dict[str, Callable[[], Path | None]] = {
    "storage": lambda: _option("ckan.storage_path"),
    "vault": lambda: _beside_storage("vault"),
    "public": lambda: _beside_storage("public"),
}
SECRET = "secret.key"
_keys: dict[str, Callable[[], Path | None]] = {
    "satudata.key": lambda: _option("ckanext.satudata.key_file"),
    SECRET: lambda: _option("ckanext.satudata.secret_key_file"),
}


def keep(name: str, folder: Callable[[], Path | None]) -> None:
    """Registers a folder; the function returns its path, or None where there is nothing to keep."""
    _folders[name] = folder


def _databases() -> dict[str, str]:
    found = {"portal": tk.config["sqlalchemy.url"]}
    if tk.config.get("ckan.datastore.write_url"):
        found["datastore"] = tk.config["ckan.datastore.write_url"]
    return found


# ---------------------------------------------------------------- backup


def backup(target: Path) -> dict:
    """Writes a backup to `target`, which must not exist or be empty, and returns the manifest.

    It becomes visible under its name only when whole. Raises BackupError.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(f"{target} is not empty: name a new folder")
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    (part / "database").mkdir(parents=True)
    part.chmod(0o700)
    for name, url in _databases().items():
        tables = _datastore_tables(url) if name == "datastore" else []
        output = part / "database" / f"{name}.dump"
        _program("pg_dump", "--format=custom", "--no-owner", "--no-privileges", *tables, f"--file={output}", url)
    for name, folder in _folders.items():
        _copy_tree(folder(), part / "files" / name)
    (part / "keys").mkdir()
    for name, file in _keys.items():
        source = file()
        if name != SECRET and source and source.exists():
            shutil.copyfile(source, part / "keys" / name)
    # Wherever it is set: API tokens are signed with it.
    (part / "keys" / SECRET).write_text(str(tk.config["SECRET_KEY"]) + "\n", encoding="utf-8")
    for path in (part / "keys").iterdir():
        path.chmod(0o600)
    manifest = {
        "format": FORMAT,
        "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "ckan": ckan_version,
        "site_id": tk.config["ckan.site_id"],
        "files": {name: {"sha256": _sha256(part / name), "size": (part / name).stat().st_size} for name in _all(part)},
    }
    (part / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    if target.exists():
        target.rmdir()
    part.rename(target)
    return manifest


def _datastore_tables(url: str) -> list[str]:
    """What `ckan datastore set-permissions` makes (functions, relations named `_…`) needs a superuser, and is
    there before a restore; the rest is dumped. pg_dump refuses to look for tables where there is none.
    """
    if _scalar(url, OWN_TABLES.format("not starts_with(tablename, '_')")):
        return ["--table=public.*", "--exclude-table=public._*"]
    return ["--exclude-schema=public"]


def _copy_tree(source: Path | None, target: Path) -> None:
    if not source or not source.is_dir():
        return
    for path in sorted(source.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(path, copy)
        except FileNotFoundError:
            continue  # given up by the portal while we copied; the dump is older, `doctor` will name it


def _all(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / "manifest.json":
            yield path.relative_to(folder).as_posix()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _program(name: str, *arguments: str) -> None:
    try:
        done = subprocess.run([name, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise BackupError(f"{name} is not on PATH: install PostgreSQL's client programs") from None
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()[-2000:]}")


# ---------------------------------------------------------------- restore


def verify(source: Path) -> dict:
    """The manifest of a backup whose every file is there, unchanged, and nothing besides. Raises BackupError."""
    try:
        manifest = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BackupError(f"{source} is no backup: {error}") from None
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{source} has format {manifest.get('format')}, this version reads {FORMAT}")
    listed, found = set(manifest["files"]), set(_all(source))
    if listed != found:
        raise BackupError(f"missing: {sorted(listed - found)}; not listed: {sorted(found - listed)}")
    for name, facts in manifest["files"].items():
        if any(part in ("..", "") for part in name.split("/")) or _sha256(source / name) != facts["sha256"]:
            raise BackupError(f"{name} was changed after the backup")
    return manifest


def restore(source: Path, *, replace: bool = False) -> dict:
    """Brings a verified backup into the databases and folders of the present configuration.

    Web and worker must be stopped. Refuses databases or folders that hold something, unless `replace`; then
    what stood there is dropped (databases) or moved aside (folders, keys). Safe to repeat after a kill, with
    `replace`. Returns the manifest; raises BackupError.
    """
    manifest = verify(source)
    databases = {name: url for name, url in _databases().items() if f"database/{name}.dump" in manifest["files"]}
    if "database/datastore.dump" in manifest["files"] and "datastore" not in databases:
        raise BackupError("the backup holds a DataStore, but ckan.datastore.write_url is not set")
    places = {source / "files" / name: path() for name, path in _folders.items()}
    places |= {source / "keys" / name: path() for name, path in _keys.items()}
    places = {kept: place for kept, place in places.items() if kept.exists()}
    if places.get(source / "keys" / SECRET, Path()) is None:
        del places[source / "keys" / SECRET]  # `secret_differs` tells the operator
    for kept, place in places.items():
        if place is None:
            raise BackupError(f"the backup holds {kept.name}, but no option says where it belongs")
    _let_go()
    for name, url in databases.items():
        _check_idle(name, url)
    if not replace:
        _check_empty(databases, places)
    for name, url in databases.items():
        _empty(name, url)
        dump = str(source / "database" / f"{name}.dump")
        _program("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", f"--dbname={url}", dump)
    for kept, place in places.items():
        _put(kept, place)
    return manifest


def secret_differs(source: Path) -> bool:
    """Whether SECRET_KEY must be set by hand to that of the backup, for its API tokens to be valid."""
    kept = source / "keys" / SECRET
    if not kept.exists() or tk.config.get("ckanext.satudata.secret_key_file"):
        return False
    return kept.read_text(encoding="utf-8").strip() != tk.config["SECRET_KEY"]


def _let_go() -> None:
    """Closes this process's own connections, which would count as someone's work."""
    close_all_sessions()
    model.Session.remove()
    # CKAN makes several engines while it starts and keeps some where no one can ask for them.
    gc.unfreeze()  # or what was there at the start would not be seen (`shared.memory`)
    for thing in gc.get_objects():
        if isinstance(thing, sa.Engine):
            thing.dispose()


def _check_idle(name: str, url: str) -> None:
    sql = (
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    # A connection that was just closed is seen for a moment longer.
    for _ in range(20):
        if not _scalar(url, sql):
            return
        time.sleep(0.1)
    raise BackupError(f"someone works on the database {name}: stop web and worker first")


def _check_empty(databases: dict[str, str], places: dict[Path, Path]) -> None:
    for name, url in databases.items():
        which = {"portal": "tablename = 'package'", "datastore": "not starts_with(tablename, '_')"}[name]
        if _scalar(url, OWN_TABLES.format(which)) and (
            name == "datastore" or _scalar(url, "select count(*) from package")
        ):
            raise BackupError(f"the database {name} is not empty (--replace drops what it holds)")
    for place in places.values():
        if place.is_dir() and any(path.is_file() for path in place.rglob("*")):
            raise BackupError(f"{place} is not empty (--replace moves it aside)")


def _empty(name: str, url: str) -> None:
    """Drops every table, so that nothing of before stays among what comes back."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if name == "portal":
            connection.execute(sa.text("drop schema public cascade"))
            connection.execute(sa.text("create schema public"))
        else:
            for table in sa.inspect(connection).get_table_names():
                if table.startswith("_"):
                    continue
                connection.execute(sa.text(f"drop table {connection.dialect.identifier_preparer.quote(table)} cascade"))
    engine.dispose()


def _scalar(url: str, sql: str):
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(sa.text(sql)).scalar()
    finally:
        engine.dispose()


def _put(kept: Path, place: Path) -> None:
    new = place.with_name(place.name + ".restoring")
    place.parent.mkdir(parents=True, exist_ok=True)
    if kept.is_dir():
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(kept, new)
        if kept.name == "vault":
            new.chmod(0o700)
    else:
        shutil.copyfile(kept, new)
        new.chmod(0o600)
    if place.exists():
        stamp = datetime.now(timezone.utc).strftime("%Y%m%d%H%M%S%f")
        os.rename(place, place.with_name(f"{place.name}.before-restore-{stamp}"))
    os.rename(new, place)
