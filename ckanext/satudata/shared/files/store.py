"""File stores of our own: made from our options, outside CKAN's registry, so that no `file_*` action reaches them.

Two stores: `vault` for what is not (yet) open, `public` for released copies. Options are
`ckanext.satudata.<store>.type`, `.path` and whatever else the adapter of file-keeper takes; words `true` and `false`
and texts that begin with `{` are read as what they say.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import io
import json
import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any, Literal

import ckan.plugins.toolkit as tk
import file_keeper as fk
import magic
from ckan.exceptions import CkanConfigurationException
from ckan.lib import files
from sqlalchemy import event
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.files import object_store

log = logging.getLogger(__name__)

StoreName = Literal["vault", "public"]
LOCAL = "file_keeper:fs"
CHUNK = 1 << 20
_NEW = "satudata_new_files"
_AFTER = "satudata_after_commit"


def store(name: StoreName) -> fk.Storage:
    """The store, made from the options in force. Raises CkanConfigurationException where it cannot be made."""
    return _of(name, _options(name))


def _of(name: StoreName, options: dict[str, Any]) -> fk.Storage:
    return _made(name, tuple(sorted(options.items())))


def check() -> None:
    """Stops the start where a store cannot be made, or where CKAN's own storages could reach into the vault."""
    for name in ("vault", "public"):
        store(name)
    vault, public = _options("vault"), _options("public")
    others = {f"the CKAN storage '{label}'": files.get_storage(label).settings for label in files.storages}
    if vault["type"] == LOCAL:
        inside = Path(vault["path"]).resolve()
        for label, settings in others.items():
            path = str(getattr(settings, "path", "") or "")
            if path and not hasattr(settings, "bucket") and _overlap(inside, Path(path).resolve()):
                raise CkanConfigurationException(
                    f"ckanext.satudata.vault.path ({inside}) overlaps {label} ({path}): "
                    "file actions would reach the vault. Choose another folder."
                )
        for folder in served_folders():
            if lies_in(inside, folder):
                raise CkanConfigurationException(
                    f"ckanext.satudata.vault.path ({inside}) lies in {folder}, whose files the web server gives to "
                    "everybody. Choose another folder."
                )
        if public["type"] == LOCAL and _overlap(inside, Path(public["path"]).resolve()):
            raise CkanConfigurationException("ckanext.satudata.vault.path and ckanext.satudata.public.path overlap.")
    if vault.get("bucket"):
        used = {"ckanext.satudata.public.bucket": public, **{name: vars(found) for name, found in others.items()}}
        for label, settings in used.items():
            if settings.get("bucket") and object_store.bucket(settings) == object_store.bucket(vault):
                raise CkanConfigurationException(
                    f"ckanext.satudata.vault.bucket ({vault['bucket']}) is used by {label} too: what opens a bucket to "
                    "the public opens all of it. Give the vault a bucket of its own."
                )


def served_folders() -> Iterator[Path]:
    """Folders whose files CKAN sends to whoever asks."""
    for option in ("extra_public_paths", "plugin_public_paths"):
        value = tk.config.get(option) or ()
        for path in value.split(",") if isinstance(value, str) else value:
            if str(path).strip():
                yield Path(str(path).strip()).resolve()
    if tk.config.get("ckan.storage_path"):
        yield (Path(tk.config["ckan.storage_path"]) / "storage").resolve()
    if tk.config.get("ckan.webassets.path"):
        yield Path(tk.config["ckan.webassets.path"]).resolve()


def lies_in(one: Path, folder: Path) -> bool:
    """Whether a folder is another one or lies under it; both resolved."""
    return one == folder or folder in one.parents


def local_path(name: StoreName, location: str) -> Path | None:
    """The file on this machine's disk, or None where the store is elsewhere."""
    options = _options(name)
    made = _of(name, options)
    return Path(made.full_path(fk.Location(location))) if options["type"] == LOCAL else None


def write(session: Session, name: StoreName, stream: IO[bytes], *, max_bytes: int | None = None) -> dict[str, Any]:
    """Stores the stream under a random name; the file goes again if the transaction does not come to its end.

    Returns `location`, `sha256`, `size_bytes`, `content_type` (from the content). Raises Invalid for an empty
    file or one of more than `max_bytes`. Nothing but one block is ever in memory.
    """
    with _seekable(stream) as source:
        facts = _measured(source, max_bytes)
        hexes = secrets.token_hex(20)
        location = fk.Location(f"{hexes[:2]}/{hexes[2:]}")
        _list(session, _NEW).append((name, location))
        try:
            store(name).upload(location, fk.Upload(source, "file", facts["size_bytes"], facts["content_type"]))
        except BaseException:
            _remove_or_log(name, location)
            raise
    return {"location": location, **facts}


def open_at(name: StoreName, location: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` up to, not including, `end`, block by block. Raises file-keeper's MissingFileError."""
    made = store(name)
    if object_store.is_one(made):
        return object_store.opened(made, location, start, end)
    blocks = _read(made.stream(fk.FileData(fk.Location(location))))
    return blocks if start == 0 and end is None else _part(blocks, start, end)


def _read(found: Any) -> Iterator[bytes]:
    if not hasattr(found, "read"):
        yield from found
        return
    try:
        while block := found.read(CHUNK):
            yield block
    finally:
        found.close()


def _part(blocks: Iterator[bytes], start: int, end: int | None) -> Iterator[bytes]:
    at = 0
    for block in blocks:
        yield block[max(start - at, 0) : None if end is None else max(end - at, 0)]
        at += len(block)
        if end is not None and at >= end:
            return


def remove(name: StoreName, location: str) -> None:
    """Removes the file, if it is there."""
    store(name).remove(fk.FileData(fk.Location(location)))


def remove_after_commit(session: Session, name: StoreName, location: str) -> None:
    """Removes the file once the transaction that gives it up is safe."""
    after_commit(session, lambda: remove(name, location))


def after_commit(session: Session, function: Callable[[], None]) -> None:
    """Calls the function when the transaction is committed, never otherwise. It must not use the session."""
    _list(session, _AFTER).append(function)


@dataclasses.dataclass(frozen=True)
class Entry:
    """A file that lies in a store. `written_at` is unknown (None) where an adapter does not tell it."""

    size_bytes: int | None
    written_at: datetime | None


def locations(name: StoreName) -> set[str]:
    """Every name in the store."""
    return set(entries(name))


def entries(name: StoreName) -> dict[str, Entry]:
    """Every file in the store, by its name; one that goes meanwhile is left out."""
    made = store(name)
    if object_store.is_one(made):
        return {found: Entry(size, written) for found, size, written in object_store.listed(made)}
    if _options(name)["type"] != LOCAL:
        return {found: Entry(None, None) for found in made.scan()}
    there = {}
    for found in made.scan():
        try:
            facts = Path(made.full_path(fk.Location(found))).stat()
        except FileNotFoundError:
            continue
        there[found] = Entry(facts.st_size, datetime.fromtimestamp(facts.st_mtime, timezone.utc))
    return there


def listen(session_factory: Any) -> None:
    """Makes sessions clean up after themselves; safe to repeat."""
    for name, function in (("after_commit", _committed), ("after_rollback", _rolled_back)):
        if not event.contains(session_factory, name, function):
            event.listen(session_factory, name, function)


def _committed(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.info.pop(_NEW, None)
    for function in session.info.pop(_AFTER, []):
        try:
            function()
        except Exception:  # what is committed is committed; the sweep removes what stays
            log.exception("What was to follow the transaction failed")


def _rolled_back(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.info.pop(_AFTER, None)
    for name, location in session.info.pop(_NEW, []):
        _remove_or_log(name, location)


def _remove_or_log(name: StoreName, location: str) -> None:
    """For where another error is on its way already; the sweep removes what stays."""
    try:
        remove(name, location)
    except Exception:
        log.exception("A file of the %s store could not be removed", name)


def _list(session: Any, key: str) -> list[Any]:
    return session.info.setdefault(key, [])


@functools.lru_cache(maxsize=16)
def _made(name: str, options: tuple[tuple[str, Any], ...]) -> fk.Storage:
    settings: dict[str, Any] = {option: _meant(name, option, value) for option, value in options}
    settings["name"] = f"satudata-{name}"
    is_s3 = settings["type"] == object_store.TYPE
    if is_s3:
        settings = object_store.settings(settings)
    if name == "vault" and settings["type"] == LOCAL:
        Path(settings["path"]).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return fk.make_storage(f"satudata-{name}", settings)
    except fk.exc.UnknownAdapterError as error:
        mend = "pip install 'ckanext-satudata[s3]'" if is_s3 else "install what brings it, or correct the name"
        text = f"ckanext.satudata.{name}.type: there is no adapter '{settings['type']}' here; {mend}."
        raise CkanConfigurationException(text) from error
    except Exception as error:
        text = (object_store.fault(error, settings) if is_s3 else "") or str(error)
        raise CkanConfigurationException(f"ckanext.satudata.{name}.*: {text}") from error


def _meant(name: str, option: str, value: Any) -> Any:
    """What the text of an option stands for."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if not text.startswith("{"):
        return value
    try:
        return json.loads(text)
    except ValueError as error:
        raise CkanConfigurationException(f"ckanext.satudata.{name}.{option} is not JSON: {error}") from error


def _options(name: str) -> dict[str, Any]:
    prefix = f"ckanext.satudata.{name}."
    # Asked for each file: only the values of these options are looked up, not those of all there are.
    own = {key[len(prefix) :]: tk.config[key] for key in tk.config if key.startswith(prefix)}
    found = {key: value for key, value in own.items() if value != ""}
    found.setdefault("type", LOCAL)
    if found["type"] == LOCAL:
        base = Path(tk.config.get("ckan.storage_path") or "var/storage")
        found.setdefault("path", str(base.parent / f"satudata-{name}"))
        found.setdefault("initialize", True)
    return found


def _overlap(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents


class Blocks(io.RawIOBase):
    """A readable stream over blocks."""

    def __init__(self, blocks: Iterator[bytes]):
        self._blocks, self._rest = blocks, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Some bytes, at most `size`; none at the end."""
        if not self._rest:
            self._rest = next(self._blocks, b"")
        taken, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return taken


@contextmanager
def _seekable(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    if getattr(stream, "seekable", lambda: hasattr(stream, "seek"))():
        stream.seek(0)
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy, CHUNK)
        copy.seek(0)
        yield copy


def _measured(source: IO[bytes], max_bytes: int | None) -> dict[str, Any]:
    digest, size, sample = hashlib.sha256(), 0, b""
    while block := source.read(CHUNK):
        sample = sample or block[:2048]
        digest.update(block)
        size += len(block)
        if max_bytes is not None and size > max_bytes:
            raise Invalid(
                "The file is larger than {megabytes} MB.",
                field="upload",
                mend="Upload a smaller file, or split it.",
                megabytes=max_bytes >> 20,
            )
    if not size:
        raise Invalid("The file is empty.", field="upload", mend="Choose the file again.")
    source.seek(0)
    return {
        "sha256": digest.hexdigest(),
        "size_bytes": size,
        "content_type": magic.from_buffer(sample, mime=True),
    }
