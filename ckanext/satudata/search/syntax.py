"""Lucene's query syntax, parsed by luqum and read with Solr's meaning of its operators."""

from __future__ import annotations

from collections.abc import Iterator

import ckan.plugins.toolkit as tk
from ckan.lib.search.common import SearchQueryError
from luqum import tree
from luqum.exceptions import ParseError
from luqum.thread import parse

from ckanext.satudata.search.clauses import (
    MOST_WORDS,
    Any_,
    Best,
    Bool,
    Boosted,
    Everything,
    Gathered,
    Like,
    Phrase,
    Span,
    Unreadable,
    Word,
)
from ckanext.satudata.search.fields import Kind
from ckanext.satudata.search.fields import field as field_called

MAX_LENGTH = 20_000
MAX_DEPTH = 40


class Reader:
    """Reads one query text.

    `default_and`: what stands between words without an operator; `fields`: the field of words without one, or for
    edismax several with weights (`tie` between them); `mm`: how many of the optional clauses must match.
    """

    def __init__(self, *, default_and: bool, fields: dict[str, float], tie: float = 0.0, mm: str | None = None):
        self.default_and = default_and
        self.fields = fields
        self.tie = tie
        self.mm = mm
        self._operands = 0

    def read(self, text: str) -> object:
        """The clause; raises SearchQueryError with the reason."""
        if len(text) > MAX_LENGTH:
            raise SearchQueryError(tk._("The query is longer than {most} characters").format(most=MAX_LENGTH))
        if not text.strip():
            raise SearchQueryError(tk._("The query is empty"))
        try:
            parsed = parse(_escaped(text))
        except ParseError as error:
            raise Unreadable(f"The query cannot be read: {error}") from error
        except RecursionError as error:
            raise SearchQueryError(tk._("The query is nested too deeply")) from error
        return self._operation(parsed, None, 0, self.mm)

    def _operation(self, node: tree.Item, field: str | None, depth: int, mm: str | None = None) -> object:
        if depth > MAX_DEPTH:
            raise SearchQueryError(tk._("The query is nested too deeply"))
        gathered = Gathered(self.default_and)
        operands = _Flat().of(node)
        self._operands += len(operands)
        if self._operands > MOST_WORDS:
            raise SearchQueryError(tk._("The query has more than {most} words").format(most=MOST_WORDS))
        for conjunction, sign, nodes in _runs(operands, len(self.fields) == 1):
            if len(nodes) == 1:
                clause = self.clause(nodes[0], field, depth)
            else:
                clause = self._words(field or next(iter(self.fields)), [_plain(one.value) for one in nodes])
            gathered.add(clause, conjunction, sign)
        return gathered.clause(mm)

    def _words(self, name: str, values: list[str]) -> object:
        """Words in a row without operators: one text for a field of words, any of them in an exact one."""
        kind = field_called(name)
        if kind.is_words or kind.kind is Kind.PART:
            return Word(name, " ".join(values), self.default_and)
        return Bool(may=tuple(Word(name, value) for value in values))

    def clause(self, node: tree.Item, field: str | None, depth: int) -> object:
        """One operand as a clause; `field` is the one it stands under."""
        if isinstance(node, tree.SearchField):
            return self._fielded(node, depth)
        if isinstance(node, (tree.Group, tree.FieldGroup)):
            return self._operation(node.expr, field, depth + 1)
        if isinstance(node, tree.Boost):
            return Boosted(self.clause(node.expr, field, depth), float(node.force))
        if isinstance(node, tree.Phrase):
            return self._spread(field, lambda name: Phrase(name, _plain(node.value[1:-1])))
        if isinstance(node, tree.Proximity) and isinstance(node.term, tree.Phrase):
            return self._spread(field, lambda name: Phrase(name, _plain(node.term.value[1:-1]), int(node.degree)))
        if isinstance(node, tree.Range):
            return self._spread(field, lambda name: _range(name, node))
        if isinstance(node, tree.Word):
            return self._spread(field, lambda name: self._word(name, node.value))
        if isinstance(node, tree.Fuzzy):
            raise SearchQueryError(tk._("Words that are only similar (~) are not served"))
        if isinstance(node, tree.Regex):
            raise SearchQueryError(
                tk._("Regular expressions are not served; a word that starts with / needs a backslash")
            )
        raise SearchQueryError(tk._("This part of the query is not served: {part}").format(part=str(node).strip()))

    def _fielded(self, node: tree.SearchField, depth: int) -> object:
        name = _plain(node.name)
        if name == "*" and str(node.expr).strip() == "*":
            return Everything()
        if not name or not all(char.isalnum() or char in "_-." for char in name):
            raise SearchQueryError(tk._("There is no field called {field}").format(field=name))
        return self.clause(node.expr, name, depth)

    def _spread(self, field: str | None, make) -> object:
        if field is not None:
            return make(field)
        choices = [Boosted(make(name), weight) if weight != 1 else make(name) for name, weight in self.fields.items()]
        return choices[0] if len(choices) == 1 else Best(tuple(choices), self.tie)

    def _word(self, name: str, value: str) -> object:
        pieces = _pieces(value)
        if pieces == (("wild", "*"),):
            return Any_(name)
        if any(kind == "wild" for kind, _ in pieces):
            return Like(name, pieces)
        return Word(name, _plain(value), self.default_and)


class _Flat:
    """Operators without brackets from left to right, as Lucene's parser meets them."""

    def __init__(self) -> None:
        self.operands: list[tuple[str | None, str | None, tree.Item]] = []
        self.sign: str | None = None

    def of(self, node: tree.Item) -> list[tuple[str | None, str | None, tree.Item]]:
        """`[(AND, OR or None before it, + or - on it, operand), ...]`."""
        self._walk(node, None)
        return self.operands

    def _walk(self, node: tree.Item, conjunction: str | None) -> None:
        if isinstance(node, tree.BaseOperation):
            between = {tree.AndOperation: "AND", tree.OrOperation: "OR"}.get(type(node))
            waiting = conjunction
            for child in node.children:
                bare = _bare_operator(child)
                if bare in ("AND", "OR"):
                    waiting = bare
                elif bare == "-":
                    self.sign = "-"
                else:
                    self._walk(child, waiting)
                    waiting = between
            return
        sign, self.sign = self.sign, None
        while isinstance(node, (tree.Plus, tree.Prohibit, tree.Not)):
            if sign:
                raise Unreadable("Two signs before a word cannot be read")
            sign = "+" if isinstance(node, tree.Plus) else "-"
            node = node.a
        if isinstance(node, tree.Word) and node.value.startswith("!") and len(node.value) > 1:
            sign, node = "-", tree.Word(node.value[1:])
        if isinstance(node, tree.SearchField) and node.name.startswith("!"):
            sign, node = "-", tree.SearchField(node.name[1:], node.expr)
        self.operands.append((conjunction, sign, node))


def _runs(operands: list, joined: bool) -> Iterator[tuple[str | None, str | None, list[tree.Item]]]:
    """The operands; with `joined`, plain words in a row together, which Solr hands to a field as one text."""
    run: list[tree.Item] = []
    for conjunction, sign, node in operands:
        bare = joined and not conjunction and not sign and isinstance(node, tree.Word)
        if bare and all(kind == "text" for kind, _ in _pieces(node.value)):
            run.append(node)
            continue
        if run:
            yield None, None, run
            run = []
        yield conjunction, sign, [node]
    if run:
        yield None, None, run


def _bare_operator(node: tree.Item) -> str | None:
    """`&&`, `||` and `!` are words to luqum."""
    if isinstance(node, tree.Word):
        return {"&&": "AND", "||": "OR", "!": "-"}.get(node.value)
    return None


def _range(name: str, node: tree.Range) -> Span:
    def end(item: tree.Item) -> str | None:
        if isinstance(item, tree.Prohibit):
            return "-" + (end(item.a) or "")
        if isinstance(item, tree.Phrase):
            return _plain(item.value[1:-1])
        return None if item.value == "*" else _plain(item.value)

    return Span(name, end(node.low), end(node.high), node.include_low, node.include_high)


def _pieces(value: str) -> tuple[tuple[str, str], ...]:
    """Text and wildcards of a word, backslashes taken away."""
    pieces: list[tuple[str, str]] = []
    chars = iter(value)
    for char in chars:
        if char in "*?":
            pieces.append(("wild", char))
            continue
        if char == "\\":
            char = next(chars, "\\")
        if pieces and pieces[-1][0] == "text":
            pieces[-1] = ("text", pieces[-1][1] + char)
        else:
            pieces.append(("text", char))
    return tuple(pieces)


def _plain(value: str) -> str:
    chars = iter(value)
    return "".join(next(chars, "\\") if char == "\\" else char for char in chars)


def _escaped(text: str) -> str:
    """The text with a backslash before the characters that mean something to luqum and nothing to Solr."""
    written: list[str] = []
    quoted = False
    chars = iter(text)
    for char in chars:
        if char == "\\":
            char += next(chars, "\\")
        elif char == '"':
            quoted = not quoted
        elif char in "'<>" and not quoted:
            char = "\\" + char
        written.append(char)
    return "".join(written)
