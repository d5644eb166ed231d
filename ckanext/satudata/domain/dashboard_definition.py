"""Dashboards as files: a list of tiles, each naming a measure in the language of the reports.

A file is checked at load: what cannot be counted, and what may not be shown to everybody, is told with file, line and
mend.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ckanext.satudata.domain.dashboard import PUBLIC_FACTS, Audience
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.report import PROCESS
from ckanext.satudata.domain.report_definition import Parts
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure
from ckanext.satudata.domain.report_said import Words, all_languages
from ckanext.satudata.domain.report_spec import Sentence
from ckanext.satudata.domain.sop import Process
from ckanext.satudata.domain.sop_text import Faults, Lined, mapping

EVERYBODY = "everybody"
_LINK = re.compile(r"/(?!/)[\w/.?=&{}:#-]*")
_PLACES = frozenset({"agency", "from_on", "until_on"})
_MOST = 5
_TILE = ["key", "title", "is", "note", "values", "by", "of", "most", "first", "trend", "link", "to"]


@dataclass(frozen=True)
class TileSpec:
    """A number, its trend, and a link. `by`: its largest groups, `most` of them, are shown too."""

    key: str
    title: Words
    measure: Measure
    note: Sentence | None
    by: str
    of: Measure
    """What is counted of its groups: the number itself, or another measure of the same facts."""
    most: int
    smallest: bool
    """Whether the smallest groups come first, as where a small share is what asks for attention."""
    trend: Measure
    trend_title: Words | None
    """What the trend counts, where it is not the number itself."""
    link: str
    """A path on this portal; may name `{agency}`, `{from_on}` and `{until_on}`."""
    link_text: Words

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All that it counts, without its trend."""
        return (self.measure, self.of, *(self.note.values.values() if self.note else ()))


@dataclass(frozen=True)
class Definition:
    """A dashboard of this site. `years`: of all time, year by year; else of the last twelve months."""

    name: str
    title: Words
    lead: Words
    audience: Audience
    years: bool
    tiles: tuple[TileSpec, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that a page shows, as it stands in the file, in every language."""
        tiles = [words for one in self.tiles for words in (one.title, one.trend_title, one.link_text)]
        notes = [one.note.text for one in self.tiles if one.note]
        said = [self.title, self.lead, *tiles, *notes]
        return all_languages(said)


def read(text: str, file: str) -> Definition:
    """The dashboard of a file's text. Raises BadSop with everything that is wrong with it."""
    faults = Faults(file)
    found = _Reader(faults, mapping(text, faults)).dashboard()
    faults.stop()
    return found


class _Reader(Parts):
    def dashboard(self) -> Definition:
        data, words = self.data, self.texts.words
        self.faults.unknown(data, ["name", "title", "lead", "readers", "agency", "process", "years", "tiles"], "")
        audience = self.audience()
        tiles = tuple(filter(None, (self.tile(one) for one in self.rows("tiles"))))
        if not data.get("tiles"):
            line = data.line_of("tiles")
            self.faults.add(line, "", "The dashboard has no tile.", "Write at least one under `tiles`.")
        for tile in tiles:
            self.allowed(tile, audience)
        return Definition(
            name=self.name(),
            title=words(data, "title") or Words({}),
            lead=words(data, "lead") or Words({}),
            audience=audience,
            years=self.faults.flag(data, "years", ""),
            tiles=tiles,
        )

    def audience(self) -> Audience:
        said, data = self.data.get("readers"), self.data
        of_agency, process = self.faults.flag(data, "agency", ""), str(data.get("process") or PROCESS)
        self.faults.one(Process, process, data.line_of("process"), "", "process")
        if said == EVERYBODY:
            if of_agency:
                mend = "Leave `agency` out, or name roles."
                self.faults.add(data.line_of("agency"), "", "A dashboard for everybody is of no one agency.", mend)
            return Audience()
        roles = self.faults.many(Role, said, data.line_of("readers"), "", "role")
        if not roles:
            mend = f"Write roles, or `{EVERYBODY}`."
            fault = "`readers` says for whom the dashboard is, and is missing."
            self.faults.add(data.line_of("readers"), "", fault, mend)
        return Audience(roles, of_agency, process)

    def allowed(self, tile: TileSpec, audience: Audience) -> None:
        """What is not public is counted for officers only; what is not of an agency, not for its head."""
        line = self.lines[tile.key]
        for measure in (*tile.measures, tile.trend):
            if audience.is_public and measure.facts not in PUBLIC_FACTS:
                mend = f"Everybody may be shown {', '.join(PUBLIC_FACTS)}."
                self.faults.add(line, tile.key, f"{measure.facts!r} is not for everybody.", mend)
            if audience.of_agency and "agency" not in FACTS[measure.facts]:
                mend = "Take facts that have an agency."
                self.faults.add(line, tile.key, f"{measure.facts!r} is not told apart by agency.", mend)

    def tile(self, data: Lined) -> TileSpec | None:
        words = self.texts.words
        key = self.key(data, _TILE)
        measure = self.measures.read(data.get("is"), data.line_of("is"), key)
        if data.get("first") not in (None, "smallest", "largest"):
            mend = "Write smallest or largest."
            self.faults.add(data.line_of("first"), key, f"`first` is {data['first']!r}.", mend)
        title, link_text = words(data, "title", key) or Words({}), words(data, "to", key) or Words({})
        trend, trend_title = self.trend(data, measure, key)
        if measure is None or trend is None:
            return None
        by = str(data.get("by") or "")
        if by:
            self.grouped(by, measure.facts, data.line_of("by"), key)
        of = measure
        if "of" in data:
            of = self.measures.read(data["of"], data.line_of("of"), key) or measure
            self.same(measure, of, data.line_of("of"), key)
        return TileSpec(
            key=key,
            title=title,
            measure=measure,
            note=self.note(data, measure, key),
            by=by,
            of=of,
            most=self.most(data, key),
            smallest=data.get("first") == "smallest",
            trend=trend,
            trend_title=trend_title,
            link=self.link(data, key),
            link_text=link_text,
        )

    def trend(self, data: Lined, measure: Measure | None, key: str) -> tuple[Measure | None, Words | None]:
        """What is counted month by month, and its title where it is not the number itself."""
        said, trend, title, line = data.get("trend"), measure, None, data.line_of("trend")
        if isinstance(said, Lined):
            self.faults.unknown(said, ["is", "title"], key)
            trend = self.measures.read(said.get("is"), said.line_of("is"), key)
            title = self.texts.words(said, "title", key)
        elif "trend" in data:
            self.faults.add(line, key, "`trend` cannot be read.", "Write {is: …, title: …}.")
        if trend is not None and "at" not in FACTS[trend.facts]:
            mend = "Name another measure under `trend`."
            self.faults.add(line, key, f"{trend.facts!r} is counted as it stands now and has no trend.", mend)
        return trend, title

    def same(self, measure: Measure, other: Measure, line: int, key: str) -> None:
        if other.facts != measure.facts:
            mend = f"Count {measure.facts!r} only, or make another tile."
            self.faults.add(line, key, f"{other.facts!r} are other facts than those of the tile.", mend)

    def note(self, data: Lined, measure: Measure, key: str) -> Sentence | None:
        if "note" not in data:
            return None
        asked = Lined({"text": data["note"], **({"values": data["values"]} if "values" in data else {})})
        asked.line = data.line
        asked.lines = {"text": data.line_of("note"), "values": data.line_of("values")}
        found = self.sentence(asked, key)
        for other in found.values.values() if found else ():
            self.same(measure, other, data.line_of("values"), key)
        return found

    def most(self, data: Lined, key: str) -> int:
        said = str(data.get("most") or _MOST)
        if not said.isdecimal() or len(said) > 2 or not 0 < int(said) <= 20:
            self.faults.add(data.line_of("most"), key, f"`most` is {said[:40]!r}.", "Write a number from 1 to 20.")
            return _MOST
        return int(said)

    def link(self, data: Lined, key: str) -> str:
        said, line = str(data.get("link") or ""), data.line_of("link")
        mend = "Write a path of this portal, such as /laporan?name=lateness&from_on={from_on}."
        if not _LINK.fullmatch(said):
            self.faults.add(line, key, f"`link` is {said!r}.", mend)
        else:
            self.texts.places(Words({"id": said}), _PLACES, line, key, mend)
        return said
