"""The public words for what is excluded may not give it away (PerKI 1/2021; UU 14/2008 art. 17).

The list of excluded information tells which kind of information is kept, not which data: neither title nor agency.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ckanext.satudata.domain.errors import Invalid

FIELD = "public_text"
LONG_WORD = 4
"""Letters from which on a word of a title tells something."""
FEWEST_WORDS = 3
"""Words of a title that the text says again, from which on it is refused; two where the title has no more."""
MOST_SHARE = 60
"""Per cent of a title's long words that tell something."""
JOINED = 10
"""Letters from which on a name is also found where it is written in one word."""
_SAYS_NOTHING = {
    "data",
    "berkas",
    "dokumen",
    "file",
    "lampiran",
    "tabel",
    "dataset",
    "csv",
    "xlsx",
    "xls",
    "pdf",
    "json",
}
_FILLS = _SAYS_NOTHING | {
    "angka", "banyaknya", "berdasarkan", "daftar", "jumlah", "kota", "kabupaten", "menurut", "nilai", "persentase",
    "rekap", "rekapitulasi", "rincian", "tahun", "total", "yang", "untuk", "dengan", "pada", "dari", "setiap",
}  # fmt: skip
"""Words of titles that tell nothing of their data: they do not count as said again."""
_ENDING = re.compile(r"\.[a-z0-9]{2,5}$")
_JOINS = {"dan", "serta", "of", "and"}


def words(text: str) -> list[str]:
    """The words without case, marks and signs, as they are compared."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(one for one in plain if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")
    return re.sub(r"[\W_]+", " ", plain).split()


def check_public_text(text: str, *, titles: Iterable[str], files: Iterable[str], agency: Iterable[str]) -> None:
    """Raises Invalid at `public_text` for words that name the data or their agency.

    `titles` of the dataset, past ones too; `files`: names of its files; `agency`: its title, address and short name.
    """
    told = words(text)
    if any(_contains(told, words(title)) for title in titles):
        raise _refusal("The public text contains the title of the data.")
    if any(_contains(told, words(_ENDING.sub("", name.strip().lower()))) for name in files):
        raise _refusal("The public text contains the name of a file of the data.")
    for name in agency:
        if _contains(told, words(name)) or _initials(name) in told:
            raise _refusal("The public text names the agency of the data.")
    if any(_is_most_of(told, words(title)) for title in titles):
        raise _refusal("The public text repeats most of the title's words.")


def names(text: str, title: str) -> bool:
    """Whether a text contains a title."""
    return _contains(words(text), words(title))


def _refusal(message: str) -> Invalid:
    return Invalid(
        message, field=FIELD, mend="Say only what kind of information it is, in other words than the title's."
    )


def _contains(told: list[str], name: list[str]) -> bool:
    """Whether the words stand in the text one after the other, or a long name without its spaces.

    A name of general words only, as "Data 2024" of a file, tells nothing.
    """
    if not any(word not in _SAYS_NOTHING and not word.isdigit() for word in name):
        return False
    size, joined = len(name), "".join(name)
    if any(told[at : at + size] == name for at in range(len(told) - size + 1)):
        return True
    return len(joined) >= JOINED and joined in "".join(told)


def _initials(name: str) -> str:
    """`DLH` of "Dinas Lingkungan Hidup"; of names of two words nothing that a text could contain."""
    found = "".join(word[0] for word in words(name) if word not in _JOINS)
    return found if len(found) >= 3 else "-"


def _is_most_of(told: list[str], title: list[str]) -> bool:
    telling = {word for word in title if len(word) >= LONG_WORD and word not in _FILLS}
    same = telling & set(told)
    fewest = max(min(FEWEST_WORDS, len(telling)), 2)
    return len(same) >= fewest and len(same) * 100 >= MOST_SHARE * len(telling)
