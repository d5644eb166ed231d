"""Area codes of the ministry of home affairs (Kemendagri) in the cells of a table."""

from __future__ import annotations

import re
from functools import lru_cache

from ckanext.satudata.domain.vocabulary import is_area_code, plainly

_CODE = re.compile(r"(\d\d)(?:\.?(\d\d)(?:\.?(\d\d)(?:\.?(\d{4}))?)?)?")
_HEADING = re.compile(
    r"(kode|kd) (?:kemendagri )?(wilayah|provinsi|prov|kabupaten|kab|kota|kabupaten kota|kab kota|kecamatan|kec|desa|"
    r"kelurahan|desa kelurahan|kelurahan desa)(?: kemendagri)?|kemendagri kode .+"
)


def is_heading(head: str) -> bool:
    """Whether a column so named holds codes of the ministry; those of the statistics office (BPS) name it."""
    return bool(_HEADING.fullmatch(plainly(head)))


@lru_cache(maxsize=10_000)
def is_code(cell: str) -> bool:
    """Whether a cell can be a code: of a province, regency or city, district or village, with dots or without."""
    found = _CODE.fullmatch(cell.strip())
    if found is None:
        return False
    province, regency, district, village = found.groups()
    if not is_area_code(province if regency is None else f"{province}.{regency}"):
        return False
    # Of a village the first digit says its kind: 1 kelurahan, 2 desa, 3 desa adat.
    return (district is None or district != "00") and (village is None or village[0] in "123")
