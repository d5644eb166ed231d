"""Sends text gzipped where the client takes it, so that a first visit stays small without a proxy in front.

A page of somebody who is logged in is left as it is: it carries a secret (the CSRF token) beside reflected input,
and the length of a compressed answer would tell about it (BREACH). A proxy in front may compress the rest again.
"""

from __future__ import annotations

import functools
import gzip

from ckan.common import current_user
from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

KINDS = ("text/", "application/javascript", "application/json", "application/ld+json", "image/svg+xml")
STATIC = ("text/css", "text/javascript", "application/javascript", "image/svg+xml")
SMALLEST, LARGEST = 4_000, 4_000_000
"""Bytes. What fits into three packets of the network arrives no sooner packed."""
LARGEST_KEPT = 200_000
"""Bytes of an answer whose packed form is kept; so what is kept stays under some 16 MB."""


def install(app: Flask) -> None:
    """Compresses the answers of the application."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    kind = response.content_type or ""
    if response.status_code != 200 or not kind.startswith(KINDS):
        return response
    if kind.startswith(STATIC):
        return _compress_file(response) if _is_wanted(response) else response
    if response.is_streamed or response.direct_passthrough or current_user.is_authenticated:
        return response
    body = response.get_data()
    if not (SMALLEST <= len(body) <= LARGEST and _is_wanted(response)):
        return response
    return _replace(response, _repeated(body) if _may_repeat(response, body) else gzip.compress(body, 3))


def _is_wanted(response: Response) -> bool:
    """Whether the client takes this answer packed; others get another one from the same address."""
    response.vary.add("Accept-Encoding")
    if response.headers.get("Content-Encoding") or request.headers.get("Range"):
        return False
    return _takes_gzip(request.headers.get("Accept-Encoding", ""))


@functools.lru_cache(maxsize=64)
def _takes_gzip(header: str) -> bool:
    return "gzip" in parse_accept_header(header, Accept)


def _may_repeat(response: Response, body: bytes) -> bool:
    """Whether others ask for just these bytes: public questions of programs; a page carries marks of its visitor."""
    stated = response.headers.get("Cache-Control", "")
    is_question = request.method == "GET" and request.blueprint == "api" and len(body) <= LARGEST_KEPT
    return is_question and "private" not in stated and "no-store" not in stated


@functools.lru_cache(maxsize=64)
def _repeated(body: bytes) -> bytes:
    """By the whole answer, so nobody gets what was not his own answer anyway."""
    return gzip.compress(body, 3, mtime=0)


def _compress_file(response: Response) -> Response:
    """Style sheets and scripts: the same bytes for everybody, so compressed once for each process."""
    if response.direct_passthrough and (response.content_length or 0) > LARGEST:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    return _replace(response, _packed(body)) if len(body) >= SMALLEST else response


@functools.lru_cache(maxsize=64)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def _replace(response: Response, body: bytes) -> Response:
    response.set_data(body)
    response.headers["Content-Encoding"] = "gzip"
    etag, weak = response.get_etag() if "ETag" in response.headers else (None, None)
    if etag and not weak:
        response.set_etag(etag, weak=True)  # the same page in other bytes
    return response
