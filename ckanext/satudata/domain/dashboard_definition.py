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
from ckanext.satudata.domain.report_definition import NAME, Measure, Reader, Sentence, Words, all_languages
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.sop_text import Faults, Lined, mapping

EVERYBODY = "everybody"
_LINK = re.compile(r"/(?!/)[\w/.?=&{}:-]*")
_PLACES = frozenset({"agency", "from_on", "until_on"})
_MOST = 5


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


class _Reader(Reader):
    def dashboard(self) -> Definition:
        data = self.data
        self.faults.unknown(data, ["name", "title", "lead", "readers", "agency", "process", "years", "tiles"], "")
        name = str(data.get("name", ""))
        if not NAME.fullmatch(name):
            self.faults.add(data.line, "", f"`name` is {name!r}.", "Write small letters, digits and _.")
        audience = self.audience()
        tiles = tuple(filter(None, (self.tile(one) for one in self.rows("tiles"))))
        self.twice([one.key for one in tiles])
        if not tiles:
            self.faults.add(data.line, "", "The dashboard has no tile.", "Write at least one under `tiles`.")
        for tile in tiles:
            self.allowed(tile, audience)
        return Definition(
            name=name,
            title=self.words(data, "title") or Words({}),
            lead=self.words(data, "lead") or Words({}),
            audience=audience,
            years=self.faults.flag(data, "years", ""),
            tiles=tiles,
        )

    def audience(self) -> Audience:
        said, data = self.data.get("readers"), self.data
        of_agency, process = self.faults.flag(data, "agency", ""), str(data.get("process") or PROCESS)
        if said == EVERYBODY:
            if of_agency:
                mend = "Leave `agency` out, or name roles."
                self.faults.add(data.line, "", "A dashboard for everybody is of no one agency.", mend)
            return Audience()
        roles = self.faults.many(Role, said, data.line, "", "role")
        if not roles:
            mend = f"Write roles, or `{EVERYBODY}`."
            self.faults.add(data.line, "", "`readers` says for whom the dashboard is, and is missing.", mend)
        return Audience(roles, of_agency, process)

    def allowed(self, tile: TileSpec, audience: Audience) -> None:
        """What is not public is counted for officers only; what is not of an agency, not for its head."""
        for measure in (*tile.measures, tile.trend):
            if audience.is_public and measure.facts not in PUBLIC_FACTS:
                mend = f"Everybody may be shown {', '.join(PUBLIC_FACTS)}."
                self.faults.add(self.data.line, tile.key, f"{measure.facts!r} is not for everybody.", mend)
            if audience.of_agency and "agency" not in FACTS[measure.facts]:
                mend = "Take facts that have an agency."
                self.faults.add(self.data.line, tile.key, f"{measure.facts!r} is not told apart by agency.", mend)

    def tile(self, data: Lined) -> TileSpec | None:
        key = str(data.get("key", ""))
        known = ["key", "title", "is", "note", "values", "by", "of", "most", "first", "trend", "link", "to"]
        self.faults.unknown(data, known, key)
        if not NAME.fullmatch(key):
            self.faults.add(data.line, key, f"`key` is {key!r}.", "Write small letters, digits and _.")
        measure, trend, trend_title = self.measure(data.get("is"), data.line, key), None, None
        said = data.get("trend")
        if isinstance(said, Lined):
            self.faults.unknown(said, ["is", "title"], key)
            trend, trend_title = self.measure(said.get("is"), said.line, key), self.words(said, "title")
        elif said:
            self.faults.add(data.line, key, "`trend` cannot be read.", "Write {is: …, title: …}.")
        if measure is None or (said and trend is None):
            return None
        trend = trend or measure
        if "at" not in FACTS[trend.facts]:
            mend = "Name another measure under `trend`."
            self.faults.add(data.line, key, f"{trend.facts!r} is counted as it stands now and has no trend.", mend)
        by, of = str(data.get("by") or ""), measure
        if by:
            self.column(by, measure.facts, data.line, key)
        if "of" in data:
            of = self.measure(data["of"], data.line, key) or measure
            self.same(measure, of, data, key)
        if data.get("first") not in (None, "smallest", "largest"):
            self.faults.add(data.line, key, f"`first` is {data['first']!r}.", "Write smallest or largest.")
        return TileSpec(
            key=key,
            title=self.words(data, "title") or Words({}),
            measure=measure,
            note=self.note(data, measure, key),
            by=by,
            of=of,
            most=self.most(data, key),
            smallest=data.get("first") == "smallest",
            trend=trend,
            trend_title=trend_title,
            link=self.link(data, key),
            link_text=self.words(data, "to") or Words({}),
        )

    def same(self, measure: Measure, other: Measure, data: Lined, key: str) -> None:
        if other.facts != measure.facts:
            mend = f"Count {measure.facts!r} only, or make another tile."
            self.faults.add(data.line, key, f"{other.facts!r} are other facts than those of the tile.", mend)

    def note(self, data: Lined, measure: Measure, key: str) -> Sentence | None:
        if "note" not in data:
            return None
        asked = Lined({"text": data["note"], **({"values": data["values"]} if "values" in data else {})})
        asked.line = data.line
        found = self.sentence(asked)
        for other in found.values.values() if found else ():
            self.same(measure, other, data, key)
        return found

    def most(self, data: Lined, key: str) -> int:
        said = str(data.get("most") or _MOST)
        if not said.isdecimal() or not 0 < int(said) <= 20:
            self.faults.add(data.line, key, f"`most` is {said!r}.", "Write a number from 1 to 20.")
            return _MOST
        return int(said)

    def link(self, data: Lined, key: str) -> str:
        said = str(data.get("link") or "")
        places = set(re.findall(r"{(\w*)}", said))
        if not _LINK.fullmatch(said) or places - _PLACES:
            mend = "Write a path of this portal, such as /laporan?name=lateness&from_on={from_on}."
            self.faults.add(data.line, key, f"`link` is {said!r}.", mend)
        return said
