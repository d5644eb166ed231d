"""Reports as files: which tables, sentences and charts, over which facts. A government adds its own without code.

A file is checked at load: an unknown set of facts, column or measure is told with file, line and mend.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ckanext.satudata.domain.report import PROCESS, WRITERS, Column, Kind, Span
from ckanext.satudata.domain.report_facts import FACTS, PUBLIC
from ckanext.satudata.domain.sop import Process
from ckanext.satudata.domain.sop_text import Faults, Lined, mapping, texts

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_MEASURE = re.compile(
    r"(?P<facts>\w+) (?P<what>count|share|distinct|sum|median|longest)(?: (?P<of>\w+))?"
    r"(?: where (?P<where>\w+)=(?P<values>[\w|-]+))?"
)


_KEYS = [
    *("name", "title", "kind", "file", "periods", "filed", "process", "public", "only_with"),
    *("nothing", "findings", "charts", "tables", "blocks", "chapters"),
]
CHART_VALUES = ("label", "count", "share")
"""What the sentence of a chart may name of its largest."""


class What(str, Enum):
    """What a measure counts."""

    COUNT = "count"
    SHARE = "share"
    """Per cent of all, of those that `where` names."""
    DISTINCT = "distinct"
    SUM = "sum"
    MEDIAN = "median"
    LONGEST = "longest"


@dataclass(frozen=True)
class Words:
    """A text in the portal's languages."""

    by_language: Mapping[str, str]

    def said(self, language: str) -> str:
        """In that language (`id`, `id_ID` or `en`), else in the first that the file has."""
        return self.by_language.get(language[:2]) or next(iter(self.by_language.values()), "")


def all_languages(said: Iterable[Words | None]) -> tuple[str, ...]:
    """Each text of those in each of its languages."""
    return tuple(text for words in said if words for text in words.by_language.values())


@dataclass(frozen=True)
class Measure:
    """One number: `<facts> count | share | distinct C | sum C | median C | longest C [where C=value|value]`."""

    facts: str
    what: What
    of: str = ""
    where: str = ""
    values: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """How it is written."""
        whole = self.what in (What.COUNT, What.DISTINCT) or (
            self.what is not What.MEDIAN and self.of and FACTS[self.facts][self.of].kind is Kind.COUNT
        )
        return Kind.COUNT if whole else Kind.DECIMAL


@dataclass(frozen=True)
class TableSpec:
    """Rows of facts (`columns`), or groups (`by`) with measures, which may be of several sets of facts."""

    key: str
    title: Words
    facts: str
    columns: tuple[str, ...]
    by: tuple[str, ...]
    measures: tuple[tuple[str, Words, Measure], ...]
    """Key, head and what is counted."""
    order: tuple[str, ...]
    """Columns or measures; `-` before a name: the largest first."""
    empty: Words | None

    @property
    def over_months(self) -> bool:
        """Whether each of its rows is a month: its charts are lines."""
        return self.by == ("month",)

    @property
    def said_heads(self) -> tuple[Words, ...]:
        """The heads of its measures."""
        return tuple(head for _, head, _ in self.measures)

    @property
    def heads(self) -> tuple[Column, ...]:
        """The columns that stand in the table before its measures."""
        known = FACTS[self.facts]
        return tuple(known[name] for name in self.columns or self.by)


@dataclass(frozen=True)
class Sentence:
    """A sentence of the summary; its numbers are in braces."""

    text: Words
    values: Mapping[str, Measure]


@dataclass(frozen=True)
class ChartSpec:
    """Of a table's groups, by one measure: a line where they are months, else bars.

    `text` has `{label}`, `{count}` and `{share}` (per cent of all) of the largest.
    """

    table: str
    measure: str
    text: Words


@dataclass(frozen=True)
class BlockSpec:
    """A text that officers write; `hint` says what belongs there. An optional one may be empty in a filed report."""

    key: str
    title: Words
    hint: Words | None
    optional: bool = False


@dataclass(frozen=True)
class ChapterSpec:
    """A heading, and the keys of the tables and texts below it."""

    title: Words
    holds: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """A report of this site. `title` empty: the title of the running SOP's last step."""

    name: str
    title: Words | None
    called: Words
    stem: str
    spans: tuple[Span, ...]
    nothing: Words | None
    sentences: tuple[Sentence, ...]
    charts: tuple[ChartSpec, ...]
    tables: tuple[TableSpec, ...]
    files: bool
    """Whether it may be filed: filing closes the step that waits for it."""
    version: str = ""
    """sha256 of the file's text."""
    blocks: tuple[BlockSpec, ...] = ()
    chapters: tuple[ChapterSpec, ...] = ()
    """None: tables, then texts. Else each of them stands in one."""
    process: str = PROCESS
    """Whose step is closed by filing, and whose officers write and read it."""
    is_public: bool = False
    """Whether everybody may read it once it is filed; then it names no data, case or person."""
    only_with: str = ""
    """The process that a site must run to have this report."""

    @property
    def facts(self) -> tuple[str, ...]:
        """The sets of facts that it counts or lists, each once."""
        counted = [measure for one in self.sentences for measure in one.values.values()]
        counted += [measure for table in self.tables for _, _, measure in table.measures]
        return tuple(dict.fromkeys([measure.facts for measure in counted] + [table.facts for table in self.tables]))

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that a page shows as it stands in the file, in every language."""
        tables = [words for table in self.tables for words in (table.title, table.empty, *table.said_heads)]
        blocks = [words for block in self.blocks for words in (block.title, block.hint)]
        chapters = [chapter.title for chapter in self.chapters]
        sentences = [one.text for one in self.sentences]
        said = [self.title, self.called, self.nothing, *tables, *blocks, *chapters, *sentences]
        return all_languages(said)


def read(text: str, file: str) -> Definition:
    """The definition of a file's text. Raises BadSop with everything that is wrong with it."""
    faults = Faults(file)
    found = Reader(faults, mapping(text, faults)).definition(hashlib.sha256(text.encode()).hexdigest())
    faults.stop()
    assert found is not None
    return found


class Reader:
    def __init__(self, faults: Faults, data: Lined):
        self.faults, self.data = faults, data

    def definition(self, version: str) -> Definition | None:
        data = self.data
        self.faults.unknown(data, _KEYS, "")
        name = str(data.get("name", ""))
        if not NAME.fullmatch(name):
            self.faults.add(data.line, "", f"`name` is {name!r}.", "Write small letters, digits and _.")
        tables = tuple(filter(None, (self.table(one) for one in self.rows("tables"))))
        blocks = tuple(filter(None, (self.block(one) for one in self.rows("blocks"))))
        chapters = tuple(filter(None, (self.chapter(one) for one in self.rows("chapters"))))
        keys = [table.key for table in tables] + [block.key for block in blocks]
        self.twice(keys)
        if chapters:
            self.placed(keys, [key for chapter in chapters for key in chapter.holds])
        if not tables:
            self.faults.add(data.line, "", "The report has no table.", "Write at least one under `tables`.")
        sentences = tuple(filter(None, (self.sentence(one) for one in self.rows("findings"))))
        return Definition(
            name=name,
            title=None if data.get("title") == "sop" else self.words(data, "title"),
            called=self.words(data, "kind") or Words({}),
            stem=str(data.get("file") or name),
            spans=self.faults.many(Span, data.get("periods", ["month"]), data.line, "", "period"),
            nothing=self.words(data, "nothing", needed=False),
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

    def process(self) -> str:
        name = str(self.data.get("process") or PROCESS)
        if name not in WRITERS:
            self.faults.add(self.data.line, "", f"`process` is {name!r}.", f"Known are {', '.join(WRITERS)}.")
        return name

    def only_with(self) -> str:
        name = str(self.data.get("only_with") or "")
        found = self.faults.one(Process, name, self.data.line, "", "process") if name else None
        return found.value if found else ""

    def public(self, tables: tuple[TableSpec, ...], sentences: tuple[Sentence, ...]) -> bool:
        """Whether it is public. What everybody reads counts what `report_facts.PUBLIC` names, and lists nothing."""
        if not self.faults.flag(self.data, "public", ""):
            return False
        for table in tables:
            if table.columns:
                fault = f"A public report lists {', '.join(table.columns)}."
                self.faults.add(self.data.line, table.key, fault, "Count them `by` something, with `measures`.")
            for _, _, measure in table.measures:
                self.counted(measure, table.by, table.key)
        for sentence in sentences:
            for measure in sentence.values.values():
                self.counted(measure, (), "findings")
        return True

    def counted(self, measure: Measure, by: tuple[str, ...], where: str) -> None:
        """A fault for what a public report may not count, or not by these columns."""
        known = PUBLIC.get(measure.facts)
        if known is None:
            mend = f"Everybody may be shown {', '.join(PUBLIC)}."
            self.faults.add(self.data.line, where, f"A public report counts {measure.facts!r}.", mend)
            return
        for name in sorted({*by, measure.of, measure.where} - known - {""}):
            mend = f"Of {measure.facts!r} everybody may be shown {', '.join(sorted(known))}."
            self.faults.add(self.data.line, where, f"A public report shows {name!r}.", mend)

    def rows(self, key: str) -> list[Lined]:
        found = self.data.get(key) or []
        if not isinstance(found, list) or not all(isinstance(one, Lined) for one in found):
            self.faults.add(self.data.line, "", f"`{key}` is no list.", "Begin each of its entries with `-`.")
            return []
        return found

    def twice(self, keys: list[str]) -> None:
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            self.faults.add(self.data.line, key, f"The key {key!r} stands twice.", "Give each its own.")

    def placed(self, keys: list[str], held: list[str]) -> None:
        line, mend = self.data.line, "Name each table and each text in one chapter."
        for key in sorted(set(held) - set(keys)):
            self.faults.add(line, "chapters", f"There is no table and no text {key!r}.", mend)
        for key in sorted(key for key in set(keys) if held.count(key) != 1):
            self.faults.add(line, "chapters", f"{key!r} stands in {held.count(key)} chapters.", mend)

    def block(self, data: Lined) -> BlockSpec | None:
        key = self.key(data, ["key", "title", "hint", "optional"])
        title, hint = self.words(data, "title"), self.words(data, "hint", needed=False)
        return BlockSpec(key, title, hint, self.faults.flag(data, "optional", key)) if title else None

    def chapter(self, data: Lined) -> ChapterSpec | None:
        self.faults.unknown(data, ["title", "holds"], "chapters")
        title = self.words(data, "title")
        return ChapterSpec(title, texts(data.get("holds"))) if title else None

    def key(self, data: Lined, known: list[str]) -> str:
        key = str(data.get("key", ""))
        self.faults.unknown(data, known, key)
        if not NAME.fullmatch(key):
            self.faults.add(data.line, key, f"`key` is {key!r}.", "Write small letters, digits and _.")
        return key

    def words(self, data: Lined, key: str, needed: bool = True) -> Words | None:
        value = data.get(key)
        if isinstance(value, Lined) and value and set(value) <= {"id", "en"}:
            return Words({language: str(text) for language, text in value.items()})
        if isinstance(value, str) and value:
            return Words({"id": value})
        if needed or value:
            self.faults.add(data.line, "", f"`{key}` is missing.", "Write it as {id: …, en: …}.")
        return None

    def facts(self, name: str, line: int, where: str) -> Mapping[str, Column]:
        if name not in FACTS:
            self.faults.add(line, where, f"There are no facts {name!r}.", f"Known are {', '.join(FACTS)}.")
        return FACTS.get(name, {})

    def column(self, name: str, facts: str, line: int, where: str) -> bool:
        if facts in FACTS and name not in FACTS[facts]:
            known = ", ".join(FACTS[facts])
            self.faults.add(line, where, f"{facts!r} has no column {name!r}.", f"Known are {known}.")
            return False
        return facts in FACTS

    def measure(self, text: Any, line: int, where: str) -> Measure | None:
        found = _MEASURE.fullmatch(str(text or ""))
        if not found:
            mend = "Write for example `steps median days` or `requests count where outcome=granted|refused`."
            self.faults.add(line, where, f"{text!r} is no measure.", mend)
            return None
        facts, what, of = found["facts"], What(found["what"]), found["of"] or ""
        known = self.facts(facts, line, where)
        needs = what not in (What.COUNT, What.SHARE)
        if needs != bool(of):
            mend = f"Write the column after `{what.value}`." if needs else f"Leave {of!r} out."
            self.faults.add(line, where, f"{text!r} does not name what is counted.", mend)
            return None
        for column in filter(None, (of, found["where"])):
            if not self.column(column, facts, line, where):
                return None
        if needs and what is not What.DISTINCT and known[of].kind not in (Kind.COUNT, Kind.DECIMAL):
            self.faults.add(line, where, f"{of!r} holds no numbers.", "Take a column of numbers, or count.")
            return None
        if what is What.SHARE and not found["where"]:
            self.faults.add(line, where, f"{text!r}: a share of what?", "Add `where …=…`.")
            return None
        return Measure(facts, what, of, found["where"] or "", tuple((found["values"] or "").split("|")))

    def sentence(self, data: Lined) -> Sentence | None:
        self.faults.unknown(data, ["text", "values"], "findings")
        said, values = self.words(data, "text"), data.get("values") or Lined()
        read_ = {key: self.measure(text, data.line, "findings") for key, text in values.items()}
        if said is None or not all(read_.values()):
            return None
        for text in said.by_language.values():
            for name in set(re.findall(r"{(\w*)}", text)) - set(read_):
                self.faults.add(data.line, "findings", f"`{{{name}}}` has no value.", "Add it under `values`.")
        return Sentence(said, {key: measure for key, measure in read_.items() if measure})

    def table(self, data: Lined) -> TableSpec | None:
        key = self.key(data, ["key", "title", "from", "columns", "by", "measures", "order", "empty"])
        title, columns, by = self.words(data, "title"), texts(data.get("columns")), texts(data.get("by"))
        measures = []
        for one in data.get("measures") or []:
            if not isinstance(one, Lined):
                self.faults.add(data.line, key, "A measure cannot be read.", "Write {key: …, head: …, is: …}.")
                continue
            measure = self.measure(one.get("is"), one.line, key)
            if measure is None:
                continue
            head = self.words(one, "head")
            measures.append((str(one.get("key") or measure.facts), head or Words({}), measure))
        facts = str(data.get("from") or (measures[0][2].facts if measures else ""))
        self.facts(facts, data.line, key)
        if bool(columns) == bool(by) or bool(by) != bool(measures):
            fault = "A table has either `columns`, or `by` and `measures`."
            self.faults.add(data.line, key, fault, "Write one of the two.")
            return None
        for source in {facts, *(measure.facts for _, _, measure in measures)}:
            for name in columns or by:
                self.column(name, source, data.line, key)
        order = texts(data.get("order"))
        names = {*columns, *by, *(name for name, _, _ in measures)}
        for name in order:
            if name.lstrip("-") not in names:
                self.faults.add(data.line, key, f"`order` names {name!r}.", f"Known are {', '.join(sorted(names))}.")
        empty = self.words(data, "empty", needed=False)
        return TableSpec(key, title or Words({}), facts, columns, by, tuple(measures), order, empty)

    def chart(self, data: Lined, tables: tuple[TableSpec, ...]) -> ChartSpec | None:
        self.faults.unknown(data, ["table", "measure", "text"], "charts")
        table = next((one for one in tables if one.key == data.get("table")), None)
        if table is None or data.get("measure") not in {name for name, _, _ in table.measures}:
            fault = "The chart names no measure of a table of this report."
            self.faults.add(data.line, "charts", fault, "Write `table` and `measure`.")
            return None
        text = self.words(data, "text") or Words({})
        for name in sorted({name for said in text.by_language.values() for name in re.findall(r"{(\w*)}", said)}):
            if name not in CHART_VALUES:
                known = ", ".join(CHART_VALUES)
                self.faults.add(data.line, "charts", f"A chart does not know `{{{name}}}`.", f"Known are {known}.")
        return ChartSpec(table.key, str(data["measure"]), text)
