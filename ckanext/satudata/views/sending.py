"""Sends a file of the vault or of the public store: HEAD, Range, resumed downloads, nothing whole in memory."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import file_keeper as fk
import flask
from ckan.common import current_user
from werkzeug.datastructures import ContentRange, Range

from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.files import store


def send(kept: VaultObject, *, public_location: str | None = None) -> flask.Response:
    """The response with the file's bytes. A copy in the public store may be cached, a file of the vault never."""
    _range_or_whole(kept)
    name: store.StoreName = "public" if public_location else "vault"
    location = public_location or kept.location
    path = store.local_path(name, location)
    if path is not None and path.exists():
        response = flask.send_file(
            path,
            mimetype=kept.content_type,
            as_attachment=True,
            download_name=kept.original_name,
            conditional=True,
            etag=kept.sha256,
            max_age=0,
        )
    elif path is not None:
        flask.abort(404)
    else:
        response = _elsewhere(kept, name, location)
    response.headers["Cache-Control"] = "no-cache" if public_location else "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def send_stock(stored: Iterable[bytes], path: Path | None, resource: Mapping[str, Any]) -> flask.Response:
    """The response with a file that CKAN itself stored, `path` where it lies on this machine's disk."""
    name = PurePosixPath(unquote(urlsplit(str(resource.get("url") or "")).path)).name or str(resource["id"])
    mimetype = resource.get("mimetype") or mimetypes.guess_type(name)[0] or "application/octet-stream"
    if path is not None:
        response = flask.send_file(path, mimetype=mimetype, as_attachment=True, download_name=name, max_age=0)
    else:
        response = flask.Response(stored, mimetype=mimetype)
        response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _one_range() -> Range | None:
    """What part is asked for, where it is one; several are answered with the whole."""
    asked = flask.request.range if "Range" in flask.request.headers else None
    return asked if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1 else None


def _range_or_whole(kept: VaultObject) -> None:
    """Forgets a Range that is answered with the whole file (RFC 9110 section 14.2): several, or in a unit that is no
    `bytes`; the last n bytes of a file that has no more; and one beside an If-None-Match, which is looked at first."""
    asked, known = _one_range(), flask.request.if_none_match.contains_weak(kept.sha256)
    if known or asked is None or asked.ranges[0][0] <= -kept.size_bytes:
        flask.request.environ.pop("HTTP_RANGE", None)


def _elsewhere(kept: VaultObject, name: store.StoreName, location: str) -> flask.Response:
    """From a store on another machine: a part is asked for there, and for HEAD nothing."""
    response = flask.Response(mimetype=kept.content_type)
    response.set_etag(kept.sha256)
    response.accept_ranges = "bytes"
    response.headers.set("Content-Disposition", "attachment", filename=kept.original_name)
    if flask.request.if_none_match.contains_weak(kept.sha256):
        response.status_code = 304
        return response
    part = _part(kept)
    start, end = part or (0, kept.size_bytes)
    response.content_length = end - start
    if part:
        response.status_code, response.content_range = 206, ContentRange("bytes", start, end, kept.size_bytes)
    if flask.request.method == "GET":
        try:
            response.response = store.open_at(name, location, start, end if part else None)
        except fk.exc.MissingFileError:
            flask.abort(404)
    return response


def _part(kept: VaultObject) -> tuple[int, int] | None:
    """The one part that is asked for; several, and a part of another edition, are answered with the whole."""
    asked, condition = _one_range(), flask.request.if_range
    if flask.request.method != "GET" or asked is None:
        return None
    if condition.date or condition.etag not in (None, kept.sha256):
        return None
    found = asked.range_for_length(kept.size_bytes)
    return found or flask.abort(416)


class _Counted:
    """The blocks of a response, counted as the server takes them."""

    def __init__(self, blocks: Iterable[bytes], length: int, broken_off: Callable[[int], None]):
        self._blocks, self._next = blocks, iter(blocks)
        self._rest, self._broken_off = length, broken_off

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block = next(self._next)
        self._rest -= len(block)
        return block

    def close(self) -> None:
        """Called by the server when all was taken, or the visitor is gone."""
        rest, self._rest = self._rest, 0
        try:
            if rest > 0:
                self._broken_off(rest)
        finally:
            if hasattr(self._blocks, "close"):
                self._blocks.close()


def counting(response: flask.Response, length: int, broken_off: Callable[[int], None]) -> flask.Response:
    """The response, which tells at its end how many of its `length` bytes were not taken, if any."""
    response.response = _Counted(response.response, length, broken_off)
    return response


def keep_private(response: flask.Response) -> flask.Response:
    """Tells CKAN, which else adds `public` to every answer, that this one is for one person."""
    kept = response.cache_control
    if kept.private or kept.no_store or current_user.is_authenticated:
        flask.request.environ["__no_cache__"] = True
    return response


def is_piece() -> bool:
    """Whether a Range resumes what was begun before."""
    asked = _one_range()
    return asked is not None and asked.ranges[0][0] != 0


def is_download(response: flask.Response) -> bool:
    """Whether this answer counts: to a GET, from the first byte on. A Range that resumes does not, nor does a 304."""
    if flask.request.method != "GET":
        return False
    if response.status_code == 206:
        return response.content_range.start == 0
    if response.status_code == 302:
        # The address elsewhere sees the same Range.
        return not is_piece()
    return response.status_code == 200
