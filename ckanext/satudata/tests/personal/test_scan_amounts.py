"""Under headings that say nothing sums of money are no numbers of persons; numbers of accounts stay unclear."""

from __future__ import annotations

import json
from random import Random

import pytest

from ckanext.satudata.domain.personal import held, scan
from ckanext.satudata.tests.personal import values
from ckanext.satudata.tests.personal.measure import told_of

CHANCE = Random(41)
CLEAN = {"findings": []}


def _sum(least=8.0, most=9.99):
    return int(10 ** CHANCE.uniform(least, most))


@pytest.mark.parametrize("head", ["Nilai", "value", "Data", "Keterangan", "kolom 3", None])
@pytest.mark.parametrize("count", [12, 40, 300])
def test_sums_beside_words_are_clean(tmp_path, head, count):
    for make in (_sum, lambda: _sum(8.9, 9.4), lambda: _sum(8, 8.99), lambda: _sum() + 0.25):
        rows = [["Uraian", head], *([f"Retribusi pasar {n}", make()] for n in range(count))]
        assert told_of(tmp_path, rows) == CLEAN


def test_points_of_a_chart_are_clean(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"name": f"Desa {n}", "value": _sum(8.9, 9.5)} for n in range(20)]))
    assert scan.of_file(path) == CLEAN


@pytest.mark.parametrize(
    "make",
    [
        lambda: CHANCE.randrange(10**9, 10**10),
        lambda: CHANCE.randrange(10**8, 10**10),
        lambda: f"0{_sum()}",
        lambda: values.account(CHANCE),
        lambda: 70_000_000_000 + CHANCE.randrange(10**9),
    ],
)
def test_numbers_of_accounts_under_the_same_headings_are_not_called_clean(tmp_path, make):
    rows = [["Uraian", "Nilai"], *([f"Kasiyem {n}", make()] for n in range(60))]
    assert told_of(tmp_path, rows)["not_inspected"]


def test_beside_persons_sums_are_not_called_clean(tmp_path):
    rows = [["Penerima", "Nilai"], *([values.name(CHANCE), _sum()] for _ in range(60))]
    assert told_of(tmp_path, rows)["not_inspected"]


def test_numbers_that_lost_their_nought_are_no_amounts():
    lost = [str(CHANCE.randrange(10**10)) for _ in range(200)]
    assert not held.are_amounts([one for one in lost if len(one) >= 9])
    assert held.are_amounts([str(_sum()) for _ in range(200)])


ARCHIVED = (
    "Surat keputusan tentang {} tanggal {} Mei {}",
    "Berkas pembangunan {} tanggal {} Mei {}",
    "Berkas {} {} Mei {}",
    "Akta pelepasan tanah desa {} tgl {}-05-{}",
    "Foto peresmian {}, {} Mei {}",
)


@pytest.mark.parametrize("written", ARCHIVED)
@pytest.mark.parametrize("head", ["Uraian", "Isi Ringkas", "Keterangan"])
def test_days_of_papers_deeds_and_pictures_are_none_of_birth(tmp_path, written, head):
    rows = [[n, written.format(CHANCE.choice(values.PLACES), n % 27 + 1, 1950 + n % 60)] for n in range(80)]
    assert told_of(tmp_path, [["No", head], *rows]) == CLEAN


@pytest.mark.parametrize("before", ["{},", "Kota Bandar {},", "lahir di {} tgl"])
def test_places_with_days_of_birth_stay_found(tmp_path, before):
    born = [f"{before.format(CHANCE.choice(values.PLACES))} {values.birth(CHANCE):%d-%m-%Y}" for _ in range(60)]
    rows = [[n, one] for n, one in enumerate(born)]
    assert {one["kind"] for one in told_of(tmp_path, [["No", "isian"], *rows])["findings"]} == {"birth_date"}


@pytest.mark.parametrize("is_apart", [True, False])
@pytest.mark.parametrize("make", [values.mobile, values.account, lambda chance: f"{values.birth(chance):%d-%m-%Y}"])
def test_rows_of_persons_below_a_small_table_are_not_called_clean(tmp_path, make, is_apart):
    above = [["Kecamatan", "Jml"], *([place, n] for n, place in enumerate(values.PLACES[:12]))]
    persons = [[values.name(CHANCE), make(CHANCE)] for _ in range(40)]
    assert told_of(tmp_path, [*above, *([[]] if is_apart else []), *persons]) != CLEAN
