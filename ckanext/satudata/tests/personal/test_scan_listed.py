"""Several numbers in one cell, or one beside marks, are found as one alone is."""

from __future__ import annotations

from random import Random

import pytest

from ckanext.satudata.tests.personal import values
from ckanext.satudata.tests.personal.measure import told_of

CHANCE = Random(8)
MAKERS = {
    "NIK": (lambda: values.nik(CHANCE), {"nik"}),
    "HP": (lambda: values.mobile(CHANCE), {"phone"}),
    "No Rek": (lambda: values.account(CHANCE), {"bank_account"}),
    "NIP": (lambda: values.nip(CHANCE).replace(" ", ""), {"nip"}),
    "No KK": (lambda: values.kk(CHANCE), {"kk"}),
    "Tgl Lahir": (lambda: f"{values.birth(CHANCE):%d/%m/%Y}", {"birth_date"}),
    "NPWP": (lambda: values.npwp(CHANCE), {"npwp"}),
}
LISTS = ("{}, {}", "{},{}", "{} {}", "{} & {}", "{}; {}", "{} / {}", "{}\n{}", "1. {}\n2. {}", "{}, {}, {}", "{} + {}")
MARKED = ("1. {}", "({})", "{} *", "{},", "[{}]", "-> {}")


def _kinds(told):
    return {one["kind"] for one in told["findings"] or [] if one["column"] == 1}


@pytest.mark.parametrize("head", MAKERS)
@pytest.mark.parametrize("written", LISTS + MARKED)
def test_numbers_in_one_cell_are_found_under_their_heading(tmp_path, head, written):
    make, kinds = MAKERS[head]
    rows = [["Sukamaju", written.format(*(make() for _ in range(written.count("{}"))))] for _ in range(20)]
    assert _kinds(told_of(tmp_path, [["Desa", head], *rows])) == kinds


@pytest.mark.parametrize("head", ["keterangan", "kode", "NIP"])
@pytest.mark.parametrize("written", LISTS[:4] + MARKED[:4])
def test_one_list_of_niks_among_other_cells(tmp_path, head, written):
    rows = [["Sukamaju", "-"] for _ in range(1500)]
    rows[1200][1] = written.format(*(values.nik(CHANCE) for _ in range(3)))
    assert _kinds(told_of(tmp_path, [["Desa", head], *rows])) == {"nik"}


@pytest.mark.parametrize(
    "make",
    [
        lambda n: f"-7.9{CHANCE.randrange(10**14)}, 112.6{CHANCE.randrange(10**14)}",
        lambda n: f"{CHANCE.randrange(10**9, 10**12):,}",
        lambda n: f"(0341) 55{n:04}, (0341) 56{n:04}",
        lambda n: f"5.1.02.01.01.{n:04}, 5.1.02.01.02.{n:04}",
        lambda n: f"{n} (2023), {n + 5} (2024)",
        lambda n: f"0.{CHANCE.randrange(10**15, 10**16)}, 0.{CHANCE.randrange(10**15, 10**16)}",
    ],
)
def test_lists_of_places_amounts_and_landlines_are_left_alone(tmp_path, make):
    rows = [[f"Sukamaju {n}", make(n)] for n in range(60)]
    assert told_of(tmp_path, [["Desa", "isian"], *rows]) == {"findings": []}
