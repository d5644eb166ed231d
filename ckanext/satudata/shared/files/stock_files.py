"""Files that lie where CKAN itself stores those of resources: what was uploaded before this portal came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import ckan.plugins.toolkit as tk
import file_keeper as fk
from ckan.lib import files

from ckanext.satudata.shared.files import store


def blocks(resource_id: str) -> Iterator[bytes] | None:
    """The bytes of a resource, block by block; None where CKAN has no file of it."""
    elsewhere, place = _storage(), _place(resource_id)
    if elsewhere is not None:
        location = fk.FileData(fk.Location(place))
        return iter(elsewhere.stream(location)) if elsewhere.exists(location) else None
    path = path_of(resource_id)
    return _read(path.open("rb")) if path is not None else None


def path_of(resource_id: str) -> Path | None:
    """The file on this machine's disk; None where there is none, or CKAN's storage is elsewhere."""
    folder = _folder()
    if _storage() is not None or folder is None:
        return None
    path = folder / _place(resource_id)
    return path if path.is_file() and folder.resolve() in path.resolve().parents else None


def remove(resource_id: str) -> None:
    """Removes the file of a resource, if it is there."""
    elsewhere, path = _storage(), path_of(resource_id)
    if elsewhere is not None:
        elsewhere.remove(fk.FileData(fk.Location(_place(resource_id))))
    elif path is not None:
        path.unlink(missing_ok=True)


def ids() -> Iterator[str]:
    """The resources of which CKAN has a file."""
    for place in places():
        yield place.replace("/", "")


def places() -> Iterator[str]:
    """Every file in CKAN 2.12's storage for resources, or in the folder of its older uploader."""
    elsewhere, folder = _storage(), _folder()
    if elsewhere is not None:
        yield from map(str, elsewhere.scan())
    elif folder is not None:
        yield from (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _storage() -> files.Storage | None:
    return files.storages.get(tk.config["ckan.files.default_storages.resource"])


def _folder() -> Path | None:
    return Path(tk.config["ckan.storage_path"]) / "resources" if tk.config.get("ckan.storage_path") else None


def _place(resource_id: str) -> str:
    return f"{resource_id[:3]}/{resource_id[3:6]}/{resource_id[6:]}"


def _read(opened: IO[bytes]) -> Iterator[bytes]:
    with opened:
        while block := opened.read(store.CHUNK):
            yield block
