"""Pictures and PDFs that applicants attach: known by their bytes; pictures made smaller, without what cameras add."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.files import scans

if TYPE_CHECKING:
    from PIL import Image

MOST_BYTES = 15 * 1024 * 1024
LONGEST_SIDE = 2000
"""Pixels; an identity card stays readable, and a photograph of 8 MB takes some 400 kB."""
MOST_PIXELS = 60_000_000
QUALITY = 82
PDF, JPEG = "application/pdf", "image/jpeg"
_FORMATS = ("JPEG", "PNG", "HEIF")
_MEND = "Attach a photograph (JPEG, PNG, HEIC) or a PDF."


@dataclass(frozen=True)
class Attached:
    """A file as it is kept: a JPEG made anew, or the PDF as it came."""

    body: bytes
    content_type: str
    name: str


def read(upload: Any, field: str) -> Attached | None:
    """What was attached under `field`; None where nothing was. Raises Invalid."""
    if not scans.is_given(upload):
        return None
    scans.check_is_file(upload, field)
    name, body = str(upload.filename), upload.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise Invalid(
            "The file is larger than {size} MB.", field=field, mend="Take a smaller photograph or scan.", size=15
        )
    if not body:
        raise Invalid("This file is empty.", field=field, mend=_MEND)
    if body.startswith(b"%PDF-"):
        return Attached(_checked_pdf(body, field), PDF, name)
    return Attached(_smaller(body, field), JPEG, name)


def _checked_pdf(body: bytes, field: str) -> bytes:
    if b"%%EOF" not in body[-2048:]:
        raise Invalid("This PDF breaks off before its end.", field=field, mend="Save it once more and attach it again.")
    return body


def _smaller(body: bytes, field: str) -> bytes:
    """The picture as JPEG, upright, without EXIF (place, time and device of the photograph)."""
    # 8 MB that only who is sent a picture needs.
    import pillow_heif
    from PIL import Image, ImageOps, UnidentifiedImageError

    pillow_heif.register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Invalid(
                        "The picture has too many pixels.", field=field, mend="Take a smaller photograph or scan."
                    )
                picture.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                made = io.BytesIO()
                _on_white(upright).save(made, "JPEG", quality=QUALITY, optimize=True)
    except Invalid:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid("This is neither a picture nor a PDF.", field=field, mend=_MEND) from error
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        raise Invalid("This picture is damaged.", field=field, mend=_MEND) from error
    return made.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not know; a fresh picture that carries nothing of the old one's notes."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        white = Image.new("RGB", layer.size, "white")
        white.paste(layer, mask=layer.getchannel("A"))
        return white
    fresh = Image.new("RGB", picture.size)
    fresh.paste(picture.convert("RGB"))
    return fresh
