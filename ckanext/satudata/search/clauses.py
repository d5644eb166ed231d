"""A query as a tree, after parsing and before SQL."""

from __future__ import annotations

from dataclasses import dataclass, field

from ckan.lib.search.common import SearchError, SearchQueryError

MOST_WORDS = 1024
"""Of a query, and looked for in one field; as Solr's maxClauseCount."""


class Unreadable(SearchError):
    """The text is no query: the search page shows its form again, as with Solr."""


@dataclass(frozen=True)
class Everything:
    """Every document (`*:*`)."""


@dataclass(frozen=True)
class Nothing:
    """No document."""


@dataclass(frozen=True)
class Word:
    """A value of a field; a text field's value may be several words, of which `every` or any must be there."""

    field: str
    value: str
    every: bool = True


@dataclass(frozen=True)
class Phrase:
    """Words in this order, at most `slop` moves away from it."""

    field: str
    value: str
    slop: int = 0


@dataclass(frozen=True)
class Like:
    """A pattern: text pieces with `*` (any run) and `?` (one character) between them."""

    field: str
    pieces: tuple[tuple[str, str], ...]  # ("text", "abc"), ("wild", "*")


@dataclass(frozen=True)
class Span:
    """A range; None is an open end."""

    field: str
    low: str | None
    high: str | None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True)
class Any_:
    """Any value at all in the field."""

    field: str


@dataclass(frozen=True)
class Bool:
    """All of `must`, none of `never`, and of `may` as many as `mm` says (None: one if there is no `must`)."""

    must: tuple = ()
    may: tuple = ()
    never: tuple = ()
    mm: str | None = None

    @property
    def needed(self) -> int:
        """How many of `may` a document needs."""
        least = 1 if self.may and not self.must else 0
        return max(least, minimum(self.mm, len(self.may))) if self.mm else least


@dataclass(frozen=True)
class Best:
    """Any of the choices; the best one counts fully, the others by `tie`."""

    choices: tuple
    tie: float = 0.0


@dataclass(frozen=True)
class Boosted:
    """A clause that weighs more or less."""

    clause: object
    factor: float


@dataclass
class Gathered:
    """Clauses in the order of writing, with Lucene's rule how AND, OR, NOT, + and - act on their neighbours."""

    default_and: bool
    items: list[list] = field(default_factory=list)  # [occur, clause]; occur: must, may, never

    def add(self, clause: object, conjunction: str | None, sign: str | None) -> None:
        """`conjunction` is AND, OR or None before the clause; `sign` +, - or None on it."""
        if self.items and self.items[-1][0] != "never":
            if conjunction == "AND":
                self.items[-1][0] = "must"
            elif conjunction == "OR" and self.default_and:
                self.items[-1][0] = "may"
        if sign == "-":
            occur = "never"
        elif self.default_and:
            occur = "may" if conjunction == "OR" else "must"  # even with +, as in Lucene
        else:
            occur = "must" if sign == "+" or conjunction == "AND" else "may"
        self.items.append([occur, clause])

    def clause(self, mm: str | None = None) -> object:
        """The whole as one clause."""
        if len(self.items) == 1 and self.items[0][0] != "never":
            return self.items[0][1]
        sorted_ = {
            occur: tuple(clause for found, clause in self.items if found == occur) for occur in ("must", "may", "never")
        }
        return Bool(**sorted_, mm=mm)


def standing_alone(clause: object) -> object:
    """A query of exclusions only means everything else, at the top; inside brackets or typed, it means nothing."""
    if isinstance(clause, Bool) and not clause.must and not clause.may:
        return Bool(must=(Everything(),), never=clause.never)
    return clause


def minimum(mm: str, count: int) -> int:
    """How many of `count` optional words must match, by Solr's `mm`: `2`, `-1`, `75%`, `2<-1 5<80%`."""
    try:
        conditions = mm.replace(" <", "<").replace("< ", "<").split()
        if "<" in mm:
            rule = None
            for condition in conditions:
                over, value = condition.split("<")
                if count <= int(over):
                    break
                rule = value
            return count if rule is None else max(0, min(count, _share(rule, count)))
        return max(0, min(count, _share(mm.strip(), count)))
    except ValueError as error:
        raise SearchQueryError(f"mm cannot be read: {mm!r}") from error


def _share(rule: str, count: int) -> int:
    share = int(count * int(rule[:-1]) / 100) if rule.endswith("%") else int(rule)
    return count + share if rule.startswith("-") else share
