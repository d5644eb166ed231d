"""Posts and reports made as officers make them."""

from __future__ import annotations

import io
import zlib
from struct import pack
from typing import Any

import ckan.plugins.toolkit as tk
import typst
from werkzeug.datastructures import FileStorage

from ckanext.satudata.tests.access.support import make, operator, publish, upload

TABLE = b"kecamatan,jumlah\nKlojen,12\nBlimbing,7\nSukun,9\n"


def act(name: str, user: dict[str, Any] | None, /, **data: Any) -> Any:
    return tk.get_action(name)({"user": user["name"] if user else ""}, data)


def picture(name: str = "poster.png", shade: int = 200) -> FileStorage:
    """A small PNG, 4 by 4 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + bytes([shade] * 12) for _ in range(4))
    head = pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    body = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return FileStorage(io.BytesIO(body), filename=name, content_type="image/png")


def paper(name: str = "laporan.pdf", text: str = "Analisis") -> FileStorage:
    body = typst.compile(text.encode(), format="pdf")
    return FileStorage(io.BytesIO(body), filename=name, content_type="application/pdf")


def opened(level: str = "terbuka", **kw: Any) -> dict[str, Any]:
    """A published dataset with a table of which a chart can be drawn."""
    mine = operator()
    words = {"title": "Sekolah menurut kecamatan", "name": "sekolah-menurut-kecamatan", "satuan": "unit"} | kw
    files = [{"name": "Tabel", "upload": upload("sekolah.csv", TABLE)}]
    made = make(mine, mine["org"], level, resources=files, **words)
    return {**publish(made["id"]), "operator": mine}


def write(user: dict[str, Any], case_id: str, resource_id: str) -> dict[str, Any]:
    """Fills in whatever may be changed at the open step, until nothing is lacking there."""
    shown = act("satudata_post_draft_show", user, id=case_id)
    sent: dict[str, Any] = {"id": case_id, "version": shown["version"], "sources": [resource_id]}
    if "caption" in shown["editable"] and not shown["files"]:
        is_report = shown["process"] == "analysis_report"
        sent |= {"title": "Sekolah di kota ini", "caption": "Klojen punya 12 sekolah.", "tags": "#sekolah #kota"}
        sent |= {"file": paper() if is_report else picture(), "alt": "Peta sekolah: Klojen 12, Blimbing 7, Sukun 9"}
        sent |= {"period": "2025"} if is_report else {}
    return act("satudata_post_save", user, **sent)
