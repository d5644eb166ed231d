"""What masking makes of the cells of a column."""

from __future__ import annotations

from datetime import date

import polars as pl

from ckanext.satudata.domain.personal.masking import BAND, OLDEST, Method


def masked(cells: pl.Series, method: Method, today: date) -> pl.Series:
    """The cells of a column as the copy has them; empty ones are null and stay so."""
    if method is Method.BLANK:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.String)
    if method is Method.PARTLY:
        return pl.select(_partly(cells)).to_series().alias(cells.name)
    if method is Method.YEAR:
        return _year(cells)
    if method is Method.AGE_BAND:
        return _age_band(cells, today)
    if method is Method.DISTRICT:
        return _district(cells)
    return cells


def _partly(cells: pl.Series) -> pl.Expr:
    """Of numbers their begin, of addresses for mail the server, of words the first letters. How long it was stays
    hidden."""
    text = pl.lit(cells)
    digits = text.str.replace_all(r"[^0-9]", "")
    is_number = ~text.str.contains(r"\p{L}{2}")
    words = text.str.replace_all(r"[0-9]+", "***").str.replace_all(r"(\p{L})[\p{L}'’]*\.?", "${1}***")
    number = pl.when(digits.str.len_chars() >= 10).then(digits.str.slice(0, 4)).otherwise(pl.lit("")) + "******"
    mail = text.str.replace(r"^.*?([^\s@])[^\s@]*@([^\s@]+).*$", "${1}***@${2}")
    return (
        pl.when(text.is_null()).then(pl.lit(None, dtype=pl.String))
        .when(text.str.contains(r"^\S+@\S+$")).then(mail)
        .when(is_number).then(number)
        .otherwise(words)
    )  # fmt: skip


def _year(cells: pl.Series) -> pl.Series:
    stands_alone = cells.str.extract(r"(?:^|[^0-9])((?:19|20)[0-9]{2})(?:[^0-9]|$)")
    packed = cells.str.extract(r"^((?:19|20)[0-9]{2})(?:0[1-9]|1[0-2])[0-3][0-9]$")
    return stands_alone.fill_null(packed)


def _age_band(cells: pl.Series, today: date) -> pl.Series:
    """Out of an age, or out of a date of birth the age reached in this year."""
    told = cells.str.extract(r"(?i)^([0-9]{1,3})(?:[.,][0-9]+)?(?: *(?:tahun|thn|th|years?)\.?)?$").cast(pl.Int32)
    born = _year(cells).cast(pl.Int32)
    ages = pl.DataFrame({"age": told.fill_null(today.year - born)})
    lower = pl.col("age") // BAND * BAND
    band = lower.cast(pl.String) + "–" + (lower + BAND - 1).cast(pl.String)
    return ages.select(
        pl.when(~pl.col("age").is_between(0, 120)).then(pl.lit(None, dtype=pl.String))
        .when(pl.col("age") >= OLDEST).then(pl.lit(f"{OLDEST}+"))
        .otherwise(band).alias(cells.name)
    ).to_series()  # fmt: skip


def _district(cells: pl.Series) -> pl.Series:
    found = cells.str.extract(r"(?i)\bkec(?:amatan)?\b[.: ]*((?:[\p{L}']+)(?:[ -][\p{L}']+){0,2})")
    of_others = r"(?i)[ -](?:kab|kabupaten|kota|kodya|prov|provinsi|kel|kelurahan|desa|kode|rt|rw|indonesia)\b.*$"
    return found.str.replace(of_others, "").str.to_titlecase()
