"""What people looked for and did not find: which words may be kept at all, and when they may be read.

What is typed into a search box may be a name or a number of a person. So nothing that looks like one is kept; of the
rest only a keyed hash, until it was looked for on several days; and never who looked, or from where.
"""

from __future__ import annotations

import re

from ckanext.satudata.domain.personal import numbers

DAYS = 3
"""Days on which words must have been looked for before they are kept in clear and shown."""
KEPT_DAYS = 400
"""How long a day's count is kept."""
UNREAD_DAYS = 90
"""The same for what was not looked for on so many days."""
A_DAY = 500
"""Different words that are kept of one day: a program that tries words at random must not fill the table."""
_SHORTEST, _LONGEST, _WORDS = 3, 60, 6
_DIGITS = 5
_WORD = re.compile(r"[\w-]+")


def normalised(text: str) -> str:
    """The words in small letters with single blanks; empty where they are not to be kept.

    That is: no word or only a sign or two, a whole sentence, an address, a number that could be a person's.
    """
    if "@" in text or numbers.in_text(text):
        return ""
    words = _WORD.findall(text.lower())
    if len(words) > _WORDS or sum(map(str.isdigit, "".join(words))) >= _DIGITS:
        return ""
    found = " ".join(words)
    return found if _SHORTEST <= len(found) <= _LONGEST and re.search(r"[^\W\d_]{2}", found) else ""
