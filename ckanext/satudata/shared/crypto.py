"""Encryption of applicants' data with keys that lie in a file outside the database.

The key file holds one Fernet key on each line; the first encrypts, all decrypt. `ckan satudata key rotate`
puts a new one on top and encrypts every sealed column again; `ckan satudata key prune` drops the others.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ckanext.satudata.model.base import metadata
from ckanext.satudata.model.sealed import Sealed


class KeyMissing(RuntimeError):
    """The key file is not there, empty or damaged; the portal does not start without it."""


class Unreadable(RuntimeError):
    """A stored value that none of the keys opens: the key file does not belong to this database."""


_loaded: dict[tuple[str, int, int], list[bytes]] = {}


def key_path() -> Path:
    """Where the key file lies. Raises KeyMissing where the option is not set."""
    path = tk.config.get("ckanext.satudata.key_file")
    if not path:
        raise KeyMissing(
            "ckanext.satudata.key_file is not set: name the file that "
            "`python -m ckanext.satudata.shared.crypto FILE` makes."
        )
    return Path(path)


def keys() -> list[bytes]:
    """The keys, newest first; read again when the file changed. Raises KeyMissing."""
    path = key_path()
    try:
        stat = path.stat()
    except OSError as error:
        raise KeyMissing(
            f"The key file {path} (option ckanext.satudata.key_file) cannot be read: {error.strerror}. "
            "Restore it from the backup; on a new portal run `python -m ckanext.satudata.shared.crypto FILE`."
        ) from error
    mark = (str(path), stat.st_mtime_ns, stat.st_size)
    if mark not in _loaded:
        found = [line.strip().encode() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
        try:
            for key in found:
                Fernet(key)
        except ValueError as error:
            raise KeyMissing(f"The key file {path} holds a line that is no Fernet key.") from error
        if not found:
            raise KeyMissing(f"The key file {path} is empty.")
        _loaded.clear()
        _loaded[mark] = found
    return _loaded[mark]


@lru_cache(maxsize=2)
def _fernet(kept: tuple[bytes, ...]) -> MultiFernet:
    """Made once for the keys that stand in the file: a register opens hundreds of thousands of values."""
    return MultiFernet([Fernet(key) for key in kept])


def seal(text: str | None) -> bytes | None:
    """`text` encrypted with the newest key; None and the empty text stay None."""
    if not text:
        return None
    return _fernet(tuple(keys())).encrypt(text.encode())


def unseal(value: bytes | None) -> str:
    """The clear text; empty for None. Raises Unreadable where no key fits."""
    if value is None:
        return ""
    try:
        return _fernet(tuple(keys())).decrypt(bytes(value)).decode()
    except InvalidToken as error:
        raise Unreadable("A sealed value cannot be opened with the keys of the key file.") from error


def seal_file(body: bytes) -> tuple[bytes, bytes]:
    """A file encrypted with a key of its own, and that key sealed: keys rotate without the file being written anew.

    Whoever deletes the sealed key has erased the file, wherever copies of it lie.
    """
    own = Fernet.generate_key()
    key = seal(own.decode())
    assert key is not None
    return Fernet(own).encrypt(body), key


def unseal_file(body: bytes, key: bytes) -> bytes:
    """The clear file. Raises Unreadable where key and file do not fit."""
    try:
        return Fernet(unseal(key).encode()).decrypt(body)
    except (InvalidToken, ValueError) as error:
        raise Unreadable("A sealed file cannot be opened with its key.") from error


def sha256_of(blocks: Iterable[bytes]) -> str:
    """The hash (hex) of bytes that come in parts."""
    told = hashlib.sha256()
    for block in blocks:
        told.update(block)
    return told.hexdigest()


def digest(purpose: str, text: str) -> str:
    """A keyed hash (hex, 64 characters) for codes and addresses that are compared but never shown.

    Keyed with CKAN's SECRET_KEY, so that a six-digit code cannot be found from a copy of the database.
    """
    return _mac(purpose, text).hex()


def derived_code(purpose: str, text: str, length: int = 10) -> str:
    """A code that only this portal can make from `text`; letters and digits that are not mistaken for others."""
    letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "".join(letters[byte % 32] for byte in _mac(purpose, text)[:length])


def digits(purpose: str, text: str, length: int = 6) -> str:
    """A code of digits that only this portal can make from `text`; it is sent and stored nowhere."""
    return str(int(digest(purpose, text), 16) % 10**length).zfill(length)


def _mac(purpose: str, text: str) -> bytes:
    secret = str(tk.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()


def create_key_file(path: Path) -> None:
    """A new key file, readable by its owner only. Raises FileExistsError: a key is never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key() + b"\n")


def add_key() -> None:
    """Puts a new key on top of the file; the old ones go on decrypting."""
    _replace([Fernet.generate_key(), *keys()])


def prune_keys() -> None:
    """Leaves the newest key only; the caller has made sure that it opens everything."""
    _replace(keys()[:1])


def _replace(lines: list[bytes]) -> None:
    path = key_path()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mkstemp makes it 0600
    with os.fdopen(handle, "wb") as file:
        file.write(b"\n".join(lines) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)


def reseal(connection: sa.Connection) -> int:
    """Encrypts every sealed value with the newest key; returns how many. Rows are locked while they change.

    Raises Unreadable before anything is stored when one value opens with no key.
    """
    fernets = [Fernet(key) for key in keys()]
    count = 0
    for table, columns in sealed_columns().items():
        key_columns = list(table.primary_key.columns)
        for row in connection.execute(sa.select(*key_columns, *columns).with_for_update()).all():
            changed = {}
            for column in columns:
                value = getattr(row, column.name)
                if value is not None:
                    changed[column.name] = _rotated(fernets, bytes(value))
            if changed:
                where = [column == getattr(row, column.name) for column in key_columns]
                connection.execute(sa.update(table).where(*where).values(**changed))
                count += len(changed)
    return count


def _rotated(fernets: list[Fernet], value: bytes) -> bytes:
    try:
        return MultiFernet(fernets).rotate(value)
    except InvalidToken as error:
        raise Unreadable("A sealed value cannot be opened with the keys of the key file.") from error


def sealed_columns() -> dict[sa.Table, list[sa.Column]]:
    """Every table with its sealed columns."""
    found = {}
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Sealed)]
        if columns:
            found[table] = columns
    return found


if __name__ == "__main__":
    create_key_file(Path(sys.argv[1]))
