"""Reports as files: which tables, sentences and charts, over which facts. A government adds its own without code.

How a file is read and checked stands in `report_definition`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ckanext.satudata.domain.report import PROCESS, Column, Span
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure
from ckanext.satudata.domain.report_said import Words, all_languages

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")
BEFORE = "_before"
"""Ends the name of a column or table of the period before."""
KEYS = [
    *("name", "title", "kind", "file", "periods", "filed", "process", "public", "only_with"),
    *("nothing", "findings", "charts", "tables", "blocks", "chapters"),
]
CHART_VALUES = ("label", "count", "share")
"""What the sentence of a chart may name of its largest."""


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
