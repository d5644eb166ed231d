"""DCAT-AP 3 from the national fields: an RDF profile for ckanext-dcat (`ckanext.dcat.rdf.profiles`).

Adds accessRights, accrualPeriodicity, spatial, temporal, contactPoint, and licence or accessRights of each distribution
to what ckanext-dcat writes by itself, and puts addresses of authority tables where that writes words: file
types and languages of the EU, media types of IANA, the algorithm of a checksum. It reads the dataset it is
given, which is the served projection, and nothing else: it can name no address that `package_show` does not
show to the same reader.
"""

from __future__ import annotations

import re
from typing import Any

from ckanext.dcat.profiles import DCAT, DCT, FOAF, RDF, RDFS, SKOS, SPDX, VCARD
from ckanext.dcat.profiles.euro_dcat_ap_3 import EuropeanDCATAP3Profile
from ckanext.dcat.utils import resource_uri
from rdflib import BNode, Literal, URIRef

from ckanext.satudata import config
from ckanext.satudata.domain import written
from ckanext.satudata.domain.access import Level
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.vocabulary import vocabulary
from ckanext.satudata.shared.files.access import level_of_resource
from ckanext.satudata.shared.publishing import licences

_EU = "http://publications.europa.eu/resource/authority/"
_IANA = "https://www.iana.org/assignments/media-types/"
_LANGUAGES = {"id": "IND", "en": "ENG", "jv": "JAV", "su": "SUN", "ms": "MSA"}
_SAME = (
    "CSV TSV JSON GEOJSON XML XLS XLSX ODS PDF DOC DOCX ODT PPT PPTX ZIP SHP KML KMZ GML GPKG PNG GIF JPEG TIFF "
    "HTML TXT RTF PARQUET JSON_LD RDF_XML RDF_TURTLE"
)
_FILE_TYPES = {name: name for name in _SAME.split()} | {
    "JPG": "JPEG",
    "TIF": "TIFF",
    "JSON-LD": "JSON_LD",
    "RDF": "RDF_XML",
    "TTL": "RDF_TURTLE",
}
"""Formats as officers write them, and their codes in the EU's table of file types."""
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
"""Checksum algorithms by the hex digits of their sums."""


class SatudataProfile(EuropeanDCATAP3Profile):
    """DCAT-AP 3 with the fields of a regional data list."""

    def graph_from_dataset(self, dataset_dict, dataset_ref):
        super().graph_from_dataset({**dataset_dict, **mapped(dataset_dict)}, dataset_ref)
        self._telephone(dataset_dict, dataset_ref)
        self._area_notation(dataset_dict, dataset_ref)
        self._licences_and_rights(dataset_dict, dataset_ref)
        self._languages(dataset_ref)
        self._mailboxes()
        for distribution in list(self.g.objects(dataset_ref, DCAT.distribution)):
            self._kinds(distribution)
            self._checksums(distribution)

    def graph_from_catalog(self, catalog_dict, catalog_ref):
        super().graph_from_catalog(catalog_dict, catalog_ref)
        self._languages(catalog_ref)
        self._mailboxes()
        if (catalog_ref, DCT.publisher, None) not in self.g:
            publisher = URIRef(f"{catalog_ref}#publisher")
            self.g.add((catalog_ref, DCT.publisher, publisher))
            self.g.add((publisher, RDF.type, FOAF.Agent))
            self.g.add((publisher, FOAF.name, Literal(config.government_name(), lang="id")))
        if (catalog_ref, DCT.description, None) not in self.g:
            self.g.add((catalog_ref, DCT.description, Literal(config.government_name(), lang="id")))

    def _languages(self, ref: URIRef) -> None:
        for word in _literals(self.g, ref, DCT.language):
            self.g.remove((ref, DCT.language, word))
            if code := _LANGUAGES.get(str(word)[:2].lower()):
                language = URIRef(f"{_EU}language/{code}")
                self.g.add((ref, DCT.language, language))
                self.g.add((language, RDF.type, DCT.LinguisticSystem))

    def _mailboxes(self) -> None:
        for agent, box in list(self.g.subject_objects(FOAF.mbox)):
            if isinstance(box, Literal):
                self.g.remove((agent, FOAF.mbox, box))
                self.g.add((agent, FOAF.mbox, URIRef("mailto:" + str(box).removeprefix("mailto:").strip())))

    def _kinds(self, distribution: Any) -> None:
        for word in _literals(self.g, distribution, DCT["format"]):
            self.g.remove((distribution, DCT["format"], word))
            code = _FILE_TYPES.get(str(word).strip().upper().lstrip("."))
            # A kind that no table knows keeps its word as the label of a nameless one.
            kind = URIRef(f"{_EU}file-type/{code}") if code else BNode()
            self.g.add((distribution, DCT["format"], kind))
            self.g.add((kind, RDF.type, DCT.MediaTypeOrExtent))
            self.g.add((kind, RDFS.label, Literal(str(word))))
        for word in _literals(self.g, distribution, DCAT.mediaType):
            self.g.remove((distribution, DCAT.mediaType, word))
            name = str(word).split(";")[0].strip().lower()
            if re.fullmatch(r"[a-z]+/[a-z0-9][a-z0-9.+_-]*", name):
                media_type = URIRef(_IANA + name)
                self.g.add((distribution, DCAT.mediaType, media_type))
                self.g.add((media_type, RDF.type, DCT.MediaType))

    def _checksums(self, distribution: Any) -> None:
        """A sum without its algorithm says nothing: one that cannot be told is left out."""
        for checksum in list(self.g.objects(distribution, SPDX.checksum)):
            if (checksum, SPDX.algorithm, None) in self.g:
                continue
            name = _ALGORITHMS.get(len(str(self.g.value(checksum, SPDX.checksumValue) or "")))
            if name is None:
                self.g.remove((distribution, SPDX.checksum, checksum))
                self.g.remove((checksum, None, None))
                continue
            algorithm = SPDX[f"checksumAlgorithm_{name}"]
            self.g.add((checksum, SPDX.algorithm, algorithm))
            self.g.add((algorithm, RDF.type, SPDX.ChecksumAlgorithm))

    def _telephone(self, dataset: dict[str, Any], dataset_ref: URIRef) -> None:
        number = dataset.get("kontak") or ""
        if not re.fullmatch(r"\+?[\d ()-]+", number):
            return
        point = next(self.g.objects(dataset_ref, DCAT.contactPoint), None)
        if point is not None:
            self.g.add((point, VCARD.hasTelephone, URIRef("tel:" + re.sub(r"[^\d+]", "", number))))

    def _area_notation(self, dataset: dict[str, Any], dataset_ref: URIRef) -> None:
        for place in self.g.objects(dataset_ref, DCT.spatial):
            if dataset.get("cakupan_wilayah") and isinstance(place, BNode):
                self.g.add((place, SKOS.notation, Literal(dataset["cakupan_wilayah"])))

    def _licences_and_rights(self, dataset: dict[str, Any], dataset_ref: URIRef) -> None:
        """What is given on request says so, and is under no licence, though the dataset be."""
        term = vocabulary("licence").get(dataset.get("license_id"))
        levels = _levels(dataset)
        for distribution in list(self.g.objects(dataset_ref, DCAT.distribution)):
            level = levels.get(str(distribution), Level.TERBUKA)
            if level is not Level.TERBUKA:
                right = URIRef(_uri("access_level", level.value))
                self.g.add((distribution, DCT.accessRights, right))
                self.g.add((right, RDF.type, DCT.RightsStatement))
                self.g.remove((distribution, DCT.license, None))  # ckanext-dcat may hand the dataset's on
            elif term and term.uri and (distribution, DCT.license, None) not in self.g:
                self.g.add((distribution, DCT.license, URIRef(term.uri)))
                self.g.add((URIRef(term.uri), RDF.type, DCT.LicenseDocument))


def _levels(dataset: dict[str, Any]) -> dict[str, Level]:
    """The level of each file, by the address of its distribution."""
    outer = dataset.get("access_level")
    return {resource_uri(one): level_of_resource(outer, one) for one in dataset.get("resources") or []}


def _literals(graph: Any, subject: Any, predicate: Any) -> list[Literal]:
    return [found for found in graph.objects(subject, predicate) if isinstance(found, Literal)]


def mapped(dataset: dict[str, Any]) -> dict[str, Any]:
    """The fields ckanext-dcat knows, from the national ones; a value that says nothing is left out."""
    level = dataset.get("access_level")
    files = _levels(dataset).values()
    # One whose files nobody may know of says by its licence that nothing is to be taken.
    hides = not files and dataset.get("license_id") == licences.NOT_OPEN
    if level == Level.TERBUKA.value and (hides or not licences.anything_open(level, files)):
        level = Level.TERBATAS.value  # public is the description only
    found: dict[str, Any] = {
        "access_rights": _uri("access_level", level),
        "frequency": _uri("frekuensi", dataset.get("jadwal_pemutakhiran")),
        "alternate_identifier": [dataset["id_ddd"]] if dataset.get("id_ddd") else None,
    }
    if dataset.get("cakupan_wilayah"):
        found["spatial_coverage"] = [{"text": vocabulary("wilayah").label(dataset["cakupan_wilayah"], "id")}]
    if dataset.get("periode_data"):
        try:
            first, last = written.period(dataset["periode_data"])
            found["temporal_coverage"] = [{"start": first.isoformat(), "end": last.isoformat()}]
        except ValueError:
            pass
    ground = GROUNDS.get(str(dataset.get("access_ground") or ""))
    if ground is not None and dataset.get("access_level") != "terbuka":
        found["applicable_legislation"] = [ground.link]
    contact = _contact(dataset)
    if contact:
        found["contact"] = [contact]
    return {key: value for key, value in found.items() if value}


def _uri(name: str, value: str | None) -> str:
    term = vocabulary(name).get(value)
    return term.uri if term else ""


def _contact(dataset: dict[str, Any]) -> dict[str, str]:
    given = dataset.get("kontak") or ""
    name = (dataset.get("organization") or {}).get("title") or dataset.get("walidata") or ""
    found = {"name": name}
    if "@" in given:
        found["email"] = given
    elif given.startswith("http"):
        found["url"] = given
    return found if name else {}
