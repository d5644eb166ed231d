"""The chart of an open file: opened on demand, its figures those of the whole file, for nobody what is not open."""

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import ckan.model as model
import openpyxl
import pytest
from bs4 import BeautifulSoup
from ckan.tests import helpers

from ckanext.satudata.domain.errors import Invalid, TooMany
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import chart, preview
from ckanext.satudata.shared.levels import reclassify
from ckanext.satudata.tests.look.places import make, publish, settle
from ckanext.satudata.tests.support import bombs

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

LONG = "\n".join(["kecamatan;tahun;luas_ha", *(f"Kecamatan {at % 8};{2020 + at % 5};1.000,5" for at in range(50_000))])
RATES = b'nama_kecamatan,persentase\nKlojen,"12,5"\nBlimbing,"7,25"\nSukun,"-1,5"\n'


def _book():
    book = openpyxl.Workbook()
    for row in (["Luas sawah"], ["Kecamatan", "Luas"], ["Klojen", 12.345], ["Blimbing", 12345678901.5], ["Jumlah", 9]):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture
def place():
    return settle()


def _published(place, name, level="terbuka", **files):
    made = make(place, name, level, {key.replace("_", "."): content for key, content in files.items()})
    return publish(made), {resource["name"]: resource["id"] for resource in made["resources"]}


def _page(app, path):
    return BeautifulSoup(app.get(path).body, "html.parser")


def _figures(page):
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.select(".sd-chart tbody tr")]


def _title(page):
    return page.select_one(".sd-chart figcaption").get_text()


def _of(resource):
    return chart.of_resource(model.Session, resource, unit="", measure_kind="")


def test_it_is_opened_on_demand_and_shows_the_whole_file(app, place):
    name, files = _published(place, "qx-grafik", long_csv=LONG.encode())
    (rid,) = files.values()
    page = _page(app, f"/dataset/{name}")
    (link,) = page.select(f".sd-preview a[href*='grafik={rid}']")
    assert not page.select(".sd-chart") and link["rel"] == ["nofollow"]
    page = _page(app, link["href"])
    assert page.select_one(f"#grafik-{rid}") and "#grafik-" in link["href"]
    # 10,000 rows of 1.000,5 in each of five years.
    assert _figures(page) == [[str(year), "10.005.000", "10.000"] for year in range(2020, 2025)]
    assert _title(page) == "Total luas ha sama pada 2020 dan 2024: 10.005.000"
    assert "Dijumlahkan dari 50.000 baris berkas." in page.select_one(".sd-chart").get_text()
    svg = page.select_one(".sd-chart figure svg")
    assert svg["role"] == "img" and page.find(id=svg["aria-labelledby"]).get_text() == _title(page)
    assert len(svg.select("circle")) == 5
    drawn = [mark.get("class", [""])[0] for mark in svg.find_all(True)]
    lines, ticks = ([at for at, name in enumerate(drawn) if name == f"sd-chart-{kind}"] for kind in ("line", "tick"))
    assert max(lines) < min(ticks), "no line crosses out what a label says"
    for place_, rows in ((f"/dataset/{name}", f"#file-{rid}"), (f"/dataset/{name}/resource/{rid}", "#preview")):
        links = _page(app, f"{place_}?grafik={rid}").select(".sd-preview a")
        (close,) = [link for link in links if "Tutup grafik" in link.get_text()]
        assert place_ in close["href"] and close["href"].endswith(rows) and "grafik=" not in close["href"]
        closed = _page(app, close["href"])
        assert closed.select_one(rows) and closed.select(".sd-preview td") and not closed.select(".sd-chart")
    english = _page(app, f"/en/dataset/{name}?grafik={rid}")
    assert _title(english) == "Total of luas ha was the same in 2020 and in 2024: 10,005,000"


def test_bars_stand_where_their_figures_are_with_the_unit_of_the_description(app, place):
    made = make(place, "qx-batang", "terbuka", {"a.csv": RATES})
    model.Package.get(made["id"]).extras["satuan"] = "persen"
    model.Session.commit()
    name, rid = publish(made), made["resources"][0]["id"]
    page = _page(app, f"/dataset/{name}/resource/{rid}?grafik={rid}")
    assert _title(page) == "Persentase tertinggi pada kecamatan Klojen: 12,5 persen"
    assert _figures(page) == [["Klojen", "12,5"], ["Blimbing", "7,25"], ["Sukun", "-1,5"]]
    bars = [(bar["x"], bar["width"]) for bar in page.select("rect.sd-chart-bar")]
    # From -5 to 15: zero stands at a quarter.
    assert bars == [("25.0%", "62.5%"), ("25.0%", "36.25%"), ("17.5%", "7.5%")]


def test_a_long_name_ends_before_its_value_and_the_table_has_the_whole(app, place):
    names = [f"Kecamatan yang namanya panjang sekali {at}" for at in range(1, 16)]
    table = "kecamatan;jumlah\n" + "\n".join(f"{name};{at}.000.000" for at, name in enumerate(names, start=1))
    name, files = _published(place, "qx-panjang-nama", a_csv=table.encode())
    (rid,) = files.values()
    page = _page(app, f"/dataset/{name}?grafik={rid}")
    assert _title(page) == f"Jumlah tertinggi pada {names[-1]}: 15.000.000"
    assert [row[0] for row in _figures(page)] == names[:2:-1]
    label, value = [text.get_text() for text in page.select(".sd-chart figure text:not(.sd-chart-tick)")[:2]]
    assert label.endswith("…") and len(label) + len(value) < 38
    assert "12 terbesar dari 15." in page.get_text()


def test_a_mean_says_that_it_is_one_and_is_rounded_as_at_school(app, place):
    rows = b"kecamatan,tahun,indeks\n" + b"".join(
        b"%s,%d,%d.%d\n" % (name, year, 90 + year % 10, part) for year in (2023, 2024, 2025) for name, part in (
            (b"a", 1), (b"b", 1), (b"c", 1), (b"d", 2))
    )  # fmt: skip
    name, files = _published(place, "qx-rata", a_csv=rows)
    (rid,) = files.values()
    page = _page(app, f"/dataset/{name}?grafik={rid}")
    assert _figures(page) == [["2023", "93,13", "4"], ["2024", "94,13", "4"], ["2025", "95,13", "4"]]
    assert _title(page) == "Rata-rata indeks naik dari 93,13 pada 2023 menjadi 95,13 pada 2025"
    assert "Rata-rata dari 12 baris berkas" in page.get_text()


def test_numbers_of_a_spreadsheet_are_those_of_its_cells(app, place):
    name, files = _published(place, "qx-buku", sawah_xlsx=_book())
    (rid,) = files.values()
    page = _page(app, f"/dataset/{name}?grafik={rid}")
    assert _figures(page) == [["Blimbing", "12.345.678.901,5"], ["Klojen", "12,345"]]
    assert "12345678901.5" in [cell.get_text() for cell in page.select(".sd-preview .sd-table-wide td")]
    assert "Baris jumlah dalam berkas tidak ikut dihitung." in page.get_text()


def test_where_none_fits_none_is_offered_and_who_asks_is_told(app, place):
    name, files = _published(place, "qx-tanpa", kode_csv=b"kode,nama\n1,a\n2,b\n")
    (rid,) = files.values()
    assert not _page(app, f"/dataset/{name}").select("a[href*='grafik=']")
    page = _page(app, f"/dataset/{name}?grafik={rid}")
    assert not page.select(".sd-chart figure")
    assert "Berkas ini tidak dapat dijadikan grafik." in page.get_text()


def test_what_a_file_says_is_text_and_nothing_else(app, place):
    name, files = _published(place, "qx-jahat", a_csv=b"nama,jumlah\n<script>alert(1)</script>,2\nb,1\n")
    (rid,) = files.values()
    body = app.get(f"/dataset/{name}?grafik={rid}").body
    assert "<script>alert" not in body and body.count("&lt;script&gt;alert(1)") >= 3


def test_nothing_that_is_not_open_becomes_a_chart(app, place):
    table = {"a_csv": b"nama,jumlah\nkanari,20\nkenari,10\n"}
    limited, ids = _published(place, "qx-kanari", "terbatas", **table)
    draft = make(place, "qx-kanari-draf", "terbuka", {"a.csv": table["a_csv"]})
    opened, open_ids = _published(place, "qx-buka", **table)
    (limited_file,), (open_file,) = ids.values(), open_ids.values()
    mixed = make(place, "qx-campur", "terbuka", {"a.csv": table["a_csv"], "b.csv": table["a_csv"]})
    closed = helpers.call_action("package_show", {"ignore_auth": True}, id=mixed["id"])
    closed["resources"][1]["access_level"] = "tertutup"
    helpers.call_action("package_update", {"ignore_auth": True, "user": "qx-operator"}, **closed)
    mixed_name, closed_file = publish(mixed), mixed["resources"][1]["id"]
    draft_file = draft["resources"][0]["id"]
    assert [point.value for point in _of(open_file).points] == [20, 10]
    assert _of(mixed["resources"][0]["id"])
    for rid in (limited_file, draft_file, closed_file, "11111111-2222-4333-8444-555555555555"):
        assert _of(rid) is None
        # Also not through the page of another dataset.
        for address in (limited, opened, draft["id"], mixed_name):
            for query in (f"grafik={rid}", f"pratinjau={rid}&grafik={rid}"):
                assert "sd-chart-" not in app.get(f"/dataset/{address}?{query}").body
    assert "sd-chart-bar" in app.get(f"/dataset/{opened}?grafik={open_file}").body
    # What was drawn and kept is not shown any more once it is withdrawn.
    done = reclassify.withdraw(model.Session, model.Package.get(opened).id, actor=SYSTEM)
    model.Session.commit()
    done.finish()
    assert _of(open_file) is None
    assert "sd-chart" not in app.get(f"/dataset/{done.package_id}?grafik={open_file}").body


def test_a_longer_file_than_can_be_read_meanwhile_is_refused(place, monkeypatch):
    _name, files = _published(place, "qx-panjang", a_csv=b"nama,jumlah\na,1\nb,2\nc,3\n", b_xlsx=_book())
    monkeypatch.setitem(preview._WHOLE, "cells", 7)
    monkeypatch.setitem(preview._WHOLE, "book_cells", 7)
    for rid in files.values():
        with pytest.raises(Invalid):
            _of(rid)


def _reads(monkeypatch):
    """The copies that are read for charts, as they are."""
    reads, really = [], chart.store.open_at
    monkeypatch.setattr(chart.store, "open_at", lambda which, where: reads.append(where) or really(which, where))
    return reads


def test_each_outcome_is_reckoned_once_refusals_too(app, place, monkeypatch):
    tables = {
        "a_csv": b"nama,jumlah\na,1\nb,2\n",
        "b_csv": b"kode,nama\n1,a\n2,b\n",
        "c_csv": b"n,jumlah\na,1\nb,2\nc,3\n",
    }
    name, files = _published(place, "qx-sekali", **tables)
    monkeypatch.setitem(preview._WHOLE, "cells", 7)
    reads = _reads(monkeypatch)
    for _ in range(3):
        for rid in files.values():
            app.get(f"/dataset/{name}/resource/{rid}?grafik={rid}", status=200)
    # The page reads the first rows each time, the chart the whole once.
    assert sorted(Counter(reads).values()) == [4, 4, 4]
    outcomes = [type(outcome) for copy, outcome in chart._kept.items() if copy.location in reads]
    assert sorted(kind.__name__ for kind in outcomes) == ["Chart", "NoneType", "tuple"]


def test_two_who_ask_at_once_wait_for_one_reckoning(place, monkeypatch):
    _name, files = _published(place, "qx-berdua", a_csv=b"nama,jumlah\na,1\nb,2\n", b_csv=b"nama,jumlah\nc,1\nd,2\n")
    begun, goes_on, reckoned = Event(), Event(), []
    places = [model.Session.scalars(ResourceFile.newest([rid])).one().public_location for rid in files.values()]
    first, other = (chart._Copy(place, "CSV", "", "") for place in places)
    really = chart._reckon

    def slowly(copy):
        reckoned.append(copy)
        begun.set()
        assert goes_on.wait(60)
        return really(copy)

    monkeypatch.setattr(chart, "_reckon", slowly)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(chart._outcome, first)
        assert begun.wait(60)
        monkeypatch.setattr(chart, "_PATIENCE", 0)
        with pytest.raises(TooMany):
            chart._outcome(other)
        monkeypatch.setattr(chart, "_PATIENCE", 60)
        two = pool.submit(chart._outcome, first)
        goes_on.set()
        assert one.result() is two.result() and len(one.result().points) == 2
    assert reckoned == [first]
    assert chart._outcome(other).points


def test_a_file_known_to_be_too_large_is_neither_offered_nor_read(app, place, monkeypatch):
    name, files = _published(place, "qx-besar", long_csv=LONG.encode(), b_xlsx=_book())
    pages = {rid: f"/dataset/{name}/resource/{rid}" for rid in files.values()}
    offered = lambda: [bool(_page(app, path).select("a[href*='grafik=']")) for path in pages.values()]  # noqa: E731
    assert offered() == [True, True]
    # Longer than may be reckoned, as its first rows tell.
    monkeypatch.setitem(preview._WHOLE, "cells", 100_000)
    assert offered() == [False, True]
    for key in ("bytes", "book_bytes"):
        monkeypatch.setitem(preview._WHOLE, key, 100)
    assert offered() == [False, True]
    monkeypatch.setattr(chart.store, "open_at", None)
    for rid in files.values():
        with pytest.raises(Invalid):
            _of(rid)


VISITS = "tanggal,puskesmas,kecamatan,jumlah,biaya\n" + "".join(
    f"{date(2024, 1, 1) + timedelta(days=at % 366)},Puskesmas {at % 40},Kecamatan {at % 12},{at % 9},{at * 250}\n"
    for at in range(50_000)
)


def test_visits_by_day_and_place_are_a_chart_by_month(app, place):
    name, files = _published(place, "qx-kunjungan", a_csv=VISITS.encode())
    (rid,) = files.values()
    (link,) = _page(app, f"/dataset/{name}").select("a[href*='grafik=']")
    page = _page(app, link["href"])
    rows = _figures(page)
    assert [row[0] for row in rows][:2] == ["Jan 2024", "Feb 2024"] and len(rows) == 12
    january = [at % 9 for at in range(50_000) if at % 366 < 31]
    assert rows[0][1:] == [f"{sum(january):,}".replace(",", "."), f"{len(january):,}".replace(",", ".")]
    highest = max(rows, key=lambda row: int(row[1].replace(".", "")))
    assert _title(page) == f"Jumlah tertinggi pada {highest[0]}: {highest[1]}"
    said = page.select_one(".sd-chart").get_text()
    assert "Hari-hari dalam satu bulan digabung" in said and "Dijumlahkan dari 50.000 baris berkas." in said
    assert [head.get_text() for head in page.select(".sd-chart th[scope=col]")] == ["Bulan", "Jumlah", "Baris berkas"]


STRANGE = {
    "musim.csv": b"musim,jumlah\n2024-25,10\n2023-24,7\n2022-23,5\n",
    "bulan.csv": b"kelompok,jumlah\n2024-13,10\n2023-00,7\n",
    "hari.csv": b"kelompok,jumlah\n2024-02-31,10\nx,7\n",
    "atas.csv": "kelompok,jumlah\n²²²²-²²,10\nx,7\n".encode(),
    "panjang.xlsx": bombs.of_cells(["kelompok", "jumlah"], ["a", 10**400], ["b", 5]),
    "panjang-nama.xlsx": bombs.of_cells(["kelompok", "jumlah"], [10**400, 7], ["b", 5]),
}


def test_no_cell_breaks_the_page(app, place):
    made = make(place, "qx-aneh", "terbuka", STRANGE)
    name = publish(made)
    labels = {}
    for resource in made["resources"]:
        rid = resource["id"]
        for path in (f"/dataset/{name}?", f"/dataset/{name}/resource/{rid}?", f"/en/dataset/{name}/resource/{rid}?"):
            page = _page(app, f"{path}pratinjau={rid}&grafik={rid}")
        labels[resource["name"]] = [row[0] for row in _figures(page)]
    assert labels["musim.csv"] == ["2024-25", "2023-24", "2022-23"]
    assert labels["bulan.csv"] == ["2024-13", "2023-00"]
    assert labels["hari.csv"] == ["2024-02-31", "x"] and labels["atas.csv"] == ["²²²²-²²", "x"]
    assert not labels["panjang.xlsx"]
