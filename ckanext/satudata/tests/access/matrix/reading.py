"""Reads an answer in every encoding a secret could be wrapped in: status line, headers, body, packed or escaped."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import re
import zipfile
from urllib.parse import unquote_plus

from pypdf import PdfReader

BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{24,}={0,2}")
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def texts(headers: str, body: bytes) -> str:
    """All that an answer says, one reading beneath the other."""
    said = [headers, *bodies(body)]
    plain = "\n".join(said)
    if "%" in plain:
        said.append(unquote_plus(plain))
    if "&" in plain and ";" in plain:
        said.append(html.unescape(plain))
    if "\\u" in plain:
        said.append(ESCAPE.sub(lambda found: chr(int(found[1], 16)), plain))
    said += [read for read in map(_decoded, BASE64.findall(plain)) if read]
    return "\n".join(said)


def bodies(body: bytes) -> list[str]:
    """The text of a body, unpacked where it is packed."""
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return [packed.read(name).decode(errors="replace") for name in packed.namelist()]
    if body[:5] == b"%PDF-":
        return [page.extract_text() for page in PdfReader(io.BytesIO(body)).pages]
    return [body.decode(errors="replace")]


def _decoded(text: str) -> str:
    try:
        read = base64.b64decode(text.replace("-", "+").replace("_", "/") + "==="[: -len(text) % 4])
    except ValueError:
        return ""
    if read[:4] in (b"PK\x03\x04", b"%PDF"):  # a file within JSON
        return "\n".join(bodies(read))
    return read.decode("ascii", errors="ignore")


def same(text: str, asked: str) -> str:
    """The answer without what differs between any two calls: the id that was asked for, the run's own, the moment."""
    plain = text.replace(asked, "X").replace(json.dumps(asked)[1:-1], "X")
    plain = re.sub(r'"result": {"id": "[0-9a-f-]{36}", "command":', '"result": {"id": "R", "command":', plain)
    return re.sub(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[.\d]*", "T", plain)
