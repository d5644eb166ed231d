"""Clients as others use them keep working with what is not open: they take the whole catalogue, and no file of it."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
import requests
from ckanext.dcat.processors import RDFParser
from ckanext.xloader.utils import XLoaderFormats
from frictionless import Catalog, Package
from frictionless.portals import CkanControl

from ckanext.satudata.tests.access.support import make, operator, publish, upload
from ckanext.satudata.tests.metadata.samples import full_dataset

pytestmark = pytest.mark.usefixtures("with_plugins")

OPEN = b"kecamatan,murid\nKlojen,12\n"
HIDDEN = b"nama,alamat\nRAHASIA-NAMA,Jalan 1\n"


@pytest.fixture
def portal(live_portal):
    """An open dataset, a limited one and an open one with a limited file; `by` gives each as the API shows it."""
    clerk = operator()

    def made(title, level, files):
        tables = [{"name": name, "upload": upload(name, content), **kw} for name, content, kw in files]
        data = {**full_dataset(title=title, access_level=level), "name": ""}
        return publish(make(clerk, clerk["org"], level, **data, resources=tables)["id"])

    live_portal.by = {
        "open": made("Jumlah Murid", "terbuka", [("murid.csv", OPEN, {})]),
        "limited": made("Daftar Siswa", "terbatas", [("siswa.csv", HIDDEN, {})]),
        "mixed": made(
            "Sekolah", "terbuka", [("sekolah.csv", OPEN, {}), ("guru.csv", HIDDEN, {"access_level": "terbatas"})]
        ),
    }
    return live_portal


def served(portal):
    """Every resource that the API gives, with whether it is open."""
    for row in portal.api().action.package_search(rows=100)["results"]:
        for resource in row["resources"]:
            level = resource.get("access_level") or row["access_level"]
            yield resource, level == "terbuka"


def test_by_the_api_every_address_is_absolute_and_leads_somewhere(portal):
    found = list(served(portal))
    assert sorted(is_open for _, is_open in found) == [False, False, True, True]
    for resource, is_open in found:
        assert resource["url"].startswith(portal.url)
        answer = requests.get(resource["url"], timeout=30)
        assert answer.status_code == 200 and b"RAHASIA" not in answer.content
        if is_open:
            assert answer.content == OPEN and resource["format"] == "CSV" and resource["hash"]
        else:
            assert answer.headers["Content-Type"].startswith("text/html")
            assert (resource["format"], resource["data_format"], resource["hash"]) == ("HTML", "CSV", "")


def test_loaders_elsewhere_take_no_landing_page_for_a_table(portal):
    pushed = tk.config.get("ckan.datapusher.formats") or "csv xls xlsx tsv"
    for resource, is_open in served(portal):
        assert bool(XLoaderFormats.is_it_an_xloader_format(resource["format"])) is is_open
        assert (resource["format"].lower() in str(pushed)) is is_open


def test_frictionless_reads_each_dataset_and_the_open_rows(portal):
    for which, row in portal.by.items():
        package = Package(control=CkanControl(baseurl=portal.url, dataset=row["name"]))
        paths = [resource.path for resource in package.resources]
        assert len(paths) == len(row["resources"]) and all(path.startswith(portal.url) for path in paths)
        if which == "open":
            assert package.resources[0].read_rows() == [{"kecamatan": "Klojen", "murid": 12}]
    assert len(Catalog(control=CkanControl(baseurl=portal.url)).datasets) == 3


def test_ckanext_dcat_elsewhere_reads_the_catalogue(portal):
    parser = RDFParser()
    parser.parse(requests.get(f"{portal.url}/catalog.ttl", timeout=60).text, _format="turtle")
    read = {row["title"]: row for row in parser.datasets()}
    assert set(read) == {"Jumlah Murid", "Daftar Siswa", "Sekolah"}
    for which, row in portal.by.items():
        addresses = {resource["url"] for resource in read[row["title"]]["resources"]}
        assert addresses == {resource["url"] for resource in row["resources"]}, which
        for resource in read[row["title"]]["resources"]:
            is_page = "/minta-data/" in resource["url"]
            assert not (is_page and resource.get("download_url"))
            assert not is_page or not resource.get("hash")
