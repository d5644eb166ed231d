"""DCAT-AP 3 from the national fields: an RDF profile for ckanext-dcat (`ckanext.dcat.rdf.profiles`).

Adds accessRights, accrualPeriodicity, spatial, temporal, contactPoint and the licence of each distribution
to what ckanext-dcat writes by itself. It reads the dataset it is given, which is the served projection, and
nothing else: it can name no address that `package_show` does not show to the same reader.
"""

from __future__ import annotations

import re
from typing import Any

from ckanext.dcat.profiles import DCAT, DCT, FOAF, RDF, SKOS, VCARD
from ckanext.dcat.profiles.euro_dcat_ap_3 import EuropeanDCATAP3Profile
from rdflib import BNode, Literal, URIRef

from ckanext.satudata import config
from ckanext.satudata.domain import written
from ckanext.satudata.domain.vocabulary import vocabulary


class SatudataProfile(EuropeanDCATAP3Profile):
    """DCAT-AP 3 with the fields of a regional data list."""

    def graph_from_dataset(self, dataset_dict, dataset_ref):
        super().graph_from_dataset({**dataset_dict, **mapped(dataset_dict)}, dataset_ref)
        self._telephone(dataset_dict, dataset_ref)
        self._area_notation(dataset_dict, dataset_ref)
        self._licences(dataset_dict, dataset_ref)

    def graph_from_catalog(self, catalog_dict, catalog_ref):
        super().graph_from_catalog(catalog_dict, catalog_ref)
        if (catalog_ref, DCT.publisher, None) not in self.g:
            publisher = URIRef(f"{catalog_ref}#publisher")
            self.g.add((catalog_ref, DCT.publisher, publisher))
            self.g.add((publisher, RDF.type, FOAF.Agent))
            self.g.add((publisher, FOAF.name, Literal(config.government_name(), lang="id")))
        if (catalog_ref, DCT.description, None) not in self.g:
            self.g.add((catalog_ref, DCT.description, Literal(config.government_name(), lang="id")))

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

    def _licences(self, dataset: dict[str, Any], dataset_ref: URIRef) -> None:
        term = vocabulary("licence").get(dataset.get("license_id"))
        if not term or not term.uri:
            return
        for distribution in self.g.objects(dataset_ref, DCAT.distribution):
            if (distribution, DCT.license, None) not in self.g:
                self.g.add((distribution, DCT.license, URIRef(term.uri)))
                self.g.add((URIRef(term.uri), RDF.type, DCT.LicenseDocument))


def mapped(dataset: dict[str, Any]) -> dict[str, Any]:
    """The fields ckanext-dcat knows, from the national ones; a value that says nothing is left out."""
    found: dict[str, Any] = {
        "access_rights": _uri("access_level", dataset.get("access_level")),
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
