"""What kind each field of the index is: the meaning of CKAN's `config/solr/schema.xml`, said once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """How a field is compared: as a whole, by stems, by plain words, by any part, as a date, as a number."""

    EXACT = "exact"
    TEXT = "text"
    PLAIN = "plain"
    PART = "part"
    DATE = "date"
    NUMBER = "number"
    KEPT = "kept"  # given back, never searched


@dataclass(frozen=True)
class Field:
    """One field of the index."""

    name: str
    kind: Kind
    many: bool = False
    stored: bool = True

    @property
    def is_words(self) -> bool:
        return self.kind in (Kind.TEXT, Kind.PLAIN)


def _named(kind: Kind, names: str, **more: bool) -> dict[str, Field]:
    return {name: Field(name, kind, **more) for name in names.split()}


_FIELDS = {
    **_named(
        Kind.EXACT,
        "index_id id site_id entity_type dataset_type state name revision_id version url ckan_url download_url license"
        " license_id organization capacity _version_",
    ),
    **_named(Kind.EXACT, "tags groups res_format res_url res_type", many=True),
    **_named(Kind.EXACT, "permission_labels", many=True, stored=False),
    **_named(Kind.EXACT, "title_string", stored=False),
    **_named(Kind.TEXT, "title notes"),
    **_named(
        Kind.TEXT,
        "text urls depends_on dependency_of derives_from has_derivation links_to linked_from child_of parent_of",
        many=True,
        stored=False,
    ),
    **_named(Kind.PLAIN, "author author_email maintainer maintainer_email"),
    **_named(Kind.PLAIN, "res_name res_description", many=True),
    **_named(Kind.PART, "title_ngram name_ngram"),
    **_named(Kind.NUMBER, "views_total views_recent resources_accessed_total resources_accessed_recent", stored=False),
    **_named(Kind.DATE, "metadata_created metadata_modified indexed_ts"),
    **_named(Kind.KEPT, "data_dict validated_data_dict"),
}

#: Fields whose values are searched under another name too.
COPIES = {
    "title_ngram": ("title",),
    "name_ngram": ("name",),
    "urls": ("url", "ckan_url", "download_url", "res_url"),
    "text": (
        *("urls", "name", "title", "license", "notes", "tags", "groups", "organization"),
        *("res_name", "res_description", "maintainer", "author"),
    ),
}
TEXT_PREFIXES = ("extras_", "res_extras_", "vocab_")


def field(name: str) -> Field:
    """The field called `name`; an unknown one is exact and not given back, as in CKAN's schema."""
    if name in _FIELDS:
        return _FIELDS[name]
    if name.endswith("_date"):
        return Field(name, Kind.DATE)
    if name.startswith("res_extras_"):
        return Field(name, Kind.TEXT, many=True)
    if name.startswith("extras_"):
        return Field(name, Kind.TEXT)
    if name.startswith("vocab_"):
        return Field(name, Kind.EXACT, many=True)
    return Field(name, Kind.EXACT, stored=False)
