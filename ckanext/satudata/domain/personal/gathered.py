"""What the cells of a column look like, gathered block by block in bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from ckanext.satudata.domain.personal import numbers, shapes
from ckanext.satudata.domain.personal.date_parts import PARTS
from ckanext.satudata.domain.personal.kinds import Kind, said_by
from ckanext.satudata.domain.personal.several import Several

_MAILS = {
    "office_mail": numbers.is_office_mail,
    "public_mail": numbers.is_public_mail,
    "masked_mail": numbers.is_masked_mail,
}
_KEPT = 300
"""Different cells of a shape, from all blocks, that the libraries are asked about."""
_KEPT_TEXTS = 2000
_FOUND_TEXTS = 50
_MAIL_ONLY = next(shape.pattern for shape in shapes.SHAPES if shape.name == "email")
_PATTERNS = {shape.name: shape.pattern for shape in shapes.SHAPES}
_WHOLE = tuple(
    _PATTERNS[name] for name in ("mobile", "decimal16", "npwp_written", "digits15", "nip", "bpjs", "date", "place_date")
)
_GAPPED = (_PATTERNS["gapped16"],)
_WHOLE_OF: dict[Kind | None, tuple[str, ...]] = {
    **dict.fromkeys((None, *Kind), _GAPPED),
    Kind.BANK_ACCOUNT: (*_GAPPED, _PATTERNS["account"]),
    Kind.PHONE: (*_GAPPED, _PATTERNS["fixed"]),
    Kind.NPWP: (),
    Kind.BIRTH_DATE: (),
}
"""Cells that are one value, though signs stand in it: under any heading, and under those that name a kind."""
_YOUNG = "30"
"""Years of the century in which family cards were issued."""
_LONGEST_LABEL, _MOST_WORDS = 40, 6
_LOOK = 1000
"""Cells of a block that tell how often cells repeat, and the share of shapes that only whole columns of them make
findings; every cell is looked at for the others."""


_OTHER_DIGITS = "[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]"
_WESTERN = {chr(begin + digit): str(digit) for begin in (0x660, 0x6F0, 0xFF10) for digit in range(10)}
_MISTYPED = r"^'?[0-9OoIl|]*[OoIl|][0-9OoIl|]*$"


@dataclass
class Gathered:
    """Counts of a column's cells by shape, and examples of each. Every cell is counted; examples serve to weigh."""

    filled: int = 0
    written: int = 0
    """Cells with letters."""
    hits: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    found_in_text: int = 0
    in_texts: dict[str, None] = field(default_factory=dict)
    years: Counter[int] = field(default_factory=Counter)

    said: Kind | None = None
    """What the heading names."""
    part: str = ""
    """The part of a date that the heading names, as in `date_parts.PARTS`."""
    several: Several = field(default_factory=Several)
    labels: frozenset[str] = frozenset()
    """Cells of the last block that name a kind, as headings do."""

    def take(self, cells: pl.Series) -> None:
        """Adds the cells of a block, of which empty ones are null."""
        cells = cells.drop_nulls().alias("cell")
        self.labels = frozenset()
        if not len(cells):
            return
        self.filled += len(cells)
        if self.part:
            self._take_part(cells.head(_LOOK))
        cells = _western(cells)
        if self.said in (Kind.NIK, Kind.KK):
            cells = _without_letters(cells)
        if cells.head(_LOOK).n_unique() < min(_LOOK, len(cells)) / 2:
            counted = cells.value_counts(name="n")
            cells, times = counted["cell"], counted["n"].cast(pl.Int64)
        else:
            times = pl.repeat(1, len(cells), dtype=pl.Int64, eager=True)
        # What the heading names may be shorter or written otherwise.
        likely = shapes.CANDIDATE if self.said is None else f"{shapes.CANDIDATE}|[0-9]{{3}}|@|[0-9][A-Za-z]"
        is_likely, has_letters = cells.str.contains(likely), cells.str.contains("[A-Za-z]")
        self.several.take(cells, times, is_likely, has_letters)
        if cells.head(_LOOK).str.contains(shapes.SEVERAL).any():
            cells = cells.str.extract(shapes.SEVERAL).fill_null(cells).alias("cell")
            has_letters = cells.str.contains("[A-Za-z]")
        cells = self._first_listed(cells, is_likely, has_letters)
        if has_letters.any():
            self._take_texts(cells.filter(has_letters), times.filter(has_letters))
        for is_written in (False, True):
            wanted = is_likely & (has_letters if is_written else ~has_letters)
            if wanted.any():
                self._take_shapes(cells.filter(wanted), times.filter(wanted), is_written)

    def _first_listed(self, cells: pl.Series, is_likely: pl.Series, has_letters: pl.Series) -> pl.Series:
        """The cells, of those without letters that hold numbers among others or beside marks the first of them.

        Days of birth stand in lists with the names of months, too.
        """
        wanted = is_likely if self.said is Kind.BIRTH_DATE else is_likely & ~has_letters
        wanted &= cells.str.contains(shapes.MAYBE_LISTED) if self.said is not Kind.BIRTH_DATE else True
        if not wanted.any():
            return cells
        some = cells.filter(wanted)
        is_whole = some.str.contains("|".join([*_WHOLE, *_WHOLE_OF[self.said]]))
        first = some.str.extract(shapes.listed(self.said))
        mended = pl.select(pl.when(is_whole | first.is_null()).then(some).otherwise(first)).to_series()
        return cells.scatter(wanted.arg_true(), mended).alias("cell")

    def _take_part(self, cells: pl.Series) -> None:
        """Days, months or years that stand in a column of their own."""
        numbers_ = cells.str.replace(r"\.0$", "").cast(pl.Int32, strict=False).drop_nulls()
        first, last = PARTS[self.part]
        inside = numbers_.filter(numbers_.is_between(first, last))
        self.hits.update(part_asked=len(cells), part=len(inside))
        if self.part == "year":
            self.years.update(inside.to_list())

    def _take_shapes(self, cells: pl.Series, times: pl.Series, is_written: bool) -> None:
        if not is_written:
            self.hits["likely"] += int(times.sum())
        sizes = cells.str.len_bytes()
        shortest, longest = int(sizes.min()), int(sizes.max())  # type: ignore[arg-type]
        step = len(cells) // _LOOK + 1
        some = (cells.gather_every(step), times.gather_every(step))
        for shape in shapes.SHAPES:
            if shape.least > longest or shape.most < shortest or is_written not in shape.written:
                continue
            if shape.kind is None or shape.kind is self.said:
                self._take_shape(shape, cells, times, 1)
            elif not shape.is_named_only:
                self._take_shape(shape, *some, step)

    def _take_shape(self, shape: shapes.Shape, cells: pl.Series, times: pl.Series, step: int) -> None:
        mask = cells.str.contains(shape.pattern)
        if shape.name == "gapped16":
            # Its marks may all be missing: then it is counted as what it is.
            mask &= cells.str.len_bytes() >= shape.least
        if not mask.any():
            return
        times = times.filter(mask)
        self.hits[shape.name] += int(times.sum()) * step
        kept = self.examples.setdefault(shape.name, [])
        needs_cells = shape.name in ("nik", "date", "place_date", "email")
        if len(kept) >= _KEPT and not needs_cells:
            return
        found = cells.filter(mask)
        if len(kept) < _KEPT:
            kept.extend(found.gather_every(max(1, len(found) // 50)).head(60).to_list())
        if needs_cells:
            self._take_more(shape.name, found, times)

    def _take_more(self, name: str, found: pl.Series, times: pl.Series) -> None:
        if name == "nik":
            self._take_niks(found, times)
        elif name == "email":
            step = len(found) // _LOOK + 1
            some = found.gather_every(step)
            self.hits["mail_asked"] += len(some)
            for word, asked in _MAILS.items():
                self.hits[word] += sum(map(asked, some.to_list()))
        else:
            step = len(found) // _LOOK + 1
            years = found.gather_every(step).str.extract(r"((?:19|20)[0-9]{2})").cast(pl.Int32)
            told = pl.DataFrame([years.alias("year"), times.gather_every(step).alias("n")]).drop_nulls()
            for year, count in told.group_by("year").agg(pl.col("n").sum()).iter_rows():
                self.years[year] += count

    def _take_niks(self, found: pl.Series, times: pl.Series) -> None:
        marks = {
            "women": found.str.slice(6, 1) >= "4",
            "young": found.str.slice(10, 2) <= _YOUNG,
            # Of those who are born on a day few are registered, of cards a whole regency's.
            "late": found.str.slice(12, 2) != "00",
            "round": found.str.ends_with("0"),
        }
        self.hits.update({name: int(times.filter(mask).sum()) for name, mask in marks.items()})

    def _take_texts(self, words: pl.Series, times: pl.Series) -> None:
        self.written += int(times.sum())
        self.labels = labels_in(words)
        if len(self.texts) < _KEPT_TEXTS:
            self.texts.extend(words.gather_every(max(1, len(words) // 200)).head(200).to_list())
        # Cells that are an address and nothing else are counted by their shape.
        wanted = words.str.contains(shapes.ANY_EMBEDDED) & ~words.str.contains(_MAIL_ONLY)
        if wanted.any():
            self.found_in_text += int(times.filter(wanted).sum())
            told = words.filter(wanted)
            for pattern in shapes.EMBEDDED.values():
                # Of each kind some from each block, so that none hides behind another.
                of_kind = told.filter(told.str.contains(pattern)).head(_FOUND_TEXTS)
                self.in_texts.update(dict.fromkeys(of_kind.to_list()))

    def share(self, *names: str) -> float:
        """Of the filled cells those of these shapes."""
        return min(1.0, sum(self.hits[name] for name in names) / self.filled) if self.filled else 0.0

    def passing(self, name: str, asked) -> float:  # type: ignore[no-untyped-def]
        """Of the examples of a shape those that `asked` accepts."""
        kept = self.examples.get(name, [])
        return sum(map(asked, kept)) / len(kept) if kept else 0.0


def labels_in(words: pl.Series) -> frozenset[str]:
    """The different texts that name a kind and are short as headings are."""
    likely = words.filter(words.str.len_bytes() <= _LONGEST_LABEL)
    likely = likely.filter(likely.str.contains(shapes.LABEL))
    return frozenset(filter(is_label, likely.unique(maintain_order=True).head(_KEPT).to_list()))


def is_label(text: str) -> bool:
    """Whether a cell names a kind and is none itself."""
    if len(text) > _LONGEST_LABEL or "@" in text or sum(map(str.isdigit, text)) > 2:
        return False
    return len(text.split()) <= _MOST_WORDS and said_by(text) is not None


def _western(cells: pl.Series) -> pl.Series:
    """The cells with the digits that everybody writes, where some of the first are written with others."""
    if not cells.head(_LOOK).str.contains(_OTHER_DIGITS).any():
        return cells
    return cells.str.replace_many(list(_WESTERN), list(_WESTERN.values()))


def _without_letters(cells: pl.Series) -> pl.Series:
    """Numbers of sixteen signs in which letters stand for the digits that look like them, with those digits."""
    is_mistyped = cells.str.contains(_MISTYPED)
    if not is_mistyped.any():
        return cells
    mended = cells.str.replace_many(["O", "o", "I", "l", "|"], ["0", "0", "1", "1", "1"])
    return mended.zip_with(is_mistyped, cells)
