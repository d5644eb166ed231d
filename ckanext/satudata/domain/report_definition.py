"""Reads the file of a report; every fault is told with its line and a mend, and what is read can be counted."""

from __future__ import annotations

import hashlib
from typing import Any

from ckanext.satudata.domain.report import PROCESS, WRITERS, Kind, Span
from ckanext.satudata.domain.report_facts import FACTS, PUBLIC
from ckanext.satudata.domain.report_measure import Measure, Measures
from ckanext.satudata.domain.report_said import Texts, Words
from ckanext.satudata.domain.report_spec import (
    BEFORE,
    CHART_VALUES,
    KEYS,
    NAME,
    STEM,
    BlockSpec,
    ChapterSpec,
    ChartSpec,
    Definition,
    Sentence,
    TableSpec,
)
from ckanext.satudata.domain.sop import Process
from ckanext.satudata.domain.sop_text import Faults, Lined, mapping, texts

_TABLE = ["key", "title", "from", "columns", "by", "measures", "order", "empty"]


def read(text: str, file: str) -> Definition:
    """The definition of a file's text. Raises BadSop with everything that is wrong with it."""
    faults = Faults(file)
    found = Reader(faults, mapping(text, faults)).definition(hashlib.sha256(text.encode()).hexdigest())
    faults.stop()
    return found


class Parts:
    """What reports and dashboards have alike: keys, texts, measures and sentences."""

    def __init__(self, faults: Faults, data: Lined):
        self.faults, self.data = faults, data
        self.texts, self.measures = Texts(faults), Measures(faults)
        self.lines: dict[str, int] = {}
        """By key of a table, text or tile: the line of the one that was read last."""

    def name(self) -> str:
        """Its name in addresses."""
        name = str(self.data.get("name", ""))
        if not NAME.fullmatch(name):
            fault = f"`name` is {name!r}."
            self.faults.add(self.data.line_of("name"), "", fault, "Write small letters, digits and _.")
        return name

    def rows(self, key: str, data: Lined | None = None, step: str = "") -> list[Lined]:
        """The entries of a list."""
        source = self.data if data is None else data
        found = source.get(key) or []
        if not isinstance(found, list) or not all(isinstance(one, Lined) for one in found):
            self.faults.add(source.line_of(key), step, f"`{key}` is no list.", "Begin each of its entries with `-`.")
            return []
        return found

    def key(self, data: Lined, known: list[str]) -> str:
        """The key of a table, a text or a tile, which no other has."""
        key = str(data.get("key", ""))
        self.faults.unknown(data, known, key)
        if not NAME.fullmatch(key):
            fault = f"`key` is {key!r}."
            self.faults.add(data.line_of("key"), key, fault, "Write small letters, digits and _.")
        elif key in self.lines or key.removesuffix(BEFORE) in self.lines:
            fault = f"The key {key!r} stands twice, the first time in line {self.lines[key.removesuffix(BEFORE)]}."
            self.faults.add(data.line_of("key"), key, fault, "Give each its own.")
        self.lines[key] = data.line_of("key")
        return key

    def sentence(self, data: Lined, step: str = "findings") -> Sentence | None:
        """A text with its measures, each named in braces."""
        said, values = self.texts.words(data, "text", step), data.get("values") or Lined()
        if not isinstance(values, Lined):
            mend = "Write a name and its measure, such as {n: downloads count}."
            self.faults.add(data.line_of("values"), step, "`values` cannot be read.", mend)
            return None
        found: dict[str, Measure] = {}
        for name, text in values.items():
            line = values.line_of(name) or data.line_of("values")
            if not NAME.fullmatch(name):
                self.faults.add(line, step, f"`values` names {name!r}.", "Write small letters, digits and _.")
            measure = self.measures.read(text, line, step)
            if measure:
                found[name] = measure
        self.texts.places(said, values, data.line_of("text"), step, "Add it under `values`.")
        return Sentence(said, found) if said and len(found) == len(values) else None

    def grouped(self, name: str, facts: str, line: int, step: str) -> bool:
        """Whether facts can be grouped by that column; a fault where they cannot."""
        if not self.measures.has(facts, name, line, step):
            return False
        if FACTS[facts][name].kind is not Kind.FLAG:
            return True
        mend = f"Count `{facts} count where {name}=true` as a measure."
        self.faults.add(line, step, f"{name!r} is true or false and no column.", mend)
        return False


class Reader(Parts):
    """A report."""

    def definition(self, version: str) -> Definition:
        """The report; whether it may be used say the faults."""
        data, words = self.data, self.texts.words
        self.faults.unknown(data, KEYS, "")
        tables = tuple(filter(None, (self.table(one) for one in self.rows("tables"))))
        blocks = tuple(filter(None, (self.block(one) for one in self.rows("blocks"))))
        chapters = tuple(filter(None, (self.chapter(one) for one in self.rows("chapters"))))
        if chapters:
            keys = [table.key for table in tables] + [block.key for block in blocks]
            self.placed(keys, [key for chapter in chapters for key in chapter.holds])
        if not data.get("tables"):
            line = data.line_of("tables")
            self.faults.add(line, "", "The report has no table.", "Write at least one under `tables`.")
        nothing = words(data, "nothing", needed=False)
        self.texts.places(nothing, (), data.line_of("nothing"), "", "Write the sentence without a number.")
        sentences = tuple(filter(None, (self.finding(one) for one in self.rows("findings"))))
        return Definition(
            name=self.name(),
            title=None if data.get("title") == "sop" else words(data, "title"),
            called=words(data, "kind") or Words({}),
            stem=self.stem(),
            spans=self.spans(),
            nothing=nothing,
            sentences=sentences,
            charts=tuple(filter(None, (self.chart(one, tables) for one in self.rows("charts")))),
            tables=tables,
            files=self.faults.flag(data, "filed", ""),
            version=version,
            blocks=blocks,
            chapters=chapters,
            process=self.process(),
            is_public=self.public(tables, sentences),
            only_with=self.only_with(),
        )

    def stem(self) -> str:
        """How the names of its files begin."""
        stem = str(self.data.get("file") or self.data.get("name") or "")
        if "file" in self.data and not STEM.fullmatch(stem):
            mend = "Write letters, digits, - and _, such as laporan-kecamatan."
            self.faults.add(self.data.line_of("file"), "", f"`file` is {stem[:60]!r}.", mend)
        return stem

    def spans(self) -> tuple[Span, ...]:
        """The kinds of periods that are offered."""
        line = self.data.line_of("periods")
        said = self.data.get("periods", ["month"])
        if not texts(said):
            known = ", ".join(span.value for span in Span)
            self.faults.add(line, "", "`periods` names none.", f"Name one of {known}, or leave it out.")
        return self.faults.many(Span, said, line, "", "period")

    def process(self) -> str:
        """To which process it belongs."""
        name = str(self.data.get("process") or PROCESS)
        if name not in WRITERS:
            line = self.data.line_of("process")
            self.faults.add(line, "", f"`process` is {name!r}.", f"Known are {', '.join(WRITERS)}.")
        return name

    def only_with(self) -> str:
        """The process without which the site has no such report."""
        name = str(self.data.get("only_with") or "")
        found = self.faults.one(Process, name, self.data.line_of("only_with"), "", "process") if name else None
        return found.value if found else ""

    def public(self, tables: tuple[TableSpec, ...], sentences: tuple[Sentence, ...]) -> bool:
        """Whether it is public. What everybody reads counts what `report_facts.PUBLIC` names, and lists nothing."""
        if not self.faults.flag(self.data, "public", ""):
            return False
        for table in tables:
            if table.columns:
                fault = f"A public report lists {', '.join(table.columns)}."
                mend = "Count them `by` something, with `measures`."
                self.faults.add(self.lines[table.key], table.key, fault, mend)
            for _, _, measure in table.measures:
                self.shown(measure, table.by, self.lines[table.key], table.key)
        for sentence in sentences:
            for measure in sentence.values.values():
                self.shown(measure, (), self.data.line_of("findings"), "findings")
        return True

    def shown(self, measure: Measure, by: tuple[str, ...], line: int, step: str) -> None:
        """A fault for what a public report may not count, or not by these columns."""
        known = PUBLIC.get(measure.facts)
        if known is None:
            mend = f"Everybody may be shown {', '.join(PUBLIC)}."
            self.faults.add(line, step, f"A public report counts {measure.facts!r}.", mend)
            return
        for name in sorted({*by, measure.of, measure.where} - known - {""}):
            mend = f"Of {measure.facts!r} everybody may be shown {', '.join(sorted(known))}."
            self.faults.add(line, step, f"A public report shows {name!r}.", mend)

    def placed(self, keys: list[str], held: list[str]) -> None:
        """A fault for what stands in no chapter, in several, or is not there."""
        line, mend = self.data.line_of("chapters"), "Name each table and each text in one chapter."
        for key in sorted(set(held) - set(keys)):
            self.faults.add(line, "chapters", f"There is no table and no text {key!r}.", mend)
        for key in sorted(key for key in set(keys) if held.count(key) != 1):
            self.faults.add(line, "chapters", f"{key!r} stands in {held.count(key)} chapters.", mend)

    def finding(self, data: Lined) -> Sentence | None:
        """A sentence of the summary."""
        self.faults.unknown(data, ["text", "values"], "findings")
        return self.sentence(data)

    def block(self, data: Lined) -> BlockSpec | None:
        """A text that officers write."""
        key = self.key(data, ["key", "title", "hint", "optional"])
        title, hint = self.texts.words(data, "title", key), self.texts.words(data, "hint", key, needed=False)
        return BlockSpec(key, title, hint, self.faults.flag(data, "optional", key)) if title else None

    def chapter(self, data: Lined) -> ChapterSpec | None:
        """A heading and what stands below it."""
        self.faults.unknown(data, ["title", "holds"], "chapters")
        title = self.texts.words(data, "title", "chapters")
        return ChapterSpec(title, texts(data.get("holds"))) if title else None

    def table(self, data: Lined) -> TableSpec | None:
        """A table, of facts or of groups."""
        key = self.key(data, _TABLE)
        title = self.texts.words(data, "title", key)
        columns, by = texts(data.get("columns")), texts(data.get("by"))
        measures = tuple(filter(None, (self.counted(one, key) for one in self.rows("measures", data, key))))
        facts = str(data.get("from") or (measures[0][2].facts if measures else ""))
        if bool(columns) == bool(by) or bool(by) != bool(data.get("measures")):
            fault = "A table has either `columns`, or `by` and `measures`."
            self.faults.add(data.line, key, fault, "Write one of the two.")
            return None
        if facts or not by:
            self.measures.known(facts, data.line_of("from"), key)
        line = data.line_of("columns" if columns else "by")
        for source in dict.fromkeys([facts, *(measure.facts for _, _, measure in measures)]):
            for name in columns or by:
                self.grouped(name, source, line, key)
        self.no_twice([*by, *(name for name, _, _ in measures)], data, key)
        self.no_twice([*columns], data, key)
        order = self.order(data, {*columns, *by, *(name for name, _, _ in measures)}, key)
        empty = self.texts.words(data, "empty", key, needed=False)
        return TableSpec(key, title or Words({}), facts, columns, by, measures, order, empty)

    def counted(self, data: Lined, step: str) -> tuple[str, Words, Measure] | None:
        """A measure of a table with its key and head."""
        self.faults.unknown(data, ["key", "head", "is"], step)
        head = self.texts.words(data, "head", step)
        measure = self.measures.read(data.get("is"), data.line_of("is"), step)
        key = str(data.get("key") or (measure.facts if measure else ""))
        if "key" in data and not NAME.fullmatch(key):
            fault = f"`key` is {key!r}."
            self.faults.add(data.line_of("key"), step, fault, "Write small letters, digits and _.")
        return (key, head or Words({}), measure) if measure else None

    def no_twice(self, names: list[str], data: Lined, step: str) -> None:
        """A fault for two columns of one name; the period before has each of its own."""
        for name in sorted({name for name in names if names.count(name) > 1 or name.removesuffix(BEFORE) != name}):
            fault = f"Two columns are called {name!r}."
            if name.endswith(BEFORE):
                fault = f"A column is called {name!r}, as are those of the period before."
            self.faults.add(data.line, step, fault, "Give each its own `key`, and name each column once.")

    def order(self, data: Lined, known: set[str], step: str) -> tuple[str, ...]:
        """By what the rows are ordered."""
        found = texts(data.get("order"))
        for name in found:
            if name.removeprefix("-") not in known:
                mend = f"Known are {', '.join(sorted(known))}, each with `-` before it where the largest comes first."
                self.faults.add(data.line_of("order"), step, f"`order` names {name!r}.", mend)
        return found

    def chart(self, data: Lined, tables: tuple[TableSpec, ...]) -> ChartSpec | None:
        """A chart of a table's groups."""
        self.faults.unknown(data, ["table", "measure", "text"], "charts")
        table = next((one for one in tables if one.key == data.get("table")), None)
        measure: Any = data.get("measure")
        if table is None or measure not in [name for name, _, _ in table.measures]:
            fault = "The chart names no measure of a table of this report."
            self.faults.add(data.line, "charts", fault, "Write `table` and `measure`.")
            return None
        text = self.texts.words(data, "text", "charts")
        mend = f"A chart knows {', '.join(CHART_VALUES)}."
        self.texts.places(text, CHART_VALUES, data.line_of("text"), "charts", mend)
        return ChartSpec(table.key, measure, text or Words({}))
