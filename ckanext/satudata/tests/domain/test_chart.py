"""The figures of a chart are the table's own; where they could mislead there is no chart."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ckanext.satudata.domain.chart import BARS, DAYS, may_fit, of_table
from ckanext.satudata.domain.figures import month_of, numbers, time_of

D = Decimal


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.234,5", "7"], [D("1234.5"), D(7)]),
        (["1,234.5", "7"], [D("1234.5"), D(7)]),
        (["12,5", "0,75"], [D("12.5"), D("0.75")]),
        (["1.234.567", "-2"], [D(1234567), D(-2)]),
        (["1.234", "983"], [D(1234), D(983)]),
        (["1,234", "983"], [D(1234), D(983)]),
        (["0.123", "0.456"], [D("0.123"), D("0.456")]),
        (["1.234", "2.5"], [D("1.234"), D("2.5")]),
        (["Rp 1.500.000", "Rp. 250,50"], [D(1500000), D("250.50")]),
        (["12,5%", "-", "n/a", ""], [D("12.5"), None, None, None]),
        ([D("12.345"), D(7)], [D("12.345"), D(7)]),
        # 1.234 is a thousand here or a bit more than one there: nobody can tell.
        (["1.234", "2.345"], None),
        (["1.234", "1500"], None),
        (["1.234", "1,234"], None),
        (["1.234,5", "1,234.5"], None),
        (["007", "12"], None),
        (["9" * 25, "12"], None),
        ([D(10) ** 16, D(1)], None),
        (["1,2,3"], None),
        (["12", "dua"], None),
    ],
)
def test_numbers_are_read_in_one_way_or_not_at_all(cells, expected):
    assert numbers(cells) == expected


def test_a_spreadsheets_numbers_are_never_guessed():
    assert numbers(["1.234", D(5)], ".") == [D("1.234"), D(5)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024", "2024"),
        ("2023/2024", "2023/2024"),
        ("2024-05", "2024-05"),
        ("Mei 2024", "2024-05"),
        ("31/12/2024", "2024-12-31"),
        ("2024-12-31 00:00:00", "2024-12-31"),
        ("1024", None),
        ("13/13/2024", None),
        ("2024-02-30", None),
        ("31/04/2024", None),
        ("2024-25", None),
        ("2024-02-31", None),
        ("²²²²-²²", None),
        ("triwulan I", None),
    ],
)
def test_times(cell, expected):
    assert (str(time_of(cell)) if expected else time_of(cell)) == expected


def test_months():
    assert [month_of(cell) for cell in ("Agustus", "8", "08", "13", "x")] == [8, 8, 8, None, None]


def _told(found):
    return [(str(point.label), point.value) for point in found.points]


def test_counts_are_added_up_for_each_year_and_never_over_years():
    rows = [[district, str(year), str(count)]
            for district, counts in {"Klojen": (10, 12, 15), "Blimbing": (1, 2, 3)}.items()
            for year, count in zip((2022, 2023, 2024), counts, strict=True)]  # fmt: skip
    found = of_table(["nama_kecamatan", "tahun", "jumlah_murid"], rows)
    assert (found.how, found.over_time) == ("sum", True)
    assert _told(found) == [("2022", 11), ("2023", 14), ("2024", 18)]
    assert [point.rows for point in found.points] == [2, 2, 2]


def test_rates_are_never_added_up():
    rows = [["a", "2023", "50"], ["b", "2023", "70"], ["a", "2024", "60"], ["b", "2024", "81"]]
    for heads, told in (
        (["kecamatan", "tahun", "persentase"], {}),
        (["kecamatan", "tahun", "capaian"], {"unit": "persen"}),
        (["kecamatan", "tahun", "jumlah"], {"measure_kind": "Rasio"}),
        (["kecamatan", "tahun", "nilai"], {}),
    ):
        found = of_table(heads, rows, **told)
        assert (found.how, _told(found)) == ("mean", [("2023", 60), ("2024", D("70.5"))]), heads


def test_categories_are_compared_the_largest_first_and_the_rest_is_counted():
    rows = [[f"Desa {number}", str(number)] for number in range(1, 31)]
    found = of_table(["desa", "jumlah"], rows)
    assert (found.how, found.over_time, found.left_out) == ("", False, 30 - BARS)
    assert _told(found)[0] == ("Desa 30", 30) and len(found.points) == BARS


def test_the_column_with_few_categories_is_taken_and_added_up_exactly():
    rows = [[f"SD {number}", ("Klojen", "Blimbing")[number % 2], "0,1"] for number in range(50_000)]
    found = of_table(["nama_sekolah", "kecamatan", "luas_ha"], rows)
    assert (found.by, found.how) == ("kecamatan", "sum")
    assert sorted(_told(found)) == [("Blimbing", D("2500.0")), ("Klojen", D("2500.0"))]


def test_totals_of_the_file_are_not_counted_again():
    rows = [["Klojen", "2"], ["Blimbing", "3"], ["Jumlah", "5"]]
    found = of_table(["kecamatan", "banyaknya"], rows)
    assert (_told(found), found.totals) == ([("Blimbing", 3), ("Klojen", 2)], 1)
    rows = [[sex, year, count] for year in ("2023", "2024") for sex, count in (("L", "2"), ("P", "3"), ("L+P", "5"))]
    assert _told(of_table(["jenis_kelamin", "tahun", "jumlah"], rows)) == [("2023", 5), ("2024", 5)]
    rows = [[name, year, count] for year in ("2023", "2024")
            for name, count in (("Klojen", "2"), ("Blimbing", "3"), ("Kota Malang", "5"))]  # fmt: skip
    found = of_table(["wilayah", "tahun", "jumlah"], rows)
    assert (_told(found), found.totals) == ([("2023", 5), ("2024", 5)], 2)
    # A city among other cities is one of them.
    rows = [["Kota Malang", "2023", "5"], ["Kota Batu", "2023", "2"], ["Kota Malang", "2024", "6"]]
    assert _told(of_table(["wilayah", "tahun", "jumlah"], rows)) == [("2023", 7), ("2024", 6)]


def test_month_and_year_are_one_time():
    rows = [["2024", "Desember", "3"], ["2025", "Januari", "4"], ["2024", "November", "2"]]
    found = of_table(["tahun", "bulan", "jumlah"], rows)
    assert _told(found) == [("2024-11", 2), ("2024-12", 3), ("2025-01", 4)]


VISITS = [
    [str(date(2024, 1, 1) + timedelta(days=at // 2)), ("Puskesmas A", "Puskesmas B")[at % 2], "Klojen", "2", str(at)]
    for at in range(1400)
]
VISIT_HEADS = ["tanggal", "puskesmas", "kecamatan", "jumlah", "biaya"]


def test_days_too_many_to_show_are_put_together_by_month_or_year():
    found = of_table(VISIT_HEADS, VISITS, unit="kunjungan")
    assert (found.measure, found.how, found.span, found.over_time) == ("jumlah", "sum", "month", True)
    assert _told(found)[:2] == [("2024-01", 31 * 4), ("2024-02", 29 * 4)] and len(found.points) == 23
    assert sum(point.value for point in found.points) == 2800
    few = of_table(VISIT_HEADS, VISITS[: 2 * DAYS], unit="kunjungan")
    assert (few.span, len(few.points), str(few.points[0].label)) == ("", DAYS, "2024-01-01")
    long = [[str(date(2004, 1, 1) + timedelta(days=7 * at)), "1"] for at in range(700)]
    found = of_table(["tanggal", "jumlah"], long)
    assert (found.span, _told(found)[0], len(found.points)) == ("year", ("2004", 53), 14)
    # A figure for each month may be a stock: twelve of them are not added up.
    months = [[f"{2015 + at // 12}-{at % 12 + 1:02d}", "1"] for at in range(130)]
    found = of_table(["periode", "jumlah"], months[:110])
    assert (found.span, found.how, len(found.points)) == ("", "", 110)
    assert of_table(["periode", "jumlah"], months) is None
    # Rates are averaged.
    found = of_table(["tanggal", "persentase"], [[day, count] for day, *_places, count in VISITS])
    assert (found.how, found.span, found.points[0].value) == ("mean", "month", D("30.5"))
    # What is there on a day is not there again on the next.
    assert of_table(["tanggal", "jumlah_stok"], [[day, "5"] for day, *_rest in VISITS]) is None


def test_columns_of_its_year_and_month_say_the_same_again_or_there_is_no_time():
    rows = [[day[:4], str(int(day[5:7])), day, "2"] for day, *_rest in VISITS]
    heads = ["tahun", "bulan", "tanggal", "jumlah_kunjungan"]
    assert of_table(heads, rows).span == "month" and may_fit(heads, rows[:20])
    rows[3][0] = "2023"
    assert of_table(heads, rows) is None and not may_fit(heads, rows[:20])


@pytest.mark.parametrize(
    ("heads", "rows", "expected"),
    [
        (VISIT_HEADS, [["2024-01-01", f"Puskesmas {at}", "Klojen", "2", "9"] for at in range(20)], True),
        (["tahun", "kecamatan", "jumlah"], [["2024", "Klojen", str(at)] for at in range(20)], True),
        (["kecamatan", "sekolah", "jumlah"], [["Klojen", f"SD {at}", "2"] for at in range(20)], True),
        # A time that nobody understands, or two of them; nothing to tell values apart; no quantity.
        (["tanggal", "kecamatan", "jumlah"], [["Senin", f"K{at % 3}", "2"] for at in range(20)], False),
        (["tahun", "triwulan", "kecamatan", "jumlah"], [["2024", "I", f"K{at % 3}", "2"] for at in range(20)], False),
        (["jumlah", "luas"], [[str(at), "2"] for at in range(20)], False),
        (["tanggal", "kecamatan"], [["2024-01-01", f"K{at % 3}"] for at in range(20)], False),
    ],
)
def test_first_rows_promise_only_what_the_whole_may_hold(heads, rows, expected):
    assert may_fit(heads, rows) is expected


def test_a_category_that_looks_like_a_time_is_one_as_written():
    for names in (["2024-25", "2023-24"], ["2024-13", "2023-00"], ["2024-02-31", "x"], ["²²²²-²²", "٢٠٢٤-٠٢"]):
        found = of_table(["musim", "jumlah"], [[names[0], "10"], [names[1], "7"]])
        assert _told(found) == [(names[0], 10), (names[1], 7)]
    assert numbers(["²", "1"]) is None and numbers(["٢", "1"]) is None


def test_missing_is_not_zero():
    rows = [["a", "10"], ["b", "-"], ["c", "0"], ["Sumber: Dinas", ""]]
    assert _told(of_table(["kecamatan", "jumlah"], [*rows, ["d", "1"]])) == [("a", 10), ("d", 1), ("c", 0)]


def test_a_unit_that_the_table_names_goes_before_the_datasets():
    rows = [["a", "10", "ton"], ["b", "5", "ton"]]
    assert of_table(["kecamatan", "jumlah", "satuan"], rows, unit="orang").unit == "ton"


@pytest.mark.parametrize(
    ("heads", "rows"),
    [
        (["nama", "keterangan"], [["a", "b"], ["c", "d"]]),
        (["kode", "tahun"], [["1", "2024"], ["2", "2025"]]),
        (["latitude", "longitude"], [["-7,9", "112,6"], ["-7,8", "112,5"]]),
        (["kecamatan", "jumlah"], [["a", "1"]]),
        # Several units or indicators in one column, several rows for each category: nothing to add up.
        (["kecamatan", "jumlah", "satuan"], [["a", "1", "ton"], ["a", "2", "ekor"], ["b", "1", "ton"]]),
        (["indikator", "tahun", "nilai"], [["x", "2023", "1"], ["y", "2023", "9"], ["x", "2024", "2"]]),
        # Quarters and empty (merged) cells are not understood, so nothing is added up over them.
        (["kecamatan", "triwulan", "jumlah"], [["a", "I", "1"], ["a", "II", "2"], ["b", "I", "3"], ["b", "II", "4"]]),
        (["kecamatan", "jumlah"], [["a", "1"], ["", "2"], ["b", "3"]]),
        (["kecamatan", "jumlah"], [["a", "1.234"], ["b", "2.345"]]),
        (["jumlah"], [["1"], ["2"]]),
    ],
)
def test_where_it_could_mislead_there_is_none(heads, rows):
    assert of_table(heads, rows) is None
