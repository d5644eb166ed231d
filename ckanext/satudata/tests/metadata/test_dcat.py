"""DCAT carries what the national fields say, and satisfies the mandatory part of DCAT-AP 3."""

from pathlib import Path

import pyshacl
import pytest
from ckan.plugins import toolkit as tk
from ckanext.dcat.processors import RDFSerializer
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDFS, Namespace

from ckanext.satudata.domain.grounds import LAW
from ckanext.satudata.tests.metadata.samples import full_dataset, restricted

SPDX = Namespace("http://spdx.org/rdf/terms#")
EU = "http://publications.europa.eu/resource/authority/"

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def dataset(**changes):
    resource = {"id": "r1", "package_id": "d1", "name": "Murid", "url": "https://data.example/r1", "format": "CSV"}
    resource |= {"mimetype": "text/csv", "hash": "ab" * 32, "size": 12}
    organization = {"id": "o1", "name": "disdik", "title": "Dinas Pendidikan"}
    given = full_dataset(kontak="data@nusasari.example", **changes)
    dates = {"metadata_created": "2026-01-02T03:04:05", "metadata_modified": "2026-02-03T04:05:06"}
    made = {"id": "d1", "name": "murid", "type": "dataset", "resources": [resource], "tags": [], "extras": [], **dates}
    publisher = {
        "publisher_email": "data@nusasari.example",
        "publisher_name": organization["title"],
        "publisher_uri": "https://data.example/organization/o1",
    }
    extras = [{"key": key, "value": value} for key, value in publisher.items()]
    return {**made, **given, "organization": organization, "extras": extras}


def graph(made, form):
    text = RDFSerializer().serialize_dataset(made, _format=form)
    return Graph().parse(data=text, format={"jsonld": "json-ld"}.get(form, form))


@pytest.mark.parametrize("form", ["xml", "turtle", "jsonld"])
@pytest.mark.parametrize(
    ("level", "right"), [("terbuka", "PUBLIC"), ("terbatas", "RESTRICTED"), ("tertutup", "NON_PUBLIC")]
)
def test_each_serialisation_carries_the_six_properties(form, level, right):
    found = graph(dataset(access_level=level), form)
    assert URIRef(f"{EU}access-right/{right}") in set(found.objects(None, DCTERMS.accessRights))
    assert URIRef(f"{EU}frequency/ANNUAL") in set(found.objects(None, DCTERMS.accrualPeriodicity))
    for predicate in (DCTERMS.spatial, DCTERMS.temporal, DCTERMS.publisher, DCAT.contactPoint):
        assert list(found.objects(None, predicate)), predicate
    assert "2024-12-31" in str(next(found.objects(None, DCAT.endDate)))
    assert "Kota Malang" in found.serialize(format="nt")


@pytest.mark.parametrize(("level", "named"), [("terbuka", False), ("terbatas", True)])
def test_what_is_restricted_names_the_law(level, named):
    found = graph(dataset(access_level=level, **restricted()), "turtle")
    laws = set(found.objects(None, URIRef("http://data.europa.eu/r5r/applicableLegislation")))
    assert laws == ({URIRef(LAW)} if named else set())


def shapes():
    return Graph().parse(Path(__file__).parent / "shapes.ttl", format="turtle")


def test_the_mandatory_part_of_dcat_ap_holds():
    conforms, _, text = pyshacl.validate(graph(dataset(), "turtle"), shacl_graph=shapes())
    assert conforms, text
    made = dataset()
    del made["access_level"]
    assert not pyshacl.validate(graph(made, "turtle"), shacl_graph=shapes())[0]


def test_the_catalogue_names_its_publisher():
    text = RDFSerializer().serialize_catalog({"title": "Satu Data"}, dataset_dicts=[dataset()], _format="turtle")
    conforms, _, said = pyshacl.validate(Graph().parse(data=text, format="turtle"), shacl_graph=shapes())
    assert conforms, said


def test_the_profile_is_the_portals_choice():
    assert tk.config["ckanext.dcat.rdf.profiles"] == "satudata_dcat_ap_3"


@pytest.mark.parametrize(
    "since",
    ["2026-11-21", "2026-11-21T13:55:00Z", "2026-11-21T13:55:00.5+07:00", "2026-11-21T13:55:00%2B07:00", "2026"],
)
def test_what_changed_since_any_iso_instant(app, since):
    assert app.get(f"/catalog.ttl?modified_since={since}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("modified_since=kapan", "2026-01-31"),
        ("modified_since=0001-01-01T00:00:00%2B14:00", "2026-01-31"),
        ("modified_since=a%00b", "teks"),
        ("page=x", "Halaman"),
        ("page=0", "Halaman"),
        ("q=a%00b", "teks"),
        ("fq=title:[", "Pencarian"),
    ],
)
def test_what_cannot_be_asked_of_the_catalogue_is_said_in_words(app, asked, word):
    page = app.get(f"/catalog.ttl?{asked}")
    assert page.status_code == 409 and word in page.body


def test_a_zone_counts():
    from ckanext.satudata.shared.finding import catalogue

    assert catalogue._as_utc("2026-11-21T07:00:00+07:00") == catalogue._as_utc("2026-11-21") == "2026-11-21T00:00:00"


def test_kinds_checksums_and_boxes_are_addresses():
    made = dataset()
    made["resources"].append({**made["resources"][0], "id": "r2", "format": "SDMX", "mimetype": "", "hash": "abc"})
    found = graph(made, "turtle")
    first = next(one for one in found.subjects(DCAT.accessURL) if str(one).endswith("r1"))
    second = next(one for one in found.subjects(DCAT.accessURL) if str(one).endswith("r2"))
    assert found.value(first, DCTERMS["format"]) == URIRef(f"{EU}file-type/CSV")
    assert found.value(first, DCAT.mediaType) == URIRef("https://www.iana.org/assignments/media-types/text/csv")
    algorithm = found.value(found.value(first, SPDX.checksum), SPDX.algorithm)
    assert algorithm == SPDX.checksumAlgorithm_sha256
    assert str(found.value(found.value(second, DCTERMS["format"]), RDFS.label)) == "SDMX"
    assert found.value(second, SPDX.checksum) is None and found.value(second, DCAT.mediaType) is None
    assert URIRef("mailto:data@nusasari.example") in set(found.objects(None, FOAF.mbox))
    conforms, _, said = pyshacl.validate(found, shacl_graph=shapes())
    assert conforms, said


def test_the_catalogue_names_its_language_by_address():
    text = RDFSerializer().serialize_catalog({"title": "Satu Data"}, dataset_dicts=[], _format="turtle")
    languages = set(Graph().parse(data=text, format="turtle").objects(None, DCTERMS.language))
    assert languages == {URIRef(f"{EU}language/IND")}
