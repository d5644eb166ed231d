"""What other portals send, read so that our form takes it: nothing is lost, and what became of it is told.

Dirt seen in 34 catalogues of Indonesian bodies (13,998 datasets): keywords as one text, tags that CKAN refuses, dates
such as "-" and "-000001-11-29", relative addresses and addresses with spaces, HTML in descriptions, frequencies written
in ten ways, misspelt keys and keys twice, names of more than 100 characters. Values are read as those of a list
(`domain.imports`); what is not understood goes word for word into `catatan_impor`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ckanext.satudata.domain import imports, metadata, naming
from ckanext.satudata.domain.imports import Reading, Remark
from ckanext.satudata.domain.vocabulary import plainly

NOTE = "catatan_impor"
_LEFT = frozenset({"access_level", "owner_org", "title", "name", "tag_string", NOTE})
"""Not taken from keys that only resemble them: level and agency are decided here."""
_OF_CKAN = frozenset(
    {
        *("id", "name", "title", "notes", "url", "version", "license_id", "state", "type", "private", "owner_org"),
        *("author", "author_email", "maintainer", "maintainer_email", "metadata_created", "metadata_modified"),
        *("resources", "tags", "tag_string", "groups", "extras", "plugin_data", "save", "return_to"),
        *("relationships_as_subject", "relationships_as_object", "__extras", "__junk", "__before"),
    }
)
"""Fields of every dataset: CKAN refuses an extra of that name."""
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"


def read(record: Mapping[str, Any], source: str = "") -> tuple[dict[str, Any], list[Remark]]:
    """The record as it can be taken, and what is said of each field (`cell` names it).

    `source` is the address of the other portal, for relative addresses.
    """
    data, reading = dict(record), Reading()
    notes: list[str] = []
    _name(data, reading)
    _texts(data, reading)
    _tags(data, reading)
    _extras(data, reading)
    for field in metadata.fields():
        _field(data, reading, field["field_name"], notes)
    _resources(data, reading, source)
    if notes:
        data[NOTE] = "\n".join(notes)
    return data, reading.remarks


def _name(data: dict[str, Any], reading: Reading) -> None:
    name = data.get("name")
    if not isinstance(name, str):
        return
    clean = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[: naming.LONGEST]
    if clean == name:
        return
    data["name"] = clean
    if len(clean) < 2:
        data.pop("name")
    reading.say("name", '"{value}" was read as "{stored}".', value=name, stored=clean or "–")


def _texts(data: dict[str, Any], reading: Reading) -> None:
    for name in ("title", "notes"):
        text = data.get(name)
        if isinstance(text, str) and re.search(r"<[a-zA-Z/!]|&#?\w+;", text):
            data[name] = imports.without_html(text)
            reading.say(name, "HTML was taken out of the text.")


def _tags(data: dict[str, Any], reading: Reading) -> None:
    if data.get("tags") is None:
        return
    given = data["tags"] if isinstance(data["tags"], list) else [data["tags"]]
    words = [str(one.get("name") or "") if isinstance(one, dict) else str(one or "") for one in given]
    found = naming.tags(",".join(words))
    if found != words:
        reading.say("tag_string", '"{value}" was read as "{stored}".', value="; ".join(words), stored="; ".join(found))
    data["tags"] = [{"name": word} for word in found]


def _extras(data: dict[str, Any], reading: Reading) -> None:
    """Keys that say or nearly say a field of ours become that field; each other key stays, once."""
    if "extras" not in data:
        return
    known = {word: name for word, name in imports.known_heads({}).items() if name not in _LEFT}
    taken = _OF_CKAN | {field["field_name"] for field in metadata.fields()}
    kept: dict[str, str] = {}
    for one in data["extras"] if isinstance(data["extras"], list) else []:
        key, value = (
            (str(one.get(part) or "").strip() for part in ("key", "value")) if isinstance(one, dict) else ("", "")
        )
        if not key or not value:
            continue
        near = difflib.get_close_matches(plainly(key), known, 1, 0.88)
        name = known[near[0]] if near else ""
        if name and not data.get(name):
            data[name] = value
            if plainly(key) != plainly(name):
                reading.say(name, 'The key "{key}" was read as this field.', key=key)
            continue
        if key in taken:
            stored = f"{key}_asal"
            reading.say(
                "extras", 'The key "{key}" is a field too; its value is kept as "{stored}".', key=key, stored=stored
            )
            key = stored
        if key in kept and kept[key] != value:
            reading.say("extras", 'The key "{key}" came twice; both values are kept.', key=key)
            kept[key] = f"{kept[key]} | {value}"
        else:
            kept[key] = value
    data["extras"] = [{"key": key, "value": value} for key, value in kept.items()]


def _field(data: dict[str, Any], reading: Reading, name: str, notes: list[str]) -> None:
    if name in _LEFT or name == "notes" or name not in data:
        return
    raw = data[name]
    if isinstance(raw, (list, dict)):
        parts = raw if isinstance(raw, list) else [f"{key}: {value}" for key, value in raw.items()]
        data[name] = raw = "; ".join(map(str, parts))
        reading.say(name, 'Several values became one: "{value}".', value=raw)
    text = imports.text_of(raw)
    if text.lower() in imports.EMPTY | imports.SAYS_NOTHING.get(name, set()):
        if text and name not in imports.KEEPS_DASH:
            data[name] = ""
        return
    value = imports.value_of(reading, name, name, raw, text, lambda _: None)
    if value is None:
        notes.append(f"{name}: {text}")
    data[name] = value or ""


def _resources(data: dict[str, Any], reading: Reading, source: str) -> None:
    if not isinstance(data.get("resources"), list):
        return
    data["resources"] = [dict(one) for one in data["resources"] if isinstance(one, dict)]
    for one in data["resources"]:
        text = one.get("description")
        if isinstance(text, str) and re.search(r"<[a-zA-Z/!]", text):
            one["description"] = imports.without_html(text)
            reading.say("resources", "HTML was taken out of the text.")
        _address(one, reading, source)


def _address(resource: dict[str, Any], reading: Reading, source: str) -> None:
    given = resource.get("url")
    address = str(given or "").strip()
    better = _whole(address, source) if address else ""
    resource["url"] = better or ""
    name = resource.get("name") or address or "–"
    if not address:
        reading.say("resources", 'The file "{name}" has no address. Upload it, or name its address.', name=name)
    elif better is None:
        resource["description"] = "\n\n".join(filter(None, [resource.get("description"), address]))
        text = '"{value}" is no whole address; it is kept in the description of the file. Name its address.'
        reading.say("resources", text, value=address)
    elif better != given:
        reading.say("resources", '"{value}" was read as "{stored}".', value=address, stored=better)


def _whole(address: str, source: str) -> str | None:
    try:
        whole = urljoin(source, address)
        parts = urlsplit(whole)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https", "ftp") or not parts.netloc:
        return None
    return quote(whole, safe=_SAFE)
