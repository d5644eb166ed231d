"""Builds `id` and `en` catalogues from the rooms' parts in `i18n/parts/<room>.<language>.po`.

msgids are English. One part for each room keeps two people from editing the same file; the last
part in alphabetical order wins for a message that stands in two; a test wants them to say the same.
"""

from pathlib import Path

import polib

HERE = Path(__file__).parent
DOMAIN = "ckanext-satudata"


def build(language: str) -> None:
    """Writes `<language>/LC_MESSAGES/ckanext-satudata.{po,mo}`."""
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": language,
        "Plural-Forms": "nplurals=1; plural=0;" if language == "id" else "nplurals=2; plural=(n != 1);",
    }
    seen: dict[tuple, polib.POEntry] = {}
    for part in sorted((HERE / "parts").glob(f"*.{language}.po")):
        for entry in polib.pofile(str(part)):
            seen[(entry.msgctxt, entry.msgid)] = entry
    catalogue.extend(seen.values())
    target = HERE / language / "LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(target / f"{DOMAIN}.po"))
    catalogue.save_as_mofile(str(target / f"{DOMAIN}.mo"))


def build_template() -> None:
    """Writes `ckanext-satudata.pot`: CKAN hands to its JavaScript what the template says occurs in a `*.js` file."""
    template = polib.POFile()
    template.metadata = {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
    seen: dict[tuple, polib.POEntry] = {}
    for part in sorted((HERE / "parts").glob("*.po")):
        for entry in polib.pofile(str(part)):
            known = seen.setdefault(
                (entry.msgctxt, entry.msgid),
                polib.POEntry(msgctxt=entry.msgctxt, msgid=entry.msgid, msgid_plural=entry.msgid_plural),
            )
            known.occurrences = sorted({*known.occurrences, *entry.occurrences})
    template.extend(seen.values())
    template.save(str(HERE / f"{DOMAIN}.pot"))


if __name__ == "__main__":
    for language in ("id", "en"):
        build(language)
    build_template()
